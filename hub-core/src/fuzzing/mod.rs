//! What is thrown at every decoder, and what must hold whatever comes: the bodies of the targets in `fuzz/`, and of the tests that replay
//! their corpus. Only for them: compiled where `cfg(fuzzing)` is set, and in this crate's own tests.

#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used, reason = "what does not hold is a finding")]

mod classic;
mod core;
#[cfg(test)]
mod corpus;
mod tokens;
mod values;

/// Tries one input.
pub type Target = fn(&[u8]);

/// Every target by its name, which is that of its binary and of its corpus.
pub const TARGETS: [(&str, Target); 12] = [
    ("classic_invocation", classic::invocation),
    ("classic_request", classic::request),
    ("core_handshake", core::handshake),
    ("core_json", core::json),
    ("core_messagepack", core::messagepack),
    ("core_negotiate", core::negotiate),
    ("core_sequence", core::sequence),
    ("core_upload", core::upload),
    ("token_classic", tokens::classic),
    ("token_connection", tokens::connection),
    ("token_core", tokens::core),
    ("values", values::texts),
];

/// Tries one input of the target of this name.
pub fn run(name: &str, data: &[u8]) {
    let (_, target) = TARGETS.iter().find(|(known, _)| *known == name).expect("the target is known");
    target(data);
}
