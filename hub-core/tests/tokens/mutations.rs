//! R5: ten million mutated tokens, none accepted, no panic.

use std::{collections::HashSet, time::Instant};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE},
};
use hub_core::rejoin::Claims;

use crate::{
    forge::{CONNECTION_PURPOSE, FIRST, GROUPS_PURPOSE, NOW, Real, Server, hmac, joined, sub_key, tag},
    random::{Random, fresh_seed},
};

const COUNT: u64 = if cfg!(debug_assertions) { 200_000 } else { 10_000_000 };
const FIXED_SEED: u64 = 0x5eed_0f70_4e55;

/// How a token is mutated, and what the mutation is called.
type Mutation = (&'static str, fn(&mut Forger<'_>) -> String);

/// What a mutation starts from: a token that is presented by its holder, and another one.
struct Forger<'a> {
    server: &'a Server,
    one: &'a Real,
    other: &'a Real,
    random: &'a mut Random,
}

const MUTATIONS: [Mutation; 12] = [
    ("bits of the text flipped", flip_text),
    ("bits of the bytes flipped", flip_bytes),
    ("two texts spliced", splice_text),
    ("two payloads spliced", splice_bytes),
    ("parts of two tokens", exchange_parts),
    ("truncated", truncate),
    ("extended", extend),
    ("fields swapped", swap_fields),
    ("respelled", respell),
    ("tag cut", cut_tag),
    ("wrong purpose", other_purpose),
    ("wrong key", other_key),
];

#[test]
fn no_mutated_token_is_accepted() {
    let fresh = fresh_seed();
    println!("{COUNT} mutated tokens, seeds {FIXED_SEED} and {fresh}");
    let started = Instant::now();
    let counts = std::thread::scope(|scope| {
        let both = [FIXED_SEED, fresh].map(|seed| scope.spawn(move || mutate(seed, COUNT / 2)));
        both.map(|thread| thread.join().expect("no panic"))
    });
    let seconds = started.elapsed().as_secs_f64();
    for (at, (name, _)) in MUTATIONS.iter().enumerate() {
        println!("{:>9} {name}", counts.iter().map(|count| count[at]).sum::<u64>());
    }
    let tried: u64 = counts.iter().flatten().sum();
    println!("{tried} tried, 0 accepted, {seconds:.1} s");
    assert_eq!(tried, COUNT);
    assert!(cfg!(debug_assertions) || seconds <= 60.0, "{seconds} s");
}

/// Tries `count` tokens that differ from all real ones; returns how many of each mutation.
fn mutate(seed: u64, count: u64) -> [u64; MUTATIONS.len()] {
    let server = Server::new();
    let mut random = Random::new(seed);
    let real: Vec<Real> = (0..256).map(|_| Real::draw(&server, &mut random)).collect();
    let genuine: HashSet<&str> = real.iter().map(|real| real.token.as_str()).collect();
    let mut counts = [0; MUTATIONS.len()];
    let mut tried = 0;
    while tried < count {
        let at = random.below(MUTATIONS.len());
        let (one, other) = (random.pick(&real), random.pick(&real));
        let (name, mutation) = MUTATIONS[at];
        let candidate = mutation(&mut Forger { server: &server, one, other, random: &mut random });
        if genuine.contains(candidate.as_str()) {
            continue;
        }
        if let Some(mistake) = server.mistake(&candidate, one) {
            panic!("{mistake}: {name}, {candidate:?} from {:?}, seed {seed}, number {tried}", one.token);
        }
        tried += 1;
        counts[at] += 1;
    }
    counts
}

fn flip(bytes: &mut [u8], random: &mut Random) {
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len());
        bytes[at] ^= 1 << random.below(8);
    }
}

fn as_text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|broken| String::from_utf8_lossy(broken.as_bytes()).into_owned())
}

fn flip_text(forger: &mut Forger<'_>) -> String {
    let Forger { one, random, .. } = forger;
    let mut text = one.token.clone().into_bytes();
    flip(&mut text, random);
    as_text(text)
}

