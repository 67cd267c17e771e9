//! What the type of a parameter says of it, found out by method resolution: no look at names, and no bound that would complain a second time.

use std::marker::PhantomData;

use super::StreamReceiver;
use crate::hub::CancellationToken;

/// What a parameter is read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterKind {
    /// A value of the message.
    Value,
    /// A value that may be missing at the end: an `Option`.
    Optional,
    /// An upload stream.
    Upload,
    /// The call's cancellation: not on the wire.
    Cancellation,
}

/// A type to be asked about.
#[derive(Debug)]
pub struct Probe<T: ?Sized>(pub PhantomData<T>);

/// For types that mean something.
pub trait KnownParameter {
    /// What it is read from.
    fn parameter(&self) -> ParameterKind;
}

impl<T> KnownParameter for Probe<Option<T>> {
    fn parameter(&self) -> ParameterKind {
        ParameterKind::Optional
    }
}

impl<T> KnownParameter for Probe<StreamReceiver<T>> {
    fn parameter(&self) -> ParameterKind {
        ParameterKind::Upload
    }
}

impl KnownParameter for Probe<CancellationToken> {
    fn parameter(&self) -> ParameterKind {
        ParameterKind::Cancellation
    }
}

/// For all others: one reference further away, so that it is found second.
pub trait OtherParameter {
    /// A value of the message.
    fn parameter(&self) -> ParameterKind {
        ParameterKind::Value
    }
}

impl<T: ?Sized> OtherParameter for &Probe<T> {}
