//! The connection token: the secret half of a connection's identity.

#![deny(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::sync::Arc;

use super::{
    keys::{KeyStanding, SigningKeys},
    mac::{self, Purpose},
    payload::{Reader, put_optional_text, put_text},
};

/// The most characters a connection token may have.
const MAX_TOKEN_CHARS: usize = 4 * 1024;

/// Issues and verifies connection tokens.
///
/// A connection token proves that a request belongs to a connection and comes from the user that
/// negotiated it. Nothing is stored: it is good on every node that has the keys, and after a
/// restart (sections 4.6 and 13.3 of the classic specification). It does not expire. Its 256 bits
/// cannot be guessed from the public connection id.
///
/// It is bound to the connection id, the user id (byte for byte; no user is not the empty user)
/// and the application.
#[derive(Debug, Clone)]
pub struct ConnectionTokens {
    keys: SigningKeys,
    application: Arc<str>,
}

impl ConnectionTokens {
    /// Tokens of this application, signed with these keys.
    pub fn new(keys: SigningKeys, application: impl Into<Arc<str>>) -> Self {
        Self { keys, application: application.into() }
    }

    /// A token for `connection`, for use by `user` alone.
    ///
    /// About 100 characters, and four for every three bytes of the user id. Only letters, digits,
    /// `-`, `_` and one `.`: it needs no escaping in a URL.
    pub fn issue(&self, connection: &str, user: Option<&str>) -> String {
        mac::seal(&self.keys, Purpose::ConnectionToken, &[self.application.as_bytes()], |body| {
            put_text(body, connection);
            put_optional_text(body, user);
        })
    }

    /// A token with a good tag around any body.
    #[cfg(any(test, fuzzing))]
    pub(crate) fn sealed(&self, bytes: &[u8]) -> String {
        let context = [self.application.as_bytes()];
        mac::seal(&self.keys, Purpose::ConnectionToken, &context, |body| body.extend_from_slice(bytes))
    }

    /// The connection that `token` stands for, if `user` may use it.
    ///
    /// # Errors
    ///
    /// [`ConnectionTokenError`]. [`WrongUser`](ConnectionTokenError::WrongUser) only for a token
    /// that is genuine.
    pub fn verify(&self, token: &str, user: Option<&str>) -> Result<VerifiedConnection, ConnectionTokenError> {
        let context = [self.application.as_bytes()];
        let opened = mac::open(&self.keys, Purpose::ConnectionToken, &context, MAX_TOKEN_CHARS, token)
            .map_err(|_| ConnectionTokenError::Invalid)?;
        let (connection, bound) = read(opened.body()).ok_or(ConnectionTokenError::Invalid)?;
        if bound != user {
            return Err(ConnectionTokenError::WrongUser);
        }
        Ok(VerifiedConnection {
            connection_id: connection.to_owned(),
            retired_key: opened.standing == KeyStanding::Retired,
        })
    }
}

fn read(body: &[u8]) -> Option<(&str, Option<&str>)> {
    let mut reader = Reader::new(body);
    let connection = reader.text(MAX_TOKEN_CHARS)?;
    let user = reader.optional_text(MAX_TOKEN_CHARS)?;
    reader.end()?;
    Some((connection, user))
}

/// What a connection token proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedConnection {
    /// The public id of the connection.
    pub connection_id: String,
    /// The key that signed the token is no longer in use. Whoever verifies goes on only if a
    /// connection of this id and this user lives on this node, and began before the key was
    /// retired; to all others such a token is invalid.
    pub retired_key: bool,
}

/// Why a connection token was refused. Says nothing of the token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConnectionTokenError {
    /// Not a token of ours: misspelled, forged, for another purpose or another application.
    #[error("the connection token is invalid")]
    Invalid,
    /// A genuine token that another user negotiated.
    #[error("the connection token belongs to another user")]
    WrongUser,
}

impl ConnectionTokenError {
    /// The reason in a few words that never change, for logs and metrics.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Invalid => "invalid",
            Self::WrongUser => "wrong user",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::keys::SigningKey, *};

    fn key(number: u8) -> SigningKey {
        SigningKey::new([number; 32]).unwrap()
    }

    fn tokens() -> ConnectionTokens {
        ConnectionTokens::new(SigningKeys::new([key(1)]).unwrap(), "chat")
    }

    #[test]
    fn a_token_names_its_connection() {
        let tokens = tokens();
        for user in [None, Some(""), Some("ann"), Some("änn|>.*\0__proto__")] {
            let token = tokens.issue("6f9619ff-8b86-4d01-b42d-00cf4fc964ff", user);
            assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)));
            let verified = tokens.verify(&token, user).unwrap();
            assert_eq!(verified.connection_id, "6f9619ff-8b86-4d01-b42d-00cf4fc964ff");
            assert!(!verified.retired_key);
        }
    }

    #[test]
    fn the_user_is_bound_byte_for_byte() {
        let tokens = tokens();
        let users =
            [None, Some(""), Some("ann"), Some("Ann"), Some("ann "), Some("änn"), Some("a\u{308}nn"), Some("\0")];
        for user in users {
            let token = tokens.issue("c", user);
            for other in users {
                let expected = if user == other { Ok("c") } else { Err(ConnectionTokenError::WrongUser) };
                let verified = tokens.verify(&token, other);
                assert_eq!(verified.as_ref().map(|found| found.connection_id.as_str()).map_err(|e| *e), expected);
            }
        }
    }

    #[test]
    fn where_the_connection_ends_and_the_user_begins_is_bound() {
        let tokens = tokens();
        assert_ne!(tokens.issue("ab", Some("c")), tokens.issue("a", Some("bc")));
        assert_ne!(tokens.issue("c", None), tokens.issue("c", Some("")));
    }

    #[test]
    fn another_application_or_key_makes_it_invalid_whoever_asks() {
        let tokens = tokens();
        let token = tokens.issue("c", Some("ann"));
        let elsewhere = ConnectionTokens::new(tokens.keys.clone(), "other");
        assert_eq!(elsewhere.verify(&token, Some("ann")), Err(ConnectionTokenError::Invalid));
        assert_eq!(elsewhere.verify(&token, Some("bob")), Err(ConnectionTokenError::Invalid));
        let strangers = ConnectionTokens::new(SigningKeys::new([key(2)]).unwrap(), "chat");
        assert_eq!(strangers.verify(&token, Some("bob")), Err(ConnectionTokenError::Invalid));
        assert_eq!(tokens.verify("", None), Err(ConnectionTokenError::Invalid));
        assert_eq!(tokens.verify(&"A".repeat(100_000), None), Err(ConnectionTokenError::Invalid));
    }

    #[test]
    fn a_token_outlives_its_key_with_a_mark() {
        let tokens = tokens();
        let token = tokens.issue("c", Some("ann"));
        tokens.keys.replace([key(2), key(1)]).unwrap();
        assert!(!tokens.verify(&token, Some("ann")).unwrap().retired_key);
        tokens.keys.replace([key(2)]).unwrap();
        assert!(tokens.verify(&token, Some("ann")).unwrap().retired_key);
        assert_eq!(tokens.verify(&token, Some("bob")), Err(ConnectionTokenError::WrongUser));
        for number in 3..40 {
            tokens.keys.replace([key(number)]).unwrap();
        }
        assert_eq!(tokens.verify(&token, Some("ann")), Err(ConnectionTokenError::Invalid), "forgotten");
    }
}
