//! A server in this process, on threads of its own: it is stopped like a process that is killed.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::mpsc,
};

use axum::{Router, extract::Request, middleware, middleware::Next, response::Response};
use hub_axum::{HubRouterExt as _, ServeOptions};
use hub_core::{HubServer, Options, User};
use tokio::{
    net::TcpSocket,
    runtime::{Builder, Runtime},
};

/// How a server runs.
#[derive(Debug, Clone)]
pub struct Running {
    /// Threads that serve.
    pub threads: usize,
    /// Bytes of the stack of each.
    pub stack_bytes: usize,
    /// Bytes of the send buffer of each connection: a small one makes a client that does not read felt at once.
    pub send_buffer: Option<u32>,
}

impl Default for Running {
    fn default() -> Self {
        Self { threads: 2, stack_bytes: 2 << 20, send_buffer: None }
    }
}

/// A server that runs. Dropping it kills it: its connections break off, nothing is told to anybody.
#[derive(Debug)]
pub struct Served {
    address: SocketAddr,
    runtime: Option<Runtime>,
}

/// The usual application: the hubs on `/signalr`, and the user as the query says.
pub fn application(hubs: &HubServer) -> Router {
    Router::new().route_classic_with("/signalr", hubs, Options::default()).layer(middleware::from_fn(authenticate))
}

/// Takes the query's `user` for the user. A name that cannot be one is refused.
pub async fn authenticate(mut request: Request, next: Next) -> Response {
    let query = hub_core::Request::new("", request.uri().query().unwrap_or_default(), [], None);
    if let Some(name) = query.query("user") {
        match User::new(name.into_owned()) {
            Ok(user) => request.extensions_mut().insert(user),
            Err(_) => {
                let mut refused = Response::default();
                *refused.status_mut() = axum::http::StatusCode::UNAUTHORIZED;
                return refused;
            }
        };
    }
    next.run(request).await
}

impl Served {
    /// Serves the usual application.
    ///
    /// # Errors
    ///
    /// Those of the network.
    pub fn hubs(hubs: &HubServer) -> io::Result<Self> {
        Self::start(application(hubs), &Running::default())
    }

    /// Serves any application.
    ///
    /// # Errors
    ///
    /// Those of the network.
    pub fn start(app: Router, running: &Running) -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(running.threads)
            .thread_stack_size(running.stack_bytes)
            .thread_name("server")
            .enable_all()
            .build()?;
        let send_buffer = running.send_buffer;
        let (tell, told) = mpsc::channel();
        runtime.spawn(async move {
            let listening = async {
                let socket = TcpSocket::new_v4()?;
                if let Some(size) = send_buffer {
                    // Connections inherit it.
                    socket.set_send_buffer_size(size)?;
                }
                socket.bind((Ipv4Addr::LOCALHOST, 0).into())?;
                socket.listen(4_096)
            };
            match listening.await {
                Ok(listener) => {
                    let _ = tell.send(listener.local_addr());
                    let _ = hub_axum::serve_with(listener, app, std::future::pending(), ServeOptions::default()).await;
                }
                Err(error) => {
                    let _ = tell.send(Err(error));
                }
            }
        });
        let address = told.recv().map_err(io::Error::other)??;
        Ok(Self { address, runtime: Some(runtime) })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Kills it.
    pub fn kill(self) {}
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
