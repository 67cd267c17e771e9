//! One request on a connection of its own, and all that comes back on it, watched while it comes.

use std::fmt;
use std::io::ErrorKind;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};

use crate::http::{Base, Head, Part, Request, ResponseReader};
use crate::websocket::{self, FrameReader, Incoming};
use crate::wire::Wire;

/// How long to wait for what should come at once.
pub(crate) const PATIENCE: Duration = Duration::from_secs(8);

/// How far an exchange has come.
#[derive(Debug, Clone, Default)]
pub(crate) struct Progress {
    pub(crate) head: Option<Head>,
    pub(crate) body: Vec<u8>,
    pub(crate) last_chunk: Vec<u8>,
    pub(crate) last_message: Option<String>,
    /// The code of the server's close frame.
    pub(crate) close_code: Option<u16>,
    /// The body came to the end that HTTP gives it.
    pub(crate) is_complete: bool,
    /// Nothing more can come.
    pub(crate) has_ended: bool,
}

impl Progress {
    pub(crate) fn status(&self) -> Option<u16> {
        self.head.as_ref().map(|head| head.status)
    }

    /// The connection ended or the server said that it would.
    pub(crate) fn is_over(&self) -> bool {
        self.has_ended || self.close_code.is_some()
    }
}

/// What an exchange has received so far.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) head: Option<Head>,
    pub(crate) body: String,
}

impl Received {
    pub(crate) fn status(&self) -> Option<u16> {
        self.head.as_ref().map(|head| head.status)
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.as_ref()?.header(name)
    }

    /// The status and the body, for people.
    pub(crate) fn in_short(&self) -> String {
        match self.status() {
            Some(status) => format!("{status} {}", crate::report::short(&self.body)),
            None => "no answer".to_owned(),
        }
    }
}

