//! The ends of streams: those that the player makes, and those that it waits for.

use serde::Deserialize;

use crate::play::{Play, patience, sleep};
use crate::report::Difference;
use crate::scenario::field::{NothingElse, OneOf, present};
use crate::websocket;

/// Cuts the stream's TCP connection.
#[derive(Debug, Deserialize)]
pub(super) struct Drop {
    drop: String,
    #[serde(flatten)]
    _rest: NothingElse,
}

impl Drop {
    pub(super) async fn play(&self, play: &mut Play) -> Result<(), Difference> {
        play.known(&self.drop)?.stop_polling();
        play.wire.note(&self.drop, "#", "link cut");
        play.stream(&self.drop)?.reset();
        Ok(())
    }
}

/// Closes the WebSocket as a client does.
#[derive(Debug, Deserialize)]
pub(super) struct Close {
    close: String,
    code: Option<u16>,
    #[serde(flatten)]
    _rest: NothingElse,
}

impl Close {
    pub(super) async fn play(&self, play: &mut Play) -> Result<(), Difference> {
        let code = self.code.unwrap_or(1000);
        play.wire.note(&self.close, "#", &format!("close frame {code}"));
        play.stream(&self.close)?.write(websocket::frame(websocket::CLOSE, &code.to_be_bytes(), true));
        Ok(())
    }
}

/// A stream comes to its end.
#[derive(Debug, Deserialize)]
pub(super) struct Ended {
    ended: String,
    /// Which of the party's streams; the current one if none is named.
    nth: Option<usize>,
    /// The code of the close frame; null for none.
    #[serde(default, deserialize_with = "present")]
    code: Option<Option<u16>>,
    /// The body was complete.
    #[serde(default)]
    clean: bool,
    body: Option<OneOf<String>>,
    ms: Option<u64>,
    #[serde(flatten)]
    _rest: NothingElse,
}

impl Ended {
    pub(super) async fn play(&self, play: &mut Play) -> Result<(), Difference> {
        let stream = play.known(&self.ended)?.stream(self.nth);
        let stream = stream.ok_or_else(|| Difference::new("there is no such stream"))?;
        if !stream.until(patience(self.ms), |progress| progress.is_over()).await {
            return Err(Difference::new("the stream is still open"));
        }
        let (code, is_complete, last) = stream.look(|progress| {
            (progress.close_code, progress.is_complete, progress.last_message.clone().unwrap_or_default())
        });
        if let Some(wanted) = self.code.filter(|wanted| *wanted != code) {
            let in_words = |code: Option<u16>| code.map_or_else(|| "none".to_owned(), |code| code.to_string());
            let got = format!("{} after {last:?}", in_words(code));
            return Err(Difference::new("close code").expected(in_words(wanted)).got(got));
        }
        if self.clean && !is_complete {
            return Err(Difference::new("the body was cut").got(stream.received().in_short()));
        }
        self.body.as_ref().map_or(Ok(()), |body| play.expect(body, &stream.received().body, "body"))
    }
}

/// The stream does not end.
#[derive(Debug, Deserialize)]
pub(super) struct Alive {
    alive: String,
    ms: Option<u64>,
    #[serde(flatten)]
    _rest: NothingElse,
}

impl Alive {
    pub(super) async fn play(&self, play: &mut Play) -> Result<(), Difference> {
        sleep(self.ms.unwrap_or(300)).await;
        if play.stream(&self.alive)?.look(|progress| progress.has_ended) {
            return Err(Difference::new("the stream has ended"));
        }
        Ok(())
    }
}
