//! The cursor `C`: a position in the log of one process (sections 5.2 and 13.1).

use std::fmt;

/// Which life of which process a cursor belongs to; random at start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Epoch(pub u32);

/// What a client hands back as `messageId`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    /// The log it is a position in.
    pub epoch: Epoch,
    /// The last entry that the client has seen, or that was not for it.
    pub position: u64,
}

/// A cursor that begins as one of this process and then breaks off or goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Invalid cursor.")]
pub struct CursorError;

impl Cursor {
    /// Reads a `messageId`. Whatever is not a cursor of this epoch — none, one of another process, any other text —
    /// is `None`: "from now".
    ///
    /// # Errors
    ///
    /// [`CursorError`] if it begins with this process's prefix and is malformed.
    pub fn parse(text: &str, epoch: Epoch) -> Result<Option<Self>, CursorError> {
        let prefix = format!("d-{:X}-", epoch.0);
        let Some(digits) = text.strip_prefix(&prefix) else { return Ok(None) };
        let canonical = !digits.is_empty()
            && digits.bytes().all(|byte| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte))
            && (digits == "0" || !digits.starts_with('0'));
        match u64::from_str_radix(digits, 16) {
            Ok(position) if canonical => Ok(Some(Self { epoch, position })),
            _ => Err(CursorError),
        }
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "d-{:X}-{:X}", self.epoch.0, self.position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_comes_back() {
        let cursor = Cursor { epoch: Epoch(0x5D1A_7E22), position: 0x1F };
        assert_eq!(cursor.to_string(), "d-5D1A7E22-1F");
        assert_eq!(Cursor::parse("d-5D1A7E22-1F", cursor.epoch), Ok(Some(cursor)));
    }

    #[test]
    fn foreign_texts_mean_from_now_and_broken_ones_of_ours_fail() {
        let epoch = Epoch(1);
        for text in ["", "garbage", "d-2-1", "s-0,1"] {
            assert_eq!(Cursor::parse(text, epoch), Ok(None), "{text}");
        }
        for text in ["d-1-", "d-1-x", "d-1-1f", "d-1-01", "d-1-1|2", "d-1-10000000000000000"] {
            assert_eq!(Cursor::parse(text, epoch), Err(CursorError), "{text}");
        }
    }
}
