//! Requests beside the streams.

use std::time::Duration;

use serde::Deserialize;

use super::handshake::configure;
use crate::answer::Expected;
use crate::exchange::{Exchange, PATIENCE, Received};
use crate::http::{Request, encode_component, encode_pairs};
use crate::party::identity::Settings;
use crate::party::request::{Action, RequestOptions};
use crate::placeholder::{Values, replace_places};
use crate::play::Play;
use crate::report::Difference;
use crate::scenario::field::{NothingElse, Pairs};
use crate::scenario::json::Json;

/// The abort request.
#[derive(Debug, Deserialize)]
pub(super) struct Abort {
    abort: String,
    /// Whether the party is gone by it, as it is unless the step says no.
    last: Option<bool>,
    #[serde(flatten)]
    options: RequestOptions,
    #[serde(flatten)]
    expected: Expected,
    #[serde(flatten)]
    _rest: NothingElse,
}

impl Abort {
    pub(super) async fn play(&self, play: &mut Play) -> Result<(), Difference> {
        let party = play.known(&self.abort)?;
        party.stop_polling();
        let received = party.post(Action::Abort, &self.options.filled(play), String::new()).await;
        if self.last != Some(false) {
            party.change(|state| state.is_gone = true);
        }
        self.expected.with_status(&[200]).compare(play, &received, "abort")
    }
}

/// The ping request.
#[derive(Debug, Deserialize)]
pub(super) struct Ping {
    ping: String,
    #[serde(flatten)]
    settings: Settings,
    #[serde(flatten)]
    options: RequestOptions,
    #[serde(flatten)]
    expected: Expected,
    #[serde(flatten)]
    _rest: NothingElse,
}

impl Ping {
    pub(super) async fn play(&self, play: &mut Play) -> Result<(), Difference> {
        let party = play.party(&self.ping);
        if !party.look(|state| state.identity.is_configured()) {
            configure(play, &party, &self.settings, None);
        }
        let received = party.request(Action::Ping, &self.options.filled(play)).await;
        self.expected.compare(play, &received, "ping")
    }
}

/// Any request.
#[derive(Debug, Deserialize)]
pub(super) struct Http {
    http: String,
    path: String,
    /// On whose behalf, for the reader of the wire.
    of: Option<String>,
    #[serde(default)]
    headers: Pairs,
    form: Option<Pairs>,
    json: Option<Json>,
    /// Under which name to keep the body of the answer.
    keep: Option<String>,
    ms: Option<u64>,
    #[serde(flatten)]
    expected: Expected,
    #[serde(flatten)]
    _rest: NothingElse,
}

impl Http {
    pub(super) async fn play(&self, play: &mut Play) -> Result<(), Difference> {
        let name = self.of.as_deref().unwrap_or("x");
        let place = |name: &str| encode_component(&play.value(name).unwrap_or_else(|| format!("<{name}>")));
        let mut request = Request::get(replace_places(&self.path, place));
        request.method.clone_from(&self.http);
        request.headers.clone_from(&self.headers.0);
        if let Some(form) = &self.form {
            let pairs: Vec<_> = form.0.iter().map(|(key, value)| (key.clone(), play.fill(value))).collect();
            request = request.header("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8");
            request.body = encode_pairs(&pairs);
        }
        if let Some(json) = &self.json {
            request = request.header("Content-Type", "application/json");
            request.body = json.filled(play).to_string();
        }
        let patience = self.ms.map_or(Duration::from_secs(60), Duration::from_millis);
        let received = ask(play, name, request, patience).await;
        self.expected.compare(play, &received, &self.path)?;
        if let Some(name) = &self.keep {
            play.set_value(name, Some(received.body));
        }
        Ok(())
    }
}

/// POST /push: a send from outside a hub.
#[derive(Debug, Deserialize)]
pub(super) struct Push {
    push: Json,
    #[serde(flatten)]
    _rest: NothingElse,
}

impl Push {
    pub(super) async fn play(&self, play: &mut Play) -> Result<(), Difference> {
        let mut members = vec![("hub".to_owned(), Json::from("classic"))];
        if let Json::Members(others) = self.push.filled(play) {
            members.extend(others);
        }
        let request = Request::post("/push", Json::Members(members).to_string());
        let received = ask(play, "x", request.header("Content-Type", "application/json"), PATIENCE).await;
        if received.status() != Some(202) {
            return Err(Difference::new("push: status").expected(202).got(received.in_short()));
        }
        Ok(())
    }
}

/// Sends a request that belongs to no party.
async fn ask(play: &Play, name: &str, request: Request, patience: Duration) -> Received {
    play.wire.note(name, ">", &request.to_string());
    let exchange = Exchange::begin(&play.base, request, &play.wire, Box::new(|_| {}));
    exchange.until_complete(patience).await;
    let received = exchange.received();
    play.wire.note_answer(name, &received);
    received
}
