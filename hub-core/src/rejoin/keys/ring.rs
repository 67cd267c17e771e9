//! The ring of keys in use.

use std::{collections::VecDeque, path::Path, sync::Arc};

use crate::lock::{Mutex, RwLock};

use super::{KeyError, KeyId, KeyPlace, SigningKey, key::DerivedKey, source::Source};

/// How the key that signed a token stands today.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::rejoin) enum KeyStanding {
    /// It signs.
    Newest,
    /// It still verifies.
    Older,
    /// It is no longer listed. Only the connection tokens of connections that live here count.
    Retired,
}

/// The keys that sign and verify tokens, shared by all clones.
///
/// The first key signs, all of them verify. All nodes behind one address need the same keys. To
/// rotate: put the new key in front on every node, wait one token life, drop the old one. What
/// is no longer listed is *retired* at once; a retired key is remembered only so that
/// connections that live on this node can go on with the connection token they have
/// (section 13.3 of the classic specification).
///
/// ```
/// use hub_core::rejoin::{SigningKey, SigningKeys};
///
/// let keys = SigningKeys::new([SigningKey::generate()?])?;
/// let old = keys.newest();
/// keys.replace([SigningKey::generate()?])?;
/// assert_ne!(keys.newest(), old);
/// # Ok::<(), hub_core::rejoin::KeyError>(())
/// ```
#[derive(Debug, Clone)]
pub struct SigningKeys(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    ring: RwLock<Arc<Ring>>,
    source: Source,
    /// Held while a source is read, so that of two reloads the later one's keys stay.
    reloading: Mutex<()>,
}

impl SigningKeys {
    /// The most keys that can verify at once, and the most retired keys that are remembered.
    pub const MAX_KEYS: usize = 16;

    /// A ring of these keys, the signing key first. A key that occurs twice counts once.
    ///
    /// # Errors
    ///
    /// [`KeyError::Empty`] without keys, [`KeyError::TooMany`] with more than
    /// [`MAX_KEYS`](Self::MAX_KEYS).
    pub fn new(keys: impl IntoIterator<Item = SigningKey>) -> Result<Self, KeyError> {
        Self::with_source(keys, Source::Code)
    }

    /// A ring of one new random key, which ends with this process: tokens do not survive a
    /// restart, and no other node knows the key. A server warns about it, and a farm refuses it.
    ///
    /// # Errors
    ///
    /// [`KeyError::Random`].
    pub fn generate() -> Result<Self, KeyError> {
        let keys = Self::new([SigningKey::generate()?])?;
        let generated = Ring { generated: true, ..Ring::clone(&keys.ring()) };
        *keys.0.ring.write() = Arc::new(generated);
        Ok(keys)
    }

    /// The keys in the environment variable `variable`, newest first, separated by commas or
    /// white space, each written as [`SigningKey::parse`] says.
    ///
    /// # Errors
    ///
    /// [`KeyError`] says which key of the variable is wrong and how, never what it is.
    pub fn from_env(variable: impl Into<String>) -> Result<Self, KeyError> {
        Self::from_source(Source::Variable(variable.into()))
    }

