//! The rules of a groups token, one by one.

use super::{super::keys::SigningKey, *};

const NOW: u64 = 1_764_000_000_000;
const ANN: Holder<'static> = Holder { generation: Generation::Classic, connection: "6f96", user: Some("ann") };

fn key(number: u8) -> SigningKey {
    SigningKey::new([number; 32]).unwrap()
}

fn tokens() -> GroupsTokens {
    GroupsTokens::new(SigningKeys::new([key(1)]).unwrap(), "chat")
}

fn claims<'a>(holder: Holder<'a>, groups: &'a [HubGroups]) -> Claims<'a> {
    Claims { holder, issued_at_ms: NOW, expires_at_ms: NOW + 630_000, sequence: 7, groups }
}

fn groups(hubs: &[(&str, &[&str])]) -> Vec<HubGroups> {
    hubs.iter()
        .map(|(hub, groups)| ((*hub).to_owned(), groups.iter().map(|&group| group.to_owned()).collect()))
        .collect()
}

#[test]
fn what_was_issued_comes_back() {
    let tokens = tokens();
    for expected in [
        groups(&[]),
        groups(&[("chatHub", &[])]),
        groups(&[("chatHub", &["lobby", "Lobby", "a.b", "*", ">", "|", "\0", "__proto__", "🦀"]), ("B", &["x"])]),
        // Dotted names: `A`'s group `B.c` is not `A.B`'s group `c`.
        groups(&[("A", &["B.c"]), ("A.B", &["c"])]),
    ] {
        let token = tokens.issue(&claims(ANN, &expected)).unwrap();
        assert!(token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte)));
        let verified = tokens.verify(&token, ANN, NOW).unwrap();
        assert_eq!(verified.groups, expected);
        assert_eq!(verified.connection, "6f96");
        assert_eq!((verified.sequence, verified.issued_at_ms, verified.expires_at_ms), (7, NOW, NOW + 630_000));
        assert!(verified.newest_key);
        for (hub, names) in &expected {
            assert_eq!(verified.of_hub(hub), Some(names.as_slice()));
        }
        assert_eq!(verified.of_hub("chathub"), None);
    }
}

#[test]
fn names_may_be_borrowed() {
    let tokens = tokens();
    let borrowed = [("chatHub", vec!["lobby"])];
    let claims = Claims { holder: ANN, issued_at_ms: NOW, expires_at_ms: NOW + 1, sequence: 1, groups: &borrowed };
    let token = tokens.issue(&claims).unwrap();
    assert_eq!(tokens.verify(&token, ANN, NOW).unwrap().groups, groups(&[("chatHub", &["lobby"])]));
}

#[test]
fn every_binding_has_its_reason() {
    let tokens = tokens();
    let token = tokens.issue(&claims(ANN, &groups(&[("chatHub", &["lobby"])]))).unwrap();
    let refused = |holder| tokens.verify(&token, holder, NOW).unwrap_err();
    assert_eq!(refused(Holder { connection: "6F96", ..ANN }), TokenRefused::WrongConnection);
    assert_eq!(refused(Holder { connection: "", ..ANN }), TokenRefused::WrongConnection);
    assert_eq!(refused(Holder { user: Some("Ann"), ..ANN }), TokenRefused::WrongUser);
    assert_eq!(refused(Holder { user: Some(""), ..ANN }), TokenRefused::WrongUser);
    assert_eq!(refused(Holder { user: None, ..ANN }), TokenRefused::WrongUser);
    assert_eq!(refused(Holder { generation: Generation::Core, ..ANN }), TokenRefused::WrongGeneration);
    let elsewhere = GroupsTokens::new(tokens.keys.clone(), "Chat");
    assert_eq!(elsewhere.verify(&token, ANN, NOW).unwrap_err(), TokenRefused::WrongApplication);
    let strangers = GroupsTokens::new(SigningKeys::new([key(2)]).unwrap(), "chat");
    assert_eq!(strangers.verify(&token, ANN, NOW).unwrap_err(), TokenRefused::Forged);
}

