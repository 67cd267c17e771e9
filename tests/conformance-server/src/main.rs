//! The conformance server: one of everything that the wires can show, on the public API alone.
//!
//! `conformance-server --listen 127.0.0.1:9000 [--key-file PATH]`; it prints the address when it listens, and drains on
//! SIGTERM and SIGINT. With a key file its tokens outlive a restart.

mod core;
mod events;
mod hubs;
mod mounts;
mod options;
mod push;
mod raw;
mod users;
mod values;

use std::{error::Error, io::Write as _};

use hub_core::SigningKeys;
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};

use options::Options;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let options = Options::from_args(std::env::args().skip(1))?;
    let keys = match &options.key_file {
        Some(path) => SigningKeys::from_file_or_create(path)?,
        None => SigningKeys::generate()?,
    };
    let served = mounts::build(keys)?;
    let listener = TcpListener::bind(&options.listen).await?;
    println!("listening on http://{}", listener.local_addr()?);
    std::io::stdout().flush()?;
    let mut terminate = signal(SignalKind::terminate())?;
    let stop = async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    };
    hub_axum::serve(listener, served.app, mounts::drain_all(served.servers, stop)).await?;
    Ok(())
}
