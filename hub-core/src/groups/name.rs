//! Names of groups and ids of users: byte-exact, bounded texts.

use std::{fmt, sync::Arc};

/// The longest name of a group or id of a user, in bytes of UTF-8.
pub const MAX_NAME_BYTES: usize = 256;

/// A text that cannot name a group or a user: empty, or longer than [`MAX_NAME_BYTES`] bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// There is no text.
    #[error("a name cannot be empty")]
    Empty,
    /// More than [`MAX_NAME_BYTES`] bytes of UTF-8.
    #[error("a name of {bytes} bytes is longer than {MAX_NAME_BYTES}")]
    TooLong {
        /// How long it is.
        bytes: usize,
    },
}

fn check(text: &str) -> Result<(), NameError> {
    match text.len() {
        0 => Err(NameError::Empty),
        bytes if bytes > MAX_NAME_BYTES => Err(NameError::TooLong { bytes }),
        _ => Ok(()),
    }
}

macro_rules! name {
    ($(#[$docs:meta])* $name:ident) => {
        $(#[$docs])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// Takes 1 to 256 bytes of UTF-8, compared byte for byte.
            ///
            /// # Errors
            ///
            /// [`NameError`] for any other length.
            pub fn new(text: impl AsRef<str>) -> Result<Self, NameError> {
                let text = text.as_ref();
                check(text)?;
                Ok(Self(text.into()))
            }

            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&self.0, f)
            }
        }
    };
}

name! {
    /// The name of a group: 1 to 256 bytes of UTF-8, case-sensitive, scoped to its hub.
    GroupName
}

name! {
    /// What identifies a user in sends and tokens: 1 to 256 bytes of UTF-8, compared byte for byte.
    UserId
}