#[test]
fn no_user_is_not_the_empty_user() {
    let tokens = tokens();
    let nobody = Holder { user: None, ..ANN };
    let empty = Holder { user: Some(""), ..ANN };
    for (issued, asked) in [(nobody, empty), (empty, nobody)] {
        let token = tokens.issue(&claims(issued, &[])).unwrap();
        assert!(tokens.verify(&token, issued, NOW).is_ok());
        assert_eq!(tokens.verify(&token, asked, NOW).unwrap_err(), TokenRefused::WrongUser);
    }
}

#[test]
fn a_token_has_its_time() {
    let tokens = tokens();
    let token = tokens.issue(&claims(ANN, &[])).unwrap();
    let at = |now| tokens.verify(&token, ANN, now).map(drop);
    assert_eq!(at(NOW + 629_999), Ok(()));
    assert_eq!(at(NOW + 630_000), Err(TokenRefused::Expired));
    assert_eq!(at(u64::MAX), Err(TokenRefused::Expired));
    assert_eq!(at(NOW - 60_000), Ok(()), "clocks may differ by a minute");
    assert_eq!(at(NOW - 60_001), Err(TokenRefused::NotYetValid));
    assert_eq!(at(0), Err(TokenRefused::NotYetValid));
}

#[test]
fn on_the_core_wire_the_token_names_the_connection_and_gives_one_hub() {
    let tokens = tokens();
    let previous = Holder { generation: Generation::Core, connection: "old", user: None };
    let both = groups(&[("chatHub", &["lobby"]), ("adminHub", &["root"])]);
    let token = tokens.issue(&claims(previous, &both)).unwrap();
    let verify = |generation, hub, user| tokens.verify_any_connection(&token, generation, hub, user, NOW);
    let verified = verify(Generation::Core, "chatHub", None).unwrap();
    assert_eq!(verified.connection, "old");
    assert_eq!(verified.groups, groups(&[("chatHub", &["lobby"])]));
    assert_eq!(verify(Generation::Core, "ChatHub", None).unwrap_err(), TokenRefused::WrongHub);
    assert_eq!(verify(Generation::Core, "chatHub", Some("ann")).unwrap_err(), TokenRefused::WrongUser);
    assert_eq!(verify(Generation::Classic, "chatHub", None).unwrap_err(), TokenRefused::WrongGeneration);
}

#[test]
fn limits_hold_at_issue() {
    let tokens = tokens();
    let issue = |groups: &[HubGroups]| tokens.issue(&claims(ANN, groups)).map_err(|error| error.to_string());
    let hubs = |count: usize| (0..count).map(|hub| (format!("hub{hub}"), Vec::new())).collect::<Vec<HubGroups>>();
    assert!(issue(&hubs(64)).is_ok());
    assert_eq!(issue(&hubs(65)).unwrap_err(), "a groups token lists at most 64 hubs");
    let many = |count: usize| vec![("h".to_owned(), (0..count).map(|group| group.to_string()).collect())];
    assert!(issue(&many(1024)).is_ok());
    assert_eq!(issue(&many(1025)).unwrap_err(), "a groups token lists at most 1024 groups");
    let group = |name: String| vec![("h".to_owned(), vec![name])];
    assert!(issue(&group("x".repeat(256))).is_ok());
    assert_eq!(issue(&group("x".repeat(257))).unwrap_err(), "group name is not of 1 to 256 bytes");
    assert_eq!(issue(&group(String::new())).unwrap_err(), "group name is not of 1 to 256 bytes");
    let long = "x".repeat(257);
    let user = tokens.issue(&claims(Holder { user: Some(&long), ..ANN }, &[])).unwrap_err();
    assert_eq!(user.to_string(), "user id is not of 1 to 256 bytes");
}

