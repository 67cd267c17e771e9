//! Values to serde: arrays and maps are walked here, everything else is `rmp-serde`'s, and so is what a value means.
//!
//! `rmp-serde` walks them as well, but where nothing is optimised each level takes 2.5 KB of the stack: 62 levels, which a client may send, overflow
//! one of 256 KB.

use rmp::Marker;
use rmp_serde::{MSGPACK_EXT_STRUCT_NAME, decode::Error};
use serde::{
    Deserializer,
    de::{DeserializeSeed, EnumAccess, Error as _, MapAccess, SeqAccess, VariantAccess, Visitor},
};

use super::{
    super::MAX_DEPTH,
    cursor::{entries, split_first},
};

/// Values side by side, of which each is read once.
pub(in super::super) struct Values<'de> {
    rest: &'de [u8],
    /// How many levels may still be opened.
    levels: usize,
}

impl<'de> Values<'de> {
    pub(in super::super) fn new(bytes: &'de [u8]) -> Self {
        Self { rest: bytes, levels: MAX_DEPTH }
    }

    fn marker(&self) -> Option<Marker> {
        self.rest.first().copied().map(Marker::from_u8)
    }

    fn is_map(&self) -> bool {
        matches!(self.marker(), Some(Marker::FixMap(_) | Marker::Map16 | Marker::Map32))
    }

    fn is_array(&self) -> bool {
        matches!(self.marker(), Some(Marker::FixArray(_) | Marker::Array16 | Marker::Array32))
    }

    /// Passes the header of an array (`each` 1) or of a map (`each` 2). Gives how many entries follow.
    fn open(&mut self, each: usize) -> Result<usize, Error> {
        let (inside, count) = entries(self.rest, each).ok_or(Error::TypeMismatch(Marker::Reserved))?;
        self.levels = self.levels.checked_sub(1).ok_or(Error::DepthLimitExceeded)?;
        self.rest = inside;
        Ok(count)
    }

    /// All entries have been read.
    fn close(&mut self, left: usize) -> Result<(), Error> {
        self.levels = self.levels.saturating_add(1);
        if left == 0 { Ok(()) } else { Err(Error::custom("an array or a map is longer than what it is read as")) }
    }

    /// A value that holds no others, for `rmp-serde`.
    fn scalar(&mut self) -> rmp_serde::Deserializer<rmp_serde::decode::ReadRefReader<'de, [u8]>> {
        // What is cut short is for it to find out.
        let (value, rest) = split_first(self.rest).unwrap_or((self.rest, &[]));
        self.rest = rest;
        rmp_serde::Deserializer::from_read_ref(value)
    }

    fn array<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Error> {
        let left = self.open(1)?;
        let mut items = Entries { values: self, left };
        let value = visitor.visit_seq(&mut items)?;
        let left = items.left;
        self.close(left).map(|()| value)
    }

    fn map<V: Visitor<'de>>(&mut self, visitor: V) -> Result<V::Value, Error> {
        let left = self.open(2)?;
        let mut items = Entries { values: self, left };
        let value = visitor.visit_map(&mut items)?;
        let left = items.left;
        self.close(left).map(|()| value)
    }
}

macro_rules! walked {
    ($($method:ident($($name:ident: $type:ty),*);)*) => {$(
        fn $method<V: Visitor<'de>>(self, $($name: $type,)* visitor: V) -> Result<V::Value, Error> {
            if self.is_array() {
                self.array(visitor)
            } else if self.is_map() {
                self.map(visitor)
            } else {
                self.scalar().$method($($name,)* visitor)
            }
        }
    )*};
}

