//! Values found by their headers. Nothing is allocated, and every declared length is held against what is there.

use rmp::Marker;

use super::super::{MAX_DEPTH, ProtocolError};

const CUT_SHORT: ProtocolError = ProtocolError::MessagePack("The message ends inside a value.");
const TOO_DEEP: ProtocolError = ProtocolError::MessagePack("The message nests deeper than 64 levels.");
const NO_VALUE: ProtocolError = ProtocolError::MessagePack("The code 193 begins no value.");

/// What a header says: how long it is, how many bytes and how many values follow, and whether it opens a level.
struct Header {
    length: usize,
    payload: usize,
    values: usize,
    opens: bool,
}

fn header(bytes: &[u8]) -> Result<Header, ProtocolError> {
    let (first, rest) = bytes.split_first().ok_or(CUT_SHORT)?;
    let scalar = |payload: usize| Header { length: 1, payload, values: 0, opens: false };
    // A length of `width` bytes, and `extra` bytes behind it that belong to the payload.
    let sized = |width: usize, extra: usize| -> Result<Header, ProtocolError> {
        let payload = big_endian(rest, width)?.checked_add(extra).ok_or(CUT_SHORT)?;
        Ok(Header { length: width.saturating_add(1), payload, values: 0, opens: false })
    };
    let list = |values: usize| Header { length: 1, payload: 0, values, opens: true };
    let sized_list = |width: usize, each: usize| -> Result<Header, ProtocolError> {
        let values = big_endian(rest, width)?.checked_mul(each).ok_or(CUT_SHORT)?;
        Ok(Header { length: width.saturating_add(1), payload: 0, values, opens: true })
    };
    Ok(match Marker::from_u8(*first) {
        Marker::Null | Marker::True | Marker::False | Marker::FixPos(_) | Marker::FixNeg(_) => scalar(0),
        Marker::U8 | Marker::I8 => scalar(1),
        Marker::U16 | Marker::I16 => scalar(2),
        Marker::U32 | Marker::I32 | Marker::F32 => scalar(4),
        Marker::U64 | Marker::I64 | Marker::F64 => scalar(8),
        Marker::FixStr(length) => scalar(length.into()),
        Marker::Str8 | Marker::Bin8 => sized(1, 0)?,
        Marker::Str16 | Marker::Bin16 => sized(2, 0)?,
        Marker::Str32 | Marker::Bin32 => sized(4, 0)?,
        Marker::FixExt1 => scalar(2),
        Marker::FixExt2 => scalar(3),
        Marker::FixExt4 => scalar(5),
        Marker::FixExt8 => scalar(9),
        Marker::FixExt16 => scalar(17),
        Marker::Ext8 => sized(1, 1)?,
        Marker::Ext16 => sized(2, 1)?,
        Marker::Ext32 => sized(4, 1)?,
        Marker::FixArray(values) => list(values.into()),
        Marker::Array16 => sized_list(2, 1)?,
        Marker::Array32 => sized_list(4, 1)?,
        Marker::FixMap(entries) => list(usize::from(entries).saturating_mul(2)),
        Marker::Map16 => sized_list(2, 2)?,
        Marker::Map32 => sized_list(4, 2)?,
        Marker::Reserved => return Err(NO_VALUE),
    })
}

fn big_endian(bytes: &[u8], width: usize) -> Result<usize, ProtocolError> {
    let digits = bytes.get(..width).ok_or(CUT_SHORT)?;
    usize::try_from(unsigned(digits).ok_or(CUT_SHORT)?).map_err(|_| CUT_SHORT)
}

/// Eight digits at most.
fn unsigned(digits: &[u8]) -> Option<u64> {
    let mut number = [0; 8];
    let from = number.len().checked_sub(digits.len())?;
    number.get_mut(from..)?.copy_from_slice(digits);
    Some(u64::from_be_bytes(number))
}

/// How long the first value is. It is walked through without recursion.
pub(super) fn value_length(bytes: &[u8]) -> Result<usize, ProtocolError> {
    let mut open = [0_usize; MAX_DEPTH];
    let (mut depth, mut at) = (0_usize, 0_usize);
    loop {
        let rest = bytes.get(at..).ok_or(CUT_SHORT)?;
        let header = header(rest)?;
        let taken = header.length.checked_add(header.payload).ok_or(CUT_SHORT)?;
        let left = rest.len().checked_sub(taken).ok_or(CUT_SHORT)?;
        // Each value takes a byte at least.
        if header.values > left {
            return Err(CUT_SHORT);
        }
        at = at.saturating_add(taken);
        if header.opens {
            let level = open.get_mut(depth).ok_or(TOO_DEEP)?;
            if header.values > 0 {
                *level = header.values;
                depth = depth.saturating_add(1);
                continue;
            }
        }
        loop {
            let Some(level) = depth.checked_sub(1).and_then(|top| open.get_mut(top)) else { return Ok(at) };
            *level = level.saturating_sub(1);
            if *level > 0 {
                break;
            }
            depth = depth.saturating_sub(1);
        }
    }
}

