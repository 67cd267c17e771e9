//! Tokens in files.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;

use super::{StoreError, StoreFuture, TokenReference, TokenStore, shelf::Shelf};
use crate::{lock::Mutex, rejoin::Clock};

/// What a file's name ends with; before it stands the reference in hexadecimal digits.
const EXTENSION: &str = "token";
/// What the name of a file that is being written ends with.
const UNFINISHED: &str = "unfinished";
/// From when on an unfinished file counts as left behind by a process that was killed.
const LEFT_BEHIND: Duration = Duration::from_secs(60);
/// The most bytes a file is read to.
const MAX_FILE_BYTES: u64 = 4 * 1024 * 1024;
/// Digits of a `u64` and a line feed: the end of a token's life, before the token.
const MAX_HEAD_BYTES: u64 = 21;

/// Keeps tokens in a folder, one file each: by default at most 256 MiB and 20,000 tokens.
///
/// They survive a restart, also by `kill -9`; after a power failure the last ones may be lost.
/// A file appears whole or not at all. The folder is made if it is missing, and then is its
/// owner's alone. A name is the reference in hexadecimal digits and nothing that a client chose.
/// Expired files are swept when the store is opened and with every put.
///
/// One process at a time may write to a folder: the bounds are its own.
#[derive(Debug, Clone)]
pub struct FileTokenStore(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    folder: PathBuf,
    clock: Clock,
    /// Held while files are written and removed, so that none is swept that was just renewed.
    shelf: Mutex<Shelf>,
}

impl FileTokenStore {
    /// The default for the number of tokens.
    pub const DEFAULT_MAX_TOKENS: usize = 20_000;
    /// The default for their bytes.
    pub const DEFAULT_MAX_BYTES: usize = 256 * 1024 * 1024;

    /// Opens a folder, or makes it. Blocks: for the start of a program.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if it cannot be made or read.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, StoreError> {
        Self::open_with(folder, Self::DEFAULT_MAX_TOKENS, Self::DEFAULT_MAX_BYTES, Clock::system())
    }

    /// As [`open`](Self::open), with bounds and a clock of one's own.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if it cannot be made or read.
    pub fn open_with(
        folder: impl Into<PathBuf>,
        max_tokens: usize,
        max_bytes: usize,
        clock: Clock,
    ) -> Result<Self, StoreError> {
        let shared = Shared { folder: folder.into(), clock, shelf: Mutex::new(Shelf::new(max_tokens, max_bytes)) };
        make_folder(&shared.folder).and_then(|()| shared.take_stock()).map_err(StoreError::new)?;
        Ok(Self(Arc::new(shared)))
    }

    /// How many tokens it knows of.
    pub fn len(&self) -> usize {
        self.0.shelf.lock().len()
    }

    /// Whether it knows of none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many tokens had to go before their time to make room.
    pub fn evicted(&self) -> u64 {
        self.0.shelf.lock().evicted()
    }

    /// Does `work` on a thread that may block.
    fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shared) -> io::Result<T> + Send + 'static,
    ) -> StoreFuture<'_, T> {
        let shared = Arc::clone(&self.0);
        Box::pin(async move {
            let done = tokio::task::spawn_blocking(move || work(&shared)).await;
            done.map_err(StoreError::new)?.map_err(StoreError::new)
        })
    }
}

impl TokenStore for FileTokenStore {
    fn put(&self, reference: TokenReference, token: Bytes, expires_at_ms: u64) -> StoreFuture<'_, ()> {
        self.blocking(move |shared| shared.put(reference, &token, expires_at_ms))
    }

    fn get(&self, reference: TokenReference) -> StoreFuture<'_, Option<Bytes>> {
        self.blocking(move |shared| shared.get(reference))
    }
}

