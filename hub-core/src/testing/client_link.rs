//! The links of a client, and what it keeps between them: how it loses a transport, comes back and leaves.

use std::{future::Future, panic::Location};

use super::{Closing, ConnectError, Refused, TestClient, Transport, inbox::Arrived, socket::Reading};
use crate::User;

impl TestClient {
    /// Tells the server that the stream is live, so that connected events run. [`ClientBuilder::connect`](super::ClientBuilder::connect) has
    /// done so.
    ///
    /// # Errors
    ///
    /// [`Refused`], with status 500 if a connected event fails.
    pub async fn start(&self) -> Result<(), Refused> {
        self.shared().request("start", None).await.map(drop)
    }

    /// Loses the transport: the link is cut, and nobody has said anything. The server waits for the client to come back.
    pub fn drop_transport(&self) {
        self.shared().drop_link();
    }

    /// From here on nothing can be written to the client, as with a peer that does not read: its messages wait in its outbox.
    pub fn stop_reading(&self) {
        self.shared().read(Reading::No);
    }

    /// From here on what is written is lost on the way, as in a network that has gone: the server does not know.
    pub fn black_hole(&self) {
        self.shared().read(Reading::BlackHole);
    }

    /// Ends [`stop_reading`](Self::stop_reading) and [`black_hole`](Self::black_hole).
    pub fn read_again(&self) {
        self.shared().read(Reading::Yes);
    }

    /// Comes back with a new stream, with the cursor and the groups token that it has. The transport need not have been lost:
    /// then the server ends the older stream.
    ///
    /// # Errors
    ///
    /// [`ConnectError::Refused`].
    pub async fn reconnect(&self) -> Result<(), ConnectError> {
        Ok(self.shared().open("reconnect").await?)
    }

    /// Goes on polling without saying that it reconnects, as a client does whose server was restarted between two polls.
    ///
    /// # Errors
    ///
    /// [`ConnectError::Refused`].
    pub async fn poll(&self) -> Result<(), ConnectError> {
        Ok(self.shared().open("poll").await?)
    }

    /// Connects once more with the same connection token, as a client does that tries its next transport.
    ///
    /// # Errors
    ///
    /// [`ConnectError`].
    pub async fn connect_again(&self) -> Result<(), ConnectError> {
        self.shared().open("connect").await?;
        let waited = self.patience();
        let came = self
            .shared()
            .inbox
            .until(waited, |arrived| (arrived.live || arrived.closed.is_some()).then_some(arrived.live));
        if came.await == Some(true) { Ok(()) } else { Err(ConnectError::NoInit { waited }) }
    }

    /// Leaves for good. The disconnected events run by themselves: wait for them with
    /// [`TestServer::until_disconnected`](super::TestServer::until_disconnected).
    ///
    /// # Errors
    ///
    /// [`Refused`].
    pub async fn stop(&self) -> Result<(), Refused> {
        self.shared().stop().await
    }

    /// Waits until the server has ended the stream, and tells how.
    ///
    /// # Panics
    ///
    /// If it does not.
    #[track_caller]
    pub fn until_closed(&self) -> impl Future<Output = Closing> + '_ {
        let place = Location::caller();
        async move {
            let closed = self.shared().inbox.until(self.patience(), |arrived| arrived.closed).await;
            closed.unwrap_or_else(|| self.missing(place, "no end of the stream"))
        }
    }

    /// Whether the stream is open, as far as the client knows.
    pub fn is_connected(&self) -> bool {
        self.shared().has_link() && self.shared().inbox.arrived.lock().closed.is_none()
    }

    /// The cursor: the client's place in the server's log.
    pub fn cursor(&self) -> Option<String> {
        self.shared().memory.lock().cursor.clone()
    }

    /// Takes another cursor, or none.
    pub fn set_cursor(&self, cursor: Option<String>) {
        self.shared().memory.lock().cursor = cursor;
    }

    /// The groups token that came last.
    pub fn groups_token(&self) -> Option<String> {
        self.shared().memory.lock().groups_token.clone()
    }

    /// Takes another groups token, or none.
    pub fn set_groups_token(&self, token: Option<String>) {
        self.shared().memory.lock().groups_token = token;
    }

    /// How many groups tokens have come.
    pub fn groups_tokens_received(&self) -> usize {
        self.shared().memory.lock().groups_tokens_received
    }

    /// Waits until so many groups tokens have come, and gives the last one.
    ///
    /// # Panics
    ///
    /// If they do not come.
    #[track_caller]
    pub fn until_groups_tokens(&self, count: usize) -> impl Future<Output = String> + '_ {
        let place = Location::caller();
        async move {
            let came = |_: &mut Arrived| {
                let memory = self.shared().memory.lock();
                memory.groups_token.clone().filter(|_| memory.groups_tokens_received >= count)
            };
            let token = self.shared().inbox.until(self.patience(), came).await;
            token.unwrap_or_else(|| self.missing(place, &format!("not {count} groups tokens")))
        }
    }

    /// The secret that proves that a request belongs to this connection.
    pub fn connection_token(&self) -> String {
        self.shared().memory.lock().connection_token.clone()
    }

    /// Takes another connection token: its own id goes with its own token alone.
    pub fn set_connection_token(&self, token: String) {
        self.shared().memory.lock().connection_token = token;
    }

    /// Lists other hubs, from the next request on.
    pub fn set_hubs(&self, names: &[&str]) {
        self.shared().memory.lock().hubs = names.iter().map(|name| (*name).to_owned()).collect();
    }

    /// Signs in as another user, or out, from the next request on.
    pub fn set_user(&self, user: Option<User>) {
        self.shared().memory.lock().user = user;
    }

    /// Uses another transport from the next stream on.
    pub fn set_transport(&self, transport: Transport) {
        self.shared().memory.lock().transport = transport;
    }
}
