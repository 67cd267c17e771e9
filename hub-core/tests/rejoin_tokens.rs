//! Tokens from outside: what other implementations make, what forgers try, who may use whose.
//!
//! Unoptimised builds try fewer forgeries; `cargo test --release --test rejoin_tokens -- --nocapture`
//! tries all of them and prints how many. `REJOIN_SEED=<number>` repeats a run that failed.

// Lints know functions with `#[test]`, and not what these call.
#![allow(clippy::panic)]

#[path = "tokens/bindings.rs"]
mod bindings;
#[path = "tokens/bit_flips.rs"]
mod bit_flips;
#[path = "tokens/forge.rs"]
mod forge;
#[path = "tokens/key_file.rs"]
mod key_file;
#[path = "tokens/long_tokens.rs"]
mod long_tokens;
#[path = "tokens/mutations.rs"]
mod mutations;
#[path = "tokens/random.rs"]
mod random;
#[path = "tokens/vectors.rs"]
mod vectors;