impl Shared {
    fn put(&self, reference: TokenReference, token: &[u8], expires_at_ms: u64) -> io::Result<()> {
        let content = [format!("{expires_at_ms}\n").as_bytes(), token].concat();
        let mut shelf = self.shelf.lock();
        if !shelf.can_hold(content.len()) || content.len() as u64 > MAX_FILE_BYTES {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "a token is larger than the store"));
        }
        // If something fails below, the place stays taken until it expires: a file may be there.
        let mut gone = shelf.expire(self.clock.now_ms());
        gone.extend(shelf.place(reference, content.len(), expires_at_ms));
        for old in gone.into_iter().filter(|&old| old != reference) {
            remove(&self.path(old))?;
        }
        self.write(reference, &content)
    }

    /// Writes beside and renames: a reader sees the old file or the new one.
    fn write(&self, reference: TokenReference, content: &[u8]) -> io::Result<()> {
        let unfinished = self.folder.join(format!("{}.{}.{UNFINISHED}", reference.to_hex(), std::process::id()));
        remove(&unfinished)?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let written = options
            .open(&unfinished)
            .and_then(|mut file| file.write_all(content))
            .and_then(|()| fs::rename(&unfinished, self.path(reference)));
        if written.is_err() {
            let _ = remove(&unfinished);
        }
        written
    }

    fn get(&self, reference: TokenReference) -> io::Result<Option<Bytes>> {
        let file = match File::open(self.path(reference)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut content = Vec::new();
        file.take(MAX_FILE_BYTES).read_to_end(&mut content)?;
        let content = Bytes::from(content);
        Ok(head(&content).map(|(_, token)| content.slice_ref(token)))
    }

    /// Learns what the folder holds, and removes what is of no more use.
    fn take_stock(&self) -> io::Result<()> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let path = entry?.path();
            let is = |extension| path.extension().is_some_and(|found| found == extension);
            if is(UNFINISHED) && age(&path) > LEFT_BEHIND {
                remove(&path)?;
            }
            let name = path.file_stem().and_then(|stem| stem.to_str()).filter(|_| is(EXTENSION));
            // What else lies in the folder is not ours.
            let Some(reference) = name.and_then(TokenReference::from_hex) else { continue };
            match read_end(&path)? {
                Some((expires_at_ms, bytes)) => found.push((expires_at_ms, reference, bytes)),
                None => remove(&path)?,
            }
        }
        found.sort_unstable();
        let mut shelf = self.shelf.lock();
        let mut gone = Vec::new();
        for (expires_at_ms, reference, bytes) in found {
            match shelf.can_hold(bytes) {
                true => gone.extend(shelf.place(reference, bytes, expires_at_ms)),
                false => gone.push(reference),
            }
        }
        gone.extend(shelf.expire(self.clock.now_ms()));
        gone.into_iter().try_for_each(|old| remove(&self.path(old)))
    }

    fn path(&self, reference: TokenReference) -> PathBuf {
        self.folder.join(format!("{}.{EXTENSION}", reference.to_hex()))
    }
}

/// When a token's life ends, and the token; `None` for a file that was not written whole.
fn head(content: &[u8]) -> Option<(u64, &[u8])> {
    let end = content.iter().position(|byte| *byte == b'\n')?;
    let (head, token) = content.split_at_checked(end)?;
    let expires_at_ms = std::str::from_utf8(head).ok()?.parse().ok()?;
    Some((expires_at_ms, token.get(1..)?))
}

/// When a file's token ends and how large the file is; `None` as [`head`].
fn read_end(path: &Path) -> io::Result<Option<(u64, usize)>> {
    let file = File::open(path)?;
    let bytes = usize::try_from(file.metadata()?.len()).unwrap_or(usize::MAX);
    let mut start = Vec::new();
    file.take(MAX_HEAD_BYTES).read_to_end(&mut start)?;
    Ok(head(&start).map(|(expires_at_ms, _)| (expires_at_ms, bytes)))
}

fn age(path: &Path) -> Duration {
    let modified = fs::metadata(path).and_then(|found| found.modified()).ok();
    modified.and_then(|at| at.elapsed().ok()).unwrap_or_default()
}

/// Removes a file; one that is gone already is as good.
fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)
}

#[cfg(test)]
#[path = "file_tests.rs"]
mod tests;
