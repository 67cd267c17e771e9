//! The two encodings, and values in them.

use std::{error::Error, fmt};

use bytes::Bytes;
use serde::{Serialize, de::DeserializeOwned};

use super::{Incoming, ProtocolError, json, messagepack};
use crate::protocol::finite::Finite;

/// How messages and their values are written: chosen by the handshake, once for a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// JSON text, each message with the record separator 0x1E behind it.
    Json,
    /// MessagePack, each message with its length in front of it.
    MessagePack,
}

impl Encoding {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Json, Self::MessagePack];

    /// The one that a handshake calls so; letter case does not matter.
    pub fn of_protocol(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|encoding| encoding.protocol().eq_ignore_ascii_case(name))
    }

    /// What a handshake calls it.
    pub fn protocol(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::MessagePack => "messagepack",
        }
    }

    /// Whether its messages are not text: they cannot travel over server-sent events, and are binary WebSocket messages.
    pub fn is_binary(self) -> bool {
        self == Self::MessagePack
    }

    /// Reads a frame, without its separator or length prefix. `None` is a message of a type that this version does not know: it is skipped.
    ///
    /// # Errors
    ///
    /// [`ProtocolError`], which ends the connection.
    pub fn read(self, frame: &[u8]) -> Result<Option<Incoming<'_>>, ProtocolError> {
        match self {
            Self::Json => json::read(frame),
            Self::MessagePack => messagepack::read(frame),
        }
    }

    /// Encodes one value. Names are serde's; in MessagePack structs are maps, and unit variants texts (section 10.2).
    ///
    /// # Errors
    ///
    /// [`EncodeError`] if the value cannot be written so: an infinity or NaN in JSON, a map with keys that are no names.
    pub fn encode<T: Serialize + ?Sized>(self, value: &T) -> Result<Bytes, EncodeError> {
        let mut out = Vec::new();
        self.encode_into(value, &mut out)?;
        Ok(out.into())
    }

    pub(super) fn encode_into<T: Serialize + ?Sized>(self, value: &T, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match self {
            Self::Json => value.serialize(Finite(&mut serde_json::Serializer::new(out))).map_err(EncodeError::new),
            Self::MessagePack => {
                value.serialize(&mut rmp_serde::Serializer::new(out).with_struct_map()).map_err(EncodeError::new)
            }
        }
    }

    /// Reads one value.
    pub(crate) fn decode<T: DeserializeOwned>(self, bytes: &[u8]) -> Result<T, DecodeError> {
        match self {
            // From a text everywhere: reading from bytes would be all of serde_json's reader once more.
            Self::Json => {
                let text = std::str::from_utf8(bytes).map_err(DecodeError::new)?;
                serde_json::from_str(text).map_err(DecodeError::new)
            }
            Self::MessagePack => T::deserialize(&mut messagepack::Values::new(bytes)).map_err(DecodeError::new),
        }
    }
}

/// Why a value cannot be written.
pub struct EncodeError(Box<dyn Error + Send + Sync>);

impl EncodeError {
    pub(crate) fn new(error: impl Error + Send + Sync + 'static) -> Self {
        Self(Box::new(error))
    }
}

/// Why bytes are no value of the type.
pub struct DecodeError(Box<dyn Error + Send + Sync>);

impl DecodeError {
    fn new(error: impl Error + Send + Sync + 'static) -> Self {
        Self(Box::new(error))
    }
}

