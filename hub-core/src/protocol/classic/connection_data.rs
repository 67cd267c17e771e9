//! `connectionData`: the hubs whose client calls a connection wants (section 3.1).

use std::fmt;

use serde::{Deserialize, Deserializer, de};

/// Why a `connectionData` was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConnectionDataError {
    /// Not an array of objects that each have a name.
    #[error("connectionData is not a list of hubs")]
    Malformed,
    /// The same hub twice, ignoring case.
    #[error("Duplicate Hub names found.")]
    Duplicate,
    /// More hubs than the limit.
    #[error("connectionData lists more than {limit} hubs")]
    TooMany {
        /// The limit.
        limit: usize,
    },
}

/// The names as the client spelled them, in its order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HubNames(pub Vec<String>);

impl HubNames {
    /// Reads the text; a missing, empty, `null` or `[]` one lists no hub.
    ///
    /// # Errors
    ///
    /// [`ConnectionDataError`]; nothing of the input is repeated in it.
    pub fn parse(text: Option<&str>, limit: usize) -> Result<Self, ConnectionDataError> {
        let text = text.unwrap_or_default();
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        let listed: Option<Vec<Listed>> = serde_json::from_str(text).map_err(|_| ConnectionDataError::Malformed)?;
        let names: Vec<String> = listed.unwrap_or_default().into_iter().map(|hub| hub.0).collect();
        if names.len() > limit {
            return Err(ConnectionDataError::TooMany { limit });
        }
        let seen: Vec<String> = names.iter().map(|name| name.to_lowercase()).collect();
        if seen.iter().enumerate().any(|(at, name)| seen.iter().take(at).any(|before| before == name)) {
            return Err(ConnectionDataError::Duplicate);
        }
        Ok(Self(names))
    }
}

/// One element: the property name ignores case, others are skipped.
struct Listed(String);

impl<'de> Deserialize<'de> for Listed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Properties;
        impl<'de> de::Visitor<'de> for Properties {
            type Value = Listed;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with a name")
            }
            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Listed, A::Error> {
                let mut name = None;
                while let Some(key) = map.next_key::<String>()? {
                    if key.eq_ignore_ascii_case("name") {
                        name = Some(map.next_value::<String>()?);
                    } else {
                        map.next_value::<de::IgnoredAny>()?;
                    }
                }
                match name {
                    Some(name) if !name.is_empty() => Ok(Listed(name)),
                    _ => Err(de::Error::missing_field("name")),
                }
            }
        }
        deserializer.deserialize_map(Properties)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_listed_is_no_hub() {
        for text in [None, Some(""), Some("null"), Some("[]")] {
            assert_eq!(HubNames::parse(text, 32), Ok(HubNames::default()), "{text:?}");
        }
    }

    #[test]
    fn names_keep_their_order_and_spelling() {
        let names = HubNames::parse(Some(r#" [ {"NAME":"Chat","extra":[1]} , {"name":"clock"} ] "#), 32);
        assert_eq!(names, Ok(HubNames(vec!["Chat".into(), "clock".into()])));
    }

    #[test]
    fn nonsense_and_repetition_are_refused() {
        for text in ["nonsense", "{", r#"[{"name":"a"}"#, r#"{"name":"a"}"#, r#""a""#, "[1]", "[{}]", "[null]"] {
            assert_eq!(HubNames::parse(Some(text), 32), Err(ConnectionDataError::Malformed), "{text}");
        }
        let twice = r#"[{"name":"a"},{"name":"A"}]"#;
        assert_eq!(HubNames::parse(Some(twice), 32), Err(ConnectionDataError::Duplicate));
        assert_eq!(HubNames::parse(Some(twice), 1), Err(ConnectionDataError::TooMany { limit: 1 }));
    }
}
