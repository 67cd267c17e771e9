//! The rules of a folder of tokens, one by one.

use std::sync::atomic::{AtomicU64, Ordering};

use super::*;
use crate::rejoin::SigningKey;

/// A folder that ends with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(test: &str) -> Self {
        let unique = SigningKey::generate().unwrap().id();
        Self(std::env::temp_dir().join(format!("rejoin-{test}-{unique}")))
    }

    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> =
            fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn reference(number: u8) -> TokenReference {
    TokenReference::new([number; 16])
}

fn name(number: u8) -> String {
    format!("{}.token", reference(number).to_hex())
}

#[tokio::test]
async fn a_token_survives_the_process() {
    let folder = Folder::new("survive");
    let store = FileTokenStore::open(&folder.0).unwrap();
    assert_eq!(store.get(reference(1)).await.unwrap(), None);
    store.put(reference(1), Bytes::from_static(b"one"), u64::MAX).await.unwrap();
    store.put(reference(1), Bytes::from_static(b"two\nlines"), u64::MAX).await.unwrap();
    let again = FileTokenStore::open(&folder.0).unwrap();
    assert_eq!(again.get(reference(1)).await.unwrap(), Some(Bytes::from_static(b"two\nlines")));
    assert_eq!(again.len(), 1);
    assert_eq!(folder.names(), [name(1)]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&folder.0), mode(&folder.0.join(name(1)))), (0o700, 0o600));
    }
}

#[tokio::test]
async fn expired_tokens_are_swept_at_a_put_and_when_opened() {
    let folder = Folder::new("sweep");
    let time = Arc::new(AtomicU64::new(0));
    let open = || FileTokenStore::open_with(&folder.0, 9, 9_999, Clock::shared(Arc::clone(&time))).unwrap();
    let store = open();
    for number in 1..=3 {
        store.put(reference(number), Bytes::from_static(b"x"), u64::from(number) * 10).await.unwrap();
    }
    time.store(10, Ordering::Relaxed);
    store.put(reference(4), Bytes::from_static(b"x"), 40).await.unwrap();
    assert_eq!(folder.names(), [name(2), name(3), name(4)]);
    time.store(20, Ordering::Relaxed);
    assert_eq!(open().len(), 2);
    assert_eq!(folder.names(), [name(3), name(4)]);
    assert_eq!(store.evicted(), 0);
}

#[tokio::test]
async fn a_token_that_is_put_again_as_it_expires_stays() {
    let folder = Folder::new("renew");
    let time = Arc::new(AtomicU64::new(0));
    let store = FileTokenStore::open_with(&folder.0, 9, 9_999, Clock::shared(Arc::clone(&time))).unwrap();
    store.put(reference(1), Bytes::from_static(b"old"), 10).await.unwrap();
    time.store(10, Ordering::Relaxed);
    store.put(reference(1), Bytes::from_static(b"new"), 20).await.unwrap();
    assert_eq!(store.get(reference(1)).await.unwrap(), Some(Bytes::from_static(b"new")));
    assert_eq!(store.len(), 1);
}

#[tokio::test]
async fn the_folder_is_bounded_also_by_what_it_held_before() {
    let folder = Folder::new("bounds");
    let open = |max_tokens| FileTokenStore::open_with(&folder.0, max_tokens, 100, Clock::from_fn(|| 0)).unwrap();
    let store = open(3);
    for number in 1..=4 {
        store.put(reference(number), Bytes::from_static(b"x"), u64::from(number)).await.unwrap();
    }
    assert_eq!(folder.names(), [name(2), name(3), name(4)]);
    assert_eq!(store.evicted(), 1);
    let fewer = open(1);
    assert_eq!(folder.names(), [name(4)]);
    assert!(fewer.put(reference(5), vec![b'x'; 100].into(), 9).await.is_err(), "larger than all room");
    assert_eq!(folder.names(), [name(4)]);
}

#[tokio::test]
async fn what_is_not_ours_is_left_alone_and_what_is_broken_goes() {
    let folder = Folder::new("foreign");
    fs::create_dir(&folder.0).unwrap();
    let foreign = ["README", "keys.txt", "short.token", "ABCDEFABCDEFABCDEFABCDEFABCDEFAB.token"];
    for name in foreign {
        fs::write(folder.0.join(name), "9\nx").unwrap();
    }
    for (number, content) in [(1, ""), (2, "no line"), (3, "x\ntoken"), (4, "99999999999999999999999\nx")] {
        fs::write(folder.0.join(name(number)), content).unwrap();
    }
    let store = FileTokenStore::open_with(&folder.0, 9, 999, Clock::from_fn(|| 0)).unwrap();
    assert_eq!(folder.names().len(), foreign.len());
    assert!(store.is_empty());
    let unfinished = folder.0.join(format!("{}.77.unfinished", reference(6).to_hex()));
    fs::write(&unfinished, "9").unwrap();
    FileTokenStore::open(&folder.0).unwrap();
    assert!(unfinished.exists(), "another process may be at work on it");
    let long_ago = std::time::SystemTime::now() - 2 * LEFT_BEHIND;
    File::options().write(true).open(&unfinished).unwrap().set_modified(long_ago).unwrap();
    FileTokenStore::open(&folder.0).unwrap();
    assert!(!unfinished.exists());
    fs::write(folder.0.join(name(5)), "broken later").unwrap();
    assert_eq!(store.get(reference(5)).await.unwrap(), None);
}

#[tokio::test]
async fn a_folder_that_is_gone_is_an_error_and_no_panic() {
    let folder = Folder::new("gone");
    let store = FileTokenStore::open(&folder.0).unwrap();
    fs::remove_dir_all(&folder.0).unwrap();
    assert_eq!(store.get(reference(1)).await.unwrap(), None);
    assert!(store.put(reference(1), Bytes::from_static(b"x"), 9).await.is_err());
    fs::write(&folder.0, "a file").unwrap();
    assert!(store.get(reference(1)).await.is_err());
    assert!(FileTokenStore::open(&folder.0).is_err());
    fs::remove_file(&folder.0).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_see_whole_tokens_while_writers_renew_them() {
    let folder = Folder::new("atomic");
    let store = FileTokenStore::open(&folder.0).unwrap();
    store.put(reference(1), vec![b'0'; 100_000].into(), u64::MAX).await.unwrap();
    let writer = tokio::spawn({
        let store = store.clone();
        async move {
            for digit in b'1'..=b'9' {
                store.put(reference(1), vec![digit; 100_000].into(), u64::MAX).await.unwrap();
            }
        }
    });
    while !writer.is_finished() {
        let token = store.get(reference(1)).await.unwrap().unwrap();
        assert_eq!(token.len(), 100_000);
        assert!(token.iter().all(|byte| *byte == token[0]));
    }
    writer.await.unwrap();
}
