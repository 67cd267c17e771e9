//! R6: every single-bit flip of a thousand real tokens, none accepted.

use crate::{
    forge::{Real, Server, joined},
    random::Random,
};

const TOKENS: usize = if cfg!(debug_assertions) { 20 } else { 1_000 };

#[test]
fn no_token_with_one_bit_flipped_is_accepted() {
    let server = Server::new();
    let mut random = Random::new(6);
    let mut tried = 0_u64;
    for _ in 0..TOKENS {
        let real = Real::draw(&server, &mut random);
        let mut refuse = |candidate: &str| {
            tried += 1;
            assert_ne!(candidate, real.token);
            let mistake = server.mistake(candidate, &real);
            assert_eq!(mistake, None, "{candidate:?} from {:?}", real.token);
        };
        let mut text = real.token.clone().into_bytes();
        for bit in 0..text.len() * 8 {
            text[bit / 8] ^= 1 << (bit % 8);
            refuse(&String::from_utf8_lossy(&text));
            text[bit / 8] ^= 1 << (bit % 8);
        }
        let mut bytes = [&real.payload[..], &real.tag[..]].concat();
        for bit in 0..bytes.len() * 8 {
            bytes[bit / 8] ^= 1 << (bit % 8);
            let (payload, tag) = bytes.split_at(real.payload.len());
            refuse(&joined(payload, tag));
            bytes[bit / 8] ^= 1 << (bit % 8);
        }
    }
    println!("every bit of {TOKENS} tokens: {tried} tried, 0 accepted");
}
