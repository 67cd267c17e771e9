//! Azurite, the emulator of Azure's storage: its table service, in memory.

use std::{path::Path, process::Command};

use crate::process::Running;

/// The account that every emulator has, and its key, which is no secret.
const KEY: &str = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

/// A table service that keeps nothing on disk.
#[derive(Debug)]
pub struct Azurite(Running);

impl Azurite {
    /// Starts one.
    ///
    /// # Panics
    ///
    /// If it is not installed, or does not get ready.
    pub fn start() -> Self {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("node_modules/.bin/azurite-table");
        Self(Running::start("azurite", "successfully started", |folder, port| {
            let mut command = Command::new(&program);
            command.args(["--tableHost", "127.0.0.1", "--inMemoryPersistence", "--disableTelemetry"]);
            command.args(["--tablePort", &port.to_string()]).current_dir(folder);
            command
        }))
    }

    /// What opens its account.
    pub fn connection_string(&self) -> String {
        let endpoint = format!("http://127.0.0.1:{}/devstoreaccount1", self.0.port);
        format!("DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={KEY};TableEndpoint={endpoint};")
    }
}
