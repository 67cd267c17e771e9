//! A program that runs beside a test.

use std::{
    fs,
    io::{BufRead as _, BufReader, Read},
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        atomic::{AtomicU32, Ordering},
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

/// How long a program may take to be ready, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);
/// How often another port is tried, if the one that was free is not any more.
const ATTEMPTS: usize = 5;

/// A program with a folder of its own. Dropped, it is ended and its folder removed.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    /// Removed with it, after it.
    _folder: Folder,
    pub(crate) port: u16,
}

impl Running {
    /// Starts what `command` makes for a folder and a port, and waits until it says `ready`.
    pub(crate) fn start(name: &str, ready: &str, command: impl Fn(&Path, u16) -> Command) -> Self {
        let mut said = Vec::new();
        for _ in 0..ATTEMPTS {
            let (folder, port) = (Folder::new(name), free_port());
            let mut command = command(&folder.0, port);
            let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
            let mut child = match spawned {
                Ok(child) => child,
                Err(error) => panic!("{name} cannot be started ({error}): `tests/run` installs it"),
            };
            let (sender, lines) = channel();
            listen(child.stdout.take(), sender.clone());
            listen(child.stderr.take(), sender);
            let mut running = Self { child, _folder: folder, port };
            if is_ready(&lines, ready, &mut said) {
                return running;
            }
            running.end();
        }
        panic!("{name} did not get ready; it said:\n{}", said.join("\n"));
    }

    fn end(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// Waits for an end that was asked for otherwise; true if it came.
    pub(crate) fn ends_within(&mut self, time: Duration) -> bool {
        let until = Instant::now() + time;
        while Instant::now() < until {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return true;
            }
            thread::sleep(Duration::from_millis(10));
        }
        false
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

/// Reads to the end, so that the program never waits for a reader.
fn listen(stream: Option<impl Read + Send + 'static>, lines: Sender<String>) {
    let Some(stream) = stream else { return };
    thread::spawn(move || {
        for line in BufReader::new(stream).lines().map_while(Result::ok) {
            // Nobody listens any more once it is ready.
            let _ = lines.send(line);
        }
    });
}

fn is_ready(lines: &Receiver<String>, ready: &str, said: &mut Vec<String>) -> bool {
    let until = Instant::now() + PATIENCE;
    loop {
        match lines.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(line) if line.contains(ready) => return true,
            Ok(line) => said.push(line),
            Err(RecvTimeoutError::Disconnected) => return false,
            Err(RecvTimeoutError::Timeout) => return false,
        }
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port of the loopback address is free");
    listener.local_addr().expect("a listener has an address").port()
}

/// A folder that goes when it is dropped.
#[derive(Debug)]
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("hubs-{name}-{}-{number}", std::process::id()));
        drop(fs::remove_dir_all(&path));
        fs::create_dir_all(&path).expect("a folder can be made for the test");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}
