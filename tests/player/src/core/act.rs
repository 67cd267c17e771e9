//! What each step does, and how what comes is compared.

use std::collections::{BTreeMap, HashSet};
use std::time::{Duration, Instant};

use tokio::time::{sleep, timeout};

use super::http::{Answer, Exchange};
use super::link::{Link, Opening, Sending, Taken};
use super::message::{Protocol, fits, shown, split_json, template};
use super::play::{PATIENCE, Play};
use super::scenario::Step;
use crate::report::Difference;
use crate::scenario::json::Json;

/// What comes when it likes: passed over unless a step awaits it.
const PING: u64 = 6;
const ACK: u64 = 8;
/// How long a message that may be missing is waited for.
const MAYBE: Duration = Duration::from_millis(300);
/// Between two connections a server owes no order: what the next step says on another one is to come later.
const SETTLE: Duration = Duration::from_millis(5);
/// A server's chance to see a request before whatever follows.
const CHANCE: Duration = Duration::from_millis(50);

impl Play {
    pub(super) async fn act(&mut self, step: &Step) -> Result<(), Difference> {
        if let Some(ms) = step.wait {
            sleep(Duration::from_millis(ms)).await;
            return Ok(());
        }
        if let Some(line) = &step.http {
            return self.request(step, line).await;
        }
        if let Some(name) = &step.awaited {
            let pending = self.pending.remove(name).ok_or_else(|| Difference::new("nothing is pending"))?;
            let answer = timeout(patience(step), pending).await.map_err(|_| Difference::new("no answer came"))?;
            let answer = answer.map_err(|error| Difference::new(error.to_string()))?.map_err(Difference::new)?;
            return self.check_answer(step, &answer);
        }
        if let Some(name) = &step.pending {
            let pending = self.pending.get_mut(name).ok_or_else(|| Difference::new("nothing is pending"))?;
            let limit = Duration::from_millis(step.lasting.unwrap_or_default());
            return match timeout(limit, pending).await {
                Err(_) => Ok(()),
                Ok(_) => Err(Difference::new("it is answered already")),
            };
        }
        if let Some(name) = &step.abort {
            if let Some(pending) = self.pending.remove(name) {
                pending.abort();
            }
            sleep(CHANCE).await;
            return Ok(());
        }
        if let Some(name) = &step.negotiate {
            return self.negotiate(name, step).await.map(|_| ());
        }
        if let Some(name) = &step.connect {
            return self.connect(name, step).await;
        }
        for (transport, name) in [("ws", &step.ws), ("sse", &step.sse), ("lp", &step.lp)] {
            if let Some(name) = name {
                return self.open(transport, name, step).await;
            }
        }
        if let Some(name) = &step.to {
            return self.send(name, step).await;
        }
        if let Some(name) = &step.from {
            return self.receive(name, step).await;
        }
        if let Some(name) = &step.events {
            return self.check_events(name, step).await;
        }
        Err(Difference::new("a step that does nothing"))
    }

    fn headers(&self, step: &Step) -> Result<Vec<(String, String)>, Difference> {
        step.headers.iter().map(|(name, value)| Ok((name.clone(), self.fill_text(value)?))).collect()
    }

    fn body(&self, body: &Json) -> Result<Vec<u8>, Difference> {
        match body {
            Json::List(messages) => {
                let filled: Result<Vec<_>, _> = messages.iter().map(|message| self.fill(&template(message))).collect();
                Ok(filled?.concat())
            }
            Json::Text(text) => self.fill(text),
            other => self.fill(&other.to_string()),
        }
    }

    async fn request(&mut self, step: &Step, line: &str) -> Result<(), Difference> {
        let body = step.body.as_ref().map(|body| self.body(body)).transpose()?;
        let (line, headers, base) = (self.fill_text(line)?, self.headers(step)?, self.base.clone());
        let sent = async move { Exchange::begin(&base, &line, &headers, body.as_deref()).await?.answer().await };
        if let Some(name) = &step.name {
            self.pending.insert(name.clone(), tokio::spawn(sent));
            sleep(CHANCE).await;
            return Ok(());
        }
        let answer = timeout(PATIENCE, sent).await.map_err(|_| Difference::new("no answer came"))?;
        self.check_answer(step, &answer.map_err(Difference::new)?)
    }

