//! A table in memory.

use std::{collections::BTreeMap, future::ready, time::Duration};

use hub_core::UserId;
use parking_lot::Mutex;
use tokio::time::Instant;

use super::{ConnectionRow, ConnectionStore};
use crate::StoreFuture;

/// Keeps the table in this process, for tests.
#[derive(Debug, Default)]
pub struct MemoryConnections(Mutex<Tables>);

#[derive(Debug, Default)]
struct Tables {
    rows: BTreeMap<String, (ConnectionRow, Instant)>,
    beats: BTreeMap<String, i64>,
}

impl MemoryConnections {
    /// An empty one.
    pub fn new() -> Self {
        Self::default()
    }
}

impl ConnectionStore for MemoryConnections {
    fn write<'a>(&'a self, rows: &'a [ConnectionRow]) -> StoreFuture<'a, ()> {
        let mut tables = self.0.lock();
        for row in rows {
            let is_elsewhere = tables.rows.get(&row.connection).is_some_and(|(held, _)| held.server != row.server);
            if row.connected || !is_elsewhere {
                tables.rows.insert(row.connection.clone(), (row.clone(), Instant::now()));
            }
        }
        Box::pin(ready(Ok(())))
    }

    fn beat<'a>(&'a self, server: &'a str) -> StoreFuture<'a, bool> {
        let mut tables = self.0.lock();
        let known = tables.beats.contains_key(server);
        *tables.beats.entry(server.to_owned()).or_insert(0) += 1;
        Box::pin(ready(Ok(known)))
    }

    fn beats(&self) -> StoreFuture<'_, Vec<(String, i64)>> {
        Box::pin(ready(Ok(self.0.lock().beats.clone().into_iter().collect())))
    }

    fn bury<'a>(&'a self, server: &'a str, beat: Option<i64>) -> StoreFuture<'a, bool> {
        let mut tables = self.0.lock();
        let is_so = tables.beats.get(server).is_some_and(|held| beat.is_none_or(|beat| beat == *held));
        if is_so {
            tables.beats.remove(server);
            for (row, at) in tables.rows.values_mut().filter(|(row, _)| row.server == server && row.connected) {
                row.connected = false;
                *at = Instant::now();
            }
        }
        Box::pin(ready(Ok(is_so)))
    }

    fn connections_of<'a>(&'a self, user: &'a UserId) -> StoreFuture<'a, Vec<ConnectionRow>> {
        let tables = self.0.lock();
        let rows = tables.rows.values().map(|(row, _)| row).filter(|row| row.user.as_ref() == Some(user));
        Box::pin(ready(Ok(rows.cloned().collect())))
    }

    fn connected(&self, at_most: u32) -> StoreFuture<'_, Vec<ConnectionRow>> {
        let tables = self.0.lock();
        let rows = tables.rows.values().map(|(row, _)| row).filter(|row| row.connected);
        Box::pin(ready(Ok(rows.take(at_most as usize).cloned().collect())))
    }

    fn forget(&self, older_than: Duration) -> StoreFuture<'_, ()> {
        self.0.lock().rows.retain(|_, (row, at)| row.connected || at.elapsed() <= older_than);
        Box::pin(ready(Ok(())))
    }
}
