//! The application's values as they came, to be read straight into the method's types.

use std::borrow::Cow;

use serde::de::DeserializeOwned;

use super::{DecodeError, Encoding, json, messagepack};

/// One value in the connection's encoding. That it is well-formed and not too deep has been checked.
#[derive(Debug, Clone, Copy)]
pub struct RawValue<'a> {
    encoding: Encoding,
    bytes: &'a [u8],
}

impl<'a> RawValue<'a> {
    /// A single value that is known to be well-formed.
    pub(crate) fn new(encoding: Encoding, bytes: &'a [u8]) -> Self {
        Self { encoding, bytes }
    }

    /// Its encoding.
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Its bytes.
    pub fn as_bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Reads it as a `T`.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] if it is no `T`.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        self.encoding.decode(self.bytes)
    }

    /// The text, if it is one.
    fn text(&self) -> Option<Cow<'a, str>> {
        match self.encoding {
            Encoding::Json => json::text(std::str::from_utf8(self.bytes).ok()?),
            Encoding::MessagePack => messagepack::text(self.bytes).map(Cow::Borrowed),
        }
    }
}

/// Values side by side: the arguments of a call. They are found one by one as they are asked for, so that a long list costs no memory.
#[derive(Debug, Clone, Copy)]
pub struct RawList<'a> {
    encoding: Encoding,
    /// JSON: what stands between the brackets. MessagePack: what stands behind the array's header.
    bytes: &'a [u8],
    count: usize,
}

impl<'a> RawList<'a> {
    /// No values.
    pub const fn empty(encoding: Encoding) -> Self {
        Self { encoding, bytes: &[], count: 0 }
    }

    pub(super) fn new(encoding: Encoding, bytes: &'a [u8], count: usize) -> Self {
        Self { encoding, bytes, count }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The values in order.
    pub fn iter(&self) -> RawValues<'a> {
        RawValues { rest: *self }
    }
}

impl<'a> IntoIterator for RawList<'a> {
    type Item = RawValue<'a>;
    type IntoIter = RawValues<'a>;
    fn into_iter(self) -> RawValues<'a> {
        self.iter()
    }
}

/// The values of a [`RawList`] that are still to come.
#[derive(Debug, Clone)]
pub struct RawValues<'a> {
    rest: RawList<'a>,
}

impl<'a> Iterator for RawValues<'a> {
    type Item = RawValue<'a>;

    fn next(&mut self) -> Option<RawValue<'a>> {
        self.rest.count = self.rest.count.checked_sub(1)?;
        let (value, rest) = match self.rest.encoding {
            Encoding::Json => json::split_first(self.rest.bytes),
            Encoding::MessagePack => messagepack::split_first(self.rest.bytes)?,
        };
        self.rest.bytes = rest;
        Some(RawValue::new(self.rest.encoding, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.rest.count, Some(self.rest.count))
    }
}

impl ExactSizeIterator for RawValues<'_> {}

/// The ids of a call's upload streams. That each is a text has been checked.
#[derive(Debug, Clone, Copy)]
pub struct StreamIds<'a>(RawList<'a>);

impl<'a> StreamIds<'a> {
    /// None.
    pub const fn none(encoding: Encoding) -> Self {
        Self(RawList::empty(encoding))
    }

    /// `None` if an element is no text, with its place.
    pub(super) fn new(list: RawList<'a>) -> Result<Self, RawValue<'a>> {
        match list.iter().find(|value| value.text().is_none()) {
            None => Ok(Self(list)),
            Some(stranger) => Err(stranger),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The ids in order.
    pub fn iter(&self) -> impl Iterator<Item = Cow<'a, str>> + use<'a> {
        self.0.iter().filter_map(|value| value.text())
    }
}
