//! An event stream: a comment at first, then events whose lines are `data: …` with CR LF.

use std::sync::Arc;

use tokio::task::AbortHandle;

use super::{Inbox, Opening};
use crate::core::http::{Answer, Exchange};
use crate::core::message::shown;
use crate::http::Part;

pub(super) async fn open(opening: &Opening<'_>, inbox: &Arc<Inbox>) -> Result<(Answer, Option<AbortHandle>), String> {
    let mut headers = opening.headers.clone();
    if !headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("accept")) {
        headers.push(("Accept".into(), "text/event-stream".into()));
    }
    let mut exchange = Exchange::begin(opening.base, opening.line, &headers, None).await?;
    let head = exchange.head().await?;
    if head.status != 200 {
        let body = exchange.body().await?;
        return Ok((Answer { head, body }, None));
    }
    let inbox = Arc::clone(inbox);
    let task = tokio::spawn(listen(exchange, inbox)).abort_handle();
    Ok((Answer { head, body: Vec::new() }, Some(task)))
}

async fn listen(mut exchange: Exchange, inbox: Arc<Inbox>) {
    let (mut text, mut is_open) = (Vec::new(), false);
    loop {
        let chunk = match exchange.part().await {
            Ok(Some(Part::Chunk(chunk))) => chunk,
            Ok(Some(Part::End)) => return inbox.end(r#"{"end":true}"#),
            Ok(Some(_)) => continue,
            Ok(None) => return inbox.end(r#"{"cut":true}"#),
            Err(fault) => return inbox.fail(fault),
        };
        text.extend_from_slice(&chunk);
        inbox.change(|state| state.raw.extend(chunk));
        if !is_open {
            if text.len() < 3 {
                continue;
            }
            if !text.starts_with(b":\r\n") {
                return inbox.fail("the stream does not begin with a comment");
            }
            is_open = true;
            text.drain(..3);
        }
        while let Some(end) = text.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
            let event: Vec<u8> = text.drain(..end + 4).collect();
            match data(&event[..end]) {
                Ok(data) => inbox.accept(&data, false),
                Err(line) => inbox.fail(format!("no data line: {}", shown(&line))),
            }
        }
    }
}

/// What the lines of an event say together, or the line that is none.
fn data(event: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
    let (mut data, mut rest) = (Vec::new(), event);
    loop {
        let end = rest.windows(2).position(|bytes| bytes == b"\r\n").unwrap_or(rest.len());
        let line = &rest[..end];
        data.extend_from_slice(line.strip_prefix(b"data: ").ok_or_else(|| line.to_vec())?);
        match rest.get(end + 2..) {
            Some(behind) => {
                data.push(b'\n');
                rest = behind;
            }
            None => return Ok(data),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_joined() {
        assert_eq!(data(b"data: a\r\ndata: b"), Ok(b"a\nb".to_vec()));
        assert_eq!(data(b"data: a\r\nid: 1"), Err(b"id: 1".to_vec()));
    }
}
