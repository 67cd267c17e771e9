//! A small server in this process that speaks just enough of the classic wire, rightly or with one fault.

mod streams;

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// What the server does wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// Results of calls have a blank too many.
    Spelling,
    /// Every message comes twice.
    Twice,
    /// Messages get lost.
    Silence,
    /// Keep-alives come too fast.
    Hurry,
    /// A groups token comes that nobody asked for.
    Token,
    /// The connected event is told twice.
    Events,
    /// The handshake of the WebSocket is not the answer to ours.
    Accept,
    /// WebSocket frames are masked, as only a client may.
    Mask,
    /// A stream ends without its last chunk.
    Cut,
    /// The stream stays open after an abort.
    Clinging,
}

/// What is sent on a connection's stream.
#[derive(Debug)]
enum Push {
    Text(String),
    End,
}

#[derive(Debug, Default)]
struct Server {
    streams: HashMap<String, mpsc::UnboundedSender<Push>>,
    waiting: HashMap<String, mpsc::UnboundedReceiver<Push>>,
    events: Vec<Value>,
    count: usize,
}

type Shared = Arc<Mutex<Server>>;

/// Starts it; it serves until the test ends.
pub(crate) async fn start(fault: Fault) -> String {
    let server = Shared::default();
    serve(move |stream| talk(stream, Arc::clone(&server), fault)).await
}

/// Starts a server that answers whatever comes with these bytes and hangs up.
pub(crate) async fn start_saying(answer: &'static [u8]) -> String {
    serve(move |mut stream| async move {
        read_request(&mut stream).await;
        let _ = stream.write_all(answer).await;
        Some(())
    })
    .await
}

async fn serve<F>(talk: impl Fn(TcpStream) -> F + Send + 'static) -> String
where
    F: Future<Output = Option<()>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(talk(stream));
        }
    });
    format!("http://{address}")
}

/// One request with its form or query taken apart.
struct Request {
    path: String,
    parameters: HashMap<String, String>,
    key: String,
}

async fn read_request(stream: &mut TcpStream) -> Option<Request> {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    loop {
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let header = |name: &str| head.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default().trim();
            if body.len() >= header("Content-Length:").parse().unwrap_or(0) {
                let target = head.split(' ').nth(1)?;
                let (path, query) = target.split_once('?').unwrap_or((target, ""));
                let pairs = query.split('&').chain(body.split('&')).filter_map(|pair| pair.split_once('='));
                let parameters = pairs.map(|(name, value)| (name.to_owned(), decode(value))).collect();
                return Some(Request {
                    path: path.to_owned(),
                    parameters,
                    key: header("Sec-WebSocket-Key:").to_owned(),
                });
            }
        }
        match stream.read(&mut buffer).await.ok()? {
            0 => return None,
            size => text += &String::from_utf8_lossy(&buffer[..size]),
        }
    }
}

fn decode(value: &str) -> String {
    let mut parts = value.split('%');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        let (code, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(code, 16).expect("two digits"));
        bytes.extend(rest.as_bytes());
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn talk(mut stream: TcpStream, server: Shared, fault: Fault) -> Option<()> {
    let request = read_request(&mut stream).await?;
    let token = request.parameters.get("connectionToken").cloned().unwrap_or_default();
    let transport = request.parameters.get("transport").cloned().unwrap_or_default();
    let body = match request.path.as_str() {
        "/events" => Value::from(std::mem::take(&mut server.lock().events)).to_string(),
        "/signalr/negotiate" => {
            let mut server = server.lock();
            server.count += 1;
            let id = format!("id-{}", server.count);
            json!({"ConnectionToken": format!("token {id}"), "ConnectionId": id}).to_string()
        }
        "/signalr/connect" | "/signalr/poll" => {
            let receiver = if request.path.ends_with("poll") {
                server.lock().waiting.remove(&token)?
            } else {
                open(&server, &token)
            };
            return match transport.as_str() {
                "webSockets" => streams::websocket(stream, server, fault, receiver, token, &request.key).await,
                "serverSentEvents" => streams::events(stream, fault, receiver).await,
                _ => streams::poll(stream, server, receiver, token).await,
            };
        }
        "/signalr/start" => {
            let event = json!({"hub": "conformance", "event": "connected", "id": token.strip_prefix("token ")});
            let times = if fault == Fault::Events { 2 } else { 1 };
            server.lock().events.extend(std::iter::repeat_n(event, times));
            r#"{ "Response": "started" }"#.to_owned()
        }
        "/signalr/send" => invoke(&server, fault, &token, request.parameters.get("data")?),
        "/signalr/abort" => {
            push(&server, &token, Push::End);
            String::new()
        }
        _ => r#"{ "Response": "pong" }"#.to_owned(),
    };
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=UTF-8\r\nContent-Length:";
    stream.write_all(format!("{head} {}\r\n\r\n{body}", body.len()).as_bytes()).await.ok()
}

fn open(server: &Shared, token: &str) -> mpsc::UnboundedReceiver<Push> {
    let (sender, receiver) = mpsc::unbounded_channel();
    let _ = sender.send(Push::Text(r#"{"C":"c0","S":1,"M":[]}"#.into()));
    server.lock().streams.insert(token.to_owned(), sender);
    receiver
}

fn push(server: &Shared, token: &str, what: Push) {
    if let Some(stream) = server.lock().streams.get(token) {
        let _ = stream.send(what);
    }
}

/// `Echo` and `Caller`, as the contract has them.
fn invoke(server: &Shared, fault: Fault, token: &str, data: &str) -> String {
    let call: Value = serde_json::from_str(data).unwrap_or_default();
    let (argument, id) = (&call["A"][0], call["I"].to_string());
    if call["M"] == "Echo" {
        let blank = if fault == Fault::Spelling { " " } else { "" };
        return format!(r#"{{"R":{argument},{blank}"I":"{id}"}}"#);
    }
    let groups = if fault == Fault::Token { r#""G":"g","# } else { "" };
    let times = if fault == Fault::Twice { 2 } else { 1 };
    for _ in (0..times).filter(|_| fault != Fault::Silence) {
        let message = format!(r#"{{"H":"conformance","M":"Receive","A":[{argument}]}}"#);
        push(server, token, Push::Text(format!(r#"{{"C":"c1",{groups}"M":[{message}]}}"#)));
    }
    format!(r#"{{"I":"{id}"}}"#)
}
