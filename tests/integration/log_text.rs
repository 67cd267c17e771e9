//! What the library writes to its log, caught for the test's own thread.

use std::{fmt, sync::Arc};

use parking_lot::Mutex;
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    subscriber::DefaultGuard,
};
use tracing_subscriber::{
    layer::{Context, Layer, SubscriberExt as _},
    registry,
};

/// Lines of the log, as long as it lives: level, then message and fields.
pub(crate) struct LogText {
    lines: Arc<Mutex<Vec<String>>>,
    _guard: DefaultGuard,
}

impl LogText {
    pub(crate) fn start() -> Self {
        let lines = Arc::new(Mutex::new(Vec::new()));
        let guard = tracing::subscriber::set_default(registry().with(Catch(lines.clone())));
        Self { lines, _guard: guard }
    }

    /// The lines in which all of these occur.
    pub(crate) fn lines_with(&self, parts: &[&str]) -> Vec<String> {
        self.lines.lock().iter().filter(|line| parts.iter().all(|part| line.contains(part))).cloned().collect()
    }

    pub(crate) fn assert_one(&self, parts: &[&str]) {
        let found = self.lines_with(parts);
        assert_eq!(found.len(), 1, "one line of the log with {parts:?}; all: {:#?}", self.lines.lock());
    }

    pub(crate) fn assert_none(&self, parts: &[&str]) {
        let found = self.lines_with(parts);
        assert!(found.is_empty(), "no line of the log with {parts:?}: {found:#?}");
    }
}

struct Catch(Arc<Mutex<Vec<String>>>);

impl<S: Subscriber> Layer<S> for Catch {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if !event.metadata().target().starts_with("hub_core") {
            return;
        }
        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        self.0.lock().push(line.0);
    }
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push_str(&match field.name() {
            "message" => format!(" {value:?}"),
            name => format!(" {name}={value:?}"),
        });
    }
}
