//! A TCP link that can be cut.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    time::Duration,
};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// Stands before a server. While it is cut, connections are closed as soon as they are made.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    cut: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

impl Proxy {
    /// Forwards to `server`.
    ///
    /// # Errors
    ///
    /// Those of the network.
    pub async fn before(server: SocketAddr) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (cut, down) = watch::channel(false);
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if !*down.borrow() {
                    tokio::spawn(forward(client, server, down.clone()));
                }
            }
        });
        Ok(Self { address, cut, accepting })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Cuts every connection, with whatever is on its way, and takes none for so long.
    pub async fn cut(&self, lasting: Duration) {
        self.cut.send_replace(true);
        tokio::time::sleep(lasting).await;
        self.cut.send_replace(false);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn forward(mut client: TcpStream, server: SocketAddr, mut down: watch::Receiver<bool>) {
    let forwarding = async {
        let mut server = TcpStream::connect(server).await?;
        copy_bidirectional(&mut client, &mut server).await
    };
    tokio::select! {
        _ = forwarding => {}
        _ = down.wait_for(|down| *down) => {}
    }
}
