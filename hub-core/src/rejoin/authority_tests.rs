//! The rules of the authority, one by one.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;

use super::*;
use crate::{
    lock::Mutex,
    rejoin::{SigningKey, StoreFuture},
};

const NOW: u64 = 1_764_000_000_000;
const ANN: Holder<'static> = Holder { generation: Generation::Classic, connection: "6f96", user: Some("ann") };

fn key(number: u8) -> SigningKey {
    SigningKey::new([number; 32]).unwrap()
}

fn builder() -> (TokenAuthorityBuilder, Arc<AtomicU64>) {
    let time = Arc::new(AtomicU64::new(NOW));
    let keys = SigningKeys::new([key(1)]).unwrap();
    let builder = TokenAuthority::builder(keys).application("chat").clock(Clock::shared(Arc::clone(&time)));
    (builder, time)
}

fn authority() -> (TokenAuthority, Arc<AtomicU64>) {
    let (builder, time) = builder();
    (builder.build(), time)
}

fn long_groups() -> Vec<HubGroups> {
    let group = |number: usize| format!("{number:04}{}", "g".repeat(252));
    vec![("chatHub".to_owned(), (0..1000).map(group).collect())]
}

fn short_groups() -> Vec<HubGroups> {
    vec![("chatHub".to_owned(), vec!["lobby".to_owned()])]
}

#[tokio::test]
async fn a_token_lives_for_the_token_life_and_the_disconnect_window() {
    let (authority, time) = authority();
    let issued = authority.issue_groups(ANN, 7, &short_groups()).await.unwrap();
    assert_eq!((issued.issued_at_ms, issued.expires_at_ms, issued.by_reference), (NOW, NOW + 630_000, false));
    assert_eq!(authority.life(), Duration::from_secs(630));
    time.store(NOW + 629_999, Ordering::Relaxed);
    assert_eq!(authority.verify_groups(issued.token(), ANN).await.unwrap().groups, short_groups());
    time.store(NOW + 630_000, Ordering::Relaxed);
    assert_eq!(authority.verify_groups(issued.token(), ANN).await, Err(TokenRefused::Expired));
}

#[test]
fn a_token_is_issued_anew_halfway_through_its_life() {
    let (authority, _) = authority();
    assert!(!authority.should_reissue(NOW, NOW + 314_999));
    assert!(authority.should_reissue(NOW, NOW + 315_000));
    assert!(authority.should_reissue(NOW, u64::MAX));
    assert!(!authority.should_reissue(NOW, NOW - 60_000));
    assert!(authority.should_reissue(NOW, NOW - 60_001), "the clock was set back");
}

#[tokio::test]
async fn a_thousand_long_names_travel_as_a_short_reference() {
    let (authority, _) = authority();
    let issued = authority.issue_groups(ANN, 7, &long_groups()).await.unwrap();
    assert!(issued.by_reference);
    assert!(issued.token().len() <= 200, "{}", issued.token().len());
    assert!(issued.token().bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)));
    let verified = authority.verify_groups(issued.token(), ANN).await.unwrap();
    assert_eq!(verified.groups, long_groups());

    let bob = Holder { user: Some("bob"), ..ANN };
    assert_eq!(authority.verify_groups(issued.token(), bob).await, Err(TokenRefused::WrongUser));
    let other = Holder { connection: "other", ..ANN };
    assert_eq!(authority.verify_groups(issued.token(), other).await, Err(TokenRefused::WrongConnection));
}

