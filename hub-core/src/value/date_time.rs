//! Date-times.

use std::{
    fmt,
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::extension::{Extension, OwnedData, TIMESTAMP};

/// 0001-01-01T00:00:00 and 9999-12-31T23:59:59: what all clients can say.
const SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

/// A date with a time: ISO 8601 text in JSON, the timestamp extension in MessagePack. Years 1 to 9999, nanoseconds.
///
/// A text with an offset is read as the moment it says, and written in UTC. One without says a time of an unknown zone, and is written
/// without; MessagePack does not know the difference, so there it becomes UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateTime {
    pub(super) unix_seconds: i64,
    pub(super) nanoseconds: u32,
    pub(super) is_zoned: bool,
}

/// A text or number that is no date-time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no date with time in ISO 8601, or out of range")]
pub struct DateTimeError;

impl DateTime {
    /// So many seconds after (before, if negative) 1970-01-01T00:00:00Z, and nanoseconds after that.
    ///
    /// # Errors
    ///
    /// [`DateTimeError`] outside the years 1 to 9999, or if there are more nanoseconds than a second has.
    pub fn from_unix(seconds: i64, nanoseconds: u32) -> Result<Self, DateTimeError> {
        if SECONDS.contains(&seconds) && nanoseconds < 1_000_000_000 {
            Ok(Self { unix_seconds: seconds, nanoseconds, is_zoned: true })
        } else {
            Err(DateTimeError)
        }
    }

    /// Seconds since 1970-01-01T00:00:00, in UTC or in its own unknown zone.
    pub fn unix_seconds(&self) -> i64 {
        self.unix_seconds
    }

    /// Nanoseconds of the second.
    pub fn nanoseconds(&self) -> u32 {
        self.nanoseconds
    }

    /// Whether it is a moment (in UTC), not just what some clock shows.
    pub fn is_zoned(&self) -> bool {
        self.is_zoned
    }

    /// The data of the timestamp extension, in the shortest of its three forms.
    fn timestamp(self) -> Timestamp {
        let seconds = u64::try_from(self.unix_seconds).ok().filter(|seconds| *seconds < 1 << 34);
        let mut bytes = [0; 12];
        let length = match seconds {
            Some(seconds) if self.nanoseconds == 0 && seconds <= u64::from(u32::MAX) => {
                bytes[8..].copy_from_slice(&seconds.to_be_bytes()[4..]);
                4
            }
            Some(seconds) => {
                bytes[4..].copy_from_slice(&(u64::from(self.nanoseconds) << 34 | seconds).to_be_bytes());
                8
            }
            None => {
                bytes[..4].copy_from_slice(&self.nanoseconds.to_be_bytes());
                bytes[4..].copy_from_slice(&self.unix_seconds.to_be_bytes());
                12
            }
        };
        Timestamp { bytes, length }
    }

    /// Reads the data of the timestamp extension.
    pub(super) fn from_timestamp(data: &[u8]) -> Result<Self, DateTimeError> {
        match *data {
            [a, b, c, d] => Self::from_unix(u32::from_be_bytes([a, b, c, d]).into(), 0),
            [a, b, c, d, e, f, g, h] => {
                let both = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
                let nanoseconds = u32::try_from(both >> 34).map_err(|_| DateTimeError)?;
                Self::from_unix((both & ((1 << 34) - 1)).cast_signed(), nanoseconds)
            }
            [a, b, c, d, e, f, g, h, i, j, k, l] => {
                let seconds = i64::from_be_bytes([e, f, g, h, i, j, k, l]);
                Self::from_unix(seconds, u32::from_be_bytes([a, b, c, d]))
            }
            _ => Err(DateTimeError),
        }
    }
}

struct Timestamp {
    bytes: [u8; 12],
    length: usize,
}

impl TryFrom<SystemTime> for DateTime {
    type Error = DateTimeError;

