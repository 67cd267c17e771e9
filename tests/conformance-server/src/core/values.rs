//! An object with every kind of member, spelled otherwise in each encoding, as .NET does.

use std::{collections::BTreeMap, fmt, marker::PhantomData};

use hub_core::value::{Bytes, DateTime};
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error as _, MapAccess, Visitor, value::MapAccessDeserializer},
};

/// Every kind of member.
#[derive(Debug, Clone)]
pub(crate) struct ComplexObject(Members<Colour>);

/// An enumeration: its number in JSON, its name in MessagePack.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
enum Colour {
    #[default]
    Red,
    Green,
    Blue,
}

#[derive(Debug, Clone)]
struct Members<C> {
    text: String,
    number: i64,
    real: f64,
    flag: bool,
    when: DateTime,
    bytes: Bytes,
    colour: C,
    items: Vec<i32>,
    map: BTreeMap<String, i32>,
    nothing: Option<String>,
}

macro_rules! spelled {
    ($name:ident, $rule:literal, $colour:ty) => {
        #[derive(Serialize, Deserialize)]
        #[serde(rename_all = $rule)]
        struct $name {
            #[serde(default)]
            text: String,
            #[serde(default)]
            number: i64,
            #[serde(default)]
            real: f64,
            #[serde(default)]
            flag: bool,
            #[serde(default = "epoch")]
            when: DateTime,
            #[serde(default)]
            bytes: Bytes,
            #[serde(default)]
            colour: $colour,
            #[serde(default)]
            items: Vec<i32>,
            #[serde(default)]
            map: BTreeMap<String, i32>,
            #[serde(default)]
            nothing: Option<String>,
        }

        impl $name {
            fn from_members(members: Members<$colour>) -> Self {
                let Members { text, number, real, flag, when, bytes, colour, items, map, nothing } = members;
                Self { text, number, real, flag, when, bytes, colour, items, map, nothing }
            }

            fn into_members(self) -> Members<$colour> {
                let Self { text, number, real, flag, when, bytes, colour, items, map, nothing } = self;
                Members { text, number, real, flag, when, bytes, colour, items, map, nothing }
            }
        }
    };
}

spelled!(InJson, "camelCase", u8);
spelled!(InMessagePack, "PascalCase", Colour);

fn epoch() -> DateTime {
    DateTime::from_unix(0, 0).unwrap_or_else(|_| unreachable!("the epoch is a time"))
}

impl<C> Members<C> {
    fn with_colour<D>(self, colour: D) -> Members<D> {
        let Self { text, number, real, flag, when, bytes, items, map, nothing, .. } = self;
        Members { text, number, real, flag, when, bytes, colour, items, map, nothing }
    }
}

impl Serialize for ComplexObject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let members = self.0.clone();
        if serializer.is_human_readable() {
            let number = members.colour as u8;
            InJson::from_members(members.with_colour(number)).serialize(serializer)
        } else {
            InMessagePack::from_members(members).serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for ComplexObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return Ok(Self(deserializer.deserialize_map(Object::<InMessagePack>(PhantomData))?.into_members()));
        }
        let members = deserializer.deserialize_map(Object::<InJson>(PhantomData))?.into_members();
        let colour = match members.colour {
            0 => Colour::Red,
            1 => Colour::Green,
            2 => Colour::Blue,
            other => return Err(D::Error::custom(format!("{other} is no colour"))),
        };
        Ok(Self(members.with_colour(colour)))
    }
}

/// An object, and no array of its members.
struct Object<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Object<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map))
    }
}
