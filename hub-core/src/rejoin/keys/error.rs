//! Why there are no signing keys.

use std::{fmt, io, path::PathBuf};

/// Why signing keys could not be had. Never holds key material.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// A key has fewer bytes than a tag (RFC 2104 section 3 advises against such keys).
    #[error("signing key{place} has {bytes} bytes; at least {minimum} are needed")]
    TooShort {
        /// Where the key stands.
        place: KeyPlace,
        /// How many bytes it has.
        bytes: usize,
        /// How many it needs.
        minimum: usize,
    },
    /// A key is longer than any key needs to be: most likely not a key.
    #[error("signing key{place} has {bytes} bytes; at most {maximum} are allowed")]
    TooLong {
        /// Where the key stands.
        place: KeyPlace,
        /// How many bytes it has.
        bytes: usize,
        /// How many it may have.
        maximum: usize,
    },
    /// A key is written in neither hexadecimal digits nor base64.
    #[error("signing key{place} is neither hexadecimal nor base64")]
    Spelling {
        /// Where the key stands.
        place: KeyPlace,
    },
    /// There is not one key in what was given.
    #[error("no signing key{place}")]
    Empty {
        /// Where keys were looked for.
        place: KeyPlace,
    },
    /// More keys than a ring holds.
    #[error("{count} signing keys; at most {maximum} can be in use at once")]
    TooMany {
        /// How many there are.
        count: usize,
        /// How many there may be.
        maximum: usize,
    },
    /// The environment has no such variable.
    #[error("environment variable `{variable}` is not set")]
    Unset {
        /// The variable's name.
        variable: String,
    },
    /// The file could not be read or made.
    #[error("signing key file `{}` could not be {action}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// `read` or `made`.
        action: &'static str,
        /// What the system says.
        #[source]
        source: io::Error,
    },
    /// The ring was made from keys in memory; there is nowhere to read them from again.
    #[error("these signing keys come from neither the environment nor a file")]
    NoSource,
    /// The system gives no random bytes.
    #[error("no random bytes for a signing key")]
    Random(#[source] getrandom::Error),
}

/// Where a key stands, for a person who has to correct it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyPlace {
    /// In the program.
    Code,
    /// In an environment variable, all of it or the key of this number, counted from 1.
    Variable {
        /// The variable's name.
        variable: String,
        /// Which key.
        number: Option<usize>,
    },
    /// In a file, all of it or this line, counted from 1.
    File {
        /// The file.
        path: PathBuf,
        /// Which line.
        line: Option<usize>,
    },
}

/// Continues a sentence: empty, or begins with a space.
impl fmt::Display for KeyPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code => Ok(()),
            Self::Variable { variable, number: None } => write!(f, " in environment variable `{variable}`"),
            Self::Variable { variable, number: Some(number) } => {
                write!(f, " {number} in environment variable `{variable}`")
            }
            Self::File { path, line: None } => write!(f, " in file `{}`", path.display()),
            Self::File { path, line: Some(line) } => write!(f, " in line {line} of file `{}`", path.display()),
        }
    }
}
