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

/// How the link is.
#[derive(Debug, Clone, Copy, Default)]
struct Link {
    is_down: bool,
    /// How often it was cut: a cut that is over before a connection looks is one all the same.
    cuts: u64,
}

/// Stands before a server. While it is cut, connections are closed as soon as they are made.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    link: watch::Sender<Link>,
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
        let (link, seen) = watch::channel(Link::default());
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let now = *seen.borrow();
                if !now.is_down {
                    tokio::spawn(forward(client, server, seen.clone(), now.cuts));
                }
            }
        });
        Ok(Self { address, link, accepting })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Cuts every connection, with whatever is on its way, and takes none for so long.
    pub async fn cut(&self, lasting: Duration) {
        self.link.send_modify(|link| *link = Link { is_down: true, cuts: link.cuts + 1 });
        tokio::time::sleep(lasting).await;
        self.link.send_modify(|link| link.is_down = false);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn forward(mut client: TcpStream, server: SocketAddr, mut link: watch::Receiver<Link>, cuts: u64) {
    let forwarding = async {
        let mut server = TcpStream::connect(server).await?;
        copy_bidirectional(&mut client, &mut server).await
    };
    tokio::select! {
        _ = forwarding => {}
        _ = link.wait_for(|link| link.cuts != cuts) => {}
    }
}
