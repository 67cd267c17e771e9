//! The log: one order per node for sends, joins, leaves and progress reports.
//!
//! Every entry has a number; delivery is reading the log in order, live or later. An entry knows, for each of its
//! topics, the entry before it on the same topic, so that a returning client walks back over what it missed and
//! nothing else. The ring is bounded in bytes and in time; see `docs/architecture.md`.

mod chains;
mod entry;
mod ring;

pub(crate) use chains::Topic;
pub(crate) use entry::{Body, ClientMessage, Entry, Seq};
pub(crate) use ring::{Log, LogLimits};