    /// Version 1; binds the two ids and gives back the token.
    async fn negotiate(&mut self, name: &str, step: &Step) -> Result<String, Difference> {
        let to = step.to.as_deref().unwrap_or_default();
        let mut line = format!("POST {to}/negotiate?negotiateVersion=1");
        if step.reconnect {
            line.push_str("&useStatefulReconnect=true");
        }
        if let Some(query) = &step.query {
            line.push_str(&format!("&{}", self.fill_text(query)?));
        }
        let headers = self.headers(step)?;
        let sent = async { Exchange::begin(&self.base, &line, &headers, None).await?.answer().await };
        let answer = timeout(PATIENCE, sent).await.map_err(|_| Difference::new("no answer to negotiate"))?;
        let answer = answer.map_err(Difference::new)?;
        if answer.head.status != 200 {
            return Err(Difference::new("answer to negotiate").expected(200).got(answer.head.status));
        }
        let members: BTreeMap<String, serde_json::Value> =
            serde_json::from_slice(&answer.body).map_err(|error| Difference::new(error.to_string()))?;
        let text = |member: &str| members.get(member).and_then(|value| value.as_str()).unwrap_or_default().to_owned();
        let (id, token) = (text("connectionId"), text("connectionToken"));
        self.bindings.set(format!("{name}.id"), id);
        self.bindings.set(format!("{name}.token"), token.clone());
        Ok(token)
    }

    /// Negotiation, transport and handshake in one; everything in it must succeed.
    async fn connect(&mut self, name: &str, step: &Step) -> Result<(), Difference> {
        let transport = step.transport.as_deref().unwrap_or("ws");
        let protocol = Protocol::named(step.protocol.as_deref());
        let id = if step.skip { String::new() } else { format!("id={}", self.negotiate(name, step).await?) };
        let query = step.query.as_ref().map(|query| self.fill_text(query)).transpose()?;
        let query = query.map(|query| format!("&{query}")).unwrap_or_default();
        let line = format!("GET {}?{id}{query}", step.to.as_deref().unwrap_or_default());
        let headers = self.headers(step)?;
        let opening = Opening { base: &self.base, line: &line, headers, protocol, greeted: false, mute: step.mute };
        let link = Link::open(transport, opening).await?;
        let (status, fine) = (link.answer.head.status, if transport == "ws" { 101 } else { 200 });
        if status != fine {
            return Err(Difference::new(format!("opening {transport}")).expected(fine).got(status));
        }
        self.links.insert(name.to_owned(), link);
        if protocol == Protocol::Raw {
            return Ok(());
        }
        let version = step.version.unwrap_or(1);
        let hello = format!("{{\"protocol\":\"{}\",\"version\":{version}}}\u{1e}", protocol.name());
        self.link(name)?.send(&[hello.into_bytes()], Sending::default()).await?;
        let answer = self.next(name, &HashSet::new(), PATIENCE).await?;
        let answer = answer.map(|taken| shown(&taken.bytes)).unwrap_or_default();
        if answer != "{}␞" {
            return Err(Difference::new("answer to the handshake").expected("{}␞").got(answer));
        }
        Ok(())
    }

    async fn open(&mut self, transport: &str, name: &str, step: &Step) -> Result<(), Difference> {
        let line = self.fill_text(step.open.as_deref().unwrap_or_default())?;
        let opening = Opening {
            base: &self.base,
            line: &line,
            headers: self.headers(step)?,
            protocol: Protocol::named(step.protocol.as_deref()),
            greeted: step.greeted,
            mute: step.mute,
        };
        let link = timeout(PATIENCE, Link::open(transport, opening)).await;
        let link = link.map_err(|_| Difference::new("no answer came"))??;
        let answer = link.answer.clone();
        self.links.insert(name.to_owned(), link);
        self.check_answer(step, &answer)
    }

