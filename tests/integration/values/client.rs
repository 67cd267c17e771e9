//! The row of a table on each of the three wires, byte for byte.

use bytes::{Bytes, BytesMut};
use hub_core::{
    Hub, HubServer, Options,
    core::{CoreStream, Opened, Transport},
    testing::TestServer,
};
use serde_json::Value as Json;

use crate::{Tested, core::request};

/// The classic client of these tests shows messages as JSON values, so their texts are compared as such values write them.
pub(super) async fn classic<H: Hub>(hubs: &HubServer, json: &str) -> Tested {
    let page = TestServer::new(hubs.clone()).connect::<H>().await?;
    let mut call = page.send_text(&format!(r#"{{"H":"values","M":"echo","A":[{json}],"I":"1"}}"#));
    let wanted = serde_json::from_str::<Json>(json)?.to_string();
    let told = page.next_call().await;
    assert_eq!((&*told.method, told.arguments.len()), ("told", 1));
    assert_eq!(told.arguments.first().map(Json::to_string), Some(wanted.clone()), "classic, a call of the client");
    assert_eq!(call.answer().await?.result::<Json>().to_string(), wanted, "classic, a result");
    Ok(())
}

pub(super) async fn core_json<H: Hub>(hubs: &HubServer, json: &str) {
    let mut socket = Socket::open::<H>(hubs, "json").await;
    let call = format!("{{\"type\":1,\"invocationId\":\"1\",\"target\":\"echo\",\"arguments\":[{json}]}}\u{1e}");
    let told = format!("{{\"type\":1,\"target\":\"told\",\"arguments\":[{json}]}}\u{1e}");
    let result = format!("{{\"type\":3,\"invocationId\":\"1\",\"result\":{json}}}\u{1e}");
    socket.send(call.into_bytes());
    let came = socket.receive(told.len() + result.len()).await;
    assert_eq!(String::from_utf8_lossy(&came), told + &result, "core JSON");
}

pub(super) async fn core_message_pack<H: Hub>(hubs: &HubServer, value: &[u8]) {
    let mut socket = Socket::open::<H>(hubs, "messagepack").await;
    socket.send(framed(&[b"\x96\x01\x80\xa11\xa4echo\x91", value, b"\x90"]));
    let told = framed(&[b"\x96\x01\x80\xc0\xa4told\x91", value, b"\x90"]);
    let result = framed(&[b"\x95\x03\x80\xa11\x03", value]);
    let came = socket.receive(told.len() + result.len()).await;
    assert_eq!(came, [told, result].concat(), "core MessagePack");
}

/// A message with its length in front.
fn framed(parts: &[&[u8]]) -> Vec<u8> {
    let mut length = parts.iter().map(|part| part.len()).sum::<usize>();
    let mut frame = Vec::new();
    while length > 0x7F {
        frame.push((length & 0x7F) as u8 | 0x80);
        length >>= 7;
    }
    frame.push(length as u8);
    frame.extend(parts.concat());
    frame
}

/// A core connection of which bytes are seen.
struct Socket(CoreStream);

impl Socket {
    async fn open<H: Hub>(hubs: &HubServer, protocol: &str) -> Self {
        let mount = hubs.core_mount::<H>(Options::default()).unwrap();
        let Opened::Stream(stream) = mount.open(request("", None), Transport::WebSockets).await.unwrap() else {
            panic!("no stream")
        };
        let mut socket = Self(*stream);
        socket.send(format!("{{\"protocol\":\"{protocol}\",\"version\":1}}\u{1e}").into_bytes());
        assert_eq!(socket.receive(3).await, "{}\u{1e}");
        socket
    }

    fn send(&self, bytes: Vec<u8>) {
        assert!(self.0.push(Bytes::from(bytes)));
    }

    /// At least so many bytes, or all that comes.
    async fn receive(&mut self, at_least: usize) -> BytesMut {
        let mut came = BytesMut::new();
        while came.len() < at_least {
            let ready = tokio::time::timeout(std::time::Duration::from_secs(1), self.0.ready()).await;
            if ready.is_err() {
                break;
            }
            let batch = self.0.take();
            batch.frames.iter().for_each(|frame| came.extend_from_slice(frame));
            if batch.closing.is_some() {
                break;
            }
        }
        came
    }
}
