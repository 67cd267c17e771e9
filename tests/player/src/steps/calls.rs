//! Invocations and their replies.

use std::sync::Arc;

use serde::Deserialize;

use crate::answer::Expected;
use crate::http::encode_component;
use crate::party::Party;
use crate::party::request::{Action, RequestOptions};
use crate::placeholder;
use crate::play::{Pending, Play, patience, sleep};
use crate::report::Difference;
use crate::scenario::field::{NothingElse, OneOf};
use crate::scenario::json::Json;
use crate::websocket;

/// A hub invocation: a frame on a WebSocket, else a send request.
#[derive(Debug, Deserialize)]
pub(super) struct Call {
    call: String,
    hub: Option<String>,
    method: Option<String>,
    args: Option<Json>,
    id: Option<Json>,
    state: Option<Json>,
    /// Instead of all these.
    raw: Option<String>,
    /// The reply.
    is: Option<OneOf<String>>,
    /// The reply is not awaited here but by a step `reply`.
    #[serde(default)]
    later: bool,
    /// How often, with `<n>` and the id for the number.
    times: Option<u64>,
    /// In how many WebSocket fragments.
    frames: Option<usize>,
    opcode: Option<u8>,
    #[serde(flatten)]
    options: RequestOptions,
    #[serde(flatten)]
    expected: Expected,
    #[serde(flatten)]
    _rest: NothingElse,
}

impl Call {
    pub(super) async fn play(&self, play: &mut Play) -> Result<(), Difference> {
        let party = play.known(&self.call)?;
        let Some(times) = self.times else {
            return self.once(play, &party, self.id.clone(), self.later).await;
        };
        // On a WebSocket all are sent before the first reply is awaited.
        let is_on_websocket = party.is_on_websocket();
        for n in 1..=times {
            play.set_value("n", Some(n.to_string()));
            self.once(play, &party, Some(n.into()), is_on_websocket).await?;
        }
        play.set_value("n", None);
        let any = OneOf(vec![r#"{"I":"<*>"}"#.to_owned()]);
        for _ in (1..=times).filter(|_| is_on_websocket) {
            reply(play, &party, Some(&any), self.options.ms).await?;
        }
        Ok(())
    }

    async fn once(&self, play: &mut Play, party: &Arc<Party>, id: Option<Json>, later: bool) -> Result<(), Difference> {
        let text = self.invocation(play, id);
        if party.is_on_websocket() {
            self.send_frames(play, &text)?;
            return if later { Ok(()) } else { reply(play, party, self.is.as_ref(), self.options.ms).await };
        }
        let options = self.options.filled(play);
        let body = format!("data={}", encode_component(&text));
        if later {
            let party = Arc::clone(party);
            let answer = tokio::spawn(async move { party.post(Action::Send, &options, body).await });
            play.put_off(&self.call, Pending { answer, expected: self.expected.clone(), is: self.is.clone() });
            return Ok(());
        }
        let received = party.post(Action::Send, &options, body).await;
        self.expected.with_status(&[200]).compare(play, &received, "send")?;
        self.is.as_ref().map_or(Ok(()), |is| play.expect(is, &received.body, "reply"))
    }

    fn invocation(&self, play: &Play, id: Option<Json>) -> String {
        if let Some(raw) = &self.raw {
            return play.fill(raw);
        }
        let mut members = vec![("H".to_owned(), Json::from(self.hub.as_deref().unwrap_or("conformance")))];
        members.extend(self.method.as_deref().map(|method| ("M".to_owned(), method.into())));
        let args = self.args.as_ref().map_or(Json::List(Vec::new()), |args| args.filled(play));
        members.push(("A".to_owned(), args));
        members.push(("I".to_owned(), id.unwrap_or(Json::from(0))));
        members.extend(self.state.as_ref().map(|state| ("S".to_owned(), state.filled(play))));
        Json::Members(members).to_string()
    }

    fn send_frames(&self, play: &Play, text: &str) -> Result<(), Difference> {
        play.wire.note(&self.call, ">>", text);
        let stream = play.stream(&self.call)?;
        let size = text.len().div_ceil(self.frames.unwrap_or(1).max(1)).max(1);
        let count = text.len().div_ceil(size).max(1);
        let mut opcode = self.opcode.unwrap_or(websocket::TEXT);
        for i in 0..count {
            let part = &text.as_bytes()[i * size..text.len().min((i + 1) * size)];
            stream.write(websocket::frame(opcode, part, i + 1 == count));
            opcode = websocket::CONTINUATION;
        }
        Ok(())
    }
}

/// The next reply on the stream, or the answer of what was begun with `later`.
#[derive(Debug, Deserialize)]
pub(super) struct Reply {
    reply: String,
    is: Option<OneOf<String>>,
    ms: Option<u64>,
    #[serde(flatten)]
    _rest: NothingElse,
}

impl Reply {
    pub(super) async fn play(&self, play: &mut Play) -> Result<(), Difference> {
        let party = play.known(&self.reply)?;
        if party.is_on_websocket() {
            return reply(play, &party, self.is.as_ref(), self.ms).await;
        }
        let pending = play.next_put_off(&self.reply).ok_or_else(|| Difference::new("nothing was put off"))?;
        let received = pending.answer.await.map_err(|error| Difference::new(format!("the call: {error}")))?;
        pending.expected.with_status(&[200]).compare(play, &received, "send")?;
        for is in [pending.is, self.is.clone()].iter().flatten() {
            play.expect(is, &received.body, "reply")?;
        }
        Ok(())
    }
}

/// No reply comes on the stream, or only such as `or` allows.
#[derive(Debug, Deserialize)]
pub(super) struct Silent {
    silent: String,
    ms: Option<u64>,
    #[serde(default)]
    or: Vec<String>,
    #[serde(flatten)]
    _rest: NothingElse,
}

impl Silent {
    pub(super) async fn play(&self, play: &mut Play) -> Result<(), Difference> {
        let party = play.known(&self.silent)?;
        sleep(self.ms.unwrap_or(500)).await;
        while let Some(text) = party.change(|state| state.inbox.replies.pop_front()) {
            if !self.or.iter().any(|pattern| play.fits(pattern, &text)) {
                return Err(Difference::new("a reply").expected("none").got(text));
            }
        }
        Ok(())
    }
}

/// A raw text on the WebSocket.
#[derive(Debug, Deserialize)]
pub(super) struct Say {
    say: String,
    text: String,
    opcode: Option<u8>,
    #[serde(flatten)]
    _rest: NothingElse,
}

impl Say {
    pub(super) async fn play(&self, play: &mut Play) -> Result<(), Difference> {
        let text = placeholder::fill(&self.text, play);
        play.wire.note(&self.say, ">>", &text);
        play.stream(&self.say)?.write(websocket::frame(self.opcode.unwrap_or(websocket::TEXT), text.as_bytes(), true));
        Ok(())
    }
}

/// The next reply on a WebSocket.
async fn reply(play: &mut Play, party: &Party, is: Option<&OneOf<String>>, ms: Option<u64>) -> Result<(), Difference> {
    party.until(patience(ms), |state| !state.inbox.replies.is_empty()).await;
    let Some(text) = party.change(|state| state.inbox.replies.pop_front()) else {
        let missing = Difference::new("no reply");
        return Err(match is {
            Some(is) => missing.expected(is).got("nothing"),
            None => missing,
        });
    };
    is.map_or(Ok(()), |is| play.expect(is, &text, "reply"))
}
