//! Tokens that another implementation made: `specs/vectors/tokens`.

use std::sync::Arc;

use hub_core::rejoin::{
    Claims, Clock, ConnectionTokens, Generation, GroupsTokens, Holder, HubGroups, SigningKey, SigningKeys,
    TokenAuthority,
};
use serde_json::Value;

fn vectors() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../specs/vectors/tokens/vectors.json");
    let text = std::fs::read_to_string(path).expect("the vectors are in the repository");
    serde_json::from_str(&text).expect("the vectors are JSON")
}

fn cases(vectors: &Value, kind: &str) -> Vec<Value> {
    let cases = vectors[kind].as_array().expect("a list").clone();
    assert!(cases.len() >= 4, "{kind}");
    cases
}

fn text<'a>(case: &'a Value, name: &str) -> &'a str {
    case[name].as_str().unwrap_or_else(|| panic!("{name} in {case}"))
}

fn number(case: &Value, name: &str) -> u64 {
    case[name].as_u64().unwrap_or_else(|| panic!("{name} in {case}"))
}

fn key(hexadecimal: &str) -> SigningKey {
    SigningKey::parse(hexadecimal).expect("a key")
}

fn keys(case: &Value) -> SigningKeys {
    SigningKeys::new([key(text(case, "key"))]).expect("one key")
}

fn holder(case: &Value) -> Holder<'_> {
    let generation = match text(case, "generation") {
        "classic" => Generation::Classic,
        "core" => Generation::Core,
        other => panic!("{other}"),
    };
    Holder { generation, connection: text(case, "connection"), user: case["user"].as_str() }
}

#[test]
fn key_ids_are_those_of_the_vectors() {
    for case in cases(&vectors(), "keys") {
        assert_eq!(key(text(&case, "key")).id().to_string(), text(&case, "id"), "{}", case["case"]);
    }
}

#[test]
fn connection_tokens_are_those_of_the_vectors() {
    for case in cases(&vectors(), "connection_tokens") {
        let tokens = ConnectionTokens::new(keys(&case), text(&case, "application"));
        let (connection, user) = (text(&case, "connection"), case["user"].as_str());
        assert_eq!(tokens.issue(connection, user), text(&case, "token"), "{}", case["case"]);
        let verified = tokens.verify(text(&case, "token"), user).expect("genuine");
        assert_eq!(verified.connection_id, connection);
    }
}

#[test]
fn groups_tokens_are_those_of_the_vectors() {
    for case in cases(&vectors(), "groups_tokens") {
        let tokens = GroupsTokens::new(keys(&case), text(&case, "application"));
        let groups: Vec<HubGroups> = case["groups"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|hub| {
                let names = hub[1].as_array().expect("a list").iter();
                let name = |value: &Value| value.as_str().expect("a name").to_owned();
                (name(&hub[0]), names.map(name).collect())
            })
            .collect();
        let claims = Claims {
            holder: holder(&case),
            issued_at_ms: number(&case, "issued_at_ms"),
            expires_at_ms: number(&case, "expires_at_ms"),
            sequence: number(&case, "sequence"),
            groups: &groups,
        };
        assert_eq!(tokens.issue(&claims).expect("within the limits"), text(&case, "token"), "{}", case["case"]);
        let verified = tokens.verify(text(&case, "token"), claims.holder, claims.issued_at_ms).expect("genuine");
        assert_eq!(verified.groups, groups, "{}", case["case"]);
        assert_eq!(
            (verified.sequence, verified.issued_at_ms, verified.expires_at_ms, verified.connection.as_str()),
            (claims.sequence, claims.issued_at_ms, claims.expires_at_ms, claims.holder.connection)
        );
    }
}

#[tokio::test]
async fn references_are_those_of_the_vectors() {
    let long: Vec<HubGroups> = vec![("h".to_owned(), (0..1000).map(|group| format!("{group:0200}")).collect())];
    for case in cases(&vectors(), "references") {
        let now_ms = number(&case, "now_ms");
        let authority = TokenAuthority::builder(keys(&case))
            .application(Arc::<str>::from(text(&case, "application")))
            .token_life(std::time::Duration::from_millis(number(&case, "life_ms")))
            .disconnect_window(std::time::Duration::ZERO)
            .clock(Clock::from_fn(move || now_ms))
            .build();
        let issued = authority.issue_groups(holder(&case), 1, &long).await.expect("stored");
        assert_eq!(issued.token(), text(&case, "token"), "{}", case["case"]);
        assert_eq!(authority.verify_groups(issued.token(), holder(&case)).await.expect("genuine").groups, long);
    }
}

#[test]
fn what_the_vectors_refuse_is_refused_for_that_reason() {
    let vectors = vectors();
    let all = &vectors["refused"];
    let keys = SigningKeys::new([key(text(all, "retired"))]).expect("one key");
    keys.replace(all["keys"].as_array().expect("a list").iter().map(|text| key(text.as_str().expect("a key"))))
        .expect("two keys");
    let tokens = GroupsTokens::new(keys, text(all, "application"));
    for case in cases(all, "cases") {
        let refused = tokens.verify(text(&case, "token"), holder(all), number(all, "now_ms")).map(drop);
        assert_eq!(refused.map_err(|refused| refused.reason()), Err(text(&case, "reason")), "{}", case["case"]);
    }
}
