//! The recorded answers of the original server, held against ours.

use std::{
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

/// A conformance server that ends with its test.
struct Server {
    process: Child,
    base: String,
}

impl Server {
    fn start() -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_conformance-server"))
            .args(["--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let stdout = process.stdout.take().expect("its output is piped");
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line).expect("it says where it listens");
        let base = line.trim().strip_prefix("listening on ").expect("it says where it listens").to_owned();
        Self { process, base }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself; either way it is gone afterwards.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Forever frames and JSONP are refused; what is tagged `dotnet` is done otherwise on purpose
/// (`specs/classic-signalr.md`, section 13); the chat has a program of its own.
#[tokio::test(flavor = "multi_thread")]
async fn every_recording_that_binds_holds() {
    let server = Server::start();
    let recordings = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs/vectors/classic");
    let filter = player::Filter::default().without("foreverFrame").without("jsonp").without("dotnet").without("chat");
    let report = player::play_all(&server.base, recordings, &filter).await.expect("the recordings are played");
    assert!(report.holds(), "{report}");
    assert_eq!(report.outcomes.len(), 97, "a recording was lost");
}

/// Those that need a Redis backplane come with it.
#[tokio::test(flavor = "multi_thread")]
async fn every_core_recording_holds() {
    let server = Server::start();
    let recordings = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs/vectors/core");
    let report = player::play_core(&server.base, &recordings, &[]).await.expect("the recordings are played");
    assert_eq!(report.outcomes.len(), 124, "a recording was lost");
    // A recording orders what two connections send by the time alone, which a busy machine does not always keep.
    let missed: Vec<String> =
        report.outcomes.iter().filter(|one| one.difference.is_some()).map(|one| one.scenario.clone()).collect();
    if !missed.is_empty() {
        println!("{report}");
        let again = player::play_core(&server.base, &recordings, &missed).await.expect("the recordings are played");
        assert!(again.holds(), "not by itself either: {again}");
    }
}
