//! Streams that a client uploads to a call.

use std::{
    fmt,
    marker::PhantomData,
    pin::Pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll},
};

use bytes::Bytes;
use futures_util::Stream;
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;

use super::{Argument, ArgumentError, Arguments};
use crate::protocol::Encoding;

/// How an upload stream ended; as long as nobody has said so, its connection is gone.
pub(crate) type UploadEnd = Arc<OnceLock<Result<(), String>>>;

/// The reading end of an upload stream, not yet typed.
#[derive(Debug)]
pub(crate) struct Upload {
    items: mpsc::Receiver<Bytes>,
    end: UploadEnd,
    encoding: Encoding,
}

/// The writing end.
#[derive(Debug, Clone)]
pub(crate) struct Uploader {
    pub items: mpsc::Sender<Bytes>,
    pub end: UploadEnd,
}

impl Upload {
    /// Both ends of a stream in which so many items can wait.
    pub(crate) fn new(capacity: usize, encoding: Encoding) -> (Uploader, Self) {
        let (sender, items) = mpsc::channel(capacity.max(1));
        let end = UploadEnd::default();
        (Uploader { items: sender, end: end.clone() }, Self { items, end, encoding })
    }
}

/// Why an upload stream ended before its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UploadError {
    /// The client ended it with this error; the text is the client's own.
    #[error("{0}")]
    Client(String),
    /// An item was not what the method takes.
    #[error("Failed to bind Stream message.")]
    Item,
    /// The connection ended.
    #[error("The underlying connection was closed.")]
    ConnectionClosed,
}

/// A stream that the client uploads, taken by value by a hub method: `numbers: StreamReceiver<u32>`. A method may take several.
///
/// Items wait in a queue of [`Options::stream_buffer_capacity`](crate::Options::stream_buffer_capacity); while it is full, nothing more is read from the connection.
/// Reading is over at the first error. Dropping the receiver ends the stream: items that still come are skipped.
///
/// ```
/// use hub_core::{HubResult, StreamReceiver, hub};
///
/// #[hub]
/// pub struct Sums;
///
/// #[hub]
/// impl Sums {
///     #[hub_method]
///     async fn sum(&self, mut numbers: StreamReceiver<i32>) -> HubResult<i32> {
///         let mut sum = 0_i32;
///         while let Some(number) = numbers.next().await {
///             sum = sum.wrapping_add(number?);
///         }
///         Ok(sum)
///     }
/// }
/// ```
pub struct StreamReceiver<T> {
    upload: Upload,
    ended: bool,
    item: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned> StreamReceiver<T> {
    /// Waits for the next item. `None` is the end.
    ///
    /// # Errors
    ///
    /// [`UploadError`], after which the stream is over.
    ///
    /// # Cancel safety
    ///
    /// No item is lost if the future is dropped.
    pub async fn next(&mut self) -> Option<Result<T, UploadError>> {
        std::future::poll_fn(|cx| self.poll(cx)).await
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, UploadError>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let Poll::Ready(uploaded) = self.upload.items.poll_recv(cx) else { return Poll::Pending };
        let given = match uploaded {
            Some(item) => Some(self.upload.encoding.decode(&item).map_err(|error| {
                tracing::debug!(%error, "an item of an upload stream does not fit");
                UploadError::Item
            })),
            None => match self.upload.end.get() {
                Some(Ok(())) => None,
                Some(Err(text)) => Some(Err(UploadError::Client(text.clone()))),
                None => Some(Err(UploadError::ConnectionClosed)),
            },
        };
        self.ended = !matches!(given, Some(Ok(_)));
        if self.ended {
            self.upload.items.close();
        }
        Poll::Ready(given)
    }
}

impl<T: DeserializeOwned> Stream for StreamReceiver<T> {
    type Item = Result<T, UploadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().poll(cx)
    }
}

impl<T> StreamReceiver<T> {
    /// One that no hub method was given.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn of(upload: Upload) -> Self {
        Self { upload, ended: false, item: PhantomData }
    }
}

impl<T> Unpin for StreamReceiver<T> {}

impl<T: DeserializeOwned> Argument for StreamReceiver<T> {
    fn read(arguments: &mut Arguments<'_>) -> Result<Self, ArgumentError> {
        Ok(Self { upload: arguments.upload()?, ended: false, item: PhantomData })
    }
}

impl<T> fmt::Debug for StreamReceiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamReceiver").field("ended", &self.ended).finish_non_exhaustive()
    }
}
