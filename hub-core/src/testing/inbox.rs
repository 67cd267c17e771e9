//! What has arrived at a client, and who waits for it.

use std::{
    collections::{HashMap, VecDeque},
    fmt::Write as _,
    time::Duration,
};

use crate::lock::Mutex;
use serde_json::{Map, Value};
use tokio::sync::{Notify, mpsc, oneshot};

use super::{CallReceived, Closing, InvokeError, Reply, memory::Memory};

/// How many things a failing expectation shows of what came before.
const SHOWN: usize = 12;

/// Where the answer of an invocation goes.
#[derive(Debug)]
pub(super) struct Waiting {
    pub hub: String,
    pub answer: oneshot::Sender<Result<Reply, InvokeError>>,
    /// The stream it was sent on; none if a request of its own carries it.
    pub generation: Option<u64>,
}

/// Everything that came.
#[derive(Debug, Default)]
pub(super) struct Arrived {
    pub calls: VecDeque<CallReceived>,
    /// Messages of raw connections.
    pub values: VecDeque<Value>,
    /// The newest stream; what older ones bring is not looked at.
    pub generation: u64,
    /// Whether the newest stream said that it is live.
    pub live: bool,
    /// How the newest stream ended.
    pub closed: Option<Closing>,
    pub waiting: HashMap<String, Waiting>,
    pub progress: HashMap<String, mpsc::UnboundedSender<Value>>,
    /// The last things that came, for failures.
    history: VecDeque<String>,
}

impl Arrived {
    fn note(&mut self, what: String) {
        if self.history.len() == SHOWN {
            self.history.pop_front();
        }
        self.history.push_back(what);
    }

    /// What came lately, newest last, as a part of a failure's text.
    pub(super) fn lately(&self) -> String {
        let mut text = match self.closed {
            Some(closing) => format!("; the stream has ended ({closing:?})"),
            None => String::new(),
        };
        if self.history.is_empty() {
            text.push_str("; nothing else came");
        } else {
            text.push_str("; what came so far, newest last:");
            for what in &self.history {
                let _ = write!(text, "\n  {what}");
            }
        }
        text
    }
}

/// What has arrived at one client.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    pub arrived: Mutex<Arrived>,
    changed: Notify,
}

impl Inbox {
    /// Reads one text of a stream as a real client does. Texts of older streams are left alone.
    pub(super) fn hear(&self, generation: u64, text: &[u8], memory: &Mutex<Memory>) {
        let mut arrived = self.arrived.lock();
        if arrived.generation != generation {
            return;
        }
        match serde_json::from_slice::<Value>(text) {
            Ok(Value::Object(parts)) if parts.is_empty() => {}
            Ok(Value::Object(parts)) if parts.contains_key("I") || parts.contains_key("E") => {
                answer(&mut arrived, parts, memory);
            }
            Ok(Value::Object(parts)) => persistent(&mut arrived, parts, memory),
            _ => arrived.note(format!("a text that is no response: {}", String::from_utf8_lossy(text))),
        }
        drop(arrived);
        self.changed.notify_waiters();
    }

    /// Notes that a stream is over: calls that it carried are lost.
    pub(super) fn ended(&self, generation: u64, closing: Option<Closing>) {
        let mut arrived = self.arrived.lock();
        if arrived.generation == generation {
            arrived.live = false;
            arrived.closed = closing;
        }
        let lost: Vec<String> = arrived
            .waiting
            .iter()
            .filter(|(_, waiting)| waiting.generation == Some(generation))
            .map(|(id, _)| id.clone())
            .collect();
        for id in lost {
            if let Some(waiting) = arrived.waiting.remove(&id) {
                // Nobody may be waiting any more.
                let _ = waiting.answer.send(Err(InvokeError::TransportLost));
            }
        }
        drop(arrived);
        self.changed.notify_waiters();
    }

    /// Whether no stream was begun after this one.
    pub(super) fn is_newest(&self, generation: u64) -> bool {
        self.arrived.lock().generation == generation
    }