macro_rules! scalars {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.scalar().$method(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for &mut Values<'de> {
    type Error = Error;

    fn is_human_readable(&self) -> bool {
        false
    }

    walked! {
        deserialize_any();
        deserialize_bytes();
        deserialize_byte_buf();
        deserialize_str();
        deserialize_string();
        deserialize_char();
        deserialize_unit();
        deserialize_seq();
        deserialize_map();
        deserialize_identifier();
        deserialize_ignored_any();
        deserialize_tuple(length: usize);
        deserialize_tuple_struct(name: &'static str, length: usize);
        deserialize_struct(name: &'static str, fields: &'static [&'static str]);
    }

    scalars! {
        deserialize_bool
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.marker() == Some(Marker::Null) {
            self.scalar().deserialize_option(visitor)
        } else {
            visitor.visit_some(self)
        }
    }

    /// Written as an empty array.
    fn deserialize_unit_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Error> {
        match self.marker() {
            Some(Marker::FixArray(1..) | Marker::Array16 | Marker::Array32) => self.array(visitor),
            _ if self.is_map() => self.map(visitor),
            _ => self.scalar().deserialize_unit_struct(name, visitor),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, name: &'static str, visitor: V) -> Result<V::Value, Error> {
        if name == MSGPACK_EXT_STRUCT_NAME {
            return self.scalar().deserialize_newtype_struct(name, visitor);
        }
        visitor.visit_newtype_struct(self)
    }

    /// A variant's name, or a map with the one entry of its name and what it holds.
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        if !self.is_map() {
            return self.scalar().deserialize_enum(name, variants, visitor);
        }
        if self.open(2)? != 1 {
            return Err(Error::custom("a variant is a map of one entry"));
        }
        let value = visitor.visit_enum(&mut *self)?;
        self.close(0).map(|()| value)
    }
}

/// The entries of an array or of a map that are still to come.
struct Entries<'a, 'de> {
    values: &'a mut Values<'de>,
    left: usize,
}

impl<'de> SeqAccess<'de> for Entries<'_, 'de> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        seed.deserialize(&mut *self.values).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

impl<'de> MapAccess<'de> for Entries<'_, 'de> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        self.next_element_seed(seed)
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(&mut *self.values)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

impl<'de> EnumAccess<'de> for &mut Values<'de> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self), Error> {
        Ok((seed.deserialize(&mut *self)?, self))
    }
}

impl<'de> VariantAccess<'de> for &mut Values<'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        serde::Deserialize::deserialize(self)
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_tuple(length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: &'static [&'static str], visitor: V) -> Result<V::Value, Error> {
        self.deserialize_tuple(fields.len(), visitor)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Serialize, de::DeserializeOwned};

    use super::*;
    use crate::value::{self, Value};

    fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
        T::deserialize(&mut Values::new(bytes))
    }

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Unit;

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Pair(i8, String);

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct New(Vec<u8>);

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    enum Shape {
        Point,
        Circle(f32),
        Line(i8, i8),
        Square { side: Option<u32> },
    }

    #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
    struct Everything {
        unit: Unit,
        pair: Pair,
        new: New,
        shapes: Vec<Shape>,
        bytes: value::Bytes,
        when: value::DateTime,
        nothing: (),
        maybe: Option<Option<bool>>,
        map: BTreeMap<i32, (char, u128)>,
        any: Value,
    }

    /// What both make of the same bytes, for types of every kind.
    fn assert_read_alike(bytes: &[u8]) {
        fn one<T: DeserializeOwned + PartialEq + std::fmt::Debug>(bytes: &[u8]) {
            let theirs = rmp_serde::from_slice::<T>(bytes).ok();
            assert_eq!(read::<T>(bytes).ok(), theirs, "{bytes:02x?} as {}", std::any::type_name::<T>());
        }
        one::<Value>(bytes);
        one::<Everything>(bytes);
        one::<Unit>(bytes);
        one::<Pair>(bytes);
        one::<New>(bytes);
        one::<Shape>(bytes);
        one::<Vec<Shape>>(bytes);
        one::<()>(bytes);
        one::<bool>(bytes);
        one::<Option<i16>>(bytes);
        one::<String>(bytes);
        one::<char>(bytes);
        one::<u128>(bytes);
        one::<(u8, u8)>(bytes);
        one::<BTreeMap<String, Value>>(bytes);
        one::<value::Bytes>(bytes);
        one::<value::DateTime>(bytes);
    }

    fn everything() -> Vec<u8> {
        let everything = Everything {
            unit: Unit,
            pair: Pair(-3, "two".to_owned()),
            new: New(vec![1, 2, 200]),
            shapes: vec![Shape::Point, Shape::Circle(1.5), Shape::Line(1, -1), Shape::Square { side: Some(9) }],
            bytes: vec![0, 255].into(),
            when: "2026-01-02T03:04:05.678Z".parse().unwrap(),
            nothing: (),
            maybe: Some(Some(true)),
            map: BTreeMap::from([(-5, ('é', u128::MAX))]),
            any: Value::Array(vec![Value::Null, Value::Map(vec![(Value::Int(1), Value::Array(Vec::new()))])]),
        };
        let mut bytes = Vec::new();
        everything.serialize(&mut rmp_serde::Serializer::new(&mut bytes).with_struct_map()).unwrap();
        assert_eq!(read::<Everything>(&bytes).unwrap(), everything);
        bytes
    }

    #[test]
    fn values_mean_what_they_mean_to_rmp_serde() {
        let everything = everything();
        assert_read_alike(&everything);
        for bytes in [
            &b"\x90"[..],
            b"\x80",
            b"\xc0",
            b"\x91\x01",
            b"\x92\x01\x02",
            b"\x93\x01\x02\x03",
            b"\x92\x01\xa1x",
            b"\x81\xa1a\x01",
            b"\x81\xa5Point\xc0",
            b"\x81\xa5Point\x01",
            b"\x81\xa6Circle\xca\x3f\xc0\0\0",
            b"\x81\xa4Line\x92\x01\x02",
            b"\x81\xa4Line\x93\x01\x02\x03",
            b"\x81\xa6Square\x81\xa4side\xc0",
            b"\x81\xa6Square\x91\x05",
            b"\x82\xa5Point\xc0\xa5Point\xc0",
            b"\xa5Point",
            b"\xa6Circle",
            b"\xdc\0\x01\xc3",
            b"\xde\0\x01\xa1a\x90",
            b"\xd6\xff\0\0\0\x01",
            b"\xd4\x05\x2a",
            b"\xc4\x02\x01\x02",
            b"\xdd\xff\xff\xff\xff",
            b"\x92\x01",
            b"\xc1",
            b"",
        ] {
            assert_read_alike(bytes);
        }
        // Bytes changed one at a time, from a text of every kind of value to something near it.
        for at in 0..everything.len() {
            for change in [0x01, 0x10, 0x80, 0xFF] {
                let mut bytes = everything.clone();
                bytes[at] ^= change;
                assert_read_alike(&bytes);
            }
        }
    }

    #[test]
    fn a_level_more_than_may_be_is_an_error() {
        let nested = |levels: usize| [vec![0x91; levels - 1], vec![0x90]].concat();
        assert!(read::<Value>(&nested(MAX_DEPTH)).is_ok());
        assert!(read::<Value>(&nested(MAX_DEPTH + 1)).is_err());
        // Side by side they may be as many as they like.
        let many = [&b"\xdc\x01\0"[..], &[0x91, 0x90].repeat(256)].concat();
        assert!(read::<Value>(&many).is_ok());
    }
}