    /// The keys in a file, newest first, one a line, written as [`SigningKey::parse`] says. Empty
    /// lines and what follows a `#` do not count. A file that others may read is warned about.
    ///
    /// # Errors
    ///
    /// [`KeyError`] says which line is wrong and how, never what it holds.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self, KeyError> {
        Self::from_source(Source::File(path.as_ref().to_owned()))
    }

    /// As [`from_file`](Self::from_file), but a file that is missing or empty is first made with
    /// one new random key, readable by its owner alone. Processes that start at the same time
    /// agree on the key. Meant for one machine: nodes on several need a key that is given.
    ///
    /// # Errors
    ///
    /// [`KeyError`], as [`from_file`](Self::from_file), or if the file could not be made.
    pub fn from_file_or_create(path: impl AsRef<Path>) -> Result<Self, KeyError> {
        super::source::create_file(path.as_ref())?;
        Self::from_file(path)
    }

    /// Puts these keys, the signing key first, in the place of the ones in use. Those no longer
    /// listed are retired at once. True if that changed anything.
    ///
    /// # Errors
    ///
    /// As [`new`](Self::new); then the ring stays as it was.
    pub fn replace(&self, keys: impl IntoIterator<Item = SigningKey>) -> Result<bool, KeyError> {
        let listed = derive(keys, KeyPlace::Code)?;
        Ok(self.install(listed))
    }

    /// Reads the variable or the file again, as [`replace`](Self::replace) would with its keys.
    /// True if that changed anything.
    ///
    /// # Errors
    ///
    /// [`KeyError::NoSource`] for keys from neither; else as when they were first read, and the
    /// ring stays as it was.
    pub fn reload(&self) -> Result<bool, KeyError> {
        let _one_at_a_time = self.0.reloading.lock();
        let listed = derive(self.0.source.read()?, self.0.source.place())?;
        Ok(self.install(listed))
    }

    /// Whether the key was made up by [`generate`](Self::generate) and is still in use.
    pub fn is_generated(&self) -> bool {
        self.ring().generated
    }

    /// The id of the key that signs.
    pub fn newest(&self) -> KeyId {
        self.ring().newest().id()
    }

    /// The ids of all keys that verify, the signing key first.
    pub fn ids(&self) -> Vec<KeyId> {
        self.ring().listed.iter().map(DerivedKey::id).collect()
    }

    /// How many times the ring was changed. Tokens given out before should be issued anew.
    pub fn revision(&self) -> u64 {
        self.ring().revision
    }

    pub(in crate::rejoin) fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.0.ring.read())
    }

    fn from_source(source: Source) -> Result<Self, KeyError> {
        Self::with_source(source.read()?, source)
    }

    fn with_source(keys: impl IntoIterator<Item = SigningKey>, source: Source) -> Result<Self, KeyError> {
        let listed = derive(keys, source.place())?;
        let ring = Ring { listed, retired: VecDeque::new(), revision: 0, generated: false };
        Ok(Self(Arc::new(Shared { ring: RwLock::new(Arc::new(ring)), source, reloading: Mutex::new(()) })))
    }

    fn install(&self, listed: Vec<DerivedKey>) -> bool {
        let mut ring = self.0.ring.write();
        if ring.listed == listed {
            return false;
        }
        let mut retired: VecDeque<DerivedKey> =
            ring.listed.iter().chain(&ring.retired).filter(|key| !listed.contains(key)).cloned().collect();
        retired.truncate(Self::MAX_KEYS);
        let revision = ring.revision.saturating_add(1);
        *ring = Arc::new(Ring { listed, retired, revision, generated: false });
        true
    }
}

fn derive(keys: impl IntoIterator<Item = SigningKey>, place: KeyPlace) -> Result<Vec<DerivedKey>, KeyError> {
    let mut listed: Vec<DerivedKey> = Vec::new();
    for key in keys {
        let derived = DerivedKey::new(&key);
        if !listed.contains(&derived) {
            listed.push(derived);
        }
    }
    match listed.len() {
        0 => Err(KeyError::Empty { place }),
        count if count > SigningKeys::MAX_KEYS => Err(KeyError::TooMany { count, maximum: SigningKeys::MAX_KEYS }),
        _ => Ok(listed),
    }
}

/// The keys at one moment.
#[derive(Debug, Clone)]
pub(in crate::rejoin) struct Ring {
    /// Newest first; never empty.
    listed: Vec<DerivedKey>,
    /// Last retired first.
    retired: VecDeque<DerivedKey>,
    revision: u64,
    generated: bool,
}

impl Ring {
    /// The key that signs.
    pub(in crate::rejoin) fn newest(&self) -> &DerivedKey {
        self.listed.first().expect("a ring is never made without a key")
    }

