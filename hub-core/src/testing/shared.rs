//! What a client and its stream share.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
};

use serde_json::{Value, json};
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::JoinHandle,
};

use super::{
    Invocation, InvokeError, Refused, Transport,
    inbox::{Inbox, Waiting, read_answer},
    memory::Memory,
    polling::Polling,
    server::Kit,
    socket::{Reading, Socket},
};
use crate::{
    classic::{ClassicAnswer, Closing},
    lock::Mutex,
};

/// The client's end of an open stream.
struct Link {
    task: JoinHandle<()>,
    generation: u64,
    polls: bool,
    say: mpsc::UnboundedSender<String>,
    reading: watch::Sender<Reading>,
}

/// A client without its handle: its stream goes on while the test does something else.
pub(super) struct Shared {
    pub(super) kit: Arc<Kit>,
    pub(super) memory: Mutex<Memory>,
    pub(super) inbox: Inbox,
    link: Mutex<Option<Link>>,
    /// Streams that were given up, as long as their tasks may still be at work.
    leaving: Mutex<Vec<JoinHandle<()>>>,
    next_id: AtomicU64,
    stopped: AtomicBool,
}

impl Shared {
    pub(super) fn new(kit: Arc<Kit>, memory: Memory) -> Arc<Self> {
        let shared = Arc::new(Self {
            kit: kit.clone(),
            memory: Mutex::new(memory),
            inbox: Inbox::default(),
            link: Mutex::default(),
            leaving: Mutex::default(),
            next_id: AtomicU64::new(0),
            stopped: AtomicBool::new(false),
        });
        kit.add(&shared);
        shared
    }

    pub(super) fn hear(&self, generation: u64, text: &[u8]) {
        self.inbox.hear(generation, text, &self.memory);
    }

    pub(super) fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Makes a request of this client.
    pub(super) async fn request(&self, action: &str, data: Option<&str>) -> Result<ClassicAnswer, Refused> {
        let request = self.memory.lock().request(action, data);
        match self.kit.mount().handle(request).await {
            ClassicAnswer::Refused(refusal) => Err(Refused::new(action, refusal)),
            answer => Ok(answer),
        }
    }

    /// Opens a stream. Nothing more is heard of the one before it, which goes on until the server ends it; polls end at once, as
    /// nobody polls twice at a time.
    pub(super) async fn open(self: &Arc<Self>, action: &str) -> Result<(), Refused> {
        // From here on the cursor stands still, so that the server is asked for exactly what was not heard.
        let generation = self.inbox.begin();
        let older = self.link.lock().take();
        let mut replaced = None;
        if let Some(older) = older {
            self.inbox.ended(older.generation, None);
            if older.polls {
                older.task.abort();
                self.leaving.lock().push(older.task);
            } else {
                replaced = Some(older.task);
            }
        }
        self.until_given_up().await;
        let answer = self.request(action, None).await;
        if let (Err(_), Some(replaced)) = (&answer, replaced) {
            // Nothing took its place, and nobody listens to it any more.
            replaced.abort();
        }
        let ClassicAnswer::Stream(stream) = answer? else { return Ok(()) };
        self.stopped.store(false, Ordering::Relaxed);
        self.kit.note_connection(stream.connection_id());
        let (say, said) = mpsc::unbounded_channel();
        let (start_reading, reading) = watch::channel(Reading::Yes);
        let shared = self.clone();
        let polls = stream.transport() == Transport::LongPolling;
        let task = if polls {
            tokio::spawn(Polling { stream: *stream, shared, generation, reading }.run())
        } else {
            tokio::spawn(Socket { stream: *stream, shared, generation, said, reading }.run())
        };
        *self.link.lock() = Some(Link { task, generation, polls, say, reading: start_reading });
        Ok(())
    }

    /// Waits until streams that were given up are given up: on another thread a task may still be in the middle of a request.
    async fn until_given_up(&self) {
        let leaving = std::mem::take(&mut *self.leaving.lock());
        for task in leaving {
            if task.is_finished() {
                continue;
            }
            task.await.ok();
        }
    }

    /// The transport is gone, without a word to the server.
    pub(super) fn drop_link(&self) {
        let link = self.link.lock().take();
        if let Some(link) = link {
            // What is written from here on is not heard, even if the task is in the middle of it.
            self.inbox.begin();
            link.task.abort();
            self.inbox.ended(link.generation, None);
            self.leaving.lock().push(link.task);
        }
    }

    pub(super) fn has_link(&self) -> bool {
        self.link.lock().is_some()
    }

    pub(super) fn read(&self, reading: Reading) {
        if let Some(link) = &*self.link.lock() {
            link.reading.send_replace(reading);
        }
    }

    /// The client leaves for good. It polls no more before it says so: a poll that came later would begin a new life.
    pub(super) async fn stop(&self) -> Result<(), Refused> {
        self.stopped.store(true, Ordering::Relaxed);
        let polls = self.link.lock().take_if(|link| link.polls);
        if let Some(polls) = polls {
            polls.task.abort();
            self.inbox.ended(polls.generation, Some(Closing::Normal));
            self.leaving.lock().push(polls.task);
        }
        self.until_given_up().await;
        self.request("abort", None).await.map(drop)
    }

    /// Calls a hub method. It is under way when this returns.
    pub(super) fn invoke(self: &Arc<Self>, hub: &str, method: &str, arguments: Value) -> Invocation {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let mut message = json!({ "H": hub.to_lowercase(), "M": method, "A": arguments, "I": id });
        if let Some(state) = self.memory.lock().state.get(&hub.to_lowercase()).filter(|state| !state.is_empty()) {
            message["S"] = Value::Object(state.clone());
        }
        self.say(hub, id.to_string(), message.to_string())
    }

    /// Sends a text as it is. The answer is the one with this id.
    pub(super) fn say(self: &Arc<Self>, hub: &str, id: String, text: String) -> Invocation {
        let (answer, answered) = oneshot::channel();
        let (report, progress) = mpsc::unbounded_channel();
        self.inbox.arrived.lock().progress.insert(id.clone(), report);
        if self.memory.lock().transport == Transport::WebSockets {
            let link = self.link.lock();
            // Without a link the answer is dropped here, which the invocation takes for a lost transport.
            if let Some(link) = &*link {
                let waiting = Waiting { hub: hub.to_owned(), answer, generation: Some(link.generation) };
                self.inbox.arrived.lock().waiting.insert(id.clone(), waiting);
                if link.say.send(text).is_err() {
                    self.inbox.arrived.lock().waiting.remove(&id);
                }
            }
        } else {
            let (shared, hub) = (self.clone(), hub.to_owned());
            tokio::spawn(async move {
                let outcome = shared.send(&hub, &text).await;
                // Nobody may be waiting any more.
                let _ = answer.send(outcome);
            });
        }
        Invocation::new(self.clone(), id, answered, progress)
    }

    /// A call over a request of its own.
    async fn send(&self, hub: &str, text: &str) -> Result<super::Reply, InvokeError> {
        let ClassicAnswer::Json(body) = self.request("send", Some(text)).await? else {
            // A raw connection's message has no answer.
            return Ok(super::Reply::new(None, None));
        };
        let Ok(Value::Object(mut parts)) = serde_json::from_slice(&body) else {
            return Ok(super::Reply::new(None, None));
        };
        if let Some(state) = parts.get("S") {
            self.memory.lock().merge_state(hub, state);
        }
        read_answer(&mut parts)
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("id", &self.memory.lock().id).finish_non_exhaustive()
    }
}
