//! A WebSocket.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::Mutex;
use tokio::task::AbortHandle;

use super::{Inbox, Opening, Sending};
use crate::core::http::Answer;
use crate::core::message::Protocol;
use crate::http::{Part, Request, ResponseReader};
use crate::scenario::json::Json;
use crate::websocket::{BINARY, CLOSE, CONTINUATION, FrameReader, Incoming, PING, TEXT, ask_for_upgrade, frame, pong};

/// The writing half, and what was said on it.
#[derive(Debug)]
pub(super) struct Socket {
    writer: Mutex<Option<OwnedWriteHalf>>,
    /// Whether something was sent: the handshake is a text whatever the protocol.
    spoke: AtomicBool,
    closing: AtomicBool,
    mute: bool,
}

type Opened = (Answer, Arc<Socket>, Option<AbortHandle>);

pub(super) async fn open(opening: &Opening<'_>, inbox: &Arc<Inbox>) -> Result<Opened, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", opening.line);
    let (method, target) = opening.line.split_once(' ').unwrap_or(("GET", opening.line));
    let mut request = ask_for_upgrade(Request { method: method.to_owned(), ..Request::get(target) });
    request.headers.extend(opening.headers.iter().cloned());
    let mut stream = TcpStream::connect(&opening.base.address).await.map_err(failed)?;
    stream.set_nodelay(true).map_err(failed)?;
    stream.write_all(&request.encode(&opening.base.host)).await.map_err(failed)?;
    let (mut reader, mut head, mut body, mut first) = (ResponseReader::default(), None, Vec::new(), Vec::new());
    let mut buffer = vec![0; 64 * 1024];
    let mut is_done = false;
    while !is_done {
        let read = stream.read(&mut buffer).await.map_err(failed)?;
        if read == 0 {
            break;
        }
        for part in reader.feed(&buffer[..read])? {
            match part {
                Part::Head(got) => {
                    is_done = got.status == 101;
                    head = Some(got);
                }
                Part::Chunk(chunk) => body.extend(chunk),
                Part::End => is_done = true,
                Part::Upgraded(bytes) => first.extend(bytes),
            }
        }
    }
    let head = head.ok_or("the connection was closed without an answer")?;
    let is_upgraded = head.status == 101;
    if is_upgraded && head.header("sec-websocket-accept") != request.accept.as_deref() {
        return Err("a wrong Sec-WebSocket-Accept".into());
    }
    let (read, write) = stream.into_split();
    let socket = Arc::new(Socket {
        writer: Mutex::new(Some(write)),
        spoke: AtomicBool::new(opening.greeted),
        closing: AtomicBool::new(false),
        mute: opening.mute,
    });
    let task =
        is_upgraded.then(|| tokio::spawn(listen(read, first, Arc::clone(&socket), Arc::clone(inbox))).abort_handle());
    Ok((Answer { head, body }, socket, task))
}

async fn listen(mut read: OwnedReadHalf, first: Vec<u8>, socket: Arc<Socket>, inbox: Arc<Inbox>) {
    let mut frames = FrameReader::default();
    let mut buffer = vec![0; 64 * 1024];
    let mut came = first;
    loop {
        match frames.feed(&came) {
            Err(fault) => return inbox.fail(fault),
            Ok(incoming) => {
                for incoming in incoming {
                    socket.understand(incoming, &inbox).await;
                }
            }
        }
        match read.read(&mut buffer).await {
            Ok(0) | Err(_) => return inbox.end(r#"{"cut":true}"#),
            Ok(read) => came = buffer[..read].to_vec(),
        }
    }
}

impl Socket {
    async fn understand(&self, incoming: Incoming, inbox: &Inbox) {
        match incoming {
            // An empty message says nothing.
            Incoming::Message { payload, .. } if payload.is_empty() => {}
            Incoming::Message { is_binary, payload } => inbox.accept(&payload, is_binary),
            Incoming::Ping(payload) => self.write(pong(&payload)).await,
            Incoming::Pong(payload) => {
                inbox.change(|state| state.pongs.push_back(String::from_utf8_lossy(&payload).into_owned()));
            }
            Incoming::Close { code, payload } => {
                if !self.mute {
                    if !self.closing.load(Ordering::Acquire) {
                        self.write(frame(CLOSE, payload.get(..2).unwrap_or_default(), true)).await;
                    }
                    self.writer.lock().await.take();
                }
                let reason = String::from_utf8_lossy(payload.get(2..).unwrap_or_default()).into_owned();
                inbox.end(
                    &Json::Members(vec![
                        ("code".into(), u64::from(code).into()),
                        ("reason".into(), Json::Text(reason)),
                    ])
                    .to_string(),
                );
            }
        }
    }

    async fn write(&self, bytes: Vec<u8>) {
        if let Some(writer) = &mut *self.writer.lock().await {
            // A peer that is gone is noticed by reading.
            let _ = writer.write_all(&bytes).await;
        }
    }

    pub(super) async fn send(&self, chunk: &[u8], protocol: Protocol, sending: Sending) {
        let spoke = self.spoke.swap(true, Ordering::AcqRel);
        let binary = sending.binary.unwrap_or(protocol == Protocol::MessagePack && spoke);
        let opcode = if binary { BINARY } else { TEXT };
        let Some(size) = sending.fragment.filter(|_| !chunk.is_empty()) else {
            return self.write(frame(opcode, chunk, true)).await;
        };
        let pieces = chunk.len().div_ceil(size);
        for (index, piece) in chunk.chunks(size).enumerate() {
            let opcode = if index == 0 { opcode } else { CONTINUATION };
            self.write(frame(opcode, piece, index + 1 == pieces)).await;
        }
    }

    pub(super) async fn ping(&self, text: &str) {
        self.write(frame(PING, text.as_bytes(), true)).await;
    }

    pub(super) async fn close(&self, how: &Json) {
        self.closing.store(true, Ordering::Release);
        let (mut code, mut reason) = (1000_u16, String::new());
        if let Json::Members(members) = how {
            for (name, value) in members {
                match value {
                    Json::Number(number) if name == "code" => {
                        code = number.as_u64().and_then(|code| code.try_into().ok()).unwrap_or(code);
                    }
                    Json::Text(text) if name == "reason" => reason.clone_from(text),
                    _ => {}
                }
            }
        }
        let mut payload = code.to_be_bytes().to_vec();
        payload.extend(reason.into_bytes());
        self.write(frame(CLOSE, &payload, true)).await;
    }

    /// The reading half goes with its task; without the other one the socket is gone.
    pub(super) fn destroy(&self) {
        if let Ok(mut writer) = self.writer.try_lock() {
            writer.take();
        }
    }
}
