//! A core client in memory, on a WebSocket without a socket.

use std::{collections::VecDeque, time::Duration};

use bytes::Bytes;
use hub_core::{
    Hub, HubServer, Options, Request, User,
    core::{Closing, CoreMount, CoreRefusal, CoreStream, Opened, Transport},
};
use serde_json::Value as Json;

const PATIENCE: Duration = Duration::from_secs(5);

/// One connection, in JSON.
pub(crate) struct CoreClient {
    /// None while the transport is lost.
    stream: Option<CoreStream>,
    came: VecDeque<Json>,
    /// The numbers up to which the server has said that it has everything.
    acknowledgements: VecDeque<i64>,
    closing: Option<Closing>,
    pub(crate) id: String,
    pub(crate) token: String,
}

/// A request of a user, or of nobody.
pub(crate) fn request(query: &str, user: Option<&User>) -> Request {
    Request::new("/hub", query, [], user.cloned())
}

/// A mount of one hub.
pub(crate) fn mount<H: Hub>(hubs: &HubServer) -> CoreMount {
    hubs.core_mount::<H>(Options::default()).unwrap()
}

/// A WebSocket of nobody, whose handshake is still to come.
pub(crate) async fn opened(mount: &CoreMount) -> CoreStream {
    let answer = mount.negotiate(&request("negotiateVersion=1", None)).await.unwrap();
    let answer: Json = serde_json::from_slice(&answer).unwrap();
    CoreClient::open(mount, answer["connectionToken"].as_str().unwrap(), None).await.unwrap()
}

impl CoreClient {
    pub(crate) async fn connect(mount: &CoreMount, user: Option<&User>) -> Self {
        Self::shake_hands(mount, user, "negotiateVersion=1", 1).await
    }

    /// One that may come back with its connection.
    pub(crate) async fn connect_stateful(mount: &CoreMount, user: Option<&User>) -> Self {
        Self::shake_hands(mount, user, "negotiateVersion=1&useStatefulReconnect=true", 2).await
    }

    async fn shake_hands(mount: &CoreMount, user: Option<&User>, query: &str, version: u32) -> Self {
        let answer = mount.negotiate(&request(query, user)).await.unwrap();
        let answer: Json = serde_json::from_slice(&answer).unwrap();
        let text = |member: &str| answer[member].as_str().unwrap().to_owned();
        let (id, token) = (text("connectionId"), text("connectionToken"));
        let stream = Self::open(mount, &token, user).await.unwrap();
        let (came, acknowledgements) = (VecDeque::new(), VecDeque::new());
        let mut client = Self { stream: Some(stream), came, acknowledgements, closing: None, id, token };
        client.send(serde_json::json!({ "protocol": "json", "version": version })).await;
        assert_eq!(client.next().await, serde_json::json!({}));
        client
    }

    pub(crate) async fn open(mount: &CoreMount, token: &str, user: Option<&User>) -> Result<CoreStream, CoreRefusal> {
        match mount.open(request(&format!("id={token}"), user), Transport::WebSockets).await? {
            Opened::Stream(stream) => Ok(*stream),
            other => panic!("{other:?}"),
        }
    }

    /// The transport is lost, with whatever it brought unread. and another one comes.
    pub(crate) async fn come_back(&mut self, mount: &CoreMount, user: Option<&User>) {
        self.stream = Some(Self::open(mount, &self.token, user).await.unwrap());
        self.closing = None;
    }

    fn stream(&self) -> &CoreStream {
        self.stream.as_ref().unwrap()
    }

    /// The transport is lost, with whatever it brought unread.
    pub(crate) fn lose(&mut self) {
        self.stream = None;
        self.came.clear();
    }

    /// The same, and the old transport does not know yet.
    pub(crate) async fn come_back_beside(&mut self, mount: &CoreMount) -> CoreStream {
        let stream = Self::open(mount, &self.token, None).await.unwrap();
        self.closing = None;
        self.stream.replace(stream).unwrap()
    }

    pub(crate) async fn send_text(&mut self, text: &str) {
        assert!(self.stream().push(Bytes::copy_from_slice(text.as_bytes())));
        self.stream().room().await;
    }

    pub(crate) async fn send(&mut self, message: Json) {
        self.send_text(&format!("{message}\u{1e}")).await;
    }

    pub(crate) async fn call(&mut self, id: &str, target: &str, arguments: Json) {
        self.send(serde_json::json!({ "type": 1, "invocationId": id, "target": target, "arguments": arguments })).await;
    }

    /// Calls, and gives the completion; nothing may come before it.
    pub(crate) async fn invoke(&mut self, target: &str, arguments: Json) -> Json {
        self.call("i", target, arguments).await;
        let completion = self.next().await;
        assert_eq!(completion["type"], 3, "{completion}");
        completion
    }

    /// The completion of a call, and what came before it.
    pub(crate) async fn until_completed(&mut self, id: &str) -> (Json, Vec<Json>) {
        let mut before = Vec::new();
        loop {
            let message = self.next().await;
            if message["invocationId"] == id {
                return (message, before);
            }
            before.push(message);
        }
    }

    /// Calls and reads until the completion; false if the connection is over before.
    pub(crate) async fn lives_through(&mut self, target: &str, arguments: Json) -> bool {
        if self.closing.is_some() {
            return false;
        }
        self.call("l", target, arguments).await;
        loop {
            while let Some(message) = self.came.pop_front() {
                if message["type"] == 3 {
                    return true;
                }
            }
            if self.closing.is_some() {
                return false;
            }
            self.take().await;
        }
    }

    async fn take(&mut self) {
        self.take_within(PATIENCE).await;
    }

    async fn take_within(&mut self, patience: Duration) {
        tokio::time::timeout(patience, self.stream().ready()).await.expect("something comes");
        let batch = self.stream.as_mut().unwrap().take();
        for frame in batch.frames {
            for message in frame.split(|byte| *byte == 0x1e).filter(|message| !message.is_empty()) {
                let message: Json = serde_json::from_slice(message).unwrap();
                // Pings and acknowledgements come when it is their time.
                match message["type"].as_i64() {
                    Some(6) => {}
                    Some(8) => self.acknowledgements.push_back(message["sequenceId"].as_i64().unwrap()),
                    _ => self.came.push_back(message),
                }
            }
        }
        self.closing = batch.closing;
    }

    /// Nothing is taken for so long, while the connection lives.
    pub(crate) async fn does_not_read(&self, time: Duration) {
        let _ = tokio::time::timeout(time, self.stream().live()).await;
    }

    /// The next message.
    pub(crate) async fn next(&mut self) -> Json {
        self.next_within(PATIENCE).await
    }

    /// The next message, with a patience of one's own for each thing that comes. Cancel safe.
    pub(crate) async fn next_within(&mut self, patience: Duration) -> Json {
        loop {
            if let Some(message) = self.came.pop_front() {
                return message;
            }
            assert_eq!(self.closing, None, "it is closed");
            self.take_within(patience).await;
        }
    }

    /// The number of the next acknowledgement.
    pub(crate) async fn acknowledged(&mut self) -> i64 {
        loop {
            if let Some(number) = self.acknowledgements.pop_front() {
                return number;
            }
            assert_eq!(self.closing, None, "it is closed");
            self.take().await;
        }
    }

    /// The last words of a connection that ends.
    pub(crate) async fn closed(&mut self) -> Json {
        let last = self.next().await;
        assert_eq!(last["type"], 7, "{last}");
        while self.closing.is_none() {
            self.take().await;
        }
        assert_eq!(self.closing, Some(Closing::Normal));
        last
    }
}
