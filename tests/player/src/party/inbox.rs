//! What a party received and no step has taken yet.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use serde_json::value::RawValue;

use crate::streams::Arrival;

/// What a party received and no step has taken yet.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    pub(crate) responses: VecDeque<Response>,
    /// Replies to calls, which come by themselves.
    pub(crate) replies: VecDeque<String>,
    /// All keep-alives so far.
    pub(crate) keep_alives: Vec<KeepAlive>,
    /// How many groups tokens came so far.
    pub(crate) tokens: usize,
    /// How many initial responses (`S:1`) came so far.
    pub(crate) inits: usize,
}

/// A response: cursor, messages and whatever else.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) text: String,
    /// With what the transport put around it.
    pub(crate) raw: String,
    /// On which of the party's streams.
    pub(crate) stream: usize,
    pub(crate) is_json: bool,
    /// The messages not taken yet, each as it is written.
    pub(crate) messages: VecDeque<String>,
}

#[derive(Debug)]
pub(crate) struct KeepAlive {
    pub(crate) at: Instant,
    pub(crate) raw: String,
}

/// The cursor and groups token that a response brought.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Place {
    pub(crate) cursor: Option<String>,
    pub(crate) groups: Option<String>,
}

impl Inbox {
    /// Sorts in what came on a stream.
    pub(crate) fn take_in(&mut self, arrival: Arrival, stream: usize) -> Place {
        let Arrival { text, raw, is_keep_alive } = arrival;
        if is_keep_alive {
            self.keep_alives.push(KeepAlive { at: Instant::now(), raw });
            return Place::default();
        }
        let members: BTreeMap<String, &RawValue> = serde_json::from_str(&text).unwrap_or_default();
        if members.contains_key("I") && !members.contains_key("C") {
            self.replies.push_back(text);
            return Place::default();
        }
        let member = |name| members.get(name).and_then(|raw| serde_json::from_str::<String>(raw.get()).ok());
        let place = Place {
            cursor: member("C").filter(|cursor| !cursor.is_empty()),
            groups: member("G").filter(|groups| !groups.is_empty()),
        };
        self.tokens += usize::from(place.groups.is_some());
        self.inits += usize::from(members.get("S").is_some_and(|raw| raw.get() == "1"));
        let is_json = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
        let messages = if is_json { messages(&text) } else { VecDeque::new() };
        self.responses.push_back(Response { text, raw, stream, is_json, messages });
        place
    }

    /// Whether there is a message.
    pub(crate) fn has_message(&self) -> bool {
        self.responses.iter().any(|response| !response.is_spent())
    }

    /// The next message; a response that is not JSON counts as one.
    pub(crate) fn next_message(&mut self) -> Option<String> {
        self.drop_spent();
        let response = self.responses.front_mut()?;
        if !response.is_json {
            return self.responses.pop_front().map(|response| response.text);
        }
        let message = response.messages.pop_front();
        if response.messages.is_empty() {
            self.responses.pop_front();
        }
        message
    }

    /// Drops the responses in front that say nothing more.
    pub(crate) fn drop_spent(&mut self) {
        while self.responses.front().is_some_and(Response::is_spent) {
            self.responses.pop_front();
        }
    }

    /// Takes the next response, of one stream or of any.
    pub(crate) fn next_response(&mut self, stream: Option<usize>) -> Option<Response> {
        let at = self.responses.iter().position(|response| response.is_of(stream))?;
        self.responses.remove(at)
    }
}

impl Response {
    pub(crate) fn is_of(&self, stream: Option<usize>) -> bool {
        stream.is_none_or(|stream| stream == self.stream)
    }

    /// It says nothing, or nothing more.
    fn is_spent(&self) -> bool {
        if self.is_json { self.messages.is_empty() } else { self.text == "initialized" }
    }
}

/// The source text of each item of the list under the key `M` of a response, blanks and all.
fn messages(text: &str) -> VecDeque<String> {
    const KEY: &str = r#""M":["#;
    let mut found = VecDeque::new();
    let mut depth = 0_usize;
    let mut is_quoted = false;
    // Where the message begins that is being read.
    let mut from = None;
    let mut at = 0;
    while let Some(byte) = text.as_bytes().get(at) {
        match byte {
            b'\\' if is_quoted => at += 1,
            b'"' if is_quoted => is_quoted = false,
            _ if is_quoted => {}
            b'"' if depth == 1 && from.is_none() && text[at..].starts_with(KEY) => {
                at += KEY.len() - 1;
                depth = 2;
                from = Some(at + 1);
            }
            b'"' => is_quoted = true,
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                if let Some(from) = from.filter(|_| depth == 1) {
                    if at > from {
                        found.push_back(text[from..at].to_owned());
                    }
                    return found;
                }
            }
            b',' if depth == 2 => {
                if let Some(begin) = from {
                    found.push_back(text[begin..at].to_owned());
                    from = Some(at + 1);
                }
            }
            _ => {}
        }
        at += 1;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inbox(texts: &[&str]) -> Inbox {
        let mut inbox = Inbox::default();
        for text in texts {
            inbox.take_in(Arrival::new(*text, format!("data: {text}")), 0);
        }
        inbox
    }

    #[test]
    fn messages_are_their_source_text() {
        let text = r#"{"C":"c","X":[1,{"M":[9]}],"M":[{"A":["]",1]},"a\",b", [2,3],é]}"#;
        assert_eq!(messages(text), [r#"{"A":["]",1]}"#, r#""a\",b""#, " [2,3]", "é"]);
        assert!(messages(r#"{"C":"c","M":[]}"#).is_empty());
        assert!(messages(r#"["M":["#).is_empty());
    }

    #[test]
    fn each_kind_is_sorted_in_its_place() {
        let mut inbox = inbox(&["{}", r#"{"I":"0"}"#, r#"{"C":"c","S":1,"M":[]}"#, "initialized", "]{"]);
        assert_eq!(inbox.keep_alives.len(), 1);
        assert_eq!(inbox.keep_alives[0].raw, "data: {}");
        assert_eq!(inbox.replies, [r#"{"I":"0"}"#]);
        assert_eq!((inbox.inits, inbox.tokens, inbox.responses.len()), (1, 0, 3));
        assert_eq!(inbox.next_message().as_deref(), Some("]{"));
        assert_eq!(inbox.next_message(), None);
    }

    #[test]
    fn a_response_brings_a_place() {
        let mut inbox = Inbox::default();
        let arrival = |text: &str| Arrival::new(text, "");
        let place = inbox.take_in(arrival(r#"{"C":"d\u002d1","G":"g","M":[]}"#), 0);
        assert_eq!(place, Place { cursor: Some("d-1".into()), groups: Some("g".into()) });
        assert_eq!(inbox.take_in(arrival(r#"{"C":7,"M":[]}"#), 0), Place::default());
        assert_eq!(inbox.tokens, 1);
    }

    #[test]
    fn messages_are_taken_across_responses() {
        let mut inbox = inbox(&[r#"{"C":"1","M":[1,2]}"#, r#"{"C":"2","M":[]}"#, r#"{"C":"3","M":[3]}"#]);
        let taken: Vec<_> = std::iter::from_fn(|| inbox.next_message()).collect();
        assert_eq!(taken, ["1", "2", "3"]);
        assert!(!inbox.has_message());
    }
}