/// The first of the values that stand side by side, and those behind it.
pub(in super::super) fn split_first(values: &[u8]) -> Option<(&[u8], &[u8])> {
    values.split_at_checked(value_length(values).ok()?)
}

/// The values of an array (`each` 1) or of a map (`each` 2), side by side, and how many entries it has. `None` if it is none.
pub(super) fn entries(value: &[u8], each: usize) -> Option<(&[u8], usize)> {
    let is_map = matches!(Marker::from_u8(*value.first()?), Marker::FixMap(_) | Marker::Map16 | Marker::Map32);
    let header = header(value).ok().filter(|header| header.opens && is_map == (each == 2))?;
    Some((value.get(header.length..)?, header.values.checked_div(each)?))
}

/// The text, if the value is one and valid UTF-8.
pub(in super::super) fn text(value: &[u8]) -> Option<&str> {
    match Marker::from_u8(*value.first()?) {
        Marker::FixStr(_) | Marker::Str8 | Marker::Str16 | Marker::Str32 => {
            std::str::from_utf8(value.get(header(value).ok()?.length..)?).ok()
        }
        _ => None,
    }
}

/// The integer, if the value is one, of any width, and below 2⁶³.
pub(super) fn integer(value: &[u8]) -> Option<i64> {
    let (first, digits) = value.split_first()?;
    Some(match Marker::from_u8(*first) {
        Marker::FixPos(number) => number.into(),
        Marker::FixNeg(number) => number.into(),
        Marker::U8 | Marker::U16 | Marker::U32 | Marker::U64 => i64::try_from(unsigned(digits)?).ok()?,
        Marker::I8 => i8::from_be_bytes(digits.try_into().ok()?).into(),
        Marker::I16 => i16::from_be_bytes(digits.try_into().ok()?).into(),
        Marker::I32 => i32::from_be_bytes(digits.try_into().ok()?).into(),
        Marker::I64 => i64::from_be_bytes(digits.try_into().ok()?),
        _ => return None,
    })
}

/// Whether the value is nil.
pub(super) fn is_nil(value: &[u8]) -> bool {
    value.first().is_some_and(|first| Marker::from_u8(*first) == Marker::Null)
}

/// The boolean, if the value is one.
pub(super) fn boolean(value: &[u8]) -> Option<bool> {
    match Marker::from_u8(*value.first()?) {
        Marker::True => Some(true),
        Marker::False => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_lengths_are_held_against_what_is_there() {
        for bomb in [
            &[0xC6, 0xFF, 0xFF, 0xFF, 0xFF][..],
            &[0xDB, 0xFF, 0xFF, 0xFF, 0xFF],
            &[0xDD, 0xFF, 0xFF, 0xFF, 0xFF, 0xC0],
            &[0xDF, 0xFF, 0xFF, 0xFF, 0xFF, 0xC0],
            &[0xC9, 0xFF, 0xFF, 0xFF, 0xFF],
            &[0x92, 0x01],
            &[0xDA, 0x00],
            &[],
        ] {
            assert_eq!(value_length(bomb), Err(CUT_SHORT), "{bomb:02x?}");
        }
        assert_eq!(value_length(&[0xC1]), Err(NO_VALUE));
    }

    #[test]
    fn sixty_four_levels_pass_and_one_more_does_not() {
        for opener in [0x91_u8, 0x81] {
            let nested = |levels: usize| {
                let mut bytes = Vec::new();
                for _ in 1..levels {
                    bytes.push(opener);
                    if opener == 0x81 {
                        bytes.push(0x01);
                    }
                }
                bytes.push(opener - 1);
                bytes
            };
            assert_eq!(value_length(&nested(64)), Ok(nested(64).len()));
            assert_eq!(value_length(&nested(65)), Err(TOO_DEEP));
            assert_eq!(value_length(&nested(1_000_000)), Err(TOO_DEEP));
        }
    }

    #[test]
    fn integers_of_any_width_are_read() {
        for (bytes, number) in [
            (&[0x07][..], Some(7)),
            (&[0xFF], Some(-1)),
            (&[0xCC, 0xC8], Some(200)),
            (&[0xCD, 1, 0], Some(256)),
            (&[0xCE, 0, 0, 0, 5], Some(5)),
            (&[0xCF, 0, 0, 0, 0, 0, 0, 0, 5], Some(5)),
            (&[0xCF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], None),
            (&[0xD0, 0x80], Some(-128)),
            (&[0xD1, 0xFF, 0x7F], Some(-129)),
            (&[0xD2, 0xFF, 0xFF, 0xFF, 0xFE], Some(-2)),
            (&[0xD3, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFE], Some(-2)),
            (&[0xCA, 0, 0, 0, 0], None),
            (&[0xC0], None),
            (b"\xAAten digits", None),
        ] {
            assert_eq!(integer(bytes), number, "{bytes:02x?}");
        }
    }
}
