//! A TCP link with faults: it can be cut, paused, throttled and made to refuse.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// How the link behaves.
#[derive(Debug, Clone, Copy, Default)]
struct Weather {
    /// Counts cuts: a connection ends when it grows.
    cuts: u64,
    paused: bool,
    bytes_per_second: Option<u32>,
    refuses: bool,
}

/// A link to a server. Dropping it cuts everything.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    weather: watch::Sender<Weather>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// Opens a link.
    ///
    /// # Errors
    ///
    /// Those of the network.
    pub async fn start(upstream: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (weather, seen) = watch::channel(Weather::default());
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if !seen.borrow().refuses {
                    tokio::spawn(carry(client, upstream, seen.clone()));
                }
            }
        });
        Ok(Self { address, weather, accepting })
    }

    /// Where clients connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Resets every connection; what was under way is lost. New ones are carried.
    pub fn cut(&self) {
        self.weather.send_modify(|weather| weather.cuts += 1);
    }

    /// Carries nothing any more, and says nothing about it, until told otherwise.
    pub fn pause(&self, paused: bool) {
        self.weather.send_modify(|weather| weather.paused = paused);
    }

    /// Carries so many bytes in a second each way, on each connection.
    pub fn throttle(&self, bytes_per_second: Option<u32>) {
        self.weather.send_modify(|weather| weather.bytes_per_second = bytes_per_second);
    }

    /// Closes new connections at once, until told otherwise.
    pub fn refuse(&self, refuses: bool) {
        self.weather.send_modify(|weather| weather.refuses = refuses);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut();
    }
}

async fn carry(mut client: TcpStream, upstream: SocketAddr, mut weather: watch::Receiver<Weather>) {
    let cuts = weather.borrow().cuts;
    let Ok(mut server) = TcpStream::connect(upstream).await else { return };
    for end in [&client, &server] {
        if end.set_nodelay(true).is_err() {
            return;
        }
    }
    let is_cut = {
        let (client_read, client_write) = client.split();
        let (server_read, server_write) = server.split();
        let (there, back) = (weather.clone(), weather.clone());
        tokio::select! {
            _ = weather.wait_for(|weather| weather.cuts != cuts) => true,
            (one, other) = async {
                tokio::join!(pump(client_read, server_write, there), pump(server_read, client_write, back))
            } => one.is_err() || other.is_err(),
        }
    };
    if is_cut {
        // A reset, not a farewell.
        let _ = client.set_zero_linger().and_then(|()| server.set_zero_linger());
    }
}

/// Carries one way until its end, which is passed on.
async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut weather: watch::Receiver<Weather>,
) -> io::Result<()> {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let now = *weather.wait_for(|weather| !weather.paused).await.map_err(io::Error::other)?;
        let most = now.bytes_per_second.map_or(buffer.len(), |rate| (rate / 20).clamp(1, 16 * 1024) as usize);
        let count = from.read(&mut buffer[..most]).await?;
        if count == 0 {
            return to.shutdown().await;
        }
        weather.wait_for(|weather| !weather.paused).await.map_err(io::Error::other)?;
        to.write_all(&buffer[..count]).await?;
        if let Some(rate) = now.bytes_per_second {
            tokio::time::sleep(Duration::from_secs_f64(count as f64 / f64::from(rate.max(1)))).await;
        }
    }
}
