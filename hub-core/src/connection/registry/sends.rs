//! Sends: one entry of the log, handed to everyone who hears it.

use std::sync::{Arc, atomic::Ordering};

use super::{Node, State};
use crate::{
    connection::{Connection, ConnectionId, DisconnectReason, Pushed, Queued, StreamEnd, state::Inner},
    counters,
    groups::{GroupName, UserId},
    log::{Body, ClientMessage, Entry, Seq, Topic},
    protocol::Wire,
    server::ScopeId,
};

/// Whom a send is for.
#[derive(Debug, Clone)]
pub(crate) enum Recipients {
    All,
    Connections(Vec<ConnectionId>),
    Groups(Vec<GroupName>),
    Users(Vec<UserId>),
}

/// Connections that are to be ended, and why.
pub(super) type Doomed = Vec<(Arc<Connection>, DisconnectReason)>;

impl Node {
    /// Appends a send and hands it out. `except` need not be sorted.
    pub(crate) fn send(&self, scope: ScopeId, to: &Recipients, mut except: Vec<ConnectionId>, message: ClientMessage) {
        except.sort_unstable();
        let mut state = self.state.lock();
        let State { log, connections, scopes, groups, users, longest, doomed, ended, .. } = &mut *state;
        let body = Body::Send { scope, except: except.into_boxed_slice(), message };
        let topics: Vec<Topic> = match to {
            Recipients::All => vec![Topic::Scope(scope)],
            // An id that never was one here, or has been gone for long, has nobody who could come back for it.
            Recipients::Connections(ids) => ids
                .iter()
                .filter(|id| connections.contains_key(*id) || ended.get(id).is_some())
                .map(|id| Topic::Connection(*id))
                .collect(),
            Recipients::Groups(names) => names.iter().map(|name| Topic::Group(scope, name.clone())).collect(),
            Recipients::Users(ids) => ids.iter().map(|id| Topic::User(scope, id.clone())).collect(),
        };
        if topics.is_empty() {
            return;
        }
        let entry = log.append(self.now_ms(), body, topics);
        self.make_room(connections, longest, doomed);
        match to {
            Recipients::All => {
                if let Some(members) = scopes.get(scope.index()).map(|scope| &scope.listeners) {
                    self.hand_out(&entry, scope, members.values(), false, doomed);
                }
            }
            Recipients::Connections(ids) => {
                self.hand_out(&entry, scope, ids.iter().filter_map(|id| connections.get(id)), false, doomed);
            }
            Recipients::Groups(names) => {
                for name in names {
                    if let Some(members) = groups.get(&(scope, name.clone())) {
                        self.hand_out(&entry, scope, members.values(), true, doomed);
                    }
                }
            }
            Recipients::Users(ids) => {
                for id in ids {
                    if let Some(members) = users.get(&(scope, id.clone())) {
                        self.hand_out(&entry, scope, members.values(), false, doomed);
                    }
                }
            }
        }
        if !doomed.is_empty() {
            self.alarm.notify_one();
        }
    }

    /// Appends something for one connection alone, whatever it listens to.
    pub(crate) fn send_direct(&self, connection: &Arc<Connection>, message: ClientMessage) {
        let mut state = self.state.lock();
        let State { log, connections, longest, doomed, .. } = &mut *state;
        let entry = log.append(self.now_ms(), Body::Direct { message }, [Topic::Connection(connection.id)]);
        self.make_room(connections, longest, doomed);
        if self.push(connection, &mut connection.inner.lock(), &entry) {
            doomed.push((connection.clone(), DisconnectReason::SlowClient));
        }
        if !doomed.is_empty() {
            self.alarm.notify_one();
        }
    }

