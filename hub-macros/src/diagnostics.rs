//! The mistakes found so far: collected, so that the user sees all of them at once.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::Error;

/// Collects mistakes while a macro goes on with what is right.
///
/// A message is lower case, has names in backticks and ends in the way out.
#[derive(Default)]
pub(crate) struct Diagnostics {
    errors: Vec<Error>,
}

impl Diagnostics {
    /// Reports a mistake on all of `tokens`.
    pub(crate) fn on(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.errors.push(Error::new_spanned(tokens, message));
    }

    /// Reports a mistake at one place.
    pub(crate) fn at(&mut self, span: Span, message: impl Display) {
        self.errors.push(Error::new(span, message));
    }

    /// Reports what the parser did not understand, with `what` it was reading.
    pub(crate) fn unread(&mut self, what: impl Display, error: &Error) {
        self.errors.push(Error::new(error.span(), format_args!("cannot read {what}: {error}")));
    }

    /// How many mistakes there are: a part of the model compares before and after to know whether it is sound.
    pub(crate) fn count(&self) -> usize {
        self.errors.len()
    }

    /// One `compile_error!` per mistake, in the order they were found.
    pub(crate) fn into_tokens(self) -> TokenStream {
        self.errors.into_iter().map(Error::into_compile_error).collect()
    }

    /// The messages alone.
    #[cfg(test)]
    pub(crate) fn messages(&self) -> Vec<String> {
        self.errors.iter().map(ToString::to_string).collect()
    }
}

/// `` `a`, `b` or `c` ``.
pub(crate) fn choice<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let words: Vec<String> = words.into_iter().map(|word| format!("`{word}`")).collect();
    match words.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        [most @ .., last] => format!("{} or {last}", most.join(", ")),
    }
}

/// The way out of an unknown word: the one that was probably meant, or all there are.
pub(crate) fn did_you_mean(word: &str, known: &[&str]) -> String {
    match nearest(word, known) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("write {}", choice(known.iter().copied())),
    }
}

/// The known word that `word` is a slip of: one continues the other, or few letters differ.
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let lower = word.to_lowercase();
    let continues = |meant: &str| lower.len() >= 3 && (meant.starts_with(&lower) || lower.starts_with(meant));
    known
        .iter()
        .copied()
        .filter_map(|meant| {
            let distance = distance(&lower, &meant.to_lowercase());
            let allowed = 1 + meant.len() / 4;
            (distance <= allowed || continues(&meant.to_lowercase())).then_some((distance, meant))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, meant)| meant)
}

/// How many letters must be added, dropped or replaced to make one word of the other.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, letter) in one.chars().enumerate() {
        let mut next = vec![index + 1];
        for ((above, above_right), same) in row.iter().zip(row.iter().skip(1)).zip(&other) {
            let replaced = above + usize::from(letter != *same);
            let left = next.last().copied().unwrap_or(0);
            next.push(replaced.min(above_right + 1).min(left + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_the_word_that_was_meant() {
        let known = ["name", "authorize", "connected", "reconnected", "disconnected"];
        for (slip, meant) in [
            ("nam", "name"),
            ("Name", "name"),
            ("authorise", "authorize"),
            ("auth", "authorize"),
            ("connect", "connected"),
            ("disconect", "disconnected"),
        ] {
            assert_eq!(nearest(slip, &known), Some(meant), "{slip}");
        }
    }

    #[test]
    fn another_word_lists_what_there_is() {
        assert_eq!(did_you_mean("banana", &["name", "client"]), "write `name` or `client`");
    }

    #[test]
    fn mistakes_keep_their_order() {
        let mut diagnostics = Diagnostics::default();
        diagnostics.at(Span::call_site(), "first");
        diagnostics.at(Span::call_site(), "second");
        assert_eq!(diagnostics.messages(), ["first", "second"]);
        assert_eq!(diagnostics.count(), 2);
    }
}
