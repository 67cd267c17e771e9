//! The streams of the small server, one function for each transport.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use super::{Fault, Push, Shared, invoke};

pub(super) async fn events(
    mut stream: TcpStream,
    fault: Fault,
    mut receiver: mpsc::UnboundedReceiver<Push>,
) -> Option<()> {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await.ok()?;
    stream.write_all(chunk("data: initialized\n\n").as_bytes()).await.ok()?;
    let pace = Duration::from_millis(if fault == Fault::Hurry { 10 } else { 200 });
    loop {
        match tokio::time::timeout(pace, receiver.recv()).await {
            Ok(Some(Push::Text(text))) => {
                stream.write_all(chunk(&format!("data: {text}\n\n")).as_bytes()).await.ok()?
            }
            Ok(_) if fault == Fault::Clinging => {}
            Ok(_) if fault == Fault::Cut => return None,
            Ok(_) => return stream.write_all(b"0\r\n\r\n").await.ok(),
            Err(_) => stream.write_all(chunk("data: {}\n\n").as_bytes()).await.ok()?,
        }
    }
}

pub(super) async fn poll(
    mut stream: TcpStream,
    server: Shared,
    mut receiver: mpsc::UnboundedReceiver<Push>,
    token: String,
) -> Option<()> {
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=UTF-8\r\nTransfer-Encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).await.ok()?;
    let body = match receiver.recv().await? {
        Push::Text(text) => text,
        Push::End => r#"{"C":"c2","M":[]}"#.to_owned(),
    };
    server.lock().waiting.insert(token, receiver);
    stream.write_all((chunk(&body) + "0\r\n\r\n").as_bytes()).await.ok()
}

fn chunk(text: &str) -> String {
    format!("{:x}\r\n{text}\r\n", text.len())
}

pub(super) async fn websocket(
    mut stream: TcpStream,
    server: Shared,
    fault: Fault,
    mut receiver: mpsc::UnboundedReceiver<Push>,
    token: String,
    key: &str,
) -> Option<()> {
    let key = if fault == Fault::Accept { "another" } else { key };
    let accept = derive_accept_key(key.as_bytes());
    let head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept:";
    stream.write_all(format!("{head} {accept}\r\n\r\n").as_bytes()).await.ok()?;
    loop {
        tokio::select! {
            push = receiver.recv() => match push? {
                Push::Text(text) => stream.write_all(&frame(0x81, text.as_bytes(), fault)).await.ok()?,
                Push::End => stream.write_all(&frame(0x88, &1000_u16.to_be_bytes(), fault)).await.ok()?,
            },
            received = read_frame(&mut stream) => match received? {
                (1, payload) => {
                    let text = invoke(&server, fault, &token, &String::from_utf8_lossy(&payload));
                    stream.write_all(&frame(0x81, text.as_bytes(), fault)).await.ok()?;
                }
                _ => return None,
            },
        }
    }
}

fn frame(first: u8, payload: &[u8], fault: Fault) -> Vec<u8> {
    let size = u8::try_from(payload.len()).ok().filter(|size| *size < 126).expect("a short payload");
    let mut bytes = if fault == Fault::Mask { vec![first, 0x80 | size, 0, 0, 0, 0] } else { vec![first, size] };
    bytes.extend(payload);
    bytes
}

/// The opcode and payload of a short frame from a client.
async fn read_frame(stream: &mut TcpStream) -> Option<(u8, Vec<u8>)> {
    // Nothing is lost when the other branch of the select wins: this is not polled again before it is asked anew,
    // and a client's frames come whole in these tests.
    stream.readable().await.ok()?;
    let mut head = [0; 6];
    stream.read_exact(&mut head).await.ok()?;
    let mut payload = vec![0; usize::from(head[1] & 0x7f)];
    stream.read_exact(&mut payload).await.ok()?;
    for (i, byte) in payload.iter_mut().enumerate() {
        *byte ^= head[2 + i % 4];
    }
    Some((head[0] & 0x0f, payload))
}
