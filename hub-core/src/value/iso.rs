//! Date-times as text, in ISO 8601, and the calendar behind it.

use std::{fmt, str::FromStr};

use super::{DateTime, DateTimeError};

const SECONDS_PER_DAY: i64 = 86_400;

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
}
