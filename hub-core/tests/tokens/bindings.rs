//! R7: whose token it is. Everything it is bound to, swapped one and two at a time.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hub_core::rejoin::{
    Claims, ConnectionTokenError, ConnectionTokens, Generation, GroupsTokens, Holder, SigningKey, SigningKeys,
};

const NOW: u64 = 1_764_000_000_000;
const SECRETS: [&str; 6] = ["Zanzibar", "zanzibar", "c0nnect10n", "backroom", "parlour-hub", "shop-application"];
const HOLDER: Holder<'static> =
    Holder { generation: Generation::Classic, connection: "c0nnect10n", user: Some("Zanzibar") };

/// One presentation of a token; all of it right, until something is swapped.
#[derive(Clone)]
struct Attempt {
    token: String,
    holder: Holder<'static>,
    application: &'static str,
    hub: &'static str,
    now_ms: u64,
}

type Swap = (&'static str, Box<dyn Fn(&mut Attempt)>);

/// What may be swapped: a name of the dimension, and one way to swap it.
fn swaps(genuine: &Genuine) -> Vec<Swap> {
    let mut swaps: Vec<Swap> = Vec::new();
    for user in [None, Some(""), Some("zanzibar"), Some("Zanzibar "), Some("Zanzibar\0"), Some("Zanziba"), Some("bob")]
    {
        swaps.push(("user", Box::new(move |attempt| attempt.holder.user = user)));
    }
    for hub in ["Parlour-hub", "parlour", "parlour-hub.backroom", "", "other"] {
        swaps.push(("hub", Box::new(move |attempt| attempt.hub = hub)));
    }
    for connection in ["C0NNECT10N", "c0nnect10", "c0nnect10n ", "", "other"] {
        swaps.push(("connection", Box::new(move |attempt| attempt.holder.connection = connection)));
    }
    for application in ["Shop-application", "shop", "", "other"] {
        swaps.push(("application", Box::new(move |attempt| attempt.application = application)));
    }
    for id in [key(2).id(), key(3).id(), key(9).id()] {
        let with_id = move |attempt: &mut Attempt| edit(attempt, 1, id.as_bytes());
        swaps.push(("key id", Box::new(with_id)));
    }
    swaps.push(("generation", Box::new(|attempt| attempt.holder.generation = Generation::Core)));
    let edited = |attempt: &mut Attempt| edit(attempt, 5, &[2]);
    swaps.push(("generation", Box::new(edited)));
    let (connection_token, retired, longer) =
        (genuine.connection.clone(), genuine.retired.clone(), genuine.longer.clone());
    swaps.push(("purpose", Box::new(move |attempt| attempt.token.clone_from(&connection_token))));
    swaps.push(("key", Box::new(move |attempt| attempt.token.clone_from(&retired))));
    for now_ms in [NOW + 630_000, NOW + 630_001, u64::MAX, NOW - 60_001, 0] {
        swaps.push(("expiry", Box::new(move |attempt| attempt.now_ms = now_ms)));
    }
    // A longer life, as a token of tomorrow has it, under today's tag.
    let prolong = move |attempt: &mut Attempt| {
        let tag = attempt.token.split_once('.').expect("two parts").1.to_owned();
        attempt.token = format!("{}.{tag}", longer.split_once('.').expect("two parts").0);
    };
    swaps.push(("expiry", Box::new(prolong)));
    swaps
}

struct Genuine {
    keys: SigningKeys,
    groups: String,
    longer: String,
    connection: String,
    retired: String,
}

fn key(number: u8) -> SigningKey {
    SigningKey::new([number; 32]).expect("32 bytes")
}

fn genuine() -> Genuine {
    let keys = SigningKeys::new([key(3), key(1)]).expect("two keys");
    let tokens = GroupsTokens::new(keys.clone(), "shop-application");
    let groups = [("parlour-hub".to_owned(), vec!["backroom".to_owned()])];
    let claims =
        Claims { holder: HOLDER, issued_at_ms: NOW, expires_at_ms: NOW + 630_000, sequence: 7, groups: &groups };
    let retired = tokens.issue(&claims).expect("within the limits");
    // Now 1 signs, 2 verifies, 3 is retired and 9 unknown.
    keys.replace([key(1), key(2)]).expect("two keys");
    Genuine {
        groups: tokens.issue(&claims).expect("within the limits"),
        longer: tokens.issue(&Claims { expires_at_ms: NOW + 9_000_000, ..claims }).expect("within the limits"),
        connection: ConnectionTokens::new(keys.clone(), "shop-application").issue(HOLDER.connection, HOLDER.user),
        retired,
        keys,
    }
}

/// Writes over bytes of the payload.
fn edit(attempt: &mut Attempt, at: usize, bytes: &[u8]) {
    let (payload, tag) = attempt.token.split_once('.').expect("two parts");
    let mut payload = URL_SAFE_NO_PAD.decode(payload).expect("base64url");
    payload[at..at + bytes.len()].copy_from_slice(bytes);
    attempt.token = format!("{}.{tag}", URL_SAFE_NO_PAD.encode(payload));
}

/// Whether the attempt gets the group, on either way to ask for it.
fn gets_in(keys: &SigningKeys, attempt: &Attempt, swapped: &[&str]) -> bool {
    let tokens = GroupsTokens::new(keys.clone(), attempt.application);
    let Attempt { token, holder, hub, now_ms, .. } = attempt;
    let direct = tokens.verify(token, *holder, *now_ms);
    let any = tokens.verify_any_connection(token, holder.generation, hub, holder.user, *now_ms);
    for refused in [&direct, &any].into_iter().filter_map(|found| found.as_ref().err()) {
        let said = format!("{refused} {refused:?} {}", refused.reason());
        assert!(!SECRETS.iter().chain([&token.as_str()]).any(|secret| said.contains(secret)), "{said}");
    }
    let gets = |found: &hub_core::rejoin::VerifiedGroups| found.of_hub(hub).is_some_and(|groups| !groups.is_empty());
    // The second way does not ask for the connection.
    direct.is_ok_and(|found| gets(&found)) || (!swapped.contains(&"connection") && any.is_ok_and(|found| gets(&found)))
}

#[test]
fn a_groups_token_is_bound_to_all_of_it() {
    let genuine = genuine();
    let right = Attempt {
        token: genuine.groups.clone(),
        holder: HOLDER,
        application: "shop-application",
        hub: "parlour-hub",
        now_ms: NOW,
    };
    assert!(gets_in(&genuine.keys, &right, &[]), "all right gets in");
    let swaps = swaps(&genuine);
    let mut tried = 0;
    for (one, swap_one) in &swaps {
        let mut attempt = right.clone();
        swap_one(&mut attempt);
        assert!(!gets_in(&genuine.keys, &attempt, &[one]), "{one}");
        tried += 1;
        for (other, swap_other) in swaps.iter().filter(|(other, _)| other != one) {
            let mut attempt = right.clone();
            // Tokens are exchanged before they are edited.
            for swap in
                if *other == "purpose" || *other == "key" { [swap_other, swap_one] } else { [swap_one, swap_other] }
            {
                swap(&mut attempt);
            }
            assert!(!gets_in(&genuine.keys, &attempt, &[one, other]), "{one} and {other}");
            tried += 1;
        }
    }
    println!("{tried} swaps of a groups token's bindings, 0 accepted");
}

#[test]
fn a_connection_token_is_bound_to_all_of_it() {
    let genuine = genuine();
    let right = Attempt {
        token: genuine.connection.clone(),
        holder: HOLDER,
        application: "shop-application",
        hub: "",
        now_ms: NOW,
    };
    let verify = |attempt: &Attempt| {
        let tokens = ConnectionTokens::new(genuine.keys.clone(), attempt.application);
        let found = tokens.verify(&attempt.token, attempt.holder.user);
        if let Err(refused) = found {
            let said = format!("{refused} {refused:?} {}", refused.reason());
            assert!(!SECRETS.iter().any(|secret| said.contains(secret)), "{said}");
        }
        found.map(|found| found.connection_id)
    };
    assert_eq!(verify(&right).as_deref(), Ok(HOLDER.connection));
    let groups_token = genuine.groups.clone();
    let mut swaps: Vec<Swap> =
        swaps(&genuine).into_iter().filter(|(what, _)| ["user", "application", "key id"].contains(what)).collect();
    swaps.push(("purpose", Box::new(move |attempt| attempt.token.clone_from(&groups_token))));
    for (one, swap_one) in &swaps {
        for (other, swap_other) in &swaps {
            let mut attempt = right.clone();
            swap_one(&mut attempt);
            if one != other {
                swap_other(&mut attempt);
            }
            // Only a token that is genuine may say whose it is not.
            let expected = match (*one, *other) {
                ("user", "user") => ConnectionTokenError::WrongUser,
                _ => ConnectionTokenError::Invalid,
            };
            assert_eq!(verify(&attempt), Err(expected), "{one} and {other}");
        }
    }
}
