//! How many connections there are, in all and from each address.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::sync::Notify;

/// The connections that are open.
#[derive(Debug, Clone)]
pub(super) struct Connections(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    max: usize,
    max_per_address: usize,
    open: Mutex<Open>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Open {
    count: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// The place of one connection. Dropping it gives the place back.
#[derive(Debug)]
pub(super) struct Place {
    shared: Arc<Shared>,
    address: IpAddr,
}

impl Connections {
    pub(super) fn new(max: usize, max_per_address: usize) -> Self {
        Self(Arc::new(Shared { max, max_per_address, open: Mutex::default(), changed: Notify::new() }))
    }

    /// Takes a place, if there is one.
    pub(super) fn enter(&self, address: IpAddr) -> Option<Place> {
        let mut open = self.0.open.lock().unwrap_or_else(PoisonError::into_inner);
        let of_address = open.by_address.get(&address).copied().unwrap_or(0);
        if open.count >= self.0.max || of_address >= self.0.max_per_address {
            return None;
        }
        open.count += 1;
        open.by_address.insert(address, of_address + 1);
        Some(Place { shared: self.0.clone(), address })
    }

    /// Waits until all places are free.
    pub(super) async fn empty(&self) {
        loop {
            let changed = self.0.changed.notified();
            if self.0.open.lock().unwrap_or_else(PoisonError::into_inner).count == 0 {
                return;
            }
            changed.await;
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.shared.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.count = open.count.saturating_sub(1);
        if let Some(count) = open.by_address.get_mut(&self.address) {
            *count -= 1;
            if *count == 0 {
                open.by_address.remove(&self.address);
            }
        }
        drop(open);
        self.shared.changed.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[tokio::test]
    async fn places_are_counted_in_all_and_for_each_address() {
        let connections = Connections::new(3, 2);
        let (one, other) = (IpAddr::from(Ipv4Addr::LOCALHOST), IpAddr::from(Ipv4Addr::new(127, 0, 0, 2)));
        let first = connections.enter(one).expect("there is room");
        let second = connections.enter(one).expect("there is room");
        assert!(connections.enter(one).is_none(), "the address has its two");
        let third = connections.enter(other).expect("another address has room");
        assert!(connections.enter(other).is_none(), "three in all");
        drop((first, second));
        assert!(connections.enter(one).is_some());
        drop(third);
        connections.empty().await;
    }
}
