//! Routes for hubs.

use std::sync::Arc;

use axum::{
    Router,
    extract::{OriginalUri, Request},
    routing::{MethodRouter, any},
};
use hub_core::{
    Hub, HubServer, Options,
    classic::ClassicMount,
    core::CoreMount,
    raw::{ConnectionHandler, PersistentConnection},
};

use crate::{classic, core, origin::Origins};

/// Mounts hubs on a [`Router`].
///
/// ```no_run
/// use axum::Router;
/// use hub_axum::HubRouterExt as _;
/// # fn mount(hubs: hub_core::HubServer) {
/// let app: Router = Router::new().route_classic("/signalr", &hubs);
/// # }
/// ```
///
/// Who the user is, is the application's business: a layer of its own puts a [`hub_core::User`] into the extensions of each
/// request. What is not there is an anonymous caller.
pub trait HubRouterExt: Sized {
    /// Serves every hub to classic clients below `path`, with the server's own options.
    ///
    /// # Panics
    ///
    /// If the path cannot be routed or is taken, like [`Router::route`].
    #[must_use]
    fn route_classic(self, path: &str, hubs: &HubServer) -> Self {
        self.route_classic_with(path, hubs, Options::default())
    }

    /// The same with options that go before the server's own. Mounts of one server share its groups and hear each other.
    ///
    /// # Panics
    ///
    /// As [`HubRouterExt::route_classic`], and if the options contradict each other.
    #[must_use]
    fn route_classic_with(self, path: &str, hubs: &HubServer, options: Options) -> Self;

    /// Serves raw connections to classic clients below `path`: no hub protocol, the same transports, tokens, log and limits.
    ///
    /// # Panics
    ///
    /// As [`HubRouterExt::route_classic_with`], and if the name of the type is taken on this server.
    #[must_use]
    fn route_classic_connection<C: PersistentConnection>(
        self,
        path: &str,
        hubs: &HubServer,
        handler: C,
        options: Options,
    ) -> Self;

    /// Serves one hub to core clients at `path`, with the server's and the hub's own options.
    ///
    /// # Panics
    ///
    /// If the path cannot be routed or is taken, like [`Router::route`], or the hub is not registered.
    #[must_use]
    fn route_hub<H: Hub>(self, path: &str, hubs: &HubServer) -> Self {
        self.route_hub_with::<H>(path, hubs, Options::default())
    }

    /// The same with options that go before those. Mounts of one server share its groups and hear each other, of both generations.
    ///
    /// # Panics
    ///
    /// As [`HubRouterExt::route_hub`], and if the options contradict each other.
    #[must_use]
    fn route_hub_with<H: Hub>(self, path: &str, hubs: &HubServer, options: Options) -> Self;

    /// Serves raw connections to core clients at `path`: no hub protocol, the same transports, tokens and limits.
    ///
    /// # Panics
    ///
    /// If the path cannot be routed or is taken, like [`Router::route`], or the options contradict each other.
    #[must_use]
    fn route_connection<C: ConnectionHandler>(self, path: &str, hubs: &HubServer, handler: C, options: Options)
    -> Self;
}

impl<S: Clone + Send + Sync + 'static> HubRouterExt for Router<S> {
    fn route_classic_with(self, path: &str, hubs: &HubServer, options: Options) -> Self {
        let mount = hubs.classic_mount(options).expect("the options of a mount agree with each other");
        route(self, path, mount)
    }

    fn route_classic_connection<C: PersistentConnection>(
        self,
        path: &str,
        hubs: &HubServer,
        handler: C,
        options: Options,
    ) -> Self {
        let mount =
            hubs.classic_connection_mount(handler, options).expect("the options and the name of a mount are its own");
        route(self, path, mount)
    }

    fn route_hub_with<H: Hub>(self, path: &str, hubs: &HubServer, options: Options) -> Self {
        let mount = hubs.core_mount::<H>(options).expect("the hub is registered, and the options of a mount agree");
        route_core(self, path, mount)
    }

    fn route_connection<C: ConnectionHandler>(
        self,
        path: &str,
        hubs: &HubServer,
        handler: C,
        options: Options,
    ) -> Self {
        let mount = hubs.core_connection_mount(handler, options).expect("the options of a mount agree with each other");
        route_core(self, path, mount)
    }
}

/// Two routes, and one more where credentials may be renewed, for every method: the handlers decide by themselves.
fn route_core<S: Clone + Send + Sync + 'static>(router: Router<S>, path: &str, mount: CoreMount) -> Router<S> {
    let path = path.trim_end_matches('/');
    let origins = Arc::new(Origins::new(&mount.settings().allowed_origins));
    let refreshes = mount.settings().enable_authentication_refresh;
    let service = |route| core_service(mount.clone(), origins.clone(), route);
    let router = router
        .route_service(if path.is_empty() { "/" } else { path }, service(core::Route::Connection))
        .route_service(&format!("{path}/negotiate"), service(core::Route::Negotiate));
    if refreshes { router.route_service(&format!("{path}/refresh"), service(core::Route::Refresh)) } else { router }
}

/// What answers for a mount, whatever the router's state: compiled here, once, and not in every application.
fn core_service(mount: CoreMount, origins: Arc<Origins>, route: core::Route) -> MethodRouter {
    any(move |OriginalUri(uri): OriginalUri, request: Request| async move {
        core::answer(&mount, &origins, route, &uri, request).await
    })
}

/// Every path below the mount reaches the same handler: the action is the end of the path.
fn route<S: Clone + Send + Sync + 'static>(router: Router<S>, path: &str, mount: ClassicMount) -> Router<S> {
    let path = path.trim_end_matches('/');
    let service = classic_service(mount);
    let mut router = router;
    if !path.is_empty() {
        router = router.route_service(path, service.clone());
    }
    router.route_service(&format!("{path}/"), service.clone()).route_service(&format!("{path}/{{*rest}}"), service)
}

/// The same for the classic generation.
fn classic_service(mount: ClassicMount) -> MethodRouter {
    let origins = Arc::new(Origins::new(&mount.settings().allowed_origins));
    any(move |OriginalUri(uri): OriginalUri, request: Request| async move {
        classic::answer(&mount, &origins, &uri, request).await
    })
}
