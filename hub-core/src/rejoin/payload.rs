//! The fields of a payload: numbers as LEB128, strings with their length in front.
//!
//! There is one spelling of each value. A reader takes what a writer of ours wrote and nothing
//! else: an over-long number, a length beyond the end or bytes that are left over are `None`. No
//! reader reserves memory by a length that it was told.

#![deny(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

/// Appends `value` as LEB128: seven bits a byte, lowest first, at most ten bytes.
pub(super) fn put_number(out: &mut Vec<u8>, mut value: u64) {
    loop {
        let [low, ..] = value.to_le_bytes();
        value >>= 7;
        if value == 0 {
            return out.push(low & 0x7f);
        }
        out.push(low | 0x80);
    }
}

/// Appends a length and the bytes.
pub(super) fn put_text(out: &mut Vec<u8>, text: &str) {
    put_number(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// Appends `0`, or `1` and the text: absent and empty are two things.
pub(super) fn put_optional_text(out: &mut Vec<u8>, text: Option<&str>) {
    match text {
        None => out.push(0),
        Some(text) => {
            out.push(1);
            put_text(out, text);
        }
    }
}

/// Reads fields from the front.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(payload: &'a [u8]) -> Self {
        Self { rest: payload }
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(*first)
    }

    /// A LEB128 number in its shortest form.
    pub(super) fn number(&mut self) -> Option<u64> {
        let mut value = 0_u64;
        for shift in (0..u64::BITS).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            let placed = bits.checked_shl(shift)?;
            if placed.checked_shr(shift)? != bits {
                return None;
            }
            value |= placed;
            if byte & 0x80 == 0 {
                let shortest = byte != 0 || shift == 0;
                return shortest.then_some(value);
            }
        }
        None
    }

    /// A text of at most `max_bytes` bytes of UTF-8.
    pub(super) fn text(&mut self, max_bytes: usize) -> Option<&'a str> {
        let length = usize::try_from(self.number()?).ok()?;
        if length > max_bytes {
            return None;
        }
        let (text, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        std::str::from_utf8(text).ok()
    }

    /// What [`put_optional_text`] wrote.
    pub(super) fn optional_text(&mut self, max_bytes: usize) -> Option<Option<&'a str>> {
        match self.byte()? {
            0 => Some(None),
            1 => self.text(max_bytes).map(Some),
            _ => None,
        }
    }

    /// How many bytes are still to be read: the most that a claimed count can be true of.
    pub(super) fn left(&self) -> usize {
        self.rest.len()
    }

    /// Nothing is left over.
    pub(super) fn end(self) -> Option<()> {
        self.rest.is_empty().then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(bytes: &[u8]) -> Option<u64> {
        let mut reader = Reader::new(bytes);
        let value = reader.number()?;
        reader.end()?;
        Some(value)
    }

    #[test]
    fn numbers_come_back() {
        let edges = (0..64).flat_map(|bit| [1_u64 << bit, (1_u64 << bit) - 1, (1_u64 << bit) + 1]);
        for value in edges.chain([0, u64::MAX]) {
            let mut out = Vec::new();
            put_number(&mut out, value);
            assert!(out.len() <= 10);
            assert_eq!(number(&out), Some(value));
        }
    }

    #[test]
    fn a_number_has_one_spelling() {
        assert_eq!(number(&[0x80, 0x00]), None, "zero, over-long");
        assert_eq!(number(&[0x81, 0x00]), None, "one, over-long");
        assert_eq!(number(&[0xff, 0x80, 0x00]), None);
        assert_eq!(number(&[0x80]), None, "cut off");
        assert_eq!(number(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01]), Some(u64::MAX));
        assert_eq!(number(&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02]), None, "65 bits");
        assert_eq!(number(&[0xff; 11]), None);
    }

    #[test]
    fn texts_keep_to_their_length() {
        let mut out = Vec::new();
        put_text(&mut out, "käse");
        put_optional_text(&mut out, None);
        put_optional_text(&mut out, Some(""));
        let mut reader = Reader::new(&out);
        assert_eq!(reader.text(5), Some("käse"));
        assert_eq!(reader.optional_text(5), Some(None));
        assert_eq!(reader.optional_text(5), Some(Some("")));
        assert_eq!(reader.end(), Some(()));

        assert_eq!(Reader::new(&out).text(4), None, "longer than allowed");
        assert_eq!(Reader::new(&[3, b'a', b'b']).text(9), None, "beyond the end");
        assert_eq!(Reader::new(&[1, 0xff]).text(9), None, "not UTF-8");
        assert_eq!(Reader::new(&[0xff, 0xff, 0xff, 0xff, 0x0f]).text(usize::MAX), None, "4 GB claimed");
        assert_eq!(Reader::new(&[2]).optional_text(9), None);
    }
}
