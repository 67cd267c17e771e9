//! A value of any type.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::Error as _, ser::SerializeMap as _};

use super::{
    Bytes, DateTime,
    extension::{Extension, TIMESTAMP},
};

/// A value whose type only the client knows: it holds what came, in either encoding, and gives it back. Maps keep their order, whole
/// numbers all 64 bits.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number below 2⁶³.
    Int(i64),
    /// A whole number from 2⁶³ on.
    UInt(u64),
    /// A number of 32 bits with a fraction: MessagePack only.
    Float32(f32),
    /// Any other number.
    Float(f64),
    /// A text.
    Text(String),
    /// Bytes: MessagePack only. In JSON they are written as base64 text.
    Bytes(Bytes),
    /// A date-time: MessagePack only. In JSON it is written as ISO 8601 text.
    Timestamp(DateTime),
    /// An extension type: MessagePack only. JSON has no words for it; writing it there is an error.
    Extension {
        /// Its number; a timestamp that is no [`DateTime`] has −1.
        tag: i8,
        /// What it says.
        data: Bytes,
    },
    /// An array.
    Array(Vec<Value>),
    /// An object. Of a key that comes twice both are kept. In JSON keys are texts; of other keys numbers and booleans can be written there.
    Map(Vec<(Value, Value)>),
}

impl Value {
    /// The value of a map's first entry of this name.
    pub fn get(&self, name: &str) -> Option<&Self> {
        let Self::Map(entries) = self else { return None };
        entries.iter().find_map(|(key, value)| matches!(key, Self::Text(text) if text == name).then_some(value))
    }

    /// The text, if it is one.
    pub fn as_str(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(value) => serializer.serialize_i64(*value),
            Self::UInt(value) => serializer.serialize_u64(*value),
            Self::Float32(value) => serializer.serialize_f32(*value),
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::Text(value) => serializer.serialize_str(value),
            Self::Bytes(value) => value.serialize(serializer),
            Self::Timestamp(value) => value.serialize(serializer),
            Self::Extension { .. } if serializer.is_human_readable() => {
                Err(S::Error::custom("an extension type of MessagePack cannot be written as JSON"))
            }
            Self::Extension { tag, data } => Extension { tag: *tag, data }.serialize(serializer),
            Self::Array(values) => values.serialize(serializer),
            Self::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, value) in entries {
                    map.serialize_entry(key, value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyValue)
    }
}

struct AnyValue;

impl<'de> de::Visitor<'de> for AnyValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(i64::try_from(value).map_or(Value::UInt(value), Value::Int))
    }

    fn visit_f32<E>(self, value: f32) -> Result<Value, E> {
        Ok(Value::Float32(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Value::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::Text(value))
    }

    fn visit_bytes<E>(self, value: &[u8]) -> Result<Value, E> {
        Ok(Value::Bytes(value.to_vec().into()))
    }

    fn visit_byte_buf<E>(self, value: Vec<u8>) -> Result<Value, E> {
        Ok(Value::Bytes(value.into()))
    }

    /// An extension comes as a newtype around its tag and its bytes.
    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        let inner = deserializer.deserialize_any(self)?;
        let Value::Array(parts) = &inner else { return Ok(inner) };
        let [Value::Int(tag), Value::Bytes(data)] = &parts[..] else { return Ok(inner) };
        let Ok(tag) = i8::try_from(*tag) else { return Ok(inner) };
        Ok(match DateTime::from_timestamp(data) {
            Ok(time) if tag == TIMESTAMP => Value::Timestamp(time),
            _ => Value::Extension { tag, data: data.clone() },
        })
    }

    fn visit_seq<A: de::SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = seq.next_element()? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Value::Map(entries))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_came_in_json_is_given_back() {
        for json in [
            r#"{"b":1,"a":{"C":null},"a":2}"#,
            "9007199254740993",
            "18446744073709551615",
            "-9223372036854775808",
            "-7",
            "1.5",
            r#"["é",true,[]]"#,
            "null",
        ] {
            let value: Value = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::to_string(&value).unwrap(), json);
        }
    }

    #[test]
    fn what_came_in_messagepack_is_given_back() {
        for bytes in [
            &[0xC0][..],
            &[0xC3],
            &[0x7F],
            &[0xFF],
            &[0xCC, 0x80],
            &[0xCF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF],
            &[0xD3, 0x80, 0, 0, 0, 0, 0, 0, 0],
            &[0xCA, 0x3F, 0xC0, 0, 0],
            &[0xCB, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0],
            &[0xA2, 0xC3, 0xA9],
            &[0xC4, 2, 0, 0xFF],
            &[0xC4, 0],
            &[0x93, 0x01, 0xA1, b'x', 0xC0],
            // Keys of every kind, one twice.
            &[0x84, 0xA1, b'b', 0x01, 0x05, 0x90, 0x05, 0x91, 0xC2, 0xC4, 1, 7, 0xC0],
            &[0xD6, 0xFF, 0, 0, 0, 1],
            &[0xD7, 0xFF, 0xA1, 0xA5, 0xD6, 0x00, 0x69, 0x57, 0x2E, 0x25],
            // Extensions that are no timestamps, whatever they say they are.
            &[0xD4, 0x05, 0x2A],
            &[0xD8, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
            &[0xC7, 3, 0xFF, 1, 2, 3],
            &[0xD7, 0xFF, 0xFF, 0xFF, 0xFF, 0xFC, 0, 0, 0, 0],
            &[0xC7, 0, 0x01],
        ] {
            let value: Value = rmp_serde::from_slice(bytes).unwrap();
            assert_eq!(rmp_serde::to_vec_named(&value).unwrap(), bytes, "{value:?}");
        }
    }

    #[test]
    fn what_json_cannot_say_is_written_as_text_or_refused() {
        let json = |bytes: &[u8]| serde_json::to_string(&rmp_serde::from_slice::<Value>(bytes).unwrap());
        assert_eq!(json(&[0xC4, 2, 0, 0xFF]).unwrap(), "\"AP8=\"");
        assert_eq!(json(&[0xD6, 0xFF, 0, 0, 0, 1]).unwrap(), "\"1970-01-01T00:00:01Z\"");
        assert_eq!(json(&[0x82, 0x05, 0x90, 0xC3, 0xC0]).unwrap(), r#"{"5":[],"true":null}"#);
        assert!(json(&[0xD4, 0x05, 0x2A]).is_err());
        assert!(json(&[0x81, 0x90, 0x01]).is_err());
    }
}
