//! Bytes to frames (section 3.2).

use bytes::{Buf as _, Bytes, BytesMut};

use super::{Encoding, Fault, ProtocolError, RECORD_SEPARATOR};

/// Collects what a transport brings and cuts it into frames. Begins with JSON, as every handshake is JSON.
///
/// A message is within the limit if its complete frame, separator or length prefix included, is; how much waits behind it does not
/// matter. What exceeds it is a fault as soon as that is known. Every byte is looked at once, in however small pieces it comes.
#[derive(Debug)]
pub struct FrameReader {
    encoding: Encoding,
    limit_bytes: Option<usize>,
    buffer: BytesMut,
    /// JSON: so many bytes hold no separator.
    searched: usize,
}

impl FrameReader {
    /// With a limit for a message, or none.
    pub fn new(limit_bytes: Option<usize>) -> Self {
        Self { encoding: Encoding::Json, limit_bytes, buffer: BytesMut::new(), searched: 0 }
    }

    /// What comes from here on, and what has come and not been given out, is in this encoding: the handshake said so.
    pub fn set_encoding(&mut self, encoding: Encoding) {
        self.encoding = encoding;
        self.searched = 0;
    }

    /// Adds bytes. They are copied only if others wait, or somebody else holds them too.
    pub fn push(&mut self, bytes: Bytes) {
        if self.buffer.is_empty() {
            self.buffer = bytes.try_into_mut().unwrap_or_else(|shared| BytesMut::from(&shared[..]));
        } else {
            self.buffer.extend_from_slice(&bytes);
        }
    }

    /// How many bytes wait.
    pub fn buffered_bytes(&self) -> usize {
        self.buffer.len()
    }

    /// The next frame, without separator or length prefix, if it is there.
    ///
    /// # Errors
    ///
    /// [`Fault::TooLarge`], or [`ProtocolError::LengthPrefix`]. There is nothing to be read behind a fault.
    pub fn next_frame(&mut self) -> Result<Option<Bytes>, Fault> {
        match self.encoding {
            Encoding::Json => self.next_json(),
            Encoding::MessagePack => self.next_messagepack(),
        }
    }

    /// To be asked when the input has ended.
    ///
    /// # Errors
    ///
    /// [`Fault::Truncated`] if it ended inside a message.
    pub fn finish(&self) -> Result<(), Fault> {
        if self.buffer.is_empty() { Ok(()) } else { Err(Fault::Truncated) }
    }

    /// Lets go of the beginning of a message whose rest will not come, behind whole ones that wait.
    pub fn drop_incomplete(&mut self) {
        let whole = match self.encoding {
            Encoding::Json => {
                self.buffer.iter().rposition(|byte| *byte == RECORD_SEPARATOR).map_or(0, |at| at.saturating_add(1))
            }
            Encoding::MessagePack => {
                let mut whole = 0_usize;
                // What is no length prefix is left for whoever reads it to see.
                loop {
                    let rest = self.buffer.get(whole..).unwrap_or_default();
                    match length_prefix(rest) {
                        Ok(Some((prefix, length))) if rest.len().saturating_sub(prefix) >= length => {
                            whole = whole.saturating_add(prefix).saturating_add(length);
                        }
                        Ok(_) => break whole,
                        Err(_) => break self.buffer.len(),
                    }
                }
            }
        };
        self.buffer.truncate(whole);
        self.searched = self.searched.min(whole);
    }

    fn next_json(&mut self) -> Result<Option<Bytes>, Fault> {
        let unsearched = self.buffer.get(self.searched..).unwrap_or_default();
        let found = unsearched.iter().position(|byte| *byte == RECORD_SEPARATOR);
        let Some(length) = found.map(|at| self.searched.saturating_add(at)) else {
            self.searched = self.buffer.len();
            return self.within_limit(self.buffer.len()).map(|()| None);
        };
        self.within_limit(length.saturating_add(1))?;
        self.searched = 0;
        let frame = self.buffer.split_to(length).freeze();
        self.buffer.advance(1);
        Ok(Some(frame))
    }

    fn next_messagepack(&mut self) -> Result<Option<Bytes>, Fault> {
        let Some((prefix, length)) = length_prefix(&self.buffer)? else {
            return self.within_limit(self.buffer.len()).map(|()| None);
        };
        let whole = length.saturating_add(prefix);
        self.within_limit(whole)?;
        if self.buffer.len() < whole {
            return Ok(None);
        }
        self.buffer.advance(prefix);
        Ok(Some(self.buffer.split_to(length).freeze()))
    }

    fn within_limit(&self, bytes: usize) -> Result<(), Fault> {
        match self.limit_bytes {
            Some(limit_bytes) if bytes > limit_bytes => Err(Fault::TooLarge { limit_bytes }),
            _ => Ok(()),
        }
    }
}

