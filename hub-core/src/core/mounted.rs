//! What the requests of a mount share: its settings, and its connections by their tokens.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use parking_lot::Mutex;

use super::{CoreRefusal, link::Link};
use crate::{
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
    /// By token, compared byte for byte: a token of another mount is unknown here.
    links: Mutex<HashMap<String, Arc<Link>>>,
    pub(super) heartbeat: OnceLock<()>,
}

impl Mounted {
    pub(super) fn new(server: Arc<Server>, settings: Settings, serves: Serves) -> Self {
        Self { server, settings, serves, links: Mutex::default(), heartbeat: OnceLock::new() }
    }

    /// Takes a connection into the table.
    ///
    /// # Errors
    ///
    /// If the server drains, or there are as many as there may be.
    pub(super) fn add(&self, link: Arc<Link>) -> Result<(), CoreRefusal> {
        let mut links = self.links.lock();
        // Under the lock: a drain that has begun meanwhile finds the connection here.
        if self.server.is_draining() {
            return Err(CoreRefusal::text(503, "The server is shutting down."));
        }
        if links.len() >= self.settings.max_connections {
            return Err(CoreRefusal::text(503, "The server has as many connections as it may."));
        }
        links.insert(link.token.as_str().to_owned(), link);
        Ok(())
    }

    pub(super) fn find(&self, token: &str) -> Option<Arc<Link>> {
        self.links.lock().get(token).cloned()
    }

    pub(super) fn remove(&self, link: &Link) {
        self.links.lock().remove(link.token.as_str());
    }

    pub(crate) fn all(&self) -> Vec<Arc<Link>> {
        self.links.lock().values().cloned().collect()
    }
}
