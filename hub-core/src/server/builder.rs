//! Building a server: every mistake of the configuration is told at once.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, OnceLock, atomic::AtomicBool},
};

use super::{HubServer, Options, Scope, ScopeId, ServedHub, Server, Settings};
use crate::{
    connection::Node,
    core::SpentTokens,
    dispatch::{AnyHub, Registered},
    hub::{Hub, Questions},
    lock::{Mutex, RwLock},
    log::LogLimits,
    pipeline::{Authorize, Chain, HubModule, Modules},
    protocol::classic::Epoch,
    rejoin::{Clock, Removals, SigningKeys, TokenAuthority, TokenLimits, TokenStore},
};

/// Everything that is wrong with a configuration.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the server cannot be built: {}", .0.join("; "))]
pub struct BuildError(pub(crate) Vec<String>);

impl BuildError {
    /// One text for each mistake.
    pub fn mistakes(&self) -> &[String] {
        &self.0
    }
}

/// A server that is being put together. Made by [`HubServer::builder`].
#[derive(Default)]
pub struct HubServerBuilder {
    hubs: Vec<(Arc<dyn AnyHub>, Modules, Options)>,
    modules: Modules,
    keys: Option<SigningKeys>,
    store: Option<Arc<dyn TokenStore>>,
    application: Option<Arc<str>>,
    clock: Option<Clock>,
    options: Options,
    errors: Vec<String>,
}

impl HubServerBuilder {
    /// Registers a hub. Its struct is shared by all calls.
    #[must_use]
    pub fn hub<H: Hub>(self, hub: H) -> Self {
        self.hub_with(hub, Options::default())
    }

    /// Registers a hub with options of its own: detailed errors, and the times that its calls and its rejoining stage may take.
    #[must_use]
    pub fn hub_with<H: Hub>(mut self, hub: H, options: Options) -> Self {
        let hub = Arc::new(hub);
        let mut modules = Modules::default();
        hub.modules(&mut modules);
        let (registered, errors) = Registered::new(hub);
        let name = registered.config().name.clone();
        self.errors.extend(errors.into_iter().map(|error| format!("hub `{name}`: {error}")));
        self.hubs.push((Arc::new(registered), modules, options));
        self
    }

    /// Adds a pipeline module around every hub. The first one added is the outermost; those of a hub's own attribute are inside.
    #[must_use]
    pub fn module<M: HubModule>(mut self, module: M) -> Self {
        self.modules.add(module);
        self
    }

    /// Sets the keys that sign tokens. Without them a key is generated, with a warning: tokens then end with the process.
    #[must_use]
    pub fn signing_keys(mut self, keys: SigningKeys) -> Self {
        self.keys = Some(keys);
        self
    }

    /// Sets where groups tokens wait that are too long for a URL. Default is in memory.
    #[must_use]
    pub fn token_store(mut self, store: impl TokenStore) -> Self {
        self.store = Some(Arc::new(store));
        self
    }

    /// Names the application, so that two applications with the same keys do not take each other's tokens. Default `hubs`.
    #[must_use]
    pub fn application(mut self, name: impl Into<Arc<str>>) -> Self {
        self.application = Some(name.into());
        self
    }

    /// Sets the wall clock that tokens are made and judged by, for tests. Default is the system's.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Sets what holds for everything.
    #[must_use]
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Builds the server.
    ///
    /// # Errors
    ///
    /// [`BuildError`] with all mistakes: hubs that share a name, names that the wire cannot carry, options that contradict each other.
    pub fn build(self) -> Result<HubServer, BuildError> {
        let Self { hubs, modules, keys, store, application, clock, options, mut errors } = self;
        let settings = Settings::of(&[&options]);
        settings.check(&mut errors);
        let mut by_name: HashMap<String, usize> = HashMap::new();
        for (index, (hub, ..)) in hubs.iter().enumerate() {
            let name = &hub.config().name;
            if name.is_empty()
                || name.contains('.')
                || name.chars().any(|character| character.is_control() || "\"'\\".contains(character))
            {
                errors.push(format!("The hub name '{name}' is invalid."));
            }
            if let Some(first) = by_name.insert(name.to_lowercase(), index) {
                let first = hubs.get(first).map(|(hub, ..)| hub.config().name.clone()).unwrap_or_default();
                errors.push(format!(
                    "Two Hubs must not share the same name. '{first}' and '{name}' both share the name '{first}'."
                ));
            }
        }
        if !errors.is_empty() {
            return Err(BuildError(errors));
        }
        let keys = match keys.map_or_else(SigningKeys::generate, Ok) {
            Ok(keys) => keys,
            Err(error) => return Err(BuildError(vec![format!("no signing key could be generated: {error}")])),
        };
        if keys.is_generated() {
            tracing::warn!(
                "tokens are signed with a generated key: they end with this process; set signing keys to keep them"
            );
        }
        let mut tokens = TokenAuthority::builder(keys)
            .token_life(settings.token_life)
            .disconnect_window(settings.disconnect_timeout)
            .limits(TokenLimits { max_groups: settings.max_groups, max_hubs: hubs.len().saturating_add(64) });
        if let Some(application) = application {
            tokens = tokens.application(application);
        }
        if let Some(store) = store {
            tokens = tokens.shared_store(store);
        }
        if let Some(clock) = clock {
            tokens = tokens.clock(clock);
        }
        let tokens = tokens.build();
        let mut epoch = [0_u8; 4];
        getrandom::fill(&mut epoch).expect("the operating system gives random bytes");
        let log = LogLimits { bytes: settings.log_bytes, age: settings.log_age(), replay: false };
        let removals = Removals::new(tokens.life(), tokens.clock().clone());
        let node = Node::new(
            Epoch(u32::from_le_bytes(epoch)),
            log,
            settings.process_outbox_bytes,
            settings.max_groups,
            settings.max_connections,
            removals,
        );
        for (hub, ..) in &hubs {
            node.add_scope(&hub.config().name);
        }
        let hubs = hubs
            .into_iter()
            .enumerate()
            .map(|(index, (hub, own, options))| {
                let methods =
                    hub.methods().into_iter().map(|info| (info.name.clone(), info.requirements.clone())).collect();
                let authorize = Authorize::new(hub.config().requirements.clone(), methods);
                let mut all = Modules::default();
                if authorize.is_needed() {
                    all.add(authorize);
                }
                all.extend(&modules);
                all.extend(&own);
                let scope = Scope::new(ScopeId::new(index), &*hub.config().name);
                ServedHub { scope, chain: Chain::new(&all), options, hub }
            })
            .collect();
        Ok(HubServer(Arc::new(Server {
            node,
            options,
            settings,
            tokens,
            hubs,
            by_name,
            raw: RwLock::default(),
            core_mounts: Mutex::default(),
            questions: Questions::default(),
            spent: SpentTokens::default(),
            draining: AtomicBool::new(false),
            watch: OnceLock::new(),
            no_modules: Chain::new(&Modules::default()),
        })))
    }
}

impl fmt::Debug for HubServerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HubServerBuilder")
            .field("hubs", &self.hubs.len())
            .field("modules", &self.modules)
            .finish_non_exhaustive()
    }
}
