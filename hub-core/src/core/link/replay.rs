//! What a connection keeps for a client that may come back with it (section 4).

use std::{collections::VecDeque, sync::Arc};

use bytes::Bytes;

use crate::{connection::Kept, protocol::core::Fault};

/// Both directions of one connection: messages of types 1 to 5 are counted from 1, and those sent are kept until they are acknowledged.
#[derive(Debug)]
pub(crate) struct Replay {
    limit_bytes: usize,
    /// The number of the last message sent.
    sent: u64,
    /// The number of the last message acknowledged.
    acknowledged: u64,
    kept: VecDeque<Bytes>,
    kept_bytes: usize,
    /// What is held here counts like what waits in an outbox.
    held: Arc<Kept>,
    /// The number that the next message of the client will have.
    next: u64,
    /// The highest number received.
    received: u64,
    /// The highest number that the client was told of, as far as it has heard that.
    told: u64,
}

impl Replay {
    pub(crate) fn new(limit_bytes: usize, held: Arc<Kept>) -> Self {
        Self {
            limit_bytes,
            sent: 0,
            acknowledged: 0,
            kept: VecDeque::new(),
            kept_bytes: 0,
            held,
            next: 1,
            received: 0,
            told: 0,
        }
    }

    /// Whether one more message may be sent.
    pub(crate) fn has_room(&self) -> bool {
        self.kept_bytes <= self.limit_bytes
    }

    /// What the connection holds, for who looks at all of them.
    pub(crate) fn held(&self) -> Arc<Kept> {
        self.held.clone()
    }

    /// Notes messages that have left the outbox, and will be kept when there is room.
    pub(crate) fn hold<'f>(&self, frames: impl IntoIterator<Item = &'f Bytes>) {
        self.held.add(frames.into_iter().map(Bytes::len).sum());
    }

    /// Counts and keeps a message, of those that are held, that is about to be written.
    pub(crate) fn keep(&mut self, frame: &Bytes) {
        self.sent = self.sent.saturating_add(1);
        self.kept_bytes = self.kept_bytes.saturating_add(frame.len());
        self.kept.push_back(frame.clone());
    }

    /// Lets go of what has arrived. Numbers that cannot be are passed over.
    pub(crate) fn acknowledge(&mut self, number: i64) {
        let Ok(number) = u64::try_from(number) else { return };
        if number > self.sent {
            return;
        }
        while self.acknowledged < number {
            self.acknowledged = self.acknowledged.saturating_add(1);
            if let Some(frame) = self.kept.pop_front() {
                self.kept_bytes = self.kept_bytes.saturating_sub(frame.len());
                self.held.release(frame.len());
            }
        }
    }

    /// What is written first after the client has come back: the number of the first message that is not acknowledged, and from there on
    /// everything.
    pub(crate) fn resume(&self) -> (u64, Vec<Bytes>) {
        (self.acknowledged.saturating_add(1), self.kept.iter().cloned().collect())
    }

    /// Counts a message of the client: whether it is new.
    pub(crate) fn count(&mut self) -> bool {
        let number = self.next;
        self.next = self.next.saturating_add(1);
        let is_new = number > self.received;
        if is_new {
            self.received = number;
        }
        is_new
    }

    /// The client's next message has this number.
    pub(crate) fn sequence(&mut self, number: i64) -> Result<(), Fault> {
        let number = u64::try_from(number).ok().filter(|number| *number > 0).ok_or(Fault::SequenceTooLow)?;
        // All that was received may have been acknowledged, also while an earlier return had only begun to tell it again.
        if number > self.received.saturating_add(1) {
            return Err(Fault::SequenceTooHigh);
        }
        self.next = number;
        // It begins with the first that it does not know to have arrived: if it was told of that one, then the loss took it.
        self.told = self.told.min(number.saturating_sub(1));
        Ok(())
    }

    /// What the client is to be told that has arrived, if that is more than it was told.
    pub(crate) fn acknowledgement(&mut self) -> Option<u64> {
        (self.received > self.told).then(|| {
            self.told = self.received;
            self.received
        })
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        self.held.forfeit();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn replay() -> Replay {
        Replay::new(4, Arc::new(Kept::new(Arc::default())))
    }

    #[test]
    fn what_is_not_acknowledged_is_sent_again_with_its_number() {
        let mut replay = replay();
        for text in ["aa", "bb", "cc"] {
            assert!(replay.has_room());
            replay.keep(&Bytes::from_static(text.as_bytes()));
        }
        assert!(!replay.has_room(), "one message may overshoot");
        replay.acknowledge(1);
        assert_eq!(replay.resume(), (2, vec![Bytes::from_static(b"bb"), Bytes::from_static(b"cc")]));
        replay.acknowledge(4);
        replay.acknowledge(-1);
        assert_eq!(replay.resume().0, 2, "what cannot be acknowledged is not");
        replay.acknowledge(3);
        assert_eq!(replay.resume(), (4, vec![]));
    }

    #[test]
    fn what_comes_twice_is_told_apart() {
        let mut replay = replay();
        assert!(replay.count() && replay.count() && replay.count());
        assert_eq!(replay.acknowledgement(), Some(3));
        assert_eq!(replay.acknowledgement(), None);
        assert_eq!(replay.sequence(4), Ok(()));
        assert_eq!(replay.acknowledgement(), None);
        assert_eq!(replay.sequence(2), Ok(()));
        assert_eq!(replay.acknowledgement(), Some(3), "whoever tells it again has not heard that it arrived");
        assert!(!replay.count() && !replay.count() && replay.count());
        assert_eq!(replay.sequence(6), Err(Fault::SequenceTooHigh));
        assert_eq!(replay.sequence(5), Ok(()));
        assert_eq!(replay.sequence(0), Err(Fault::SequenceTooLow));
        // A return that is cut short, and another behind it.
        assert_eq!(replay.sequence(2), Ok(()));
        assert!(!replay.count());
        assert_eq!(replay.sequence(5), Ok(()));
        assert!(replay.count());
    }
}
