//! The requests of a party: plain ones, and those that open a stream.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

use super::{Party, State};
use crate::exchange::{Exchange, PATIENCE, Received, Signal, Sink};
use crate::http::Request;
use crate::placeholder::{self, Values};
use crate::scenario::field::{Pairs, present};
use crate::streams::{self, Arrival};
use crate::websocket;

const FORM: &str = "application/x-www-form-urlencoded; charset=UTF-8";
/// How long a plain request may take: some answers wait for the server's own timers.
const REQUEST_PATIENCE: Duration = Duration::from_secs(60);

/// What a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Negotiate,
    Connect,
    Reconnect,
    Poll,
    Start,
    Send,
    Abort,
    Ping,
}

impl Action {
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Negotiate => "negotiate",
            Self::Connect => "connect",
            Self::Reconnect => "reconnect",
            Self::Poll => "poll",
            Self::Start => "start",
            Self::Send => "send",
            Self::Abort => "abort",
            Self::Ping => "ping",
        }
    }
}

/// What a step may change in a request.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct RequestOptions {
    /// Another mount.
    pub(crate) at: Option<String>,
    /// Another last part of the path.
    pub(crate) path: Option<String>,
    pub(crate) method: Option<String>,
    pub(crate) headers: Pairs,
    /// Another user; null is nobody.
    #[serde(rename = "as", deserialize_with = "present")]
    pub(crate) caller: Option<Option<String>>,
    /// Parameters to set.
    pub(crate) set: Pairs,
    /// Parameters to leave out.
    pub(crate) without: Vec<String>,
    /// Whether a poll carries its place in the form.
    pub(crate) form: bool,
    /// Whether not to ask for an upgrade.
    pub(crate) plain: bool,
    /// How long to wait, in milliseconds.
    pub(crate) ms: Option<u64>,
}

impl RequestOptions {
    /// The same with the placeholders of what it sets filled.
    pub(crate) fn filled(&self, values: &impl Values) -> Self {
        let mut filled = self.clone();
        for (_, value) in &mut filled.set.0 {
            *value = placeholder::fill(value, values);
        }
        filled
    }

    pub(crate) fn patience(&self) -> Option<Duration> {
        self.ms.map(Duration::from_millis)
    }
}

impl Party {
    /// A plain request, by GET unless the options say otherwise; its answer when that is complete.
    pub(crate) async fn request(&self, action: Action, options: &RequestOptions) -> Received {
        let method = options.method.clone().unwrap_or_else(|| "GET".into());
        self.ask(action, options, method, None).await
    }

    /// A request by POST (unless the options say otherwise) with this body.
    pub(crate) async fn post(&self, action: Action, options: &RequestOptions, body: String) -> Received {
        let method = options.method.clone().unwrap_or_else(|| "POST".into());
        self.ask(action, options, method, Some(body)).await
    }

    async fn ask(&self, action: Action, options: &RequestOptions, method: String, body: Option<String>) -> Received {
        let request = self.look(|state| {
            let (target, form) = state.identity.target(action, options);
            let mut headers = state.identity.headers(options);
            let is_post = method == "POST";
            if is_post {
                headers.push(("Content-Type".into(), FORM.into()));
            }
            let body = if is_post { body.unwrap_or(form) } else { String::new() };
            Request { method, target, headers, body, accept: None }
        });
        self.wire.note(&self.name, ">", &request.to_string());
        let exchange = Exchange::begin(&self.base, request, &self.wire, Box::new(|_| {}));
        exchange.until_complete(options.patience().unwrap_or(REQUEST_PATIENCE)).await;
        let received = exchange.received();
        self.wire.note_answer(&self.name, &received);
        received
    }

    /// Opens a stream; returns when its head is there, or the whole answer if it is a refusal.
    pub(crate) async fn open_stream(
        self: &Arc<Self>,
        action: Action,
        transport: Option<&str>,
        options: &RequestOptions,
    ) -> Arc<Exchange> {
        let exchange = self.change(|state| {
            if let Some(transport) = transport {
                state.identity.transport = Some(transport.to_owned());
            }
            self.begin_stream(state, action, options)
        });
        exchange.until_head(options.patience().unwrap_or(PATIENCE)).await;
        if !matches!(exchange.look(|progress| progress.status()), Some(101 | 200)) {
            exchange.until_complete(PATIENCE).await;
            self.wire.note_answer(&self.name, &exchange.received());
        }
        exchange
    }

    fn begin_stream(self: &Arc<Self>, state: &mut State, action: Action, options: &RequestOptions) -> Arc<Exchange> {
        let (target, form) = state.identity.target(action, options);
        let mut request = Request::get(target);
        request.headers = state.identity.headers(options);
        let transport = state.identity.transport.clone().unwrap_or_default().to_ascii_lowercase();
        if transport == "websockets" && !options.plain {
            request = websocket::ask_for_upgrade(request);
        }
        if transport == "longpolling" {
            request.method = options.method.clone().unwrap_or_else(|| "POST".into());
            request = request.header("Content-Type", FORM);
        }
        if request.method == "POST" {
            request.body = form;
        }
        self.wire.note(&self.name, ">", &request.to_string());
        let sink = self.sink(state.streams.len(), &transport);
        let exchange = Arc::new(Exchange::begin(&self.base, request, &self.wire, sink));
        state.streams.push(Arc::clone(&exchange));
        exchange
    }

    /// What takes in a stream. It does not keep the party alive: with the party its streams end too.
    fn sink(self: &Arc<Self>, stream: usize, transport: &str) -> Sink {
        let party = Arc::downgrade(self);
        let mut decoder = streams::decoder(transport);
        let mut is_open = false;
        Box::new(move |signal| {
            let Some(party) = party.upgrade() else {
                return;
            };
            match signal {
                Signal::Head(head) => {
                    is_open = head.status == 200;
                    if matches!(head.status, 101 | 200) {
                        let line = format!("{} {}", head.status, head.header("content-type").unwrap_or_default());
                        party.wire.note(&party.name, "<", line.trim());
                    }
                }
                Signal::Chunk(data) if is_open => party.receive(stream, decoder.chunk(data), false),
                Signal::Chunk(_) => {}
                Signal::Message { is_binary, text } => {
                    let raw = if is_binary { format!("binary {text}") } else { text.to_owned() };
                    party.receive(stream, vec![Arrival::new(text, raw)], false);
                }
                Signal::End { is_complete } => {
                    let arrivals = if is_complete && is_open { decoder.end() } else { Vec::new() };
                    let is_answer = !arrivals.is_empty();
                    party.receive(stream, arrivals, is_answer);
                }
            }
        })
    }

    /// Takes in what came on a stream. The next poll begins before anybody sees the answer of the one before.
    fn receive(self: &Arc<Self>, stream: usize, arrivals: Vec<Arrival>, is_answer_of_poll: bool) {
        self.change(|state| {
            for arrival in arrivals {
                state.take_in(arrival, stream, |raw| self.wire.note_on_stream(&self.name, stream, raw));
            }
            let is_current = state.streams.len() == stream + 1;
            if let Some(options) = state.polling.clone().filter(|_| is_answer_of_poll && is_current) {
                self.begin_stream(state, Action::Poll, &options);
            }
        });
    }
}
