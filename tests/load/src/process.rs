//! The server under load as a process of its own, so that its memory and its time are its alone.

use std::{error::Error, net::SocketAddr, process::Stdio, time::Duration};

use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::{Child, Command},
};

use crate::wire::Wire;

/// What a measuring program ends with.
pub type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

const PAGE_BYTES: f64 = 4_096.0;

/// The process of a server; it ends with this.
#[derive(Debug)]
pub struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    /// Starts this program once more, with these arguments. It is to write where it listens as its first line.
    ///
    /// # Errors
    ///
    /// If it does not start.
    pub async fn start(arguments: &[&str]) -> Outcome<Self> {
        let program = std::env::current_exe()?;
        let mut child = Command::new(program).args(arguments).stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let output = child.stdout.take().ok_or("the server has no output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line).await?;
        Ok(Self { child, address: line.trim().parse()? })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its resident memory, in bytes.
    ///
    /// # Errors
    ///
    /// If it has ended.
    pub fn bytes(&self) -> Outcome<f64> {
        let text = std::fs::read_to_string(format!("/proc/{}/statm", self.id()?))?;
        let pages: f64 = text.split(' ').nth(1).ok_or("statm has no second number")?.parse()?;
        Ok(pages * PAGE_BYTES)
    }

    /// The time that processors have spent on it.
    ///
    /// # Errors
    ///
    /// If it has ended.
    pub fn busy(&self) -> Outcome<Duration> {
        let mut nanoseconds = 0;
        for thread in std::fs::read_dir(format!("/proc/{}/task", self.id()?))? {
            let text = std::fs::read_to_string(thread?.path().join("schedstat"))?;
            nanoseconds += text.split(' ').next().ok_or("schedstat is empty")?.parse::<u64>()?;
        }
        Ok(Duration::from_nanos(nanoseconds))
    }

    /// Asks it something over HTTP.
    ///
    /// # Errors
    ///
    /// Those of the network, and an answer other than 200.
    pub async fn ask(&self, target: &str) -> Outcome<Vec<u8>> {
        Ok(Wire::connect(self.address.into()).await?.ask(target, None).await?)
    }

    fn id(&self) -> Outcome<u32> {
        Ok(self.child.id().ok_or("the server has ended")?)
    }
}
