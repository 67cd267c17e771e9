//! A party: one logical connection of a scenario, on whichever transport it is at the moment.
//!
//! - [`identity`]: who it is to the server; what its requests carry
//! - [`inbox`]: what it received and no step has taken yet
//! - [`request`]: its requests and streams

pub(crate) mod identity;
pub(crate) mod inbox;
pub(crate) mod request;

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use self::identity::Identity;
use self::inbox::Inbox;
use self::request::RequestOptions;
use crate::exchange::Exchange;
use crate::http::Base;
use crate::streams::Arrival;
use crate::wire::Wire;

/// One logical connection.
#[derive(Debug)]
pub(crate) struct Party {
    pub(crate) name: String,
    base: Base,
    wire: Wire,
    state: watch::Sender<State>,
}

/// What changes while a party is at it.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) identity: Identity,
    pub(crate) inbox: Inbox,
    /// All streams it opened; the last one is the current one.
    pub(crate) streams: Vec<Arc<Exchange>>,
    /// With what it goes on polling by itself.
    pub(crate) polling: Option<RequestOptions>,
    /// It has said goodbye.
    pub(crate) is_gone: bool,
    /// From when the time of events counts.
    pub(crate) marked: Option<Instant>,
    /// How many groups tokens had come when a step last asked.
    pub(crate) tokens_asked: usize,
}

impl Party {
    pub(crate) fn new(name: &str, base: &Base, wire: &Wire) -> Arc<Self> {
        let state = watch::Sender::new(State::default());
        Arc::new(Self { name: name.to_owned(), base: base.clone(), wire: wire.clone(), state })
    }

    /// A look at its state.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&State) -> T) -> T {
        look(&self.state.borrow())
    }

    /// Changes its state and wakes those who wait for a change.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut result = None;
        self.state.send_modify(|state| result = Some(change(state)));
        result.expect("send_modify calls its closure")
    }

    /// Waits until `test` holds; false if it does not in time.
    pub(crate) async fn until(&self, patience: Duration, test: impl Fn(&State) -> bool) -> bool {
        let mut state = self.state.subscribe();
        let changed = state.wait_for(|state| test(state));
        matches!(tokio::time::timeout(patience, changed).await, Ok(Ok(_)))
    }

    pub(crate) fn identity(&self) -> Identity {
        self.look(|state| state.identity.clone())
    }

    pub(crate) fn is_on_websocket(&self) -> bool {
        self.look(|state| state.identity.is_on_websocket())
    }

    /// A stream by its number, or the current one.
    pub(crate) fn stream(&self, number: Option<usize>) -> Option<Arc<Exchange>> {
        self.look(|state| match number {
            Some(number) => state.streams.get(number).cloned(),
            None => state.streams.last().cloned(),
        })
    }

    pub(crate) fn stop_polling(&self) {
        self.change(|state| state.polling = None);
    }

    /// Whether the server may still wait for it.
    pub(crate) fn is_connected(&self) -> bool {
        self.look(|state| {
            let identity = &state.identity;
            identity.token.is_some() && identity.transport.is_some() && !state.is_gone && !state.streams.is_empty()
        })
    }

    pub(crate) fn wire(&self) -> &Wire {
        &self.wire
    }
}

impl State {
    /// Takes in what came on a stream, with its cursor and groups token; keep-alives are not worth a note.
    fn take_in(&mut self, arrival: Arrival, stream: usize, note: impl FnOnce(&str)) {
        if !arrival.is_keep_alive {
            note(&arrival.raw);
        }
        let place = self.inbox.take_in(arrival, stream);
        if place.cursor.is_some() {
            self.identity.cursor = place.cursor;
        }
        if place.groups.is_some() {
            self.identity.groups = place.groups;
        }
    }
}