/// The length prefix at the beginning: its own length and what it says, if it is all there.
fn length_prefix(bytes: &[u8]) -> Result<Option<(usize, usize)>, ProtocolError> {
    let mut length = 0_u64;
    for (at, byte) in bytes.iter().take(5).enumerate() {
        if at == 4 && *byte > 0x07 {
            return Err(ProtocolError::LengthPrefix);
        }
        let shift = u32::try_from(at).unwrap_or_default().saturating_mul(7);
        length |= u64::from(byte & 0x7F).wrapping_shl(shift);
        if byte & 0x80 == 0 {
            let length = usize::try_from(length).map_err(|_| ProtocolError::LengthPrefix)?;
            return Ok(Some((at.saturating_add(1), length)));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(reader: &mut FrameReader, bytes: &[u8], piece: usize) -> Result<Vec<Vec<u8>>, Fault> {
        let mut frames = Vec::new();
        for piece in bytes.chunks(piece) {
            reader.push(Bytes::copy_from_slice(piece));
            while let Some(frame) = reader.next_frame()? {
                frames.push(frame.to_vec());
            }
        }
        Ok(frames)
    }

    fn messagepack(limit: Option<usize>) -> FrameReader {
        let mut reader = FrameReader::new(limit);
        reader.set_encoding(Encoding::MessagePack);
        reader
    }

    #[test]
    fn frames_come_whole_in_whatever_pieces_they_arrive() {
        for piece in 1..12 {
            let frames = all(&mut FrameReader::new(None), b"{}\x1e\x1e[1]\x1e{", piece).unwrap();
            assert_eq!(frames, [&b"{}"[..], b"", b"[1]"], "{piece}");
            let bytes = [0x02, 0x91, 0x06, 0x00, 0x82, 0x80, 0x00, 0x91, 0x06, 0x03, 0x92];
            let mut reader = messagepack(None);
            assert_eq!(all(&mut reader, &bytes, piece).unwrap(), [&[0x91, 0x06][..], &[], &[0x91, 0x06]], "{piece}");
            assert_eq!(reader.finish(), Err(Fault::Truncated));
        }
    }

    #[test]
    fn what_waits_after_the_handshake_is_in_the_new_encoding() {
        let mut reader = FrameReader::new(Some(64));
        reader.push(Bytes::from_static(b"{\"protocol\":\"messagepack\",\"version\":1}\x1e\x02\x91\x06"));
        assert!(reader.next_frame().unwrap().unwrap().ends_with(b"}"));
        reader.set_encoding(Encoding::MessagePack);
        assert_eq!(reader.next_frame().unwrap().unwrap(), &[0x91, 0x06][..]);
        assert_eq!(reader.finish(), Ok(()));
    }

    #[test]
    fn a_message_of_exactly_the_limit_passes_and_one_byte_more_does_not() {
        let too_large = Err(Fault::TooLarge { limit_bytes: 8 });
        for piece in [1, 3, 100] {
            // Several, each within the limit.
            assert_eq!(all(&mut FrameReader::new(Some(8)), b"1234567\x1e1234567\x1e", piece).unwrap().len(), 2);
            assert_eq!(all(&mut FrameReader::new(Some(8)), b"12345678\x1e", piece), too_large);
            // Before its end has come.
            assert_eq!(all(&mut FrameReader::new(Some(8)), b"123456789", piece), too_large);
            assert_eq!(all(&mut FrameReader::new(Some(8)), b"12345678", piece), Ok(vec![]));
            assert_eq!(all(&mut messagepack(Some(8)), b"\x071234567", piece).unwrap().len(), 1);
            assert_eq!(all(&mut messagepack(Some(8)), b"\x08", piece), too_large);
            assert_eq!(all(&mut messagepack(Some(8)), b"\x87\x00123456", piece), too_large);
        }
    }

    #[test]
    fn length_prefixes_beyond_two_gigabytes_are_refused() {
        for bytes in [&[0x80, 0x80, 0x80, 0x80, 0x08][..], &[0xFF; 6], &[0x80, 0x80, 0x80, 0x80, 0x80]] {
            let fault = all(&mut messagepack(Some(1024)), bytes, 1).unwrap_err();
            assert_eq!(
                fault.close_text(true),
                "Connection closed with an error. FormatException: Messages over 2GB in size are not supported."
            );
        }
        assert_eq!(length_prefix(&[0xFF, 0xFF, 0xFF, 0xFF, 0x07]), Ok(Some((5, (1 << 31) - 1))));
        assert_eq!(length_prefix(&[0xFF, 0xFF, 0xFF, 0xFF]), Ok(None));
        assert_eq!(
            all(&mut messagepack(Some(1024)), &[0xFF, 0xFF, 0xFF, 0xFF, 0x07], 1),
            Err(Fault::TooLarge { limit_bytes: 1024 })
        );
    }

    #[test]
    fn what_is_incomplete_can_be_let_go_and_nothing_else() {
        let mut json = FrameReader::new(None);
        let mut packed = messagepack(None);
        for (reader, bytes, whole) in [
            (&mut json, &b"one\x1etwo\x1ethr"[..], [&b"one"[..], b"two"]),
            (&mut packed, b"\x01a\x02bc\x03de", [b"a", b"bc"]),
        ] {
            reader.push(Bytes::from_static(bytes));
            reader.drop_incomplete();
            for frame in whole {
                assert_eq!(reader.next_frame().unwrap().as_deref(), Some(frame));
            }
            assert_eq!(reader.buffered_bytes(), 0);
            reader.push(Bytes::from_static(&bytes[..2]));
            assert!(matches!(reader.next_frame(), Ok(frame) if frame.is_some() == (bytes[0] == 1)));
            reader.drop_incomplete();
            assert_eq!(reader.buffered_bytes(), 0);
            reader.push(Bytes::from_static(bytes));
            assert_eq!(reader.next_frame().unwrap().as_deref(), Some(whole[0]));
        }
    }
}
