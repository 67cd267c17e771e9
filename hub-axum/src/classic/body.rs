//! Reading a body within a limit.

use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use futures_util::StreamExt as _;

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReadError {
    TooLarge,
    TooSlow,
    Broken,
}

/// Reads a body of at most `limit` bytes that arrives within a time. Nothing is allocated for what a header claims, only for what has come; a claim
/// of more than the limit is not waited for.
pub(super) async fn read(body: Body, limit: usize, time: Duration) -> Result<Vec<u8>, ReadError> {
    tokio::time::timeout(time, collect(body, limit)).await.unwrap_or(Err(ReadError::TooSlow))
}

async fn collect(body: Body, limit: usize) -> Result<Vec<u8>, ReadError> {
    if body.size_hint().lower() > u64::try_from(limit).unwrap_or(u64::MAX) {
        return Err(ReadError::TooLarge);
    }
    let mut bytes = Vec::new();
    let mut chunks = body.into_data_stream();
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk.map_err(|_| ReadError::Broken)?;
        if chunk.len() > limit.saturating_sub(bytes.len()) {
            return Err(ReadError::TooLarge);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: Duration = Duration::from_secs(1);

    #[tokio::test]
    async fn a_body_is_read_up_to_its_limit() {
        assert_eq!(read(Body::from("12345"), 5, TIME).await, Ok(b"12345".to_vec()));
        assert_eq!(read(Body::from("123456"), 5, TIME).await, Err(ReadError::TooLarge));
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_does_not_end_is_given_up() {
        let body = Body::from_stream(futures_util::stream::pending::<Result<Vec<u8>, std::io::Error>>());
        assert_eq!(read(body, 5, TIME).await, Err(ReadError::TooSlow));
    }
}
