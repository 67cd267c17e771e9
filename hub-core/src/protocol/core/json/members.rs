//! The members of an envelope, each as it came.

use std::fmt;

use serde::{Deserialize, Deserializer, de};
use serde_json::value::RawValue;

use super::super::ProtocolError;

/// The members of an object by name: of one that came twice the last, unknown ones not at all.
pub(in super::super) struct Members<'a, const N: usize> {
    names: [&'static str; N],
    values: [Option<&'a RawValue>; N],
}

impl<'a, const N: usize> Members<'a, N> {
    /// The member as JSON.
    pub(in super::super) fn get(&self, name: &'static str) -> Option<&'a str> {
        let at = self.names.iter().position(|known| *known == name)?;
        self.values.get(at).copied().flatten().map(RawValue::get)
    }
}

/// Reads the members of the object that `text` begins with. Names are case-sensitive. With `alone`, nothing may stand behind the object.
pub(in super::super) fn object_members<'a, const N: usize>(
    text: &'a str,
    names: [&'static str; N],
    alone: bool,
) -> Result<Members<'a, N>, ProtocolError> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    if !text.trim_ascii_start().starts_with('{') {
        let other = <&RawValue>::deserialize(&mut deserializer).map_err(|_| ProtocolError::Json)?;
        return Err(ProtocolError::NotAnObject(kind(other.get())));
    }
    let members = Members { names, values: [None; N] };
    let members = de::DeserializeSeed::deserialize(members, &mut deserializer).map_err(|_| ProtocolError::Json)?;
    if alone {
        deserializer.end().map_err(|_| ProtocolError::Json)?;
    }
    Ok(members)
}

impl<'de, const N: usize> de::DeserializeSeed<'de> for Members<'de, N> {
    type Value = Self;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, const N: usize> de::Visitor<'de> for Members<'de, N> {
    type Value = Self;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: de::MapAccess<'de>>(mut self, mut map: A) -> Result<Self, A::Error> {
        while let Some(place) = map.next_key_seed(Name(&self.names))? {
            match place.and_then(|at| self.values.get_mut(at)) {
                Some(value) => *value = Some(map.next_value()?),
                None => drop(map.next_value::<de::IgnoredAny>()?),
            }
        }
        Ok(self)
    }
}

/// Finds a name's place, without a copy of the name.
struct Name<'n>(&'n [&'static str]);

impl<'de> de::DeserializeSeed<'de> for Name<'_> {
    type Value = Option<usize>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Option<usize>, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl de::Visitor<'_> for Name<'_> {
    type Value = Option<usize>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a name")
    }

    fn visit_str<E>(self, name: &str) -> Result<Option<usize>, E> {
        Ok(self.0.iter().position(|known| *known == name))
    }
}

/// What kind of value valid JSON is, in the original's words.
pub(in super::super) fn kind(json: &str) -> &'static str {
    match json.trim_ascii_start().as_bytes().first() {
        Some(b'{') => "Object",
        Some(b'[') => "Array",
        Some(b'"') => "String",
        Some(b't') => "True",
        Some(b'f') => "False",
        Some(b'n') => "Null",
        _ => "Number",
    }
}
