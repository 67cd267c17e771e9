//! The ring itself: append, evict, and read back what a client missed.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use super::{Body, Entry, Seq, Topic, chains::Chains};
use crate::{connection::ConnectionId, groups::GroupName, server::ScopeId};

/// How much the ring holds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LogLimits {
    /// Bytes of entries, bookkeeping included.
    pub bytes: usize,
    /// How long an entry can be of use: the disconnect timeout plus the keep-alive timeout.
    pub age: Duration,
    /// Whether anything can be replayed at all; without that an entry is gone once it was handed out.
    pub replay: bool,
}

/// Room for so many entries is never too much.
const KEPT: usize = 256;

/// What a returning client missed.
#[derive(Debug, Default)]
pub(crate) struct Missed {
    /// The places of the entries for it, in order.
    pub entries: VecDeque<Seq>,
    /// Whether something for it has fallen off the ring.
    pub gap: bool,
    /// Whether something for it may have.
    pub possible_gap: bool,
}

/// One order of everything that happens on a node.
#[derive(Debug)]
pub(crate) struct Log {
    limits: LogLimits,
    entries: VecDeque<Arc<Entry>>,
    next: Seq,
    /// Of the entries; the chains count their own.
    bytes: usize,
    chains: Chains,
}

impl Log {
    pub(crate) fn new(limits: LogLimits) -> Self {
        Self { limits, entries: VecDeque::new(), next: 1, bytes: 0, chains: Chains::default() }
    }

    /// Widens the limits, for a further mount.
    pub(crate) fn widen(&mut self, limits: LogLimits) {
        self.limits.bytes = self.limits.bytes.max(limits.bytes);
        self.limits.age = self.limits.age.max(limits.age);
        self.limits.replay |= limits.replay;
    }

    /// The place of the newest entry.
    pub(crate) fn head(&self) -> Seq {
        self.next.saturating_sub(1)
    }

    /// Appends an entry; what this pushes over the limits falls off.
    pub(crate) fn append(&mut self, now_ms: u64, body: Body, topics: impl IntoIterator<Item = Topic>) -> Arc<Entry> {
        let seq = self.next;
        self.next = self.next.saturating_add(1);
        if !self.limits.replay {
            return Arc::new(Entry::new(seq, now_ms, body, Box::default()));
        }
        let links = topics.into_iter().map(|topic| self.chains.link(topic, seq)).collect();
        let entry = Arc::new(Entry::new(seq, now_ms, body, links));
        self.bytes = self.bytes.saturating_add(entry.ring_bytes());
        self.entries.push_back(entry.clone());
        self.evict(now_ms);
        entry
    }

    /// Lets everything fall off that is too old or too much. The newest entry stays.
    pub(crate) fn evict(&mut self, now_ms: u64) {
        let age = u64::try_from(self.limits.age.as_millis()).unwrap_or(u64::MAX);
        while self.entries.len() > 1 {
            let too_old = self.entries.front().is_some_and(|oldest| oldest.at_ms.saturating_add(age) < now_ms);
            if !too_old && self.bytes.saturating_add(self.chains.bytes()) <= self.limits.bytes {
                break;
            }
            if let Some(entry) = self.entries.pop_front() {
                self.bytes = self.bytes.saturating_sub(entry.ring_bytes());
                self.chains.evict(&entry.links, entry.seq);
            }
        }
        // What many entries once took is given back when there are few.
        if self.entries.capacity() > KEPT && self.entries.len() < self.entries.capacity() / 4 {
            self.entries.shrink_to(self.entries.len().saturating_mul(2));
        }
    }

    /// The entry at a place, if it is still there.
    pub(crate) fn get(&self, seq: Seq) -> Option<&Arc<Entry>> {
        let base = self.entries.front()?.seq;
        let index = usize::try_from(seq.checked_sub(base)?).ok()?;
        self.entries.get(index)
    }

    /// Entries and bytes in the ring, and topics that have one.
    pub(crate) fn size(&self) -> (usize, usize, usize) {
        (self.entries.len(), self.bytes.saturating_add(self.chains.bytes()), self.chains.len())
    }