#[tokio::test]
async fn each_wire_has_its_length() {
    let (authority, _) = authority();
    let core = Holder { generation: Generation::Core, ..ANN };
    let of_length = |bytes: usize| {
        let names = (0..bytes / 100).map(|number| format!("{number:0100}")).collect();
        vec![("chatHub".to_owned(), names)]
    };
    for (holder, bytes, by_reference) in [(ANN, 600, false), (ANN, 800, true), (core, 800, false), (core, 20_000, true)]
    {
        let issued = authority.issue_groups(holder, 7, &of_length(bytes)).await.unwrap();
        assert_eq!(issued.by_reference, by_reference, "{bytes}");
        assert!(issued.token().len() <= max_inline_chars(holder.generation));
        let any = authority.verify_groups_of_any_connection(issued.token(), holder.generation, "chatHub", holder.user);
        assert_eq!(any.await.unwrap().groups, of_length(bytes));
    }
}

#[tokio::test]
async fn a_connection_that_changes_all_the_time_holds_one_place() {
    let (builder, time) = builder();
    let store = Arc::new(MemoryTokenStore::new().with_clock(Clock::shared(Arc::clone(&time))));
    let authority = builder.shared_store(Arc::<MemoryTokenStore>::clone(&store)).build();
    let mut tokens = std::collections::HashSet::new();
    for sequence in 0..100 {
        tokens.insert(authority.issue_groups(ANN, sequence, &long_groups()).await.unwrap().into_token());
        time.fetch_add(1_000, Ordering::Relaxed);
    }
    assert!(store.len() <= 2 && tokens.len() <= 2, "{} {}", store.len(), tokens.len());
    assert_eq!(store.evicted(), 0);

    time.fetch_add(630_000, Ordering::Relaxed);
    let later = authority.issue_groups(ANN, 100, &long_groups()).await.unwrap();
    assert!(tokens.insert(later.into_token()), "a reference does not stay for ever");

    let other = Holder { connection: "other", ..ANN };
    let core = Holder { generation: Generation::Core, ..ANN };
    for holder in [other, core] {
        assert!(tokens.insert(authority.issue_groups(holder, 1, &long_groups()).await.unwrap().into_token()));
    }
}

#[tokio::test]
async fn a_reference_gives_the_newest_of_its_tokens() {
    let (authority, _) = authority();
    let first = authority.issue_groups(ANN, 1, &long_groups()).await.unwrap();
    let fewer: Vec<HubGroups> = vec![("chatHub".to_owned(), long_groups()[0].1[..500].to_vec())];
    authority.issue_groups(ANN, 2, &fewer).await.unwrap();
    let verified = authority.verify_groups(first.token(), ANN).await.unwrap();
    assert_eq!((verified.sequence, verified.groups), (2, fewer));
}

#[tokio::test]
async fn a_reference_that_is_not_found_is_lost() {
    let (authority, _) = authority();
    let lost = TokenReference::new([9; 16]).to_wire();
    assert_eq!(authority.verify_groups(&lost, ANN).await, Err(TokenRefused::ReferenceLost));
    assert_eq!(TokenRefused::ReferenceLost.reason(), "reference lost");
    assert_eq!(authority.verify_groups(&format!("{lost}="), ANN).await, Err(TokenRefused::Malformed));
    assert_eq!(authority.verify_groups("r.", ANN).await, Err(TokenRefused::Malformed));
}

#[tokio::test]
async fn whoever_writes_to_the_store_has_gained_nothing() {
    let (builder, _) = builder();
    let store = Arc::new(MemoryTokenStore::new());
    let authority = builder.shared_store(Arc::<MemoryTokenStore>::clone(&store)).build();
    let reference = TokenReference::new([9; 16]);
    let stranger = TokenAuthority::builder(SigningKeys::new([key(2)]).unwrap()).application("chat").build();
    let forged = stranger.issue_groups(ANN, 7, &short_groups()).await.unwrap().into_token();
    let own = authority.issue_groups(Holder { connection: "other", ..ANN }, 7, &short_groups()).await.unwrap();
    for (planted, refused) in [
        (forged.into_bytes(), TokenRefused::Forged),
        (own.into_token().into_bytes(), TokenRefused::WrongConnection),
        (reference.to_wire().into_bytes(), TokenRefused::Malformed),
        (vec![0xff; 100], TokenRefused::Malformed),
        (Vec::new(), TokenRefused::Malformed),
    ] {
        store.put(reference, planted.into(), u64::MAX).await.unwrap();
        assert_eq!(authority.verify_groups(&reference.to_wire(), ANN).await, Err(refused));
    }
}

