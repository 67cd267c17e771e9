//! The chat put together: database, hubs, sign-in and page, on one address.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use axum::{Router, middleware};
use hub_axum::HubRouterExt;
use hub_core::rejoin::{FileTokenStore, KeyError, StoreError as TokenStoreError};
use hub_core::{BuildError, GroupName, HubServer, Options as HubOptions, SigningKeys};
use hub_membership::{Connections, Membership};
use tokio::net::TcpListener;

use crate::database::{self, OpenError};
use crate::hub::ChatHub;
use crate::options::Options;
use crate::pages;
use crate::rooms::Hearing;
use crate::sign_in::{self, Tokens};

/// How long requests under way may take when the process is told to stop.
const PATIENCE: Duration = Duration::from_secs(10);

/// How long a core client's connection is kept while its link is broken: as long as a classic one's.
const AWAY: Duration = Duration::from_secs(30);

/// A chat that is ready to serve.
#[derive(Debug)]
pub struct Chat {
    hubs: HubServer,
    connections: Option<Connections>,
    app: Router,
}

/// Why the chat did not start, or stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The database.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The signing keys of the hubs.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The same file, read for the sign-in.
    #[error("the signing key in `{}` could not be read", path.display())]
    KeyFile {
        /// The file.
        path: PathBuf,
        /// What the file system said.
        #[source]
        source: io::Error,
    },
    /// The folder of large tokens.
    #[error(transparent)]
    Tokens(#[from] TokenStoreError),
    /// The hubs.
    #[error(transparent)]
    Hubs(#[from] BuildError),
    /// The address.
    #[error("the chat cannot listen on `{address}`")]
    Listen {
        /// The address asked for.
        address: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The connections.
    #[error("the chat stopped serving")]
    Serve(#[source] io::Error),
}

impl Chat {
    /// Opens the database and what is beside it, and builds the hubs on it.
    ///
    /// # Errors
    ///
    /// [`ServeError`] if any of them cannot be had.
    pub async fn open(options: &Options) -> Result<Self, ServeError> {
        let database = &options.database;
        let folder = options.files.as_deref();
        let (key_file, token_folder) = (database.key_file(folder), database.token_folder(folder));
        if let Some(folder) = folder {
            database::make(folder)?;
        }
        let stores = database.open().await?;

        let keys = SigningKeys::from_file_or_create(&key_file)?;
        let tokens = Tokens::from_key_file(&key_file)
            .map_err(|source| ServeError::KeyFile { path: key_file.clone(), source })?;
        tracing::info!(%database, key = %key_file.display(), tokens = %token_folder.display(), "opened");

        let membership = Membership::builder_shared(stores.memberships)
            .verify_rejoin(options.verify_rejoin)
            // What another program writes is seen at once. Look-ups at the same time are one all the same.
            .cache(Duration::ZERO)
            .seated_by(|request, room| GroupName::new(Hearing::of(request).group(room.as_str())).ok())
            .build();
        let connections = stores.connections.map(|table| Connections::builder(table).start());
        let mut hubs = HubServer::builder()
            .hub(ChatHub::new(membership.clone(), stores.rooms, options.verify_rejoin))
            .module(membership)
            .signing_keys(keys)
            .token_store(FileTokenStore::open(token_folder)?)
            .application("chat");
        if let Some(connections) = &connections {
            hubs = hubs.module(connections.clone());
        }
        let hubs = hubs.build()?;

        let web = pages::web_folder();
        if let Some(missing) = pages::missing(&web) {
            tracing::warn!("{missing}");
        }
        // A link that broke for a while is mended without a word to anybody, as a classic one is. Where each way back is to be
        // verified there is no such way.
        let mended = HubOptions::default().allow_stateful_reconnects(!options.verify_rejoin).inactive_timeout(AWAY);
        let app = Router::new()
            .merge(pages::routes(&web))
            .merge(sign_in::routes(tokens.clone()))
            .route_classic("/signalr", &hubs)
            .route_hub_with::<ChatHub>("/chat", &hubs, mended)
            .layer(middleware::from_fn_with_state(tokens, sign_in::identify));
        Ok(Self { hubs, connections, app })
    }

    /// All that is served, for a program that serves it in its own way.
    pub fn app(&self) -> Router {
        self.app.clone()
    }

    /// The hubs, for what is to be said from outside them.
    #[must_use]
    pub fn hubs(&self) -> &HubServer {
        &self.hubs
    }

    /// Serves until `signal`, then lets the connections go: their clients come back to the next server that is here.
    ///
    /// # Errors
    ///
    /// [`ServeError::Serve`] if the listener fails.
    pub async fn serve(
        self,
        listener: TcpListener,
        signal: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), ServeError> {
        hub_axum::serve(listener, self.app, self.hubs.drain_on(signal)).await.map_err(ServeError::Serve)?;
        if let Some(connections) = self.connections {
            connections.close().await;
        }
        Ok(())
    }
}

/// Serves the chat as `options` say until the process is told to stop, and prints where.
///
/// # Errors
///
/// [`ServeError`] if it cannot start or is interrupted.
pub async fn run(options: &Options) -> Result<(), ServeError> {
    let chat = Chat::open(options).await?;
    let (listener, address) = listen(&options.listen)
        .await
        .map_err(|source| ServeError::Listen { address: options.listen.clone(), source })?;
    println!("chat is at http://{address}");
    let too_long = async {
        told_to_stop().await;
        tokio::time::sleep(PATIENCE).await;
    };
    tokio::select! {
        served = chat.serve(listener, told_to_stop()) => served?,
        () = too_long => tracing::warn!("requests that did not end were cut"),
    }
    tracing::info!("stopped");
    Ok(())
}

async fn listen(address: &str) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

/// Resolves at Ctrl-C, or when the system asks the process to end.
async fn told_to_stop() {
    let interrupted = async {
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::error!(%error, "Ctrl-C cannot be heard");
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminated = async {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminated) => drop(terminated.recv().await),
            Err(error) => {
                tracing::error!(%error, "SIGTERM cannot be heard");
                std::future::pending::<()>().await;
            }
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<()>();
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
    }
}
