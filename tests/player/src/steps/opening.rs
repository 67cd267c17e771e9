//! Opening streams: connect, reconnect, poll; and reconnects that must not work.

use std::time::Duration;

use serde::Deserialize;

use super::handshake::configure;
use crate::answer::Expected;
use crate::exchange::PATIENCE;
use crate::party::Party;
use crate::party::identity::Settings;
use crate::party::request::{Action, RequestOptions};
use crate::play::Play;
use crate::report::Difference;
use crate::scenario::field::{NothingElse, Pairs};

/// Opens a stream.
#[derive(Debug, Deserialize)]
pub(super) struct OpenStream {
    #[serde(flatten)]
    how: How,
    #[serde(flatten)]
    settings: Settings,
    #[serde(flatten)]
    options: RequestOptions,
    #[serde(flatten)]
    expected: Expected,
    /// Waits for the end of the answer.
    #[serde(default)]
    done: bool,
    /// Goes on polling by itself.
    #[serde(default)]
    auto: bool,
    #[serde(flatten)]
    _rest: NothingElse,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
enum How {
    Connect(String),
    Reconnect(String),
    Poll(String),
}

impl OpenStream {
    pub(super) async fn play(&self, play: &mut Play) -> Result<(), Difference> {
        let (action, name) = match &self.how {
            How::Connect(name) => (Action::Connect, name),
            How::Reconnect(name) => (Action::Reconnect, name),
            How::Poll(name) => (Action::Poll, name),
        };
        let party = play.party(name);
        if !party.look(|state| state.identity.is_configured()) {
            configure(play, &party, &self.settings, None);
        }
        if let Some(hubs) = &self.settings.hubs {
            party.change(|state| state.identity.hubs = Some(hubs.clone()));
        }
        let transport = self.settings.transport.as_deref();
        let exchange = party.open_stream(action, transport, &self.options.filled(play)).await;
        let received = exchange.received();
        let expected = self.expected.with_status(&[200, 101]);
        if matches!(received.status(), Some(101 | 200)) {
            expected.of_an_open_stream().compare(play, &received, action.path())?;
        } else {
            expected.compare(play, &received, action.path())?;
        }
        if self.done {
            exchange.until_complete(PATIENCE).await;
        }
        if self.auto {
            let options = RequestOptions { form: true, ..RequestOptions::default() };
            party.change(|state| state.polling = Some(options.clone()));
            if exchange.look(|progress| progress.is_complete) {
                party.open_stream(Action::Poll, None, &options).await;
            }
        }
        Ok(())
    }
}

/// A reconnect with this cursor is refused over each transport, or ends without a response.
#[derive(Debug, Deserialize)]
pub(super) struct Fails {
    fails: String,
    cursor: String,
    ms: Option<u64>,
    #[serde(flatten)]
    _rest: NothingElse,
}

impl Fails {
    pub(super) async fn play(&self, play: &mut Play) -> Result<(), Difference> {
        let party = play.known(&self.fails)?;
        for transport in ["webSockets", "serverSentEvents", "longPolling"] {
            self.over(transport, &party, play).await?;
        }
        Ok(())
    }

    async fn over(&self, transport: &str, party: &Party, play: &Play) -> Result<(), Difference> {
        let other = Party::new(&format!("{}, {transport}", party.name), &play.base, &play.wire);
        let mut identity = party.identity();
        (identity.id, identity.cursor, identity.groups, identity.transport) = (None, None, None, None);
        identity.qs.clear();
        other.change(|state| state.identity = identity);
        let cursor = play.fill(&self.cursor);
        let set = Pairs(vec![("messageId".into(), cursor.clone())]);
        let options = RequestOptions { set, ..RequestOptions::default() };
        let exchange = other.open_stream(Action::Reconnect, Some(transport), &options).await;
        let patience = Duration::from_millis(self.ms.unwrap_or(2000));
        let is_over = exchange.until(patience, |progress| progress.is_over()).await;
        let said = other.look(|state| {
            let responses = state.inbox.responses.iter().map(|response| response.text.as_str());
            responses.filter(|text| *text != "initialized").collect::<Vec<_>>().join(" ")
        });
        let status = exchange.look(|progress| progress.status()).unwrap_or_default();
        let how = if is_over { "over" } else { "open" };
        other.wire().note(&other.name, "#", format!("{status}, {how} {said}").trim());
        if is_over && said.is_empty() {
            return Ok(());
        }
        exchange.reset();
        let what = format!("{transport}, cursor {cursor}");
        Err(Difference::new(what).expected("no stream").got(format!("{status}, {how}, with {said:?}")))
    }
}