#[test]
fn the_largest_token_within_the_limits_verifies() {
    let name = "n".repeat(256);
    let keys = SigningKeys::new([key(1)]).unwrap();
    let tokens = GroupsTokens::new(keys, name.as_str());
    let largest: Vec<HubGroups> = (0..64)
        .map(|hub| {
            (format!("{hub:02}{}", &name[2..]), (0..16).map(|group| format!("{group:02}{}", &name[2..])).collect())
        })
        .collect();
    let holder = Holder { generation: Generation::Classic, connection: &name, user: Some(&name) };
    let claims = Claims { holder, issued_at_ms: NOW, expires_at_ms: u64::MAX, sequence: u64::MAX, groups: &largest };
    let token = tokens.issue(&claims).unwrap();
    assert!(token.len() <= TokenLimits::default().max_chars());
    assert_eq!(tokens.verify(&token, holder, NOW).unwrap().groups, largest);
}

#[test]
fn other_limits_hold_both_ways() {
    let narrow = TokenLimits { max_hubs: 1, max_groups: 2 };
    let tokens = tokens();
    let token = tokens.issue(&claims(ANN, &groups(&[("h", &["1", "2", "3"])]))).unwrap();
    let narrow = tokens.with_limits(narrow);
    assert_eq!(narrow.verify(&token, ANN, NOW).unwrap_err(), TokenRefused::Malformed);
    assert!(matches!(
        narrow.issue(&claims(ANN, &groups(&[("h", &["1", "2", "3"])]))),
        Err(IssueError::TooManyGroups { maximum: 2 })
    ));
}

#[test]
fn a_signed_body_is_still_read_with_care() {
    let tokens = tokens();
    let good = {
        let mut body = vec![1];
        put_text(&mut body, "chat");
        put_text(&mut body, "6f96");
        put_optional_text(&mut body, Some("ann"));
        put_number(&mut body, NOW);
        put_number(&mut body, NOW + 1);
        put_number(&mut body, 7);
        body
    };
    let verify = |tail: &[u8]| {
        let token = mac::seal(&tokens.keys, Purpose::GroupsToken, &[], |body| {
            body.extend_from_slice(&good);
            body.extend_from_slice(tail);
        });
        tokens.verify(&token, ANN, NOW).map(|verified| verified.groups)
    };
    assert_eq!(verify(&[0]), Ok(Vec::new()));
    assert_eq!(verify(&[1, 1, b'h', 1, 1, b'g']), Ok(groups(&[("h", &["g"])])));
    for (tail, why) in [
        (&[][..], "cut off"),
        (&[0, 0], "something left over"),
        (&[1, 1, b'h', 2, 1, b'g'], "fewer groups than counted"),
        (&[1, 0, 0], "a hub without a name"),
        (&[1, 1, b'h', 1, 0], "a group without a name"),
        (&[64, 1, b'h', 0], "more hubs than bytes"),
        (&[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], "2⁶⁴ hubs"),
        (&[1, 1, b'h', 0xff, 0xff, 0xff, 0xff, 0x0f], "2³² groups"),
        (&[1, 1, 0xff, 0], "not UTF-8"),
        (&[0x81, 0x00, 1, b'h', 0], "an over-long number"),
    ] {
        assert_eq!(verify(tail), Err(TokenRefused::Malformed), "{why}");
    }
}

#[test]
fn a_retired_key_gives_nothing() {
    let tokens = tokens();
    let token = tokens.issue(&claims(ANN, &[])).unwrap();
    tokens.keys.replace([key(2), key(1)]).unwrap();
    assert!(!tokens.verify(&token, ANN, NOW).unwrap().newest_key);
    let newer = tokens.issue(&claims(ANN, &[])).unwrap();
    assert!(tokens.verify(&newer, ANN, NOW).unwrap().newest_key);
    tokens.keys.replace([key(2)]).unwrap();
    assert_eq!(tokens.verify(&token, ANN, NOW).unwrap_err(), TokenRefused::RetiredKey);
    assert!(tokens.verify(&newer, ANN, NOW).is_ok());
}

#[test]
fn a_holder_prints_no_user() {
    assert!(!format!("{ANN:?}").contains("ann"));
}