fn flip_bytes(forger: &mut Forger<'_>) -> String {
    let Forger { one, random, .. } = forger;
    let (mut payload, mut tag) = (one.payload.clone(), one.tag.clone());
    match random.below(3) {
        0 => flip(&mut tag, random),
        _ => flip(&mut payload, random),
    }
    joined(&payload, &tag)
}

/// The front of one and the end of another, cut at the same place or not.
fn splice<T: Clone>(one: &[T], other: &[T], random: &mut Random) -> Vec<T> {
    let cut = random.below(one.len() + 1);
    let from = if random.below(2) == 0 { cut.min(other.len()) } else { random.below(other.len() + 1) };
    [&one[..cut], &other[from..]].concat()
}

fn splice_text(forger: &mut Forger<'_>) -> String {
    let Forger { one, other, random, .. } = forger;
    as_text(splice(one.token.as_bytes(), other.token.as_bytes(), random))
}

fn splice_bytes(forger: &mut Forger<'_>) -> String {
    let Forger { one, other, random, .. } = forger;
    let payload = splice(&one.payload, &other.payload, random);
    joined(&payload, if random.below(2) == 0 { &one.tag } else { &other.tag })
}

fn exchange_parts(forger: &mut Forger<'_>) -> String {
    let Forger { one, other, random, .. } = forger;
    match random.below(4) {
        0 => joined(&one.payload, &other.tag),
        1 => joined(&other.payload, &one.tag),
        2 => joined(&one.tag, &one.payload),
        _ => format!("{}.{}", one.token, other.token),
    }
}

fn truncate(forger: &mut Forger<'_>) -> String {
    let Forger { one, random, .. } = forger;
    let length = one.token.len();
    match random.below(4) {
        0 => one.token[..random.below(length)].to_owned(),
        1 => one.token[random.below(length)..].to_owned(),
        2 => joined(&one.payload[..random.below(one.payload.len())], &one.tag),
        _ => {
            let from = random.below(length);
            let to = from + random.below(length - from);
            format!("{}{}", &one.token[..from], &one.token[to..])
        }
    }
}

fn extend(forger: &mut Forger<'_>) -> String {
    let Forger { one, random, .. } = forger;
    const MORE: [char; 12] = ['A', '_', '-', '.', '=', '0', ' ', '\n', '\0', '%', '+', 'ä'];
    match random.below(3) {
        0 => {
            let mut payload = one.payload.clone();
            let more = 1 + random.below(8);
            payload.extend((0..more).map(|_| random.number().to_le_bytes()[0]));
            joined(&payload, &one.tag)
        }
        _ => {
            let mut token = one.token.clone();
            for _ in 0..=random.below(4) {
                let places: Vec<usize> = token.char_indices().map(|(at, _)| at).chain([token.len()]).collect();
                let at = *random.pick(&places);
                token.insert(at, *random.pick(&MORE));
            }
            token
        }
    }
}

/// A payload that reads well and says something else, under the tag of the real one.
fn swap_fields(forger: &mut Forger<'_>) -> String {
    let Forger { server, one, other, random, .. } = forger;
    let mut swapped = (*one).clone();
    let mut claims_at = (NOW - 1_000, NOW + 629_000);
    for _ in 0..=random.below(2) {
        match random.below(7) {
            0 => swapped.connection.clone_from(&other.connection),
            1 => swapped.user.clone_from(&other.user),
            2 => swapped.generation = other.generation,
            3 => swapped.groups.clone_from(&other.groups),
            4 => swapped.groups.push(("chatHub".to_owned(), vec!["secret".to_owned()])),
            5 => swapped.sequence = random.number(),
            _ => claims_at = (NOW - random.number() % 1_000_000, NOW + random.number() % 1_000_000_000),
        }
    }
    let token = if one.is_groups {
        let (issued_at_ms, expires_at_ms) = claims_at;
        server.groups.issue(&Claims { issued_at_ms, expires_at_ms, ..swapped.claims() }).expect("within the limits")
    } else {
        server.connections.issue(&swapped.connection, swapped.user.as_deref())
    };
    let payload = token.split_once('.').expect("a token has two parts").0;
    let genuine = one.token.split_once('.').expect("a token has two parts").1;
    format!("{payload}.{genuine}")
}