    /// Begins a new stream: nothing is heard of the older ones.
    pub(super) fn begin(&self) -> u64 {
        let mut arrived = self.arrived.lock();
        arrived.generation += 1;
        arrived.live = false;
        arrived.closed = None;
        arrived.generation
    }

    /// Waits until `look` finds something; `None` if it does not for so long.
    pub(super) async fn until<T>(
        &self,
        patience: Duration,
        mut look: impl FnMut(&mut Arrived) -> Option<T>,
    ) -> Option<T> {
        let looking = async {
            loop {
                let mut changed = std::pin::pin!(self.changed.notified());
                changed.as_mut().enable();
                if let Some(found) = look(&mut self.arrived.lock()) {
                    return found;
                }
                changed.await;
            }
        };
        tokio::time::timeout(patience, looking).await.ok()
    }
}

/// The answer to an invocation (section 3.3 of the classic specification).
fn answer(arrived: &mut Arrived, mut parts: Map<String, Value>, memory: &Mutex<Memory>) {
    let id = parts.get("I").and_then(Value::as_str).unwrap_or_default().to_owned();
    let Some(waiting) = arrived.waiting.remove(&id) else {
        arrived.note(format!("an answer that nothing waits for: {}", Value::Object(parts)));
        return;
    };
    if let Some(state) = parts.get("S") {
        memory.lock().merge_state(&waiting.hub, state);
    }
    let outcome = read_answer(&mut parts);
    arrived.note(format!("the answer to invocation {id}: {outcome:?}"));
    // Nobody may be waiting any more.
    let _ = waiting.answer.send(outcome);
}

pub(super) fn read_answer(parts: &mut Map<String, Value>) -> Result<Reply, InvokeError> {
    match parts.remove("E") {
        Some(Value::String(text)) => Err(InvokeError::Failed {
            text,
            for_client: parts.get("H") == Some(&Value::Bool(true)),
            data: parts.remove("D"),
        }),
        _ => Ok(Reply::new(parts.remove("R"), parts.remove("S"))),
    }
}

/// A persistent response (section 2.1): position, token, messages.
fn persistent(arrived: &mut Arrived, mut parts: Map<String, Value>, memory: &Mutex<Memory>) {
    let mut kept = memory.lock();
    if let Some(Value::String(cursor)) = parts.remove("C") {
        kept.cursor = Some(cursor);
    }
    if let Some(Value::String(token)) = parts.remove("G") {
        kept.groups_token = Some(token);
        kept.groups_tokens_received += 1;
        arrived.note("a groups token".to_owned());
    }
    if parts.contains_key("S") {
        arrived.live = true;
        arrived.note("the init response".to_owned());
    }
    if let Some(Value::Array(messages)) = parts.remove("M") {
        for message in messages {
            self::message(arrived, message, &mut kept);
        }
    }
}

fn message(arrived: &mut Arrived, message: Value, kept: &mut Memory) {
    let text = |part: &str| message.get(part).and_then(Value::as_str).map(str::to_owned);
    if let Some(progress) = message.get("P") {
        let id = progress.get("I").and_then(Value::as_str).unwrap_or_default();
        arrived.note(format!("progress: {message}"));
        if let (Some(waiting), Some(state)) = (arrived.waiting.get(id), message.get("S")) {
            kept.merge_state(&waiting.hub, state);
        }
        if let Some(report) = arrived.progress.get(id) {
            // Nobody may be listening any more.
            let _ = report.send(progress.get("D").cloned().unwrap_or_default());
        }
        return;
    }
    let (Some(hub), Some(method), Some(Value::Array(arguments))) = (text("H"), text("M"), message.get("A")) else {
        arrived.note(message.to_string());
        arrived.values.push_back(message);
        return;
    };
    let call = CallReceived { hub, method, arguments: arguments.clone(), state: message.get("S").cloned() };
    if let Some(state) = &call.state {
        kept.merge_state(&call.hub, state);
    }
    arrived.note(call.to_string());
    arrived.calls.push_back(call);
}
