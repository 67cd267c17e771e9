//! The forms that one send can have on its way out.

/// What a connection speaks, as far as sends are concerned: a message is encoded at most once for each of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Wire {
    /// The classic generation's JSON.
    Classic,
    /// The core generation's JSON.
    Json,
    /// The core generation's MessagePack.
    MessagePack,
}

impl Wire {
    /// All of them.
    pub(crate) const ALL: [Self; 3] = [Self::Classic, Self::Json, Self::MessagePack];

    /// Its place in a table of all.
    pub(crate) fn index(self) -> usize {
        self as usize
    }
}

impl From<super::Encoding> for Wire {
    fn from(encoding: super::Encoding) -> Self {
        match encoding {
            super::Encoding::Json => Self::Json,
            super::Encoding::MessagePack => Self::MessagePack,
        }
    }
}