    async fn send(&mut self, name: &str, step: &Step) -> Result<(), Difference> {
        let link = self.link(name)?;
        if let Some(messages) = &step.send {
            let raw = link.protocol == Protocol::Raw;
            let filled = messages.iter().map(|message| match message {
                Json::Text(text) => self.fill(text),
                other if raw => self.fill(&other.to_string()),
                other => self.fill(&template(other)),
            });
            let mut chunks = filled.collect::<Result<Vec<_>, _>>()?;
            if step.joined || !link.is_socket() {
                chunks = vec![chunks.concat()];
            }
            if !step.cut.is_empty() {
                let whole = chunks.concat();
                let marks: Vec<usize> = [0].into_iter().chain(step.cut.iter().copied()).chain([whole.len()]).collect();
                chunks = marks.windows(2).map(|ends| whole[ends[0]..ends[1]].to_vec()).collect();
            }
            let binary = step.opcode.as_deref().map(|opcode| opcode == "binary");
            timeout(PATIENCE, link.send(&chunks, Sending { binary, fragment: step.fragment }))
                .await
                .map_err(|_| Difference::new("it could not be sent"))??;
            sleep(SETTLE).await;
        }
        if let Some(text) = &step.ping {
            link.ping(text).await;
        }
        if let Some(how) = &step.close {
            link.close(how).await?;
        }
        if step.drop {
            link.drop_transport();
        }
        Ok(())
    }

