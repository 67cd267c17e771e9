//! What every store must do, as tests that can be run against a store of one's own. Needs the feature `contract`.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! use hub_membership::{MemoryStore, contract};
//!
//! // In a test: #[tokio::test]
//! let store = MemoryStore::new();
//! contract::check(&store).await;
//! contract::check_directory(&store).await;
//! # }
//! ```
//!
//! The suite writes users and groups whose names no application has, apart from those that try names out, and removes the memberships
//! again. It panics with the rule that does not hold.

use std::collections::BTreeSet;

use futures_util::future::{join_all, try_join_all};
use hub_core::{GroupName, NameError, UserId};

use crate::{GroupDirectory, MembershipStore, StoreError};

/// Users that are looked up in one go.
const MANY_USERS: usize = 300;
/// Groups of one user: more than a page of any store.
const MANY_GROUPS: usize = 1_100;

/// Checks everything that a store of memberships promises.
///
/// # Panics
///
/// If it does not hold.
pub async fn check(store: &dyn MembershipStore) {
    nobody_is_in_no_group(store).await;
    adding_and_removing_twice_is_once(store).await;
    users_and_groups_are_told_apart(store).await;
    many_users_are_answered_in_their_order(store).await;
    changes_at_the_same_time_all_count(store).await;
    a_user_may_be_in_many_groups(store).await;
    names_come_back_as_they_were(store).await;
}

/// Checks everything that a directory of groups promises.
///
/// # Panics
///
/// If it does not hold.
pub async fn check_directory(directory: &dyn GroupDirectory) {
    let names = Names::new();
    let tea = names.group("tea");
    assert!(!done(directory.is_known(&tea).await), "a group that nobody created is not known");
    done(directory.create(&tea).await);
    done(directory.create(&tea).await);
    assert!(done(directory.is_known(&tea).await), "a created group is known, also when it was created twice");
    assert!(!done(directory.is_known(&names.group("Tea")).await), "letter case counts");
    for name in strange_names() {
        let group = names.group(&name);
        match directory.create(&group).await {
            Ok(()) => assert!(done(directory.is_known(&group).await), "a created group is known: {group:?}"),
            Err(StoreError::Name(_)) => {
                assert!(!done(directory.is_known(&group).await), "a refused group is not known: {group:?}");
            }
            Err(error) => fail(&format!("the group {group:?} is neither taken nor refused: {error:?}")),
        }
    }
}

/// Names that keys, patterns, URLs, texts and languages trip over, each of which a store gives back as it was or refuses.
pub fn strange_names() -> Vec<String> {
    let mut names: Vec<String> = [
        "*",
        ">",
        "a.b",
        "A",
        "a",
        "|",
        "nul\0nul",
        "\0",
        "🦀",
        "__proto__",
        "/",
        "\\",
        "a/b",
        "a\\b",
        "\\0",
        "#",
        "?",
        "%",
        "%2F",
        "%00",
        "=",
        "==",
        "-",
        "_",
        "!",
        "+",
        ",",
        ";",
        ":",
        "a:b",
        "'",
        "\"",
        "''",
        "`",
        "$1",
        "{}",
        "[a]",
        "(",
        ")",
        "&",
        "<b>",
        "@",
        "~",
        "^",
        " ",
        " a",
        "a ",
        "  ",
        "\t",
        "\n",
        "\r\n",
        "\u{1}",
        "\u{1f}",
        "\u{7f}",
        "\u{80}",
        "\u{9f}",
        "\u{a0}",
        "\u{e9}",
        "e\u{301}",
        "\u{feff}",
        "\u{fffd}",
        "\u{fffe}",
        "\u{200b}",
        "İ",
        "ß",
        "ss",
        "null",
        "NULL",
        "true",
        "0",
        "1",
        "01",
        "-1",
        "..",
        ".",
        "constructor",
        "'; DROP TABLE users; --",
        "eval(1)",
        "🏳️‍🌈",
        "日本語",
        "مرحبا",
        "\u{10ffff}",
    ]
    .map(str::to_owned)
    .into();
    names.push("x".repeat(256));
    names.push("\0".repeat(256));
    names.push("/".repeat(256));
    names.push("🦀".repeat(64));
    names.push(format!("{}b", "x".repeat(255)));
    names
}

