//! Values as .NET has them: an object with every kind of member, and texts that may be null.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use hub_core::Value;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// What is declared without "may be null" takes null in .NET all the same; but a missing argument is an error, which it is not for an `Option`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Nullable<T>(pub(crate) Option<T>);

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ComplexObject {
    text: Option<String>,
    number: i64,
    real: f64,
    flag: bool,
    when: String,
    bytes: Base64,
    colour: Colour,
    items: Vec<i32>,
    map: Value,
    nothing: Option<String>,
}

/// Bytes, as base64 text.
#[derive(Debug)]
struct Base64(Vec<u8>);

impl Serialize for Base64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Base64 {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        STANDARD.decode(String::deserialize(deserializer)?).map(Self).map_err(D::Error::custom)
    }
}

/// An enumeration, as its number.
#[derive(Debug, Clone, Copy)]
enum Colour {
    Red,
    Green,
    Blue,
}

impl Serialize for Colour {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u8(*self as u8)
    }
}

impl<'de> Deserialize<'de> for Colour {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match u8::deserialize(deserializer)? {
            0 => Ok(Self::Red),
            1 => Ok(Self::Green),
            2 => Ok(Self::Blue),
            other => Err(D::Error::custom(format!("{other} is no colour"))),
        }
    }
}
