//! What the requests of a mount share: its settings, and its connections by their tokens.

use std::{
    collections::HashMap,
    sync::{Arc, OnceLock},
};

use parking_lot::Mutex;

use super::link::Link;
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

    /// Takes a connection into the table; false if there are as many as there may be.
    pub(super) fn add(&self, link: Arc<Link>) -> bool {
        let mut links = self.links.lock();
        if links.len() >= self.settings.max_connections {
            return false;
        }
        links.insert(link.token.as_str().to_owned(), link);
        true
    }

    pub(super) fn find(&self, token: &str) -> Option<Arc<Link>> {
        self.links.lock().get(token).cloned()
    }

    pub(super) fn remove(&self, link: &Link) {
        self.links.lock().remove(link.token.as_str());
    }

    pub(super) fn all(&self) -> Vec<Arc<Link>> {
        self.links.lock().values().cloned().collect()
    }
}