/// Fails, or never answers.
#[derive(Debug)]
struct Broken {
    answers: bool,
}

impl Broken {
    fn answer<T: Send + 'static>(&self) -> StoreFuture<'_, T> {
        match self.answers {
            true => Box::pin(async { Err(StoreError::new("out of order")) }),
            false => Box::pin(std::future::pending()),
        }
    }
}

impl TokenStore for Broken {
    fn put(&self, _: TokenReference, _: Bytes, _: u64) -> StoreFuture<'_, ()> {
        self.answer()
    }

    fn get(&self, _: TokenReference) -> StoreFuture<'_, Option<Bytes>> {
        self.answer()
    }
}

#[tokio::test(start_paused = true)]
async fn a_store_that_fails_or_hangs_is_a_refusal_in_time() {
    for answers in [true, false] {
        let authority = builder().0.store(Broken { answers }).build();
        let issued = authority.issue_groups(ANN, 7, &long_groups()).await;
        assert!(matches!(issued, Err(IssueError::Store(_))));
        let reference = TokenReference::new([9; 16]).to_wire();
        assert_eq!(authority.verify_groups(&reference, ANN).await, Err(TokenRefused::StoreFailed));
        let short = authority.issue_groups(ANN, 7, &short_groups()).await.unwrap();
        assert!(authority.verify_groups(short.token(), ANN).await.is_ok(), "short tokens need no store");
    }
}

#[tokio::test]
async fn keys_rotate_under_a_running_server() {
    let (authority, _) = authority();
    let old = authority.issue_groups(ANN, 1, &short_groups()).await.unwrap();
    let connection = authority.issue_connection("6f96", Some("ann"));
    authority.keys().replace([key(2), key(1)]).unwrap();
    assert!(!authority.verify_groups(old.token(), ANN).await.unwrap().newest_key);
    let new = authority.issue_groups(ANN, 2, &short_groups()).await.unwrap();
    authority.keys().replace([key(2)]).unwrap();
    assert_eq!(authority.verify_groups(old.token(), ANN).await, Err(TokenRefused::RetiredKey));
    assert!(authority.verify_groups(new.token(), ANN).await.unwrap().newest_key);
    assert!(authority.verify_connection(&connection, Some("ann")).unwrap().retired_key);
    assert_eq!(authority.keys().revision(), 2);
}

#[test]
fn keys_rotate_while_others_sign_and_verify() {
    let (authority, _) = authority();
    authority.keys().replace([key(1), key(2)]).unwrap();
    let failed = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..2_000 {
                    let token = authority.issue_connection("c", None);
                    let verified = authority.verify_connection(&token, None);
                    if !matches!(&verified, Ok(found) if !found.retired_key) {
                        failed.lock().push(verified);
                    }
                }
            });
        }
        // Each of the two keys is listed at any moment; which one signs changes all the time.
        for (newest, older) in [(2, 1), (1, 2)].into_iter().cycle().take(400) {
            authority.keys().replace([key(newest), key(older)]).unwrap();
            std::thread::yield_now();
        }
    });
    assert_eq!(*failed.lock(), []);
    assert_eq!(authority.keys().revision(), 401);
}

#[tokio::test]
async fn nothing_that_is_printed_holds_a_token_or_a_key() {
    let (authority, _) = authority();
    let issued = authority.issue_groups(ANN, 7, &short_groups()).await.unwrap();
    let printed = format!("{authority:?} {issued:?}");
    assert!(!printed.contains(issued.token()), "{printed}");
    assert!(printed.contains("[redacted]"));
}
