//! Which rejoin tokens are still good: each is good once, and only the newest of its connection (section 10.6).

use std::collections::{HashMap, VecDeque};

use crate::{lock::Mutex, rejoin::VerifiedGroups};

/// How many connections are remembered at most; the oldest are forgotten first, and then the signature alone counts.
const CAPACITY: usize = 100_000;

/// What is remembered of the tokens of one connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Newest {
    /// The sequence and time of the newest one.
    Issued(u64, u64),
    /// It was handed back: none is good any more.
    Spent,
}

#[derive(Debug, Default)]
struct State {
    by_connection: HashMap<String, Newest>,
    order: VecDeque<String>,
}

/// The memory of a server. What it does not remember, after a restart, is good.
#[derive(Debug, Default)]
pub(crate) struct SpentTokens(Mutex<State>);

impl SpentTokens {
    /// Notes the newest token of a connection.
    pub(super) fn issued(&self, connection: &str, sequence: u64, issued_at_ms: u64) {
        let mut state = self.0.lock();
        // One that was handed back stays so, whatever its connection still says on its way out.
        if state.by_connection.get(connection) != Some(&Newest::Spent) {
            state.note(connection, Newest::Issued(sequence, issued_at_ms));
        }
    }

    /// Takes a token, once. Gives why it is not good.
    pub(super) fn spend(&self, token: &VerifiedGroups) -> Result<(), &'static str> {
        let mut state = self.0.lock();
        match state.by_connection.get(&token.connection) {
            Some(Newest::Spent) => Err("already used"),
            Some(newest) if *newest != Newest::Issued(token.sequence, token.issued_at_ms) => Err("not the newest"),
            _ => {
                state.note(&token.connection, Newest::Spent);
                Ok(())
            }
        }
    }
}

impl State {
    fn note(&mut self, connection: &str, newest: Newest) {
        if self.by_connection.insert(connection.to_owned(), newest).is_none() {
            self.order.push_back(connection.to_owned());
        }
        while self.order.len() > CAPACITY {
            if let Some(oldest) = self.order.pop_front() {
                self.by_connection.remove(&oldest);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(sequence: u64) -> VerifiedGroups {
        VerifiedGroups {
            connection: "c".into(),
            sequence,
            issued_at_ms: sequence,
            expires_at_ms: 100,
            groups: Vec::new(),
            newest_key: true,
        }
    }

    #[test]
    fn only_the_newest_token_is_good_and_only_once() {
        let spent = SpentTokens::default();
        spent.issued("c", 1, 1);
        spent.issued("c", 2, 2);
        assert_eq!(spent.spend(&token(1)), Err("not the newest"));
        assert_eq!(spent.spend(&token(2)), Ok(()));
        assert_eq!(spent.spend(&token(2)), Err("already used"));
    }

    #[test]
    fn a_token_of_before_a_restart_is_good_once() {
        let spent = SpentTokens::default();
        assert_eq!(spent.spend(&token(7)), Ok(()));
        assert_eq!(spent.spend(&token(7)), Err("already used"));
    }
}
