//! One poll after the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::task::AbortHandle;

use super::{Inbox, Opening};
use crate::core::http::{Answer, Exchange};
use crate::http::Base;

pub(super) async fn open(
    opening: &Opening<'_>,
    inbox: &Arc<Inbox>,
    deleted: &Arc<AtomicBool>,
) -> Result<(Answer, Option<AbortHandle>), String> {
    let answer = Exchange::begin(opening.base, opening.line, &opening.headers, None).await?.answer().await?;
    if answer.head.status != 200 {
        return Ok((answer, None));
    }
    let (base, line, headers) = (opening.base.clone(), opening.line.to_owned(), opening.headers.clone());
    let task = tokio::spawn(poll(base, line, headers, Arc::clone(inbox), Arc::clone(deleted))).abort_handle();
    Ok((answer, Some(task)))
}

async fn poll(base: Base, line: String, headers: Vec<(String, String)>, inbox: Arc<Inbox>, deleted: Arc<AtomicBool>) {
    loop {
        let answer = match Exchange::begin(&base, &line, &headers, None).await {
            Ok(exchange) => exchange.answer().await,
            Err(error) => Err(error),
        };
        match answer {
            Ok(answer) if answer.head.status == 200 => {
                if !answer.body.is_empty() {
                    inbox.accept(&answer.body, false);
                }
            }
            // A poll that crosses the DELETE may still end with 204 or find nothing.
            Ok(answer) if deleted.load(Ordering::Acquire) && matches!(answer.head.status, 204 | 404) => {
                return inbox.end(r#"{"deleted":true}"#);
            }
            Ok(answer) => return inbox.end(&format!(r#"{{"status":{}}}"#, answer.head.status)),
            Err(_) => return inbox.end(r#"{"cut":true}"#),
        }
    }
}
