//! What the requests of a mount share: its settings, and its connections by their tokens.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, OnceLock, Weak},
};

use super::{CoreRefusal, life::Ending, link::Link};
use crate::{
    counters,
    lock::Mutex,
    raw::AnyConnectionHandler,
    server::{Scope, Server, Settings},
};

/// What a mount serves.
#[derive(Clone)]
pub(crate) enum Serves {
    Hub(Scope),
    Raw(Arc<dyn AnyConnectionHandler>),
}

pub(crate) struct Mounted {
    pub(super) server: Arc<Server>,
    pub(crate) settings: Settings,
    pub(super) serves: Serves,
    /// Locked before a link's state, never after it.
    links: Mutex<Links>,
    pub(super) heartbeat: OnceLock<()>,
}

#[derive(Default)]
struct Links {
    /// By token, compared byte for byte: a token of another mount is unknown here.
    by_token: HashMap<String, Arc<Link>>,
    /// Those that were negotiated, oldest first, and among them some that a transport has taken since.
    reserved: VecDeque<Weak<Link>>,
}

impl Links {
    fn reserve(&mut self, link: &Arc<Link>) {
        // Now and then all are looked at, so that one at the front that nobody takes does not keep those behind it.
        if self.reserved.len() > self.by_token.len().saturating_mul(2) {
            self.reserved.retain(|link| link.upgrade().is_some_and(|link| link.is_reserved()));
        }
        self.reserved.push_back(Arc::downgrade(link));
    }

    /// Takes out the oldest reservation that nobody has used.
    fn give_way(&mut self) -> Option<Arc<Link>> {
        loop {
            let oldest = self.reserved.pop_front()?.upgrade().filter(|link| link.is_reserved());
            if let Some(oldest) = oldest.and_then(|oldest| self.by_token.remove(oldest.token.as_str())) {
                return Some(oldest);
            }
        }
    }
}

impl Mounted {
    pub(super) fn new(server: Arc<Server>, settings: Settings, serves: Serves) -> Self {
        Self { server, settings, serves, links: Mutex::default(), heartbeat: OnceLock::new() }
    }

    /// Takes a connection into the table. Where there are as many as there may be, the oldest reservation gives way: they cost nothing to make, and
    /// would keep everybody out for as long as they last.
    ///
    /// # Errors
    ///
    /// If the server drains, or there are as many connections as there may be.
    pub(super) fn add(&self, link: &Arc<Link>, is_reserved: bool) -> Result<(), CoreRefusal> {
        let mut links = self.links.lock();
        // Under the lock: a drain that has begun meanwhile finds the connection here.
        if self.server.is_draining() {
            return Err(CoreRefusal::text(503, "The server is shutting down."));
        }
        let mut given_way = None;
        if links.by_token.len() >= self.settings.max_connections {
            const FULL: CoreRefusal = CoreRefusal::text(503, "The server has as many connections as it may.");
            given_way = Some(links.give_way().ok_or(FULL)?);
        }
        links.by_token.insert(link.token.as_str().to_owned(), link.clone());
        if is_reserved {
            links.reserve(link);
        }
        drop(links);
        if let Some(link) = given_way {
            counters::RESERVATIONS_DROPPED.add(1);
            link.end(Ending::Lost);
        }
        Ok(())
    }

    pub(super) fn find(&self, token: &str) -> Option<Arc<Link>> {
        self.links.lock().by_token.get(token).cloned()
    }

    pub(super) fn remove(&self, link: &Link) {
        self.links.lock().by_token.remove(link.token.as_str());
    }

    pub(crate) fn all(&self) -> Vec<Arc<Link>> {
        self.links.lock().by_token.values().cloned().collect()
    }
}