    /// What stands after `position` for a connection that hears `topics` all the time and was, or is, in groups.
    ///
    /// `member` tells the groups it sees now, with the place of the join (0 where that is before anything in the
    /// ring). Groups it was in and left after `position` are found by its own joins and leaves, if it sees groups at all.
    pub(crate) fn missed(
        &self,
        position: Seq,
        connection: ConnectionId,
        topics: &[Topic],
        member: &HashMap<(ScopeId, GroupName), Seq>,
        hears: impl Fn(ScopeId) -> bool,
        sees_groups: bool,
    ) -> Missed {
        let mut missed = Missed::default();
        let mut found: Vec<Seq> = Vec::new();
        // Where each visible group's membership begins and ends, as far back as `position`.
        let mut spans: HashMap<(ScopeId, GroupName), Vec<(Seq, Seq)>> = member
            .iter()
            .filter(|((scope, _), _)| hears(*scope))
            .map(|(key, joined)| (key.clone(), vec![(*joined, Seq::MAX)]))
            .collect();
        let own = Topic::Connection(connection);
        self.walk(&own, position, &mut missed, |entry| match &entry.body {
            Body::Join { scope, group } => {
                // A membership restored by a token does not know its place; the join in the log does.
                if let Some((joined, _)) = spans.get_mut(&(*scope, group.clone())).and_then(|spans| spans.first_mut()) {
                    *joined = (*joined).max(entry.seq);
                }
            }
            Body::Leave { scope, group, joined } if sees_groups && hears(*scope) => {
                spans.entry((*scope, group.clone())).or_default().push((*joined, entry.seq));
            }
            Body::Send { scope, except, .. } => {
                if hears(*scope) && except.binary_search(&connection).is_err() {
                    found.push(entry.seq);
                }
            }
            Body::Direct { .. } => found.push(entry.seq),
            Body::Leave { .. } => {}
        });
        let mut collect = |topic: &Topic, spans: Option<&[(Seq, Seq)]>, missed: &mut Missed| {
            let from = spans.map_or(position, |spans| {
                spans.iter().map(|(joined, _)| *joined).min().unwrap_or(position).max(position)
            });
            self.walk(topic, from, missed, |entry| {
                let inside = spans
                    .is_none_or(|spans| spans.iter().any(|(joined, left)| *joined < entry.seq && entry.seq < *left));
                if let Body::Send { except, .. } = &entry.body
                    && inside
                    && except.binary_search(&connection).is_err()
                {
                    found.push(entry.seq);
                }
            });
        };
        for topic in topics {
            collect(topic, None, &mut missed);
        }
        for ((scope, group), spans) in &spans {
            collect(&Topic::Group(*scope, group.clone()), Some(spans), &mut missed);
        }
        found.sort_unstable();
        found.dedup();
        missed.entries = found.into();
        missed
    }