    /// The next hub message; none at the end, or when the time is up.
    async fn next(&self, name: &str, wanted: &HashSet<u64>, limit: Duration) -> Result<Option<Taken>, Difference> {
        let link = self.link(name)?;
        let deadline = Instant::now() + limit;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            link.inbox
                .until(left, |state| !state.queue.is_empty() || state.ended.is_some() || state.fault.is_some())
                .await;
            let (taken, fault) = link.inbox.change(|state| (state.queue.pop_front(), state.fault.take()));
            if let Some(fault) = fault {
                return Err(Difference::new("broken framing").got(fault));
            }
            let Some(taken) = taken else { return Ok(None) };
            let kind = link.protocol.type_of(&taken.bytes).filter(|_| !taken.handshake);
            match kind {
                Some(kind @ (PING | ACK)) if !wanted.contains(&kind) => {}
                _ => return Ok(Some(taken)),
            }
        }
    }

    async fn receive(&mut self, name: &str, step: &Step) -> Result<(), Difference> {
        if let Some(receive) = &step.receive {
            self.receive_messages(name, step, receive).await?;
        }
        if let Some(raw) = &step.raw {
            let wanted = self.fill(raw)?;
            let inbox = &self.link(name)?.inbox;
            inbox.until(patience(step), |state| state.raw.len() >= wanted.len() || state.ended.is_some()).await;
            let got = inbox.change(|state| {
                let end = state.raw.len().min(wanted.len());
                state.raw.drain(..end).collect::<Vec<u8>>()
            });
            if got != wanted {
                return Err(Difference::new("bytes of the stream").expected(shown(&wanted)).got(shown(&got)));
            }
        }
        if let Some(pong) = &step.pong {
            let inbox = &self.link(name)?.inbox;
            inbox.until(PATIENCE, |state| !state.pongs.is_empty() || state.ended.is_some()).await;
            let got = inbox.change(|state| state.pongs.pop_front());
            if got.as_ref() != Some(pong) {
                return Err(Difference::new("pong").expected(pong).got(got.unwrap_or_default()));
            }
        }
        if let Some(silent) = step.silent {
            let until = Instant::now() + Duration::from_millis(silent);
            if let Some(taken) = self.next(name, &HashSet::new(), Duration::from_millis(silent)).await? {
                return Err(Difference::new("there should be silence").got(shown(&taken.bytes)));
            }
            if let Some(ended) = self.link(name)?.inbox.change(|state| state.ended.clone()) {
                return Err(Difference::new("it should be open").got(ended));
            }
            sleep(until.saturating_duration_since(Instant::now())).await;
        }
        if let Some(closed) = &step.closed {
            self.check_closed(name, step, closed).await?;
        }
        Ok(())
    }

    async fn receive_messages(&mut self, name: &str, step: &Step, receive: &Json) -> Result<(), Difference> {
        let protocol = self.link(name)?.protocol;
        let (count, expected): (usize, &[Json]) = match receive {
            Json::List(expected) => (expected.len(), expected),
            Json::Number(number) => (number.as_u64().and_then(|count| count.try_into().ok()).unwrap_or(0), &[]),
            _ => (0, &[]),
        };
        let wanted: HashSet<u64> = expected.iter().filter_map(|message| protocol.type_of_template(message)).collect();
        let mut got: Vec<Taken> = Vec::new();
        let deadline = Instant::now() + patience(step);
        while got.len() < count {
            let enough = step.at_least.is_some_and(|least| got.len() >= least);
            let limit = if enough { MAYBE } else { deadline.saturating_duration_since(Instant::now()) };
            match self.next(name, &wanted, limit).await? {
                Some(taken) => got.push(taken),
                None if enough => break,
                None => {
                    let ended = self.link(name)?.inbox.change(|state| state.ended.clone());
                    if step.optional && ended.is_some() {
                        return Ok(());
                    }
                    let so_far: Vec<String> = got.iter().map(|taken| shown(&taken.bytes)).collect();
                    let difference = Difference::new(format!("message {} of {count} did not come", got.len() + 1));
                    let difference = match expected.get(got.len()) {
                        Some(message) => difference.expected(message),
                        None => difference,
                    };
                    return Err(difference.got(format!("{} {}", so_far.join(" "), ended.unwrap_or_default())));
                }
            }
        }
        if let Some(Json::List(second)) = &step.or
            && self.are(second, &got, step)
        {
            return Ok(());
        }
        let expected = expected.get(..got.len().min(expected.len())).unwrap_or_default();
        if !expected.is_empty() && !self.are(expected, &got, step) {
            let so_far: Vec<String> = got.iter().map(|taken| shown(&taken.bytes)).collect();
            return Err(Difference::new("messages").expected(receive).got(so_far.join(" ")));
        }
        let binary = match step.opcode.as_deref() {
            Some(opcode) => Some(opcode == "binary"),
            None if protocol == Protocol::Raw => None,
            None => Some(protocol == Protocol::MessagePack),
        };
        if self.link(name)?.is_socket()
            && let Some(binary) = binary
            && got.iter().any(|taken| taken.binary != binary)
        {
            return Err(Difference::new("WebSocket message type").expected(if binary { "binary" } else { "text" }));
        }
        Ok(())
    }

    /// Whether these messages are those, in their order or in any.
    fn are(&mut self, expected: &[Json], got: &[Taken], step: &Step) -> bool {
        if expected.len() != got.len() {
            return false;
        }
        let mut left: Vec<&Taken> = got.iter().collect();
        expected.iter().all(|message| {
            let template = template(message);
            let found = left.iter().position(|taken| fits(&mut self.bindings, &template, &taken.bytes));
            match found {
                Some(at) if at == 0 || step.order.as_deref() == Some("any") => {
                    left.remove(at);
                    true
                }
                _ => false,
            }
        })
    }

    async fn check_closed(&mut self, name: &str, step: &Step, closed: &Json) -> Result<(), Difference> {
        let link = self.link(name)?;
        let protocol = link.protocol;
        let counts = move |taken: &Taken| !matches!(protocol.type_of(&taken.bytes), Some(PING | ACK));
        if link.is_deleted() {
            // Between a DELETE and its effect a Close may still come.
            link.inbox.until(patience(step), |state| state.ended.is_some()).await;
            link.inbox.change(|state| state.queue.retain(|taken| protocol.type_of(&taken.bytes) != Some(7)));
        }
        link.inbox.until(patience(step), |state| state.ended.is_some() || state.queue.iter().any(counts)).await;
        let (ended, message) = link.inbox.change(|state| {
            (state.ended.clone(), state.queue.iter().find(|taken| counts(taken)).map(|taken| shown(&taken.bytes)))
        });
        if let Some(message) = message {
            return Err(Difference::new("a message in the place of the end").expected(closed).got(message));
        }
        let Some(ended) = ended else { return Err(Difference::new("it is still open").expected(closed)) };
        if ended != closed.to_string() {
            return Err(Difference::new("the way it ended").expected(closed).got(ended));
        }
        Ok(())
    }

    async fn check_events(&mut self, name: &str, step: &Step) -> Result<(), Difference> {
        let id = self.bindings.text(&format!("{name}.id")).unwrap_or_default();
        let expected = step.expect.clone().unwrap_or(Json::List(Vec::new()));
        let count = if let Json::List(events) = &expected { events.len() } else { 0 };
        let limit = step.patience.map_or(Duration::from_secs(5), Duration::from_millis);
        let got = self.events.of(&id, count, limit).await.map_err(Difference::new)?;
        let got = Json::List(got).to_string();
        let fine = [Some(&expected), step.or.as_ref()]
            .into_iter()
            .flatten()
            .any(|expected| self.bindings.matches(&expected.to_string(), got.as_bytes()));
        if fine { Ok(()) } else { Err(Difference::new("events").expected(expected).got(got)) }
    }

    fn check_answer(&mut self, step: &Step, answer: &Answer) -> Result<(), Difference> {
        for (name, member) in &step.bind {
            let members: BTreeMap<String, serde_json::Value> = serde_json::from_slice(&answer.body).unwrap_or_default();
            let value = members.get(member).and_then(|value| value.as_str());
            let value = value.ok_or_else(|| Difference::new(format!("member {member}")))?;
            if !self.bindings.matches(&format!("<{name}>"), value.as_bytes()) {
                return Err(Difference::new(format!("member {member}")).got(value));
            }
        }
        let first = match &step.expect {
            Some(expected) => self.is_answer(expected, answer),
            None => Ok(()),
        };
        match (&step.or, first) {
            (Some(second), Err(difference)) => self.is_answer(second, answer).map_err(|_| difference),
            (_, first) => first,
        }
    }

    fn is_answer(&mut self, expected: &Json, answer: &Answer) -> Result<(), Difference> {
        let Json::Members(members) = expected else { return Err(Difference::new("no answer is expected")) };
        for (name, wanted) in members {
            match (&**name, wanted) {
                ("status", wanted) if wanted.to_string() != answer.head.status.to_string() => {
                    return Err(Difference::new("status").expected(wanted).got(answer.head.status));
                }
                ("headers", Json::Members(headers)) => self.check_headers(headers, answer)?,
                ("body", wanted) if answer.head.status != 101 && !self.is_body(wanted, &answer.body) => {
                    return Err(Difference::new("body").expected(wanted).got(shown(&answer.body)));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn check_headers(&mut self, headers: &[(String, Json)], answer: &Answer) -> Result<(), Difference> {
        for (name, wanted) in headers {
            let got = answer.head.header(name);
            let fine = match (wanted, got) {
                (Json::Bool(false), got) => got.is_none(),
                (Json::Text(wanted), Some(got)) => self.bindings.matches(wanted, got.as_bytes()),
                _ => false,
            };
            if !fine {
                return Err(Difference::new(format!("header {name}")).expected(wanted).got(got.unwrap_or("absent")));
            }
        }
        Ok(())
    }

    fn is_body(&mut self, wanted: &Json, body: &[u8]) -> bool {
        match wanted {
            Json::List(messages) => {
                if messages.iter().any(|message| matches!(message, Json::Text(text) if text.starts_with("hex:"))) {
                    return self.body(wanted).is_ok_and(|wanted| wanted == body);
                }
                let (got, left) = split_json(body);
                left.is_empty()
                    && got.len() == messages.len()
                    && messages.iter().zip(&got).all(|(message, got)| fits(&mut self.bindings, &template(message), got))
            }
            Json::Text(text) => fits(&mut self.bindings, text, body),
            other => fits(&mut self.bindings, &other.to_string(), body),
        }
    }
}

fn patience(step: &Step) -> Duration {
    step.patience.map_or(PATIENCE, Duration::from_millis)
}