    /// The keys with this id, retired ones last. Nearly always one or none.
    pub(in crate::rejoin) fn with_id(&self, id: [u8; 4]) -> impl Iterator<Item = (&DerivedKey, KeyStanding)> {
        let listed = self.listed.iter().enumerate().map(|(at, key)| match at {
            0 => (key, KeyStanding::Newest),
            _ => (key, KeyStanding::Older),
        });
        let retired = self.retired.iter().map(|key| (key, KeyStanding::Retired));
        listed.chain(retired).filter(move |(key, _)| *key.id().as_bytes() == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(number: u8) -> SigningKey {
        SigningKey::new([number; 32]).unwrap()
    }

    fn standing(keys: &SigningKeys, number: u8) -> Option<KeyStanding> {
        keys.ring().with_id(*key(number).id().as_bytes()).next().map(|(_, standing)| standing)
    }

    #[test]
    fn the_first_signs_and_all_verify() {
        let keys = SigningKeys::new([key(1), key(2), key(1)]).unwrap();
        assert_eq!(keys.ids(), [key(1).id(), key(2).id()]);
        assert_eq!(keys.newest(), key(1).id());
        assert_eq!(standing(&keys, 1), Some(KeyStanding::Newest));
        assert_eq!(standing(&keys, 2), Some(KeyStanding::Older));
        assert_eq!(standing(&keys, 3), None);
        assert!(!keys.is_generated());
    }

    #[test]
    fn a_ring_has_between_1_and_16_keys() {
        let none = SigningKeys::new([]).unwrap_err();
        assert_eq!(none.to_string(), "no signing key");
        assert!(SigningKeys::new((0..16).map(key)).is_ok());
        let many = SigningKeys::new((0..17).map(key)).unwrap_err();
        assert_eq!(many.to_string(), "17 signing keys; at most 16 can be in use at once");
    }

    #[test]
    fn what_is_no_longer_listed_is_retired_at_once_in_every_clone() {
        let keys = SigningKeys::new([key(1), key(2)]).unwrap();
        let clone = keys.clone();
        assert!(keys.replace([key(3), key(1)]).unwrap());
        assert_eq!(clone.ids(), [key(3).id(), key(1).id()]);
        assert_eq!(standing(&clone, 2), Some(KeyStanding::Retired));
        assert_eq!(clone.revision(), 1);

        assert!(!keys.replace([key(3), key(1)]).unwrap(), "nothing new");
        assert_eq!(clone.revision(), 1);

        assert!(keys.replace([key(2)]).unwrap());
        assert_eq!(standing(&clone, 2), Some(KeyStanding::Newest), "listed again");
        assert_eq!(standing(&clone, 1), Some(KeyStanding::Retired));
    }

    #[test]
    fn sixteen_retired_keys_are_remembered_the_last_ones() {
        let keys = SigningKeys::new([key(0)]).unwrap();
        for number in 1..=20 {
            keys.replace([key(number)]).unwrap();
        }
        assert_eq!(standing(&keys, 3), None);
        for number in 4..20 {
            assert_eq!(standing(&keys, number), Some(KeyStanding::Retired), "{number}");
        }
        assert_eq!(standing(&keys, 20), Some(KeyStanding::Newest));
    }

    #[test]
    fn a_bad_replacement_changes_nothing() {
        let keys = SigningKeys::new([key(1)]).unwrap();
        assert!(keys.replace([]).is_err());
        assert!(keys.replace((0..17).map(key)).is_err());
        assert_eq!(keys.ids(), [key(1).id()]);
        assert!(matches!(keys.reload(), Err(KeyError::NoSource)));
    }

    #[test]
    fn a_generated_key_says_so_until_it_is_replaced() {
        let keys = SigningKeys::generate().unwrap();
        assert!(keys.is_generated());
        assert!(keys.clone().is_generated());
        keys.replace([key(1)]).unwrap();
        assert!(!keys.is_generated());
    }

    #[test]
    fn a_ring_prints_no_secret() {
        let keys = SigningKeys::new([key(0x41)]).unwrap();
        let printed = format!("{keys:?}");
        assert!(!printed.contains("AAAA") && !printed.contains("65, 65") && !printed.contains("41, 41"), "{printed}");
    }
}