    /// Visits the entries of a topic after `position`, newest first.
    fn walk(&self, topic: &Topic, position: Seq, missed: &mut Missed, mut visit: impl FnMut(&Entry)) {
        missed.gap |= self.chains.lost_after(topic, position);
        missed.possible_gap |= self.chains.may_have_lost_after(topic, position);
        let mut at = self.chains.head(topic);
        while at > position {
            let Some(entry) = self.get(at) else { break };
            visit(entry);
            at = entry.links.iter().find(|link| link.topic == *topic).map_or(0, |link| link.previous);
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::{log::ClientMessage, protocol::Wire};

    const SCOPE: ScopeId = ScopeId::TEST;

    fn log(bytes: usize) -> Log {
        Log::new(LogLimits { bytes, age: Duration::from_secs(50), replay: true })
    }

    fn send(log: &mut Log, topic: Topic, except: &[ConnectionId]) -> Seq {
        let message = ClientMessage::default().with(Wire::Classic, Bytes::from_static(b"1"));
        log.append(0, Body::Send { scope: SCOPE, except: except.into(), message }, [topic]).seq
    }

    fn group(name: &str) -> GroupName {
        GroupName::new(name).unwrap()
    }

    fn missed(log: &Log, position: Seq, of: ConnectionId, groups: &[(&str, Seq)]) -> Vec<Seq> {
        let member = groups.iter().map(|(name, joined)| ((SCOPE, group(name)), *joined)).collect();
        log.missed(position, of, &[Topic::Scope(SCOPE)], &member, |_| true, true).entries.into()
    }

    #[test]
    fn a_reader_gets_its_own_topics_in_order_and_once() {
        let mut log = log(1 << 20);
        let (me, other) = (ConnectionId::random_guid(), ConnectionId::random_guid());
        let all = send(&mut log, Topic::Scope(SCOPE), &[]);
        send(&mut log, Topic::Connection(other), &[]);
        send(&mut log, Topic::Scope(SCOPE), &[me]);
        let room = send(&mut log, Topic::Group(SCOPE, group("room")), &[]);
        let direct = send(&mut log, Topic::Connection(me), &[]);
        assert_eq!(missed(&log, 0, me, &[("room", 0)]), [all, room, direct]);
        assert_eq!(missed(&log, all, me, &[("room", 0)]), [room, direct]);
        assert_eq!(missed(&log, direct, me, &[("room", 0)]), [] as [Seq; 0]);
    }

    #[test]
    fn a_membership_is_heard_from_its_join_to_its_leave() {
        let mut log = log(1 << 20);
        let me = ConnectionId::random_guid();
        let room = || Topic::Group(SCOPE, group("room"));
        send(&mut log, room(), &[]);
        let joined = log.append(0, Body::Join { scope: SCOPE, group: group("room") }, [Topic::Connection(me)]).seq;
        let heard = send(&mut log, room(), &[]);
        log.append(0, Body::Leave { scope: SCOPE, group: group("room"), joined }, [Topic::Connection(me)]);
        send(&mut log, room(), &[]);
        let again = log.append(0, Body::Join { scope: SCOPE, group: group("room") }, [Topic::Connection(me)]).seq;
        let heard_again = send(&mut log, room(), &[]);
        assert_eq!(missed(&log, 0, me, &[("room", again)]), [heard, heard_again]);
        assert_eq!(missed(&log, 0, me, &[]), [heard], "left for good");
        assert_eq!(
            missed(&log, 0, me, &[("room", 0)]),
            [heard, heard_again],
            "restored by a token, which has no places"
        );
    }

    #[test]
    fn a_quiet_topic_loses_nothing_when_a_busy_one_overruns_the_ring() {
        let mut log = log(3_000);
        let (me, busy) = (ConnectionId::random_guid(), ConnectionId::random_guid());
        let own = send(&mut log, Topic::Connection(me), &[]);
        for _ in 0..100 {
            send(&mut log, Topic::Connection(busy), &[]);
        }
        let none = HashMap::new();
        let quiet = log.missed(own, me, &[], &none, |_| true, true);
        assert!(!quiet.gap && quiet.entries.is_empty());
        let late = log.missed(0, busy, &[], &none, |_| true, true);
        assert!(late.gap && !late.entries.is_empty());
    }

    #[test]
    fn a_ring_that_was_long_gives_its_room_back() {
        let mut log = log(1 << 30);
        for _ in 0..10_000 {
            send(&mut log, Topic::Connection(ConnectionId::random_guid()), &[]);
        }
        log.evict(50_001);
        assert_eq!(log.size().0, 1);
        assert!(log.entries.capacity() <= 4 * KEPT && log.chains.capacity() <= 4 * KEPT);
    }

    #[test]
    fn entries_fall_off_when_they_are_too_old() {
        let mut log = log(1 << 20);
        let me = ConnectionId::random_guid();
        send(&mut log, Topic::Connection(me), &[]);
        send(&mut log, Topic::Connection(me), &[]);
        log.evict(50_001);
        assert_eq!(log.size().0, 1);
    }
}
