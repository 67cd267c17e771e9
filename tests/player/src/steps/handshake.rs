//! Becoming a connection: negotiate, start, and all of it at once.

use serde::Deserialize;

use crate::answer::Expected;
use crate::exchange::{PATIENCE, Received};
use crate::party::Party;
use crate::party::identity::Settings;
use crate::party::request::{Action, RequestOptions};
use crate::play::Play;
use crate::report::Difference;
use crate::scenario::field::NothingElse;

/// GET negotiate; the party takes id and token from the answer.
#[derive(Debug, Deserialize)]
pub(super) struct Negotiate {
    negotiate: String,
    #[serde(flatten)]
    settings: Settings,
    #[serde(flatten)]
    options: RequestOptions,
    #[serde(flatten)]
    expected: Expected,
    #[serde(flatten)]
    _rest: NothingElse,
}

impl Negotiate {
    pub(super) async fn play(&self, play: &mut Play) -> Result<(), Difference> {
        let party = play.party(&self.negotiate);
        configure(play, &party, &self.settings, None);
        let received = party.request(Action::Negotiate, &self.options.filled(play)).await;
        if received.status() == Some(200) {
            take_identity(&party, &received)?;
        }
        self.expected.compare(play, &received, "negotiate")
    }
}

/// The start request.
#[derive(Debug, Deserialize)]
pub(super) struct Start {
    start: String,
    #[serde(flatten)]
    options: RequestOptions,
    #[serde(flatten)]
    expected: Expected,
    #[serde(flatten)]
    _rest: NothingElse,
}

impl Start {
    pub(super) async fn play(&self, play: &mut Play) -> Result<(), Difference> {
        let received = play.known(&self.start)?.request(Action::Start, &self.options.filled(play)).await;
        self.expected.with_status(&[200]).compare(play, &received, "start")
    }
}

/// Negotiate, connect, the initial response, start.
#[derive(Debug, Deserialize)]
pub(super) struct Open {
    open: String,
    #[serde(flatten)]
    settings: Settings,
    /// Whether a long-polling party goes on polling by itself.
    auto: Option<bool>,
    /// Whether its polls carry their place in the form.
    form: Option<bool>,
    start: Option<bool>,
    #[serde(flatten)]
    _rest: NothingElse,
}

impl Open {
    pub(super) async fn play(&self, play: &mut Play) -> Result<(), Difference> {
        let party = play.party(&self.open);
        configure(play, &party, &self.settings, Some("webSockets"));
        let plain = RequestOptions::default();
        let negotiated = party.request(Action::Negotiate, &plain).await;
        if negotiated.status() != Some(200) {
            return Err(Difference::new("negotiate").got(negotiated.in_short()));
        }
        take_identity(&party, &negotiated)?;
        party.change(|state| state.inbox.inits = 0);
        let exchange = party.open_stream(Action::Connect, None, &plain).await;
        if !matches!(exchange.look(|progress| progress.status()), Some(101 | 200)) {
            return Err(Difference::new("connect").got(exchange.received().in_short()));
        }
        if !party.until(PATIENCE, |state| state.inbox.inits > 0).await {
            return Err(Difference::new("no initial response").got(exchange.received().in_short()));
        }
        let is_polling = party.change(|state| {
            state.inbox.responses.clear();
            state.identity.transport.as_deref() == Some("longPolling")
        });
        if is_polling && self.auto != Some(false) {
            let options = RequestOptions { form: self.form.unwrap_or(true), ..RequestOptions::default() };
            party.change(|state| state.polling = Some(options.clone()));
            party.open_stream(Action::Poll, None, &options).await;
        }
        if self.start == Some(false) {
            return Ok(());
        }
        let started = party.request(Action::Start, &plain).await;
        if started.status() == Some(200) && has_started(&started.body) {
            return Ok(());
        }
        Err(Difference::new("start").got(started.in_short()))
    }
}

/// Takes settings over; a transport that they do not name is the default one or stays.
pub(super) fn configure(play: &Play, party: &Party, settings: &Settings, transport: Option<&str>) {
    let mut settings = settings.clone();
    settings.user = settings.user.map(|user| play.fill(&user));
    settings.transport = settings.transport.or_else(|| transport.map(ToOwned::to_owned));
    party.change(|state| state.identity.configure(settings));
}

/// Takes id and token from the answer of negotiate, which JSONP may have wrapped.
fn take_identity(party: &Party, negotiated: &Received) -> Result<(), Difference> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Negotiated {
        connection_token: Option<String>,
        connection_id: Option<String>,
    }
    let body = negotiated.body.as_str();
    let is_name = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || "_.$".contains(c));
    let json = body.split_once('(').filter(|(name, _)| is_name(name)).map_or(body, |(_, rest)| rest);
    let json = json.strip_suffix(");").unwrap_or(json);
    let negotiated: Negotiated = serde_json::from_str(json)
        .map_err(|error| Difference::new(format!("the answer of negotiate: {error}")).got(negotiated.in_short()))?;
    party.change(|state| {
        state.identity.token = negotiated.connection_token;
        state.identity.id = negotiated.connection_id;
    });
    Ok(())
}

fn has_started(body: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(body).is_ok_and(|json| json["Response"] == "started")
}
