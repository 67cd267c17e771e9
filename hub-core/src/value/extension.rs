//! MessagePack's extension types, in the words of `rmp-serde`: a newtype of a known name around a tag and bytes.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Bytes, bytes::Binary};

/// The tag of a timestamp.
pub(super) const TIMESTAMP: i8 = -1;

/// An extension to be written.
pub(super) struct Extension<'a> {
    pub(super) tag: i8,
    pub(super) data: &'a [u8],
}

impl Serialize for Extension<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(rmp_serde::MSGPACK_EXT_STRUCT_NAME, &(self.tag, Data(self.data)))
    }
}

struct Data<'a>(&'a [u8]);

impl Serialize for Data<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

/// The bytes of an extension that is read. The deserialiser inside one does not know that it is not for people.
pub(super) struct OwnedData(pub(super) Bytes);

impl<'de> Deserialize<'de> for OwnedData {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_byte_buf(Binary).map(Self)
    }
}