macro_rules! opaque {
    ($($name:ident)*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl Error for $name {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                self.0.source()
            }
        }
    )*};
}
opaque!(EncodeError DecodeError);

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;
    use crate::{protocol::core::RawValue, value};

    #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Everything {
        small_text: String,
        signed: i64,
        unsigned: u64,
        real: f64,
        single: f32,
        flag: bool,
        none: Option<u8>,
        some: Option<u8>,
        colour: Colour,
        shape: Shape,
        bytes: value::Bytes,
        when: Option<value::DateTime>,
        list: Vec<(i8, char)>,
        map: BTreeMap<String, ()>,
        #[serde(flatten)]
        rest: BTreeMap<String, value::Value>,
    }

    #[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
    enum Colour {
        #[default]
        Red,
        #[serde(rename = "light blue")]
        Blue,
    }

    #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
    enum Shape {
        #[default]
        Point,
        Circle(u32),
        Square {
            side: u32,
        },
    }

    fn everything() -> Everything {
        Everything {
            small_text: "Grüße 🎉 \u{1e}".to_owned(),
            signed: i64::MIN,
            unsigned: u64::MAX,
            real: 0.1,
            single: 1.5,
            flag: true,
            none: None,
            some: Some(0),
            colour: Colour::Blue,
            shape: Shape::Circle(7),
            bytes: vec![0, 255].into(),
            when: Some("2026-01-02T03:04:05.678Z".parse().unwrap()),
            list: vec![(-1, 'é')],
            map: BTreeMap::from([("__proto__".to_owned(), ())]),
            rest: BTreeMap::new(),
        }
    }

    #[test]
    fn values_come_back_in_both_encodings() {
        let squared = Everything { shape: Shape::Square { side: 2 }, ..everything() };
        let with_more = Everything {
            rest: BTreeMap::from([("more".to_owned(), value::Value::Array(vec![value::Value::Int(1)]))]),
            ..Everything::default()
        };
        for value in [everything(), squared, with_more, Everything::default()] {
            for encoding in Encoding::ALL {
                let bytes = encoding.encode(&value).unwrap();
                assert_eq!(RawValue::new(encoding, &bytes).read::<Everything>().unwrap(), value, "{encoding:?}");
            }
        }
    }

    #[test]
    fn names_are_those_of_the_type() {
        let json = Encoding::Json.encode(&everything()).unwrap();
        let json: value::Value = Encoding::Json.decode(&json).unwrap();
        let messagepack = Encoding::MessagePack.encode(&everything()).unwrap();
        let messagepack: value::Value = Encoding::MessagePack.decode(&messagepack).unwrap();
        for value in [&json, &messagepack] {
            assert_eq!(value.get("smallText").and_then(value::Value::as_str), Some("Grüße 🎉 \u{1e}"));
            assert_eq!(value.get("colour").and_then(value::Value::as_str), Some("light blue"));
            assert_eq!(value.get("none"), Some(&value::Value::Null));
            assert_eq!(value.get("unsigned"), Some(&value::Value::UInt(u64::MAX)));
            assert_eq!(value.get("shape").and_then(|shape| shape.get("Circle")), Some(&value::Value::Int(7)));
        }
        assert_eq!(json.get("bytes").and_then(value::Value::as_str), Some("AP8="));
        assert_eq!(messagepack.get("bytes"), Some(&value::Value::Bytes(vec![0, 255].into())));
        assert_eq!(json.get("when").and_then(value::Value::as_str), Some("2026-01-02T03:04:05.678Z"));
        assert!(matches!(messagepack.get("when"), Some(value::Value::Timestamp(_))));
        assert_eq!(messagepack.get("single"), Some(&value::Value::Float32(1.5)));
    }

    #[test]
    fn what_is_absent_is_the_types_own_business() {
        #[derive(Debug, PartialEq, Deserialize)]
        struct Visit {
            place: String,
            #[serde(default)]
            colour: Colour,
            note: Option<String>,
        }
        let come = |place: &str| Visit { place: place.to_owned(), colour: Colour::Red, note: None };
        assert_eq!(Encoding::Json.decode::<Visit>(br#"{"place":"here"}"#).unwrap(), come("here"));
        assert_eq!(Encoding::MessagePack.decode::<Visit>(b"\x81\xa5place\xa4here").unwrap(), come("here"));
        Encoding::Json.decode::<Visit>(b"{}").unwrap_err();
        Encoding::MessagePack.decode::<Visit>(b"\x80").unwrap_err();
    }

    #[test]
    fn what_does_not_fit_the_type_is_refused() {
        // Enums are closed, and their names are as they are declared.
        for (json, messagepack) in [("9", &b"\x09"[..]), (r#""Mauve""#, b"\xa5Mauve"), (r#""red""#, b"\xa3red")] {
            Encoding::Json.decode::<Colour>(json.as_bytes()).unwrap_err();
            Encoding::MessagePack.decode::<Colour>(messagepack).unwrap_err();
        }
        // Null is nothing but an `Option` or what says so.
        Encoding::Json.decode::<Everything>(b"null").unwrap_err();
        Encoding::MessagePack.decode::<Everything>(b"\xc0").unwrap_err();
        Encoding::Json.decode::<String>(b"null").unwrap_err();
        Encoding::MessagePack.decode::<String>(b"\xc0").unwrap_err();
        // Members in another letter case are others.
        Encoding::Json.decode::<Everything>(br#"{"SMALLTEXT":""}"#).unwrap_err();
    }

    #[test]
    fn numbers_bind_by_value_and_not_across_kinds() {
        let of = |bytes: &[u8]| Encoding::MessagePack.decode::<i32>(bytes).ok();
        assert_eq!(of(&[0xD3, 0, 0, 0, 0, 0, 0, 0, 5]), Some(5));
        assert_eq!(of(&[0xCF, 0, 0, 0, 0, 0, 0, 0, 6]), Some(6));
        assert_eq!(of(&[0xD3, 0, 0, 0, 1, 0, 0, 0, 0]), None);
        assert_eq!(of(&[0xCB, 0x3F, 0xF0, 0, 0, 0, 0, 0, 0]), None);
        assert_eq!(of(&[0xC0]), None);
        assert_eq!(Encoding::Json.decode::<i32>(b"1.0").ok(), None);
        assert_eq!(Encoding::Json.decode::<i32>(b"1e0").ok(), None);
        assert_eq!(Encoding::Json.decode::<i32>(b"\"1\"").ok(), None);
        assert_eq!(Encoding::Json.decode::<String>(b"1").ok(), None);
        assert_eq!(Encoding::Json.decode::<f64>(b"1").ok(), Some(1.0));
    }

    #[test]
    fn numbers_with_a_fraction_come_back_to_the_last_digit() {
        for number in [184_467_441.737_092_14, 4.489_004_075_348_372e-246, 0.1, f64::MAX, f64::MIN_POSITIVE, 5e-324] {
            for encoding in Encoding::ALL {
                let bytes = encoding.encode(&number).unwrap();
                assert_eq!(encoding.decode::<f64>(&bytes).unwrap().to_bits(), f64::to_bits(number), "{number:e}");
                let value = encoding.decode::<value::Value>(&bytes).unwrap();
                assert_eq!(encoding.encode(&value).unwrap(), bytes, "{number:e}");
            }
        }
    }

    #[test]
    fn what_json_cannot_say_is_refused_wherever_it_stands() {
        for real in [f64::NAN, f64::INFINITY] {
            for value in [
                Encoding::Json.encode(&real),
                Encoding::Json.encode(&[Some(real)]),
                Encoding::Json.encode(&Everything { real, ..everything() }),
                Encoding::Json.encode(&BTreeMap::from([(1, (0, real))])),
                Encoding::Json.encode(&f32::NEG_INFINITY),
                Encoding::Json.encode(&value::Value::Array(vec![value::Value::Float(real)])),
            ] {
                assert_eq!(value.unwrap_err().to_string(), "JSON has neither infinities nor NaN");
            }
            assert!(Encoding::MessagePack.encode(&real).is_ok());
        }
        let raw = serde_json::value::RawValue::from_string("[1.50, 2]".to_owned()).unwrap();
        assert_eq!(Encoding::Json.encode(&raw).unwrap(), "[1.50, 2]");
    }
}