async fn nobody_is_in_no_group(store: &dyn MembershipStore) {
    let nobody = Names::new().user("nobody");
    assert!(of(store, &nobody).await.is_empty(), "a user that nobody has heard of is in no group");
    done(store.remove(&nobody, &Names::new().group("nothing")).await);
    assert!(done(store.groups_of_many(&[]).await).is_empty(), "nobody asked, nobody answered");
}

async fn adding_and_removing_twice_is_once(store: &dyn MembershipStore) {
    let names = Names::new();
    let (ann, tea) = (names.user("ann"), names.group("tea"));
    done(store.add(&ann, &tea).await);
    done(store.add(&ann, &tea).await);
    assert_eq!(of(store, &ann).await, std::slice::from_ref(&tea), "a user added twice is a member once");
    done(store.remove(&ann, &tea).await);
    assert!(of(store, &ann).await.is_empty(), "a member that was removed is none");
    done(store.remove(&ann, &tea).await);
    done(store.add(&ann, &tea).await);
    assert_eq!(of(store, &ann).await, std::slice::from_ref(&tea), "a user that was removed can be added again");
    done(store.remove(&ann, &tea).await);
}

async fn users_and_groups_are_told_apart(store: &dyn MembershipStore) {
    let names = Names::new();
    let users = ["ann", "Ann", "ann ", "an"].map(|name| names.user(name));
    let groups = ["tea", "Tea", "tea ", "te"].map(|name| names.group(name));
    for (user, group) in users.iter().zip(&groups) {
        done(store.add(user, group).await);
    }
    for (user, group) in users.iter().zip(&groups) {
        assert_eq!(of(store, user).await, std::slice::from_ref(group), "names are told apart byte for byte");
    }
    done(store.remove(&users[0], &groups[1]).await);
    assert_eq!(of(store, &users[0]).await, [groups[0].clone()], "what a user is not in cannot be taken from it");
    assert_eq!(of(store, &users[1]).await, [groups[1].clone()], "a removal is one user's");
    for (user, group) in users.iter().zip(&groups) {
        done(store.remove(user, group).await);
    }
}

async fn many_users_are_answered_in_their_order(store: &dyn MembershipStore) {
    let names = Names::new();
    let users: Vec<UserId> = (0..MANY_USERS).map(|number| names.user(&number.to_string())).collect();
    let groups = ["tea", "bus"].map(|name| names.group(name));
    // Every third is in both, every other third in one, the rest nowhere.
    let held = |number: usize| groups.iter().take(number % 3);
    let added = (0..MANY_USERS).flat_map(|number| held(number).map(move |group| (number, group)));
    done(try_join_all(added.map(|(number, group)| store.add(&users[number], group))).await);
    let mut asked = users.clone();
    asked.reverse();
    asked.push(users[5].clone());
    let answers = done(store.groups_of_many(&asked).await);
    assert_eq!(answers.len(), asked.len(), "as many answers as users, also when one is asked for twice");
    for (number, answer) in (0..MANY_USERS).rev().chain([5]).zip(answers) {
        let expected: BTreeSet<&GroupName> = held(number).collect();
        assert_eq!(answer.len(), expected.len(), "each group once");
        assert_eq!(answer.iter().collect::<BTreeSet<_>>(), expected, "user {number} has its own groups");
    }
    let removed = (0..MANY_USERS).flat_map(|number| held(number).map(move |group| (number, group)));
    done(try_join_all(removed.map(|(number, group)| store.remove(&users[number], group))).await);
}

async fn changes_at_the_same_time_all_count(store: &dyn MembershipStore) {
    let names = Names::new();
    let ann = names.user("ann");
    let groups: Vec<GroupName> = (0..20).map(|number| names.group(&number.to_string())).collect();
    // The same ones twice, and all of a user that is new.
    done(try_join_all(groups.iter().chain(&groups).map(|group| store.add(&ann, group))).await);
    assert_eq!(of(store, &ann).await.len(), groups.len(), "adds at the same time all count, once");
    done(try_join_all(groups.iter().chain(&groups).map(|group| store.remove(&ann, group))).await);
    assert!(of(store, &ann).await.is_empty(), "removals at the same time all count");
}