/// What the owner of an exchange is told while it goes on, before anybody else can see it.
#[derive(Debug)]
pub(crate) enum Signal<'a> {
    Head(&'a Head),
    Chunk(&'a [u8]),
    Message { is_binary: bool, text: &'a str },
    End { is_complete: bool },
}

/// Takes the signals of an exchange.
pub(crate) type Sink = Box<dyn FnMut(Signal<'_>) + Send>;

enum Order {
    Write(Vec<u8>),
    Reset,
}

/// A request and what comes back; the connection is closed when this is dropped.
pub(crate) struct Exchange {
    progress: watch::Receiver<Progress>,
    orders: mpsc::UnboundedSender<Order>,
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").field("status", &self.progress.borrow().status()).finish_non_exhaustive()
    }
}

impl Exchange {
    /// Sends a request and returns without waiting for anything.
    pub(crate) fn begin(base: &Base, request: Request, wire: &Wire, sink: Sink) -> Self {
        let (progress, seen) = watch::channel(Progress::default());
        let (orders, to_do) = mpsc::unbounded_channel();
        let driver = Driver {
            progress,
            orders: to_do,
            sink,
            wire: wire.clone(),
            outgoing: request.encode(&base.host),
            reader: ResponseReader::default(),
            frames: FrameReader::default(),
            accept: request.accept,
            is_closing: false,
        };
        tokio::spawn(driver.run(base.address.clone()));
        Self { progress: seen, orders }
    }

    /// Waits until `test` holds; false if it does not in time or can no longer.
    pub(crate) async fn until(&self, patience: Duration, test: impl Fn(&Progress) -> bool) -> bool {
        let mut progress = self.progress.clone();
        let changed = progress.wait_for(|progress| progress.has_ended || test(progress));
        match tokio::time::timeout(patience, changed).await {
            Ok(Ok(progress)) => test(&progress),
            Ok(Err(_)) | Err(_) => false,
        }
    }

    /// Waits for the head; false if none comes.
    pub(crate) async fn until_head(&self, patience: Duration) -> bool {
        self.until(patience, |progress| progress.head.is_some()).await
    }

    /// Waits for the end of the body; false if it is cut or too slow.
    pub(crate) async fn until_complete(&self, patience: Duration) -> bool {
        self.until(patience, |progress| progress.is_complete).await
    }

    /// A look at how far it has come.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&Progress) -> T) -> T {
        look(&self.progress.borrow())
    }

    pub(crate) fn received(&self) -> Received {
        self.look(|progress| Received {
            head: progress.head.clone(),
            body: String::from_utf8_lossy(&progress.body).into_owned(),
        })
    }

    /// Sends more on the connection; nothing happens if it has ended.
    pub(crate) fn write(&self, bytes: Vec<u8>) {
        // The driver is gone if the connection has ended, which the steps that follow will notice.
        let _ = self.orders.send(Order::Write(bytes));
    }

    /// Cuts the TCP connection without a farewell.
    pub(crate) fn reset(&self) {
        let _ = self.orders.send(Order::Reset);
    }
}

/// Owns the socket.
struct Driver {
    progress: watch::Sender<Progress>,
    orders: mpsc::UnboundedReceiver<Order>,
    sink: Sink,
    wire: Wire,
    outgoing: Vec<u8>,
    reader: ResponseReader,
    frames: FrameReader,
    accept: Option<String>,
    /// The server's close frame is answered; what is left is to hang up.
    is_closing: bool,
}

impl Driver {
    async fn run(mut self, address: String) {
        if let Ok(mut stream) = TcpStream::connect(address).await {
            // Without it small frames wait for one another; the exchange is right all the same.
            let _ = stream.set_nodelay(true);
            self.talk(&mut stream).await;
        }
        let is_complete = self.progress.borrow().is_complete;
        if !is_complete {
            self.end(false);
        }
    }

    async fn talk(&mut self, stream: &mut TcpStream) {
        let mut buffer = vec![0; 64 * 1024];
        loop {
            tokio::select! {
                order = self.orders.recv() => match order {
                    Some(Order::Write(bytes)) => self.outgoing.extend(bytes),
                    Some(Order::Reset) => {
                        // If the option cannot be set the connection ends less abruptly.
                        let _ = stream.set_zero_linger();
                        return;
                    }
                    None => return,
                },
                Ok(()) = stream.writable(), if !self.outgoing.is_empty() => match stream.try_write(&self.outgoing) {
                    Ok(written) => drop(self.outgoing.drain(..written)),
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    // What the server sent before it hung up can still be read.
                    Err(_) => self.outgoing.clear(),
                },
                Ok(()) = stream.readable() => match stream.try_read(&mut buffer) {
                    Ok(0) => return,
                    Ok(size) => if self.feed(&buffer[..size]).is_none() { return },
                    Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                    Err(_) => return,
                },
                else => return,
            }
            if self.is_closing && self.outgoing.is_empty() {
                self.is_closing = false;
                let _ = stream.shutdown().await;
            }
        }
    }

    /// Takes in what came; `None` if this was the end.
    fn feed(&mut self, bytes: &[u8]) -> Option<()> {
        let parts = self.reader.feed(bytes).map_err(|what| self.wire.violation(what)).ok()?;
        for part in parts {
            match part {
                Part::Head(head) => self.head(head),
                Part::Chunk(data) => self.chunk(&data),
                Part::Upgraded(data) => self.frames(&data)?,
                Part::End => {
                    self.end(true);
                    return None;
                }
            }
        }
        Some(())
    }

    fn head(&mut self, head: Head) {
        if head.status == 101 && head.header("sec-websocket-accept") != self.accept.as_deref() {
            self.wire.violation("the Sec-WebSocket-Accept does not answer the key".into());
        }
        (self.sink)(Signal::Head(&head));
        self.progress.send_modify(|progress| progress.head = Some(head));
    }

    fn chunk(&mut self, data: &[u8]) {
        self.progress.send_modify(|progress| {
            progress.body.extend_from_slice(data);
            progress.last_chunk = data.to_vec();
        });
        (self.sink)(Signal::Chunk(data));
    }

    fn frames(&mut self, bytes: &[u8]) -> Option<()> {
        let incoming = self.frames.feed(bytes).map_err(|what| self.wire.violation(what)).ok()?;
        for frame in incoming {
            match frame {
                Incoming::Message { is_binary, payload } => {
                    let text = String::from_utf8_lossy(&payload);
                    (self.sink)(Signal::Message { is_binary, text: &text });
                    self.progress.send_modify(|progress| progress.last_message = Some(text.into_owned()));
                }
                Incoming::Ping(payload) => self.outgoing.extend(websocket::pong(&payload)),
                Incoming::Pong(_) => {}
                Incoming::Close { code, payload } => {
                    self.outgoing.extend(websocket::frame(websocket::CLOSE, &payload, true));
                    self.is_closing = true;
                    self.progress.send_modify(|progress| progress.close_code = Some(code));
                }
            }
        }
        Some(())
    }

    /// The owner hears of the end before those who wait for it: what it makes of it is there when they go on.
    fn end(&mut self, is_complete: bool) {
        (self.sink)(Signal::End { is_complete });
        self.progress.send_modify(|progress| {
            progress.is_complete = is_complete;
            progress.has_ended = true;
        });
    }
}
