//! The token that says who a user is.
//!
//! `base64url(claim) "." base64url(tag)`, where claim = version 1 (one byte) ‖ when it expires (seconds since 1970,
//! eight bytes, big endian) ‖ the name in UTF-8, and tag = HMAC-SHA256(key, purpose ‖ claim).
//!
//! The key is a line of the hubs' key file, as it is written there. The hubs' own tokens are signed with keys derived
//! from what that line decodes to, so that neither kind can be taken for the other.

use std::fmt;
use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;

/// Stands before everything that is signed, so that no token of another kind is taken for one of these.
const PURPOSE: &[u8] = b"hubs-for-rust chat sign-in\0";
const VERSION: u8 = 1;

/// Longer than any token we gave out; what is longer is not worth decoding.
const MAX_TOKEN_BYTES: usize = 512;

/// The name of a user: 1 to 64 characters, none of them a control character, with no space around them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserName(String);

/// A name that no user can have.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("a name has 1 to 64 characters, none of them a control character")]
pub struct UserNameError;

impl UserName {
    /// The name that was typed, without the space around it.
    ///
    /// # Errors
    ///
    /// [`UserNameError`] if nothing is left, or too much, or a control character.
    pub fn parse(typed: &str) -> Result<Self, UserNameError> {
        let name = typed.trim();
        let fits = (1..=64).contains(&name.chars().count()) && !name.contains(char::is_control);
        if fits { Ok(Self(name.to_owned())) } else { Err(UserNameError) }
    }

    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Gives out tokens, and knows them again.
#[derive(Clone)]
pub struct Tokens {
    signing: Hmac<Sha256>,
    /// Keys that tokens were signed with before; so a key can be replaced while its tokens are still about.
    retired: Vec<Hmac<Sha256>>,
}

impl Tokens {
    /// How long a token is good.
    pub const LIFE: Duration = Duration::from_secs(30 * 24 * 60 * 60);

    /// Tokens signed with the first key of the hubs' key file; tokens of the others are known too.
    ///
    /// # Errors
    ///
    /// What the file system says, or [`io::ErrorKind::InvalidData`] if the file holds no key.
    pub fn from_key_file(path: &Path) -> io::Result<Self> {
        let text = fs::read_to_string(path)?;
        let mut keys =
            text.lines().map(|line| line.split('#').next().unwrap_or_default().trim()).filter(|key| !key.is_empty());
        let signing = keys.next().ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "no key in the file"))?;
        Ok(Self { retired: keys.map(keyed).collect(), ..Self::new(signing) })
    }

    /// Tokens signed with `key`.
    #[must_use]
    pub fn new(key: &str) -> Self {
        Self { signing: keyed(key), retired: Vec::new() }
    }

    /// A token for `user`, good for [`LIFE`](Self::LIFE) from `now`.
    #[must_use]
    pub fn issue(&self, user: &UserName, now: SystemTime) -> String {
        let mut claim = vec![VERSION];
        claim.extend((seconds(now) + Self::LIFE.as_secs()).to_be_bytes());
        claim.extend(user.as_str().as_bytes());
        let tag = self.signing.clone().chain_update(&claim).finalize().into_bytes();
        format!("{}.{}", BASE64_URL_SAFE_NO_PAD.encode(&claim), BASE64_URL_SAFE_NO_PAD.encode(tag))
    }

    /// Whose token this is, if it is one of ours and still good.
    #[must_use]
    pub fn verify(&self, token: &str, now: SystemTime) -> Option<UserName> {
        if token.len() > MAX_TOKEN_BYTES {
            return None;
        }
        let (claim, tag) = token.split_once('.')?;
        let claim = BASE64_URL_SAFE_NO_PAD.decode(claim).ok()?;
        let tag = BASE64_URL_SAFE_NO_PAD.decode(tag).ok()?;
        // In constant time, and before anything of the claim is looked at.
        let mut keys = std::iter::once(&self.signing).chain(&self.retired);
        keys.find(|key| (*key).clone().chain_update(&claim).verify_slice(&tag).is_ok())?;

        let (version, claim) = claim.split_first()?;
        let (expires, name) = claim.split_first_chunk()?;
        if *version != VERSION || u64::from_be_bytes(*expires) <= seconds(now) {
            return None;
        }
        UserName::parse(std::str::from_utf8(name).ok()?).ok()
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").field("signing", &"[redacted]").finish_non_exhaustive()
    }
}