async fn a_user_may_be_in_many_groups(store: &dyn MembershipStore) {
    let names = Names::new();
    let ann = names.user("ann");
    let groups: Vec<GroupName> = (0..MANY_GROUPS).map(|number| names.group(&format!("{number:04}"))).collect();
    for some in groups.chunks(50) {
        done(try_join_all(some.iter().map(|group| store.add(&ann, group))).await);
    }
    assert_eq!(of(store, &ann).await, groups, "all groups of a user come, however many");
    let both = done(store.groups_of_many(&[names.user("bob"), ann.clone()]).await);
    assert_eq!(both.iter().map(Vec::len).collect::<Vec<_>>(), [0, MANY_GROUPS], "also among others");
    for some in groups.chunks(50) {
        done(try_join_all(some.iter().map(|group| store.remove(&ann, group))).await);
    }
}

/// As user, as group, and as both: exact, or refused with nothing written.
async fn names_come_back_as_they_were(store: &dyn MembershipStore) {
    let names = Names::new();
    let (ann, tea) = (names.user("ann"), names.group("tea"));
    assert_eq!(
        UserId::new("x".repeat(257)).err(),
        Some(NameError::TooLong { bytes: 257 }),
        "a name that is too long is refused before any store sees it"
    );
    let mut taken = BTreeSet::new();
    for name in strange_names() {
        let (user, group) = (name_of(UserId::new(&name)), name_of(GroupName::new(&name)));
        let before = of(store, &user).await;
        for (user, group) in [(&ann, &group), (&user, &tea), (&user, &group)] {
            match store.add(user, group).await {
                Ok(()) => {
                    assert!(of(store, user).await.contains(group), "{group:?} comes back for {user:?} as it was");
                    if *user == ann {
                        taken.insert(group.clone());
                    }
                }
                Err(StoreError::Name(_)) => {
                    assert!(
                        !of(store, user).await.contains(group),
                        "what is refused is not written: {user:?}, {group:?}"
                    );
                }
                Err(error) => fail(&format!("{user:?}, {group:?}: neither taken nor refused: {error:?}")),
            }
        }
        for group in [&tea, &group] {
            done_or_refused(store.remove(&user, group).await);
        }
        let mut expected = before;
        expected.retain(|held| *held != group && *held != tea);
        assert_eq!(of(store, &user).await, expected, "what was added can be removed: {user:?}");
    }
    assert_eq!(of(store, &ann).await, taken.iter().cloned().collect::<Vec<_>>(), "no name was taken for another");
    let removed = taken.iter().map(|group| store.remove(&ann, group));
    join_all(removed).await.into_iter().for_each(done);
    assert!(of(store, &ann).await.is_empty(), "each was removed as itself");
}

/// In order, and each once.
async fn of(store: &dyn MembershipStore, user: &UserId) -> Vec<GroupName> {
    let mut groups = done(store.groups_of(user).await);
    groups.sort_unstable();
    let with_doubles = groups.len();
    groups.dedup();
    assert_eq!(groups.len(), with_doubles, "each group once");
    groups
}

/// Names of this run alone.
struct Names(String);

impl Names {
    fn new() -> Self {
        let mut bytes = [0_u8; 6];
        if let Err(error) = getrandom::fill(&mut bytes) {
            fail(&format!("no random bytes: {error}"));
        }
        Self(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    fn user(&self, name: &str) -> UserId {
        name_of(UserId::new(self.text(name)))
    }

    fn group(&self, name: &str) -> GroupName {
        name_of(GroupName::new(self.text(name)))
    }

    /// The name behind a prefix, cut so that it fits.
    fn text(&self, name: &str) -> String {
        let mut text = format!("{}{name}", self.0);
        text.truncate(text.floor_char_boundary(hub_core::MAX_NAME_BYTES));
        text
    }
}

fn name_of<T>(name: Result<T, NameError>) -> T {
    name.unwrap_or_else(|error| fail(&format!("the suite has a bad name: {error}")))
}

#[track_caller]
fn done<T>(outcome: Result<T, StoreError>) -> T {
    outcome.unwrap_or_else(|error| fail(&format!("the store failed: {error:?}")))
}

#[track_caller]
fn done_or_refused(outcome: Result<(), StoreError>) {
    match outcome {
        Ok(()) | Err(StoreError::Name(_)) => {}
        Err(error) => fail(&format!("the store failed: {error:?}")),
    }
}

#[track_caller]
#[allow(clippy::panic, reason = "this is how a suite of tests says that a rule does not hold")]
fn fail(text: &str) -> ! {
    panic!("{text}")
}