    fn hand_out<'m>(
        &self,
        entry: &Arc<Entry>,
        scope: ScopeId,
        members: impl Iterator<Item = &'m Arc<Connection>>,
        by_group: bool,
        doomed: &mut Doomed,
    ) {
        let Body::Send { except, .. } = &entry.body else { return };
        for member in members {
            let mut inner = member.inner.lock();
            if inner.stream == 0 || (by_group && !inner.sees_groups) || !inner.hears(scope) {
                continue;
            }
            if !except.is_empty() && except.binary_search(&member.id).is_ok() {
                continue;
            }
            if self.push(member, &mut inner, entry) {
                doomed.push((member.clone(), DisconnectReason::SlowClient));
            }
        }
    }

    /// Queues an entry on a live stream; true if the connection is to be ended for it.
    pub(super) fn push(&self, connection: &Connection, inner: &mut Inner, entry: &Arc<Entry>) -> bool {
        if inner.stream == 0 || inner.end.is_some() {
            return false;
        }
        if entry.message().is_some_and(|message| message.form(connection.wire).is_none()) {
            return false;
        }
        let before = inner.outbox.bytes();
        let pushed = inner.outbox.push(entry, &inner.limits);
        let after = inner.outbox.bytes();
        if after > before {
            self.queued_bytes.fetch_add(after - before, Ordering::Relaxed);
        } else {
            self.unqueue(before - after);
        }
        match pushed {
            Pushed::Queued => inner.wake_for_more(),
            Pushed::Skipped => {}
            Pushed::Dropped(count) => {
                counters::MESSAGES_DROPPED.add_labelled("policy", "drop_oldest", count);
                inner.wake_for_more();
            }
            Pushed::Overflow => {
                self.cut(connection, inner, "connection");
                return true;
            }
        }
        false
    }

    /// Ends the stream of a client that does not take what is sent to it, where its own bound or the process's is passed.
    pub(super) fn cut(&self, connection: &Connection, inner: &mut Inner, bound: &'static str) {
        tracing::warn!(connection = %connection.id, bound, "a slow client is disconnected");
        counters::SLOW_CLIENTS.add(1);
        inner.end = Some(StreamEnd::Ended(DisconnectReason::SlowClient));
        self.unqueue(inner.outbox.restart(Seq::MAX, Default::default()));
        inner.wake();
    }

    /// Queues the answer to an invocation, if its stream is still there.
    pub(crate) fn reply(&self, connection: &Connection, stream: u64, reply: bytes::Bytes) {
        let mut inner = connection.inner.lock();
        if inner.stream == stream && inner.end.is_none() {
            self.queued_bytes.fetch_add(reply.len(), Ordering::Relaxed);
            inner.outbox.push_control(Queued::Reply(reply));
            inner.wake_for_more();
        }
    }

    /// Queues a frame on whatever stream the connection has.
    pub(crate) fn reply_direct(&self, connection: &Connection, reply: bytes::Bytes) {
        let stream = connection.inner.lock().stream;
        self.reply(connection, stream, reply);
    }

    /// The same when there is room for it. A client that makes none within the send timeout is disconnected.
    pub(crate) async fn reply_when_room(&self, connection: &Arc<Connection>, reply: bytes::Bytes) {
        self.wait_for_room(connection).await;
        self.reply_direct(connection, reply);
        // Answers are kept as well for clients that acknowledge nothing.
        if self.queued_bytes() > self.queued_bytes_limit {
            let State { connections, longest, doomed, .. } = &mut *self.state.lock();
            self.make_room(connections, longest, doomed);
            self.alarm.notify_one();
        }
    }

    /// Waits until there is room in an outbox. A core client that makes none within the send timeout is disconnected, whatever the policy (section 10.4
    /// of its specification); on the classic wire a transport that is not read ends by itself.
    pub(crate) async fn wait_for_room(&self, connection: &Arc<Connection>) {
        let room = async {
            loop {
                let room = connection.room.notified();
                if !connection.is_full() {
                    return;
                }
                room.await;
            }
        };
        if !connection.is_full() {
            return;
        }
        if connection.wire == Wire::Classic {
            return room.await;
        }
        if tokio::time::timeout(connection.send_timeout(), room).await.is_err() {
            self.doom(connection);
        }
    }

    /// Queues a question to the client. It cannot be dropped as other messages can, so a client that leaves twice its bound unread is
    /// disconnected, whatever the policy.
    pub(crate) fn ask_direct(&self, connection: &Arc<Connection>, question: bytes::Bytes) {
        self.reply_direct(connection, question);
        if connection.is_overfull() {
            self.doom(connection);
        }
    }

    fn doom(&self, connection: &Arc<Connection>) {
        self.state.lock().doomed.push((connection.clone(), DisconnectReason::SlowClient));
        self.alarm.notify_one();
    }

    /// Queues the response that says the stream is live.
    pub(crate) fn push_init(&self, connection: &Connection, stream: u64) {
        let mut inner = connection.inner.lock();
        if inner.stream == stream {
            inner.outbox.push_control(Queued::Init);
            inner.wake();
        }
    }
}
