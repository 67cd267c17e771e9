//! A client's connection over each transport.

mod event_stream;
mod inbox;
mod polling;
mod socket;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::AbortHandle;

pub(super) use self::inbox::{Inbox, Taken};
use self::socket::Socket;
use super::http::{Answer, Exchange};
use super::message::Protocol;
use crate::http::Base;
use crate::report::Difference;
use crate::scenario::json::Json;

/// How a connection is opened.
#[derive(Debug)]
pub(super) struct Opening<'a> {
    pub(super) base: &'a Base,
    /// `GET /path?query`.
    pub(super) line: &'a str,
    pub(super) headers: Vec<(String, String)>,
    pub(super) protocol: Protocol,
    /// Whether no answer to a handshake comes.
    pub(super) greeted: bool,
    /// Whether this client never answers a close frame.
    pub(super) mute: bool,
}

/// How a message is sent over a WebSocket.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sending {
    pub(super) binary: Option<bool>,
    pub(super) fragment: Option<usize>,
}

/// A connection.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) protocol: Protocol,
    pub(super) inbox: Arc<Inbox>,
    /// What the opening request was answered.
    pub(super) answer: Answer,
    way: Way,
    /// Whether we have asked for its end by a DELETE.
    deleted: Arc<AtomicBool>,
    tasks: Vec<AbortHandle>,
}

#[derive(Debug)]
enum Way {
    Socket(Arc<Socket>),
    /// Event streams and polls send by POSTs.
    Posts {
        base: Base,
        target: String,
        headers: Vec<(String, String)>,
        is_poll: bool,
    },
}

fn posts(opening: &Opening<'_>, is_poll: bool) -> Way {
    let target = opening.line.split_once(' ').map(|(_, target)| target.to_owned()).unwrap_or_default();
    Way::Posts { base: opening.base.clone(), target, headers: opening.headers.clone(), is_poll }
}

impl Link {
    pub(super) async fn open(transport: &str, opening: Opening<'_>) -> Result<Self, Difference> {
        let inbox = Inbox::new(opening.protocol, opening.greeted);
        let deleted = Arc::new(AtomicBool::new(false));
        let protocol = opening.protocol;
        let opened = match transport {
            "ws" => {
                socket::open(&opening, &inbox).await.map(|(answer, socket, task)| (answer, Way::Socket(socket), task))
            }
            "sse" => {
                let way = posts(&opening, false);
                event_stream::open(&opening, &inbox).await.map(|(answer, task)| (answer, way, task))
            }
            _ => {
                let way = posts(&opening, true);
                polling::open(&opening, &inbox, &deleted).await.map(|(answer, task)| (answer, way, task))
            }
        };
        let (answer, way, task) = opened.map_err(Difference::new)?;
        Ok(Self { protocol, inbox, answer, way, deleted, tasks: task.into_iter().collect() })
    }

    pub(super) fn is_socket(&self) -> bool {
        matches!(self.way, Way::Socket(_))
    }

    pub(super) fn is_deleted(&self) -> bool {
        self.deleted.load(Ordering::Acquire)
    }

    /// Sends each chunk as a message, or a POST, of its own.
    pub(super) async fn send(&self, chunks: &[Vec<u8>], sending: Sending) -> Result<(), Difference> {
        for chunk in chunks {
            match &self.way {
                Way::Socket(socket) => socket.send(chunk, self.protocol, sending).await,
                Way::Posts { base, target, headers, .. } => {
                    let exchange = Exchange::begin(base, &format!("POST {target}"), headers, Some(chunk)).await;
                    let answer = exchange.map_err(Difference::new)?.answer().await.map_err(Difference::new)?;
                    if answer.head.status != 200 {
                        return Err(Difference::new("answer to a POST").expected(200).got(answer.head.status));
                    }
                }
            }
        }
        Ok(())
    }

    pub(super) async fn ping(&self, text: &str) {
        if let Way::Socket(socket) = &self.way {
            socket.ping(text).await;
        }
    }

    /// Ends it in an orderly way.
    pub(super) async fn close(&self, how: &Json) -> Result<(), Difference> {
        match &self.way {
            Way::Socket(socket) => {
                socket.close(how).await;
                Ok(())
            }
            Way::Posts { base, target, headers, is_poll: true } => {
                self.deleted.store(true, Ordering::Release);
                let exchange = Exchange::begin(base, &format!("DELETE {target}"), headers, None).await;
                let answer = exchange.map_err(Difference::new)?.answer().await.map_err(Difference::new)?;
                if answer.head.status != 202 {
                    return Err(Difference::new("answer to DELETE").expected(202).got(answer.head.status));
                }
                Ok(())
            }
            Way::Posts { .. } => {
                self.drop_transport();
                self.inbox.end(r#"{"cut":true}"#);
                Ok(())
            }
        }
    }

    /// Destroys the transport.
    pub(super) fn drop_transport(&self) {
        for task in &self.tasks {
            task.abort();
        }
        if let Way::Socket(socket) = &self.way {
            socket.destroy();
            self.inbox.end(r#"{"cut":true}"#);
        }
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.drop_transport();
    }
}