/// The same bytes, written otherwise. Where there is no other way to write them, the last
/// character of a part, which may have bits to spare.
fn respell(forger: &mut Forger<'_>) -> String {
    let Forger { one, random, .. } = forger;
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (payload, tag) = one.token.split_once('.').expect("a token has two parts");
    match random.below(8) {
        0 => format!("{}.{tag}", URL_SAFE.encode(&one.payload)),
        1 => format!("{}.{}", URL_SAFE.encode(&one.payload), URL_SAFE.encode(&one.tag)),
        2 => format!("{}.{}", STANDARD.encode(&one.payload), STANDARD.encode(&one.tag)),
        3 => format!("{payload}.{tag}{}", "=".repeat(1 + random.below(3))),
        4 => {
            let mut token = one.token.clone();
            token.insert(random.below(token.len() + 1), *random.pick(&[' ', '\t', '\r', '\n', '\u{a0}', '\u{feff}']));
            token
        }
        5 => one.token.replace('.', ["%2E", "%2e", "。", "..", ""][random.below(5)]),
        6 => {
            let at = random.below(one.token.len());
            let escaped = format!("%{:02X}", one.token.as_bytes()[at]);
            format!("{}{escaped}{}", &one.token[..at], &one.token[at + 1..])
        }
        _ => {
            let last = char::from(*random.pick(ALPHABET));
            match random.below(2) {
                0 => format!("{}{last}.{tag}", &payload[..payload.len() - 1]),
                _ => format!("{payload}.{}{last}", &tag[..tag.len() - 1]),
            }
        }
    }
}

fn cut_tag(forger: &mut Forger<'_>) -> String {
    let Forger { one, random, .. } = forger;
    match random.below(4) {
        0 => joined(&one.payload, &one.tag[..random.below(32)]),
        1 => joined(&one.payload, &one.tag[random.below(32)..][1..]),
        2 => joined(&one.payload, &[random.number().to_le_bytes()[0]; 32]),
        _ => joined(&one.payload, &[&one.tag[..], &one.tag[..random.below(33)], &[0]].concat()),
    }
}

/// The payload under a tag that is right for something else.
fn other_purpose(forger: &mut Forger<'_>) -> String {
    let Forger { one, random, .. } = forger;
    let own = if one.is_groups { GROUPS_PURPOSE } else { CONNECTION_PURPOSE };
    let purposes = [
        CONNECTION_PURPOSE,
        GROUPS_PURPOSE,
        "hubs-for-rust token-reference",
        "hubs-for-rust key-id",
        "SignalR.Groups.v1.1",
        "SignalR.ConnectionToken",
        "",
    ];
    let (key, label) = (*random.pick(&purposes), *random.pick(&purposes));
    // A connection token needs the application as well: none of these is ever right for one.
    let (key, label) = if one.is_groups && key == own && label == own { (own, "") } else { (key, label) };
    let mut payload = one.payload.clone();
    if random.below(2) == 0 {
        flip(&mut payload, random);
    }
    joined(&payload, &tag(&sub_key(&FIRST, key), label, &payload))
}

/// The payload under the tag of a key that is not the one, also with that key's bytes to hand.
fn other_key(forger: &mut Forger<'_>) -> String {
    let Forger { server, one, random, .. } = forger;
    let purpose = if one.is_groups { GROUPS_PURPOSE } else { CONNECTION_PURPOSE };
    let mut payload = one.payload.clone();
    let key = match random.below(5) {
        0 => FIRST,
        1 => [0; 32],
        2 => sub_key(&[0x33; 32], purpose),
        3 => hmac(b"", &[&FIRST]),
        _ => {
            // The second key's id in a token that the first signed.
            let second = server.keys.ids()[1];
            payload[1..5].copy_from_slice(second.as_bytes());
            sub_key(&FIRST, purpose)
        }
    };
    joined(&payload, &tag(&key, purpose, &payload))
}
