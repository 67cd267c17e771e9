//! Date-times.

use std::{
    fmt,
    str::FromStr,
    time::{Duration, SystemTime},
};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::extension::{Extension, OwnedData, TIMESTAMP};

const SECONDS_PER_DAY: i64 = 86_400;
/// 0001-01-01T00:00:00 and 9999-12-31T23:59:59: what all clients can say.
const SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;

/// A date with a time: ISO 8601 text in JSON, the timestamp extension in MessagePack. Years 1 to 9999, nanoseconds.
///
/// A text with an offset is read as the moment it says, and written in UTC. One without says a time of an unknown zone, and is written
/// without; MessagePack does not know the difference, so there it becomes UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DateTime {
    unix_seconds: i64,
    nanoseconds: u32,
    is_zoned: bool,
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

impl fmt::Display for DateTime {
    /// `2026-01-02T03:04:05.678Z`: no more digits of the fraction than it needs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = date(self.unix_seconds.div_euclid(SECONDS_PER_DAY));
        let second = self.unix_seconds.rem_euclid(SECONDS_PER_DAY);
        let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        if self.nanoseconds > 0 {
            let digits = format!("{:09}", self.nanoseconds);
            write!(f, ".{}", digits.trim_end_matches('0'))?;
        }
        f.write_str(if self.is_zoned { "Z" } else { "" })
    }
}

impl FromStr for DateTime {
    type Err = DateTimeError;

    /// `YYYY-MM-DD`, then perhaps `Thh:mm`, `:ss`, a fraction, and `Z` or an offset `±hh:mm`. Beyond nine digits a fraction is cut off.
    fn from_str(text: &str) -> Result<Self, DateTimeError> {
        let mut text = Text(text.as_bytes());
        let (year, month, day) = (text.digits(4)?, text.behind(b"-")?.digits(2)?, text.behind(b"-")?.digits(2)?);
        let days = days(year, month, day).ok_or(DateTimeError)?;
        if text.0.is_empty() {
            let mut date = Self::from_unix(days * SECONDS_PER_DAY, 0)?;
            date.is_zoned = false;
            return Ok(date);
        }
        let (hour, minute) = (text.behind(b"T")?.digits(2)?, text.behind(b":")?.digits(2)?);
        let (mut second, mut nanoseconds) = (0, 0);
        if text.skip(b":") {
            second = text.digits(2)?;
            if text.skip(b".") {
                nanoseconds = text.fraction()?;
            }
        }
        let offset = match text.0.split_first() {
            None => None,
            Some((b'Z', [])) => Some(0),
            Some((sign @ (b'+' | b'-'), rest)) => {
                text.0 = rest;
                let (hours, minutes) = (text.digits(2)?, text.behind(b":")?.digits(2)?);
                let minutes = (hours <= 14 && minutes < 60 && text.0.is_empty()).then_some(hours * 60 + minutes);
                let minutes = minutes.ok_or(DateTimeError)?;
                Some(if *sign == b'-' { -minutes } else { minutes })
            }
            Some(_) => return Err(DateTimeError),
        };
        if hour > 23 || minute > 59 || second > 59 {
            return Err(DateTimeError);
        }
        let seconds = days * SECONDS_PER_DAY + hour * 3600 + minute * 60 + second - offset.unwrap_or(0) * 60;
        let mut time = Self::from_unix(seconds, nanoseconds)?;
        time.is_zoned = offset.is_some();
        Ok(time)
    }
}

struct Text<'a>(&'a [u8]);

impl Text<'_> {
    fn skip(&mut self, prefix: &[u8]) -> bool {
        self.0.strip_prefix(prefix).map(|rest| self.0 = rest).is_some()
    }

    fn behind(&mut self, prefix: &[u8]) -> Result<&mut Self, DateTimeError> {
        if self.skip(prefix) { Ok(self) } else { Err(DateTimeError) }
    }

    fn digits(&mut self, count: usize) -> Result<i64, DateTimeError> {
        let (digits, rest) = self.0.split_at_checked(count).ok_or(DateTimeError)?;
        self.0 = rest;
        digits.iter().try_fold(0, |number, digit| match digit {
            b'0'..=b'9' => Ok(number * 10 + i64::from(digit - b'0')),
            _ => Err(DateTimeError),
        })
    }

    /// One digit at least.
    fn fraction(&mut self) -> Result<u32, DateTimeError> {
        let count = self.0.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at(count);
        self.0 = rest;
        let value = |place: usize| digits.get(place).map_or(0, |digit| u32::from(digit - b'0'));
        if count == 0 { Err(DateTimeError) } else { Ok((0..9).fold(0, |number, place| number * 10 + value(place))) }
    }
}

/// Days since 1970-01-01 of a date of the Gregorian calendar; see "chrono-compatible low-level date algorithms" by Howard Hinnant, of which
/// this and [`date`] are the two halves: years begin in March, so that the leap day is their last.
fn days(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => return None,
    };
    if !(1..=length).contains(&day) {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// Year, month and day of so many days since 1970-01-01.
fn date(days: i64) -> (i64, i64, i64) {
    let (era, day_of_era) = ((days + 719_468).div_euclid(146_097), (days + 719_468).rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
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
    fn texts_come_back_in_utc() {
        for (text, back) in [
            ("2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z"),
            ("2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05.678Z"),
            ("2026-01-02T03:04:05.1234567Z", "2026-01-02T03:04:05.1234567Z"),
            ("2026-01-02T03:04:05.1234567899Z", "2026-01-02T03:04:05.123456789Z"),
            ("2024-02-29T23:30+01:30", "2024-02-29T22:00:00Z"),
            ("2023-12-31T20:00:00-05:00", "2024-01-01T01:00:00Z"),
            ("0001-01-01T00:00:00", "0001-01-01T00:00:00"),
            ("9999-12-31T23:59:59.999999999", "9999-12-31T23:59:59.999999999"),
            ("2000-02-29", "2000-02-29T00:00:00"),
            ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.5Z"),
        ] {
            let time: DateTime = text.parse().unwrap_or_else(|_| panic!("{text}"));
            assert_eq!(time.to_string(), back);
            assert_eq!(serde_json::from_str::<DateTime>(&serde_json::to_string(&time).unwrap()).unwrap(), time);
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "2026",
            "2026-1-2",
            "2026-13-01",
            "2026-02-29",
            "2100-02-29",
            "2026-00-01",
            "2026-01-00",
            "2026-01-02T",
            "2026-01-02T03",
            "2026-01-02T24:00",
            "2026-01-02T03:60",
            "2026-01-02T03:04:60Z",
            "2026-01-02T03:04:05.Z",
            "2026-01-02T03:04:05ZZ",
            "2026-01-02T03:04:05+0100",
            "2026-01-02T03:04:05+15:00",
            "2026-01-02 03:04:05",
            "0000-01-01T00:00:00Z",
            "0001-01-01T00:00:00+01:00",
            "９９９９-01-01",
        ] {
            assert!(text.parse::<DateTime>().is_err(), "{text}");
        }
    }

    #[test]
    fn every_day_has_its_own_date() {
        let mut expected = (1, 1, 1);
        for day in -719_162..2_932_897 {
            assert_eq!(date(day), expected);
            let (year, month, of_month) = expected;
            assert_eq!(days(year, month, of_month), Some(day));
            expected = match (days(year, month, of_month + 1), month) {
                (Some(_), _) => (year, month, of_month + 1),
                (None, 12) => (year + 1, 1, 1),
                (None, _) => (year, month + 1, 1),
            };
        }
    }

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