fn keyed(key: &str) -> Hmac<Sha256> {
    let keyed = Hmac::<Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes a key of any length");
    keyed.chain_update(PURPOSE)
}

fn seconds(now: SystemTime) -> u64 {
    now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str) -> UserName {
        UserName::parse(name).unwrap()
    }

    #[test]
    fn a_name_loses_the_space_around_it() {
        assert_eq!(name("  chat ann\n").as_str(), "chat ann");
        assert_eq!(UserName::parse(" \t "), Err(UserNameError));
        assert_eq!(UserName::parse("a\0b"), Err(UserNameError));
    }

    #[test]
    fn a_name_has_at_most_64_characters() {
        assert!(UserName::parse(&"💬".repeat(64)).is_ok());
        assert_eq!(UserName::parse(&"x".repeat(65)), Err(UserNameError));
    }

    #[test]
    fn a_token_names_its_user_until_it_expires() {
        let tokens = Tokens::new("key");
        let now = SystemTime::now();
        let token = tokens.issue(&name("ann"), now);
        assert_eq!(tokens.verify(&token, now), Some(name("ann")));
        assert_eq!(tokens.verify(&token, now + Tokens::LIFE - Duration::from_secs(2)), Some(name("ann")));
        assert_eq!(tokens.verify(&token, now + Tokens::LIFE + Duration::from_secs(1)), None);
    }

    #[test]
    fn the_longest_name_fits_in_a_token() {
        let tokens = Tokens::new("key");
        let user = name(&"💬".repeat(64));
        let token = tokens.issue(&user, SystemTime::now());
        assert_eq!(tokens.verify(&token, SystemTime::now()), Some(user));
    }

    #[test]
    fn a_token_that_is_not_ours_is_nobodys() {
        let tokens = Tokens::new("key");
        let now = SystemTime::now();
        let token = tokens.issue(&name("ann"), now);
        let (claim, tag) = token.split_once('.').unwrap();
        let other = tokens.issue(&name("bob"), now);
        let (other_claim, other_tag) = other.split_once('.').unwrap();

        assert_eq!(Tokens::new("other key").verify(&token, now), None);
        for forged in [
            format!("{other_claim}.{tag}"),
            format!("{claim}.{other_tag}"),
            format!("{claim}."),
            format!("{claim}.{}", &tag[..20]),
            format!("{claim}.{tag}="),
            format!("{claim}.{tag}.{tag}"),
            claim.to_owned(),
            String::new(),
            ".".to_owned(),
            "x".repeat(MAX_TOKEN_BYTES + 1),
        ] {
            assert_eq!(tokens.verify(&forged, now), None, "{forged}");
        }
    }

    #[test]
    fn a_retired_key_still_verifies() {
        let path = std::env::temp_dir().join(format!("chat-keys-{}.key", std::process::id()));
        let now = SystemTime::now();
        let old = Tokens::new("old").issue(&name("ann"), now);

        fs::write(&path, "# rotated\nnew # since today\n\nold\n").unwrap();
        let tokens = Tokens::from_key_file(&path).unwrap();
        assert_eq!(tokens.verify(&old, now), Some(name("ann")));
        assert_eq!(tokens.issue(&name("ann"), now), Tokens::new("new").issue(&name("ann"), now));

        fs::write(&path, "# none\n").unwrap();
        assert_eq!(Tokens::from_key_file(&path).unwrap_err().kind(), io::ErrorKind::InvalidData);
        fs::remove_file(&path).unwrap();
    }

    #[test]
    fn the_key_is_not_printed() {
        assert_eq!(format!("{:?}", Tokens::new("key")), r#"Tokens { signing: "[redacted]", .. }"#);
    }
}
