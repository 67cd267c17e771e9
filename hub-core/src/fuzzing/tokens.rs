//! Tokens: a text that nobody signed is refused, and what is read behind a good signature is bounded and says what was signed.

use std::sync::LazyLock;

use crate::rejoin::{
    Claims, ConnectionTokens, Generation, GroupsTokens, Holder, SigningKey, SigningKeys, VerifiedGroups,
};

const NOW_MS: u64 = 1_800_000_000_000;

static KEYS: LazyLock<SigningKeys> = LazyLock::new(|| {
    let key = SigningKey::new([7; 32]).expect("the key is long enough");
    SigningKeys::new([key]).expect("one key is a ring")
});
static GROUPS: LazyLock<GroupsTokens> = LazyLock::new(|| GroupsTokens::new(KEYS.clone(), "app"));
static CONNECTIONS: LazyLock<ConnectionTokens> = LazyLock::new(|| ConnectionTokens::new(KEYS.clone(), "app"));

pub(super) fn classic(data: &[u8]) {
    let holder = Holder { generation: Generation::Classic, connection: "c", user: Some("u") };
    forged(data, holder);
    if let Ok(verified) = GROUPS.verify(&GROUPS.sealed(data), holder, NOW_MS) {
        assert_eq!(verified.connection, "c");
        again(&verified, holder);
    }
}

pub(super) fn core(data: &[u8]) {
    let holder = Holder { generation: Generation::Core, connection: "c", user: Some("u") };
    forged(data, holder);
    let sealed = GROUPS.sealed(data);
    if let Ok(verified) = GROUPS.verify_any_connection(&sealed, Generation::Core, "h", Some("u"), NOW_MS) {
        assert!(verified.groups.iter().all(|(hub, _)| hub == "h"));
        again(&verified, Holder { connection: &verified.connection, ..holder });
    }
}

/// Whoever has no key has no token, whatever they write.
fn forged(data: &[u8], holder: Holder<'_>) {
    let text = String::from_utf8_lossy(data);
    assert!(GROUPS.verify(&text, holder, NOW_MS).is_err());
    assert!(GROUPS.verify_any_connection(&text, holder.generation, "h", holder.user, NOW_MS).is_err());
}

/// What a token says can be issued, and says it again.
fn again(verified: &VerifiedGroups, holder: Holder<'_>) {
    let VerifiedGroups { sequence, issued_at_ms, expires_at_ms, ref groups, .. } = *verified;
    assert!(expires_at_ms > NOW_MS);
    let claims = Claims { holder, issued_at_ms, expires_at_ms, sequence, groups };
    let token = GROUPS.issue(&claims).expect("what was read is within the limits");
    assert_eq!(GROUPS.verify(&token, holder, NOW_MS).as_ref(), Ok(verified));
}

pub(super) fn connection(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for user in [None, Some("u")] {
        assert!(CONNECTIONS.verify(&text, user).is_err());
        if let Ok(verified) = CONNECTIONS.verify(&CONNECTIONS.sealed(data), user) {
            assert!(verified.connection_id.len() <= data.len());
            let token = CONNECTIONS.issue(&verified.connection_id, user);
            assert_eq!(CONNECTIONS.verify(&token, user).as_ref(), Ok(&verified));
        }
    }
}
