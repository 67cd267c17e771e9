//! What a hub method gives back: a value, a stream, or a `Result` of one. Told apart by the compiler, not by names.

use std::{
    future::{Future, Ready, ready},
    marker::PhantomData,
    pin::pin,
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use serde::Serialize;

use crate::{
    dispatch::Completion,
    hub::{HubContext, HubError},
    protocol::{EncodeError, Encoding},
};

/// Something a client can be given as the result of a call.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the result of a hub method",
    label = "cannot be sent to a client",
    note = "derive `serde::Serialize` for `{Self}`"
)]
pub trait OutputValue {
    /// Encodes it.
    fn encode(&self, encoding: Encoding) -> Result<Bytes, EncodeError>;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize> OutputValue for T {
    fn encode(&self, encoding: Encoding) -> Result<Bytes, EncodeError> {
        encoding.encode(self)
    }
}

/// Something a hub method can fail with.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of a hub method",
    label = "no error that converts into `HubError`",
    note = "for a text that the caller may read return `HubError::client(text)`; any `std::error::Error` is logged and kept from the caller"
)]
pub trait OutputError {
    /// Converts it.
    fn into_hub_error(self) -> HubError;
}

#[diagnostic::do_not_recommend]
impl<E: Into<HubError>> OutputError for E {
    fn into_hub_error(self) -> HubError {
        self.into()
    }
}

/// How a call of a method of this kind ended.
#[derive(Debug)]
pub struct Ended<K> {
    completion: Completion,
    kind: PhantomData<K>,
}

impl<K> Ended<K> {
    fn with(completion: Completion) -> Self {
        Self { completion, kind: PhantomData }
    }

    pub(crate) fn into_completion(self) -> Completion {
        self.completion
    }
}

/// What is known of a kind of output before any call.
pub trait OutputMarker: Send + 'static {
    /// Whether it is a stream.
    const STREAMS: bool;
}

/// The kind of a plain value.
#[derive(Debug)]
pub struct ValueOutput;

/// The kind of a `Result`.
#[derive(Debug)]
pub struct ResultOutput;

/// The kind of a stream.
#[derive(Debug)]
pub struct StreamOutput;

/// The kind of a `Result` of a stream.
#[derive(Debug)]
pub struct StreamResultOutput;

impl OutputMarker for ValueOutput {
    const STREAMS: bool = false;
}

impl OutputMarker for ResultOutput {
    const STREAMS: bool = false;
}

impl OutputMarker for StreamOutput {
    const STREAMS: bool = true;
}

impl OutputMarker for StreamResultOutput {
    const STREAMS: bool = true;
}

/// An output to be asked for its kind.
#[derive(Debug)]
pub struct OutputProbe<T>(PhantomData<fn() -> T>);

impl<T> OutputProbe<T> {
    /// Of this output.
    pub fn of(_: &T) -> Self {
        Self(PhantomData)
    }
}

// A call begins with four references and takes them off one by one, so that the most special kind is found first.

/// Finds a `Result` of a stream.
pub trait StreamResultKind {
    /// Gives the kind.
    fn kind(&self) -> StreamResultOutput {
        StreamResultOutput
    }
}

impl<S: Stream, E> StreamResultKind for &&&OutputProbe<Result<S, E>> {}

/// Finds any other `Result`.
pub trait ResultKind {
    /// Gives the kind.
    fn kind(&self) -> ResultOutput {
        ResultOutput
    }
}

impl<T, E> ResultKind for &&OutputProbe<Result<T, E>> {}

/// Finds a stream.
pub trait StreamKind {
    /// Gives the kind.
    fn kind(&self) -> StreamOutput {
        StreamOutput
    }
}

impl<S: Stream> StreamKind for &OutputProbe<S> {}

/// Finds anything else.
pub trait FallbackKind {
    /// Gives the kind.
    fn kind(&self) -> ValueOutput {
        ValueOutput
    }
}

impl<T> FallbackKind for OutputProbe<T> {}

impl ValueOutput {
    /// Encodes a value.
    ///
    /// # Errors
    ///
    /// If it cannot be serialised.
    pub fn encode<T: OutputValue>(self, value: T, encoding: Encoding) -> Completion {
        Ok(value.encode(encoding)?)
    }

    /// Ends a call with a value.
    pub fn complete<T: OutputValue, H>(
        self,
        value: T,
        cx: &HubContext<H>,
        _: impl Fn((), Encoding) -> Completion,
    ) -> Ready<Ended<Self>> {
        ready(Ended::with(self.encode(value, cx.scope.encoding)))
    }
}

impl ResultOutput {
    /// Encodes a value, or passes on an error.
    ///
    /// # Errors
    ///
    /// The error, or that the value cannot be serialised.
    pub fn encode<T: OutputValue, E: OutputError>(self, result: Result<T, E>, encoding: Encoding) -> Completion {
        match result {
            Ok(value) => Ok(value.encode(encoding)?),
            Err(error) => Err(error.into_hub_error()),
        }
    }

    /// Ends a call with a value or an error.
    pub fn complete<T: OutputValue, E: OutputError, H>(
        self,
        result: Result<T, E>,
        cx: &HubContext<H>,
        _: impl Fn((), Encoding) -> Completion,
    ) -> Ready<Ended<Self>> {
        ready(Ended::with(self.encode(result, cx.scope.encoding)))
    }
}

impl StreamOutput {
    /// Sends the items of a stream as they come, and ends the call when it ends.
    pub async fn complete<S: Stream, H>(
        self,
        stream: S,
        cx: &HubContext<H>,
        encode: impl Fn(S::Item, Encoding) -> Completion,
    ) -> Ended<Self> {
        Ended::with(pump(stream, cx, encode).await)
    }
}

impl StreamResultOutput {
    /// The same, unless there is an error in its place.
    pub fn complete<S: Stream, E: OutputError, H>(
        self,
        result: Result<S, E>,
        cx: &HubContext<H>,
        encode: impl Fn(S::Item, Encoding) -> Completion,
    ) -> impl Future<Output = Ended<Self>> {
        let result = result.map_err(OutputError::into_hub_error);
        async move {
            Ended::with(match result {
                Ok(stream) => pump(stream, cx, encode).await,
                Err(error) => Err(error),
            })
        }
    }
}

/// The stream is gone when this resolves, or is dropped: a completion that follows comes after whatever dropping it does.
async fn pump<S: Stream, H>(
    stream: S,
    cx: &HubContext<H>,
    encode: impl Fn(S::Item, Encoding) -> Completion,
) -> Completion {
    let mut stream = pin!(stream);
    cx.scope.begin_stream();
    while let Some(item) = stream.next().await {
        cx.scope.item(&encode(item, cx.scope.encoding)?).await;
    }
    Ok(Bytes::new())
}
