//! What is counted, by the names that a recorder of `metrics` sees.

use std::borrow::Cow;

use metrics::{Key, Label, Level, Metadata, with_recorder};

pub(crate) static CALLS: Counter = Counter::named("hub_calls_total");
pub(crate) static CONNECTIONS: Counter = Counter::named("hub_connections_total");
/// With the `reason` of each.
pub(crate) static DISCONNECTIONS: Counter = Counter::named("hub_disconnections_total");
pub(crate) static FRAMES: Counter = Counter::named("hub_frames_total");
pub(crate) static GROUP_JOINS: Counter = Counter::named("hub_group_joins_total");
pub(crate) static GROUP_LEAVES: Counter = Counter::named("hub_group_leaves_total");
/// More groups to rejoin than a connection may be in.
pub(crate) static GROUPS_REFUSED: Counter = Counter::named("hub_groups_refused_total");
/// With the `policy` that dropped them; `process` is the bound of all connections together.
pub(crate) static MESSAGES_DROPPED: Counter = Counter::named("hub_messages_dropped_total");
pub(crate) static QUESTIONS: Counter = Counter::named("hub_questions_total");
/// Rejoining stages that failed or took too long.
pub(crate) static REJOINS_REFUSED: Counter = Counter::named("hub_rejoins_refused_total");
pub(crate) static REMOVALS_FORGOTTEN: Counter = Counter::named("hub_removals_forgotten_total");
pub(crate) static REPLAY_GAPS: Counter = Counter::named("hub_replay_gaps_total");
/// Reservations of core clients that gave way to newer ones.
pub(crate) static RESERVATIONS_DROPPED: Counter = Counter::named("hub_reservations_dropped_total");
/// With the HTTP `status` of each.
pub(crate) static REQUESTS_REFUSED: Counter = Counter::named("hub_requests_refused_total");
pub(crate) static SENDS: Counter = Counter::named("hub_sends_total");
pub(crate) static SLOW_CLIENTS: Counter = Counter::named("hub_slow_clients_total");
pub(crate) static STORED_TOKENS_EVICTED: Counter = Counter::named("hub_stored_tokens_evicted_total");
/// With the `transport` of each.
pub(crate) static STREAMS: Counter = Counter::named("hub_streams_total");
/// With the `reason` of each.
pub(crate) static TOKENS_REFUSED: Counter = Counter::named("hub_tokens_refused_total");

pub(crate) struct Counter(Key);

impl Counter {
    const fn named(name: &'static str) -> Self {
        Self(Key::from_static_name(name))
    }

    pub(crate) fn add(&self, count: usize) {
        increment(&self.0, count);
    }

    /// Counts one under a label. There must be few values of it: each is a counter of its own.
    pub(crate) fn add_labelled(&self, label: &'static str, value: impl Into<Cow<'static, str>>, count: usize) {
        increment(&self.0.with_extra_labels(vec![Label::new(label, value.into())]), count);
    }
}

/// The only place that asks for the recorder: the macros of `metrics` would have all of this in every place that counts.
fn increment(key: &Key, count: usize) {
    const METADATA: Metadata<'static> = Metadata::new("hub_core", Level::INFO, Some("hub_core"));
    with_recorder(|recorder| recorder.register_counter(key, &METADATA).increment(count as u64));
}
