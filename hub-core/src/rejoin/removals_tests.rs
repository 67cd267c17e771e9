//! The rules of remembered removals, one by one.

use std::sync::atomic::{AtomicU64, Ordering};

use super::*;

const NOW: u64 = 1_764_000_000_000;
const LIFE: Duration = Duration::from_secs(630);

fn removals() -> (Removals, Arc<AtomicU64>) {
    let time = Arc::new(AtomicU64::new(NOW));
    (Removals::new(LIFE, Clock::shared(Arc::clone(&time))), time)
}

/// What is left of a token for `c` with this sequence, made at this time.
fn left(removals: &Removals, sequence: u64, issued_at_ms: u64, groups: &[&str]) -> Vec<String> {
    let mut token = VerifiedGroups {
        connection: "c".to_owned(),
        sequence,
        issued_at_ms,
        expires_at_ms: u64::MAX,
        groups: vec![("h".to_owned(), groups.iter().map(|&group| group.to_owned()).collect())],
        newest_key: true,
    };
    let dropped = removals.filter(&mut token);
    let left = token.of_hub("h").expect("a hub stays listed").to_vec();
    assert_eq!(dropped, groups.len() - left.len());
    left
}

#[test]
fn an_older_token_does_not_bring_a_group_back() {
    let (removals, _) = removals();
    removals.removed("c", "h", "secret", 8);
    assert_eq!(left(&removals, 7, NOW, &["secret", "news", "Secret"]), ["news", "Secret"]);
    assert_eq!(left(&removals, 8, NOW, &["secret"]), ["secret"], "the token knew of it");
    assert_eq!(left(&removals, 9, NOW, &["secret"]), ["secret"]);
}

#[test]
fn a_removal_concerns_its_connection_hub_and_group_alone() {
    let (removals, _) = removals();
    removals.removed("other", "h", "g", 8);
    removals.removed("c", "H", "g", 8);
    removals.removed("c", "h.g", "g", 8);
    assert_eq!(left(&removals, 1, NOW, &["g"]), ["g"]);
}

#[test]
fn added_again_is_a_member_again() {
    let (removals, _) = removals();
    removals.removed("c", "h", "g", 8);
    removals.added("c", "h", "g", 7);
    assert_eq!(left(&removals, 1, NOW, &["g"]), [""; 0], "an add that came before the removal");
    removals.added("c", "h", "g", 9);
    assert_eq!(left(&removals, 1, NOW, &["g"]), ["g"]);
    assert!(removals.is_empty());
    removals.removed("c", "h", "g", 10);
    assert_eq!(left(&removals, 9, NOW, &["g"]), [""; 0]);
    removals.removed("c", "h", "g", 4);
    assert_eq!(left(&removals, 9, NOW, &["g"]), [""; 0], "the higher sequence wins");
    assert_eq!(removals.len(), 1);
}

#[test]
fn a_token_of_before_a_restart_is_older_whatever_its_sequence() {
    let (removals, time) = removals();
    removals.removed("c", "h", "g", 3);
    assert_eq!(left(&removals, 1_000_000, NOW - 1, &["g"]), [""; 0]);
    time.store(NOW + 5, Ordering::Relaxed);
    assert_eq!(left(&removals, 4, NOW + 5, &["g"]), ["g"]);
}

#[test]
fn a_removal_is_remembered_for_a_token_life() {
    let (removals, time) = removals();
    removals.removed("c", "h", "g", 8);
    // The last token of before lives 630 s, and a clock may be a minute ahead.
    time.store(NOW + 689_999, Ordering::Relaxed);
    removals.removed("other", "h", "g", 9);
    assert_eq!(left(&removals, 7, NOW, &["g"]), [""; 0]);
    time.store(NOW + 690_000, Ordering::Relaxed);
    removals.removed("other", "h", "g", 10);
    assert_eq!(left(&removals, 7, NOW, &["g"]), ["g"]);
    assert_eq!((removals.len(), removals.forgotten()), (1, 0));
}

#[test]
fn memory_is_bounded_and_the_oldest_goes_first() {
    let (removals, _) = removals();
    let removals = removals.with_max_removals(3);
    for (number, group) in ["a", "b", "c", "d"].into_iter().enumerate() {
        removals.removed("c", "h", group, number as u64);
    }
    assert_eq!((removals.len(), removals.forgotten()), (3, 1));
    assert_eq!(left(&removals, 0, 0, &["a", "b", "c", "d"]), ["a"]);
    removals.removed("c", "h", "b", 9);
    removals.removed("c", "h", "e", 9);
    assert_eq!(left(&removals, 0, 0, &["b", "c", "d", "e"]), ["c"], "removed anew is not old");
}

#[test]
fn leaving_many_groups_makes_no_removal_forgotten() {
    let (removals, time) = removals();
    removals.removed("c", "h", "secret", 1);
    for number in 2..50_000_u64 {
        removals.removed("c", "h", &number.to_string(), number);
        removals.added("c", "h", &number.to_string(), number);
    }
    assert!(removals.len() <= Removals::MAX_REMOVALS_PER_CONNECTION + 1);
    assert_eq!(removals.forgotten(), 0);
    assert_eq!(left(&removals, 1, NOW, &["secret", "x"]), [""; 0], "all its older tokens are void");
    assert_eq!(left(&removals, 60_000, NOW, &["x"]), ["x"], "its newest is not");

    time.store(NOW + 690_000, Ordering::Relaxed);
    removals.removed("other", "h", "g", 1);
    assert_eq!(removals.len(), 1);
    assert_eq!(removals.memory.lock().connections.len(), 1);
}

#[test]
fn nothing_is_left_of_what_was_forgotten() {
    let (removals, _) = removals();
    let removals = removals.with_max_removals(10);
    for number in 0..1_000_u64 {
        removals.removed(&format!("c{}", number % 30), &format!("h{}", number % 7), &number.to_string(), number);
    }
    assert_eq!((removals.len(), removals.forgotten()), (10, 990));
    let memory = removals.memory.lock();
    assert!(memory.connections.len() <= 10);
    let count: usize = memory.connections.values().map(|known| known.count).sum();
    let held: usize = memory.connections.values().flat_map(|known| known.hubs.values()).map(HashMap::len).sum();
    assert_eq!((count, held), (10, 10));
}

/// The same rules as a list that is never forgotten from, over random steps.
#[test]
fn it_agrees_with_a_plain_list() {
    for seed in 1..200_u64 {
        let (removals, _) = removals();
        let mut list: Vec<(&str, u64)> = Vec::new();
        let mut state = seed;
        let mut draw = |below: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for sequence in 1..60_u64 {
            let group = ["a", "b", "c", "d"][usize::try_from(draw(4)).unwrap()];
            list.retain(|(other, _)| *other != group);
            if draw(2) == 0 {
                removals.removed("c", "h", group, sequence);
                list.push((group, sequence));
            } else {
                removals.added("c", "h", group, sequence);
            }
            let token = draw(sequence + 1);
            let expected: Vec<_> = ["a", "b", "c", "d"]
                .into_iter()
                .filter(|group| !list.iter().any(|(other, at)| other == group && *at > token))
                .collect();
            assert_eq!(left(&removals, token, NOW, &["a", "b", "c", "d"]), expected, "seed {seed}");
            assert_eq!(removals.len(), list.len());
        }
    }
}
