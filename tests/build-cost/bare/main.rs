//! The README's rooms on bare axum: JSON over a WebSocket, one broadcast channel a room.
use std::{collections::HashMap, sync::{Arc, Mutex}};
use axum::{Router, extract::{State, WebSocketUpgrade, ws::{Message, WebSocket}}, response::Response, routing::get};
use futures_util::{SinkExt as _, StreamExt as _};
use serde::{Deserialize, Serialize};
use tokio::sync::{broadcast, mpsc};

#[derive(Deserialize)]
#[serde(tag = "call", rename_all = "camelCase")]
enum Call {
    JoinRoom { room: String },
    Say { room: String, name: String, text: String },
}

#[derive(Serialize)]
struct ChatMessage<'a> { name: &'a str, message: &'a str }

type Rooms = Arc<Mutex<HashMap<String, broadcast::Sender<String>>>>;

async fn upgrade(State(rooms): State<Rooms>, socket: WebSocketUpgrade) -> Response {
    socket.on_upgrade(move |socket| serve(rooms, socket))
}

fn room(rooms: &Rooms, name: &str) -> broadcast::Sender<String> {
    rooms.lock().unwrap().entry(name.to_owned()).or_insert_with(|| broadcast::channel(64).0).clone()
}

fn line(name: &str, message: &str) -> String {
    serde_json::to_string(&ChatMessage { name, message }).unwrap()
}

async fn serve(rooms: Rooms, socket: WebSocket) {
    let (mut sink, mut stream) = socket.split();
    let (out, mut queue) = mpsc::channel::<String>(64);
    tokio::spawn(async move {
        while let Some(text) = queue.recv().await {
            if sink.send(Message::Text(text.into())).await.is_err() { break }
        }
    });
    while let Some(Ok(message)) = stream.next().await {
        let Message::Text(text) = message else { continue };
        match serde_json::from_str(&text) {
            Ok(Call::JoinRoom { room: name }) => {
                let sender = room(&rooms, &name);
                let (mut heard, out) = (sender.subscribe(), out.clone());
                tokio::spawn(async move {
                    while let Ok(text) = heard.recv().await {
                        if out.send(text).await.is_err() { break }
                    }
                });
                let _ = sender.send(line("server", "somebody joined"));
            }
            Ok(Call::Say { room: name, name: who, text }) => { let _ = room(&rooms, &name).send(line(&who, &text)); }
            Err(error) => { let _ = out.send(error.to_string()).await; }
        }
    }
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let app = Router::new().route("/chat", get(upgrade)).with_state(Rooms::default());
    axum::serve(tokio::net::TcpListener::bind("127.0.0.1:3000").await?, app).await
}
