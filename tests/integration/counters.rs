//! The library's metrics, caught for the test's own thread.

use metrics::LocalRecorderGuard;
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};

/// Counters, as long as it lives.
pub(crate) struct Counters {
    snapshots: Snapshotter,
    _guard: LocalRecorderGuard<'static>,
}

impl Counters {
    pub(crate) fn start() -> Self {
        // The guard borrows the recorder; a test may leak one.
        let recorder: &'static DebuggingRecorder = Box::leak(Box::default());
        Self { snapshots: recorder.snapshotter(), _guard: metrics::set_default_local_recorder(recorder) }
    }

    /// What a counter has come to, all of its labels together, since it was last asked for.
    pub(crate) fn take(&self, name: &str) -> u64 {
        self.take_with(name, "")
    }

    /// The same for one label value.
    pub(crate) fn take_with(&self, name: &str, label: &str) -> u64 {
        let all = self.snapshots.snapshot().into_vec();
        let counted = all.into_iter().filter_map(|(key, _, _, value)| match value {
            DebugValue::Counter(count)
                if key.key().name() == name
                    && (label.is_empty() || key.key().labels().any(|held| held.value() == label)) =>
            {
                Some(count)
            }
            _ => None,
        });
        counted.sum()
    }
}
