//! The one task of a mount: once a second it looks at every connection (section 2.6).

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use tokio::time::{Instant, MissedTickBehavior, interval};

use super::mounted::Mounted;
use crate::task;

const PERIOD: Duration = Duration::from_secs(1);

impl Mounted {
    /// Starts the task, once, on the runtime of the first connection.
    pub(super) fn beat(self: &Arc<Self>) {
        self.heartbeat.get_or_init(|| {
            task::spawn(run(Arc::downgrade(self)));
        });
    }
}

async fn run(mounted: Weak<Mounted>) {
    let mut every = interval(PERIOD);
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        every.tick().await;
        let Some(mounted) = mounted.upgrade() else { return };
        let now = Instant::now();
        for link in mounted.all() {
            link.beat(now);
        }
    }
}