    fn try_from(time: SystemTime) -> Result<Self, DateTimeError> {
        let signed = |seconds: u64| i64::try_from(seconds).map_err(|_| DateTimeError);
        match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => Self::from_unix(signed(after.as_secs())?, after.subsec_nanos()),
            Err(error) => {
                let before = error.duration();
                match before.subsec_nanos() {
                    0 => Self::from_unix(-signed(before.as_secs())?, 0),
                    part => Self::from_unix(-signed(before.as_secs())? - 1, 1_000_000_000 - part),
                }
            }
        }
    }
}

impl From<DateTime> for SystemTime {
    /// What has no zone is taken as UTC.
    fn from(time: DateTime) -> Self {
        let whole = Duration::from_secs(time.unix_seconds.unsigned_abs());
        let whole = if time.unix_seconds < 0 { Self::UNIX_EPOCH - whole } else { Self::UNIX_EPOCH + whole };
        whole + Duration::from_nanos(time.nanoseconds.into())
    }
}

impl Serialize for DateTime {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return serializer.collect_str(self);
        }
        let Timestamp { bytes, length } = self.timestamp();
        // Each form is written at the end.
        let data = if length == 12 { &bytes[..] } else { &bytes[12 - length..] };
        Extension { tag: TIMESTAMP, data }.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for DateTime {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_str(Iso)
        } else {
            deserializer.deserialize_newtype_struct(rmp_serde::MSGPACK_EXT_STRUCT_NAME, TimestampExtension)
        }
    }
}

struct Iso;

impl de::Visitor<'_> for Iso {
    type Value = DateTime;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a date with time in ISO 8601")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<DateTime, E> {
        text.parse().map_err(E::custom)
    }
}

struct TimestampExtension;

impl<'de> de::Visitor<'de> for TimestampExtension {
    type Value = DateTime;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a timestamp")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<DateTime, D::Error> {
        let (tag, OwnedData(data)) = <(i8, OwnedData)>::deserialize(deserializer)?;
        if tag != TIMESTAMP {
            return Err(de::Error::custom("the extension is no timestamp"));
        }
        DateTime::from_timestamp(&data).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_have_the_shortest_of_three_forms() {
        for (text, hex) in [
            ("2026-01-02T02:32:05Z", &[0xD6, 0xFF, 0x69, 0x57, 0x2E, 0x25][..]),
            ("2026-01-02T02:32:05.678Z", &[0xD7, 0xFF, 0xA1, 0xA5, 0xD6, 0x00, 0x69, 0x57, 0x2E, 0x25]),
            ("0001-01-01T00:00:00Z", &[0xC7, 12, 0xFF, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0xF1, 0x88, 0x6E, 0x09, 0x00]),
            ("1970-01-01T00:00:00Z", &[0xD6, 0xFF, 0, 0, 0, 0]),
            ("2106-02-07T06:28:16Z", &[0xD7, 0xFF, 0, 0, 0, 1, 0, 0, 0, 0]),
        ] {
            let time: DateTime = text.parse().unwrap();
            assert_eq!(rmp_serde::to_vec(&time).unwrap(), hex, "{text}");
            assert_eq!(rmp_serde::from_slice::<DateTime>(hex).unwrap(), time);
        }
        for hex in [
            // Another tag, more nanoseconds than a second has, the year 10000, a text.
            &[0xD6, 0x05, 0, 0, 0, 0][..],
            &[0xD7, 0xFF, 0xFF, 0xFF, 0xFF, 0xFC, 0, 0, 0, 0],
            &[0xC7, 12, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0x3A, 0xFF, 0xF4, 0x41, 0x80],
            &[0xC7, 1, 0xFF, 0],
            &[0xA1, b'x'],
        ] {
            assert!(rmp_serde::from_slice::<DateTime>(hex).is_err(), "{hex:02x?}");
        }
    }

    #[test]
    fn system_times_convert_both_ways() {
        for (seconds, nanoseconds) in [(0, 0), (1_767_321_189, 5), (-1, 500_000_000), (-62_135_596_800, 0)] {
            let time = DateTime::from_unix(seconds, nanoseconds).unwrap();
            assert_eq!(DateTime::try_from(SystemTime::from(time)), Ok(time));
        }
    }
}
