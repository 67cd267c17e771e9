//! Redis.

use std::process::Command;

use crate::process::Running;

/// A Redis that keeps nothing on disk.
#[derive(Debug)]
pub struct Redis(Running);

impl Redis {
    /// Starts one.
    ///
    /// # Panics
    ///
    /// If it is not installed, or does not get ready.
    pub fn start() -> Self {
        Self(Running::start("redis", "Ready to accept connections", |folder, port| {
            let mut command = Command::new("redis-server");
            command.args([
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "no",
                "--databases",
                "1024",
                "--port",
                &port.to_string(),
            ]);
            command.arg("--dir").arg(folder);
            command
        }))
    }

    /// Where it is. It has 1,024 databases: `/1` and so on behind the URL.
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.0.port)
    }
}
