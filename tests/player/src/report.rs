//! What came out of playing: one line for each scenario, the first difference where there is one.

use std::fmt;
use std::time::Duration;

/// Texts longer than this are shortened in what people read.
const LONG: usize = 600;

/// The first thing that was not as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The number of the step, from 1; none if the difference is not one step's.
    pub step: Option<usize>,
    /// The step's verb and its subject, such as `call a`.
    pub action: String,
    /// What was compared, or what went wrong in words.
    pub what: String,
    /// What was recorded; alternatives are joined by " or ".
    pub expected: Option<String>,
    /// What the server did.
    pub got: Option<String>,
}

impl Difference {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self { step: None, action: String::new(), what: what.into(), expected: None, got: None }
    }

    pub(crate) fn expected(self, expected: impl fmt::Display) -> Self {
        Self { expected: Some(short(&expected.to_string())), ..self }
    }

    pub(crate) fn got(self, got: impl fmt::Display) -> Self {
        Self { got: Some(short(&got.to_string())), ..self }
    }

    pub(crate) fn at(self, step: usize, action: String) -> Self {
        Self { step: Some(step), action, ..self }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(step) = self.step {
            write!(f, "step {step} ({}): ", self.action)?;
        }
        f.write_str(&self.what)?;
        match (&self.expected, &self.got) {
            (Some(expected), Some(got)) => write!(f, ": expected {expected}, got {got}"),
            (Some(expected), None) => write!(f, ": expected {expected}"),
            (None, Some(got)) => write!(f, ": {got}"),
            (None, None) => Ok(()),
        }
    }
}

impl std::error::Error for Difference {}

/// How one scenario went.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The scenario's name: its file without `.json`.
    pub scenario: String,
    /// How many steps it has.
    pub steps: usize,
    /// How long it took.
    pub took: Duration,
    /// Where it differed first; none if all held.
    pub difference: Option<Difference>,
}

impl Outcome {
    /// Whether the server did all that was recorded.
    pub fn holds(&self) -> bool {
        self.difference.is_none()
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.difference {
            None => write!(f, "ok {} ({} steps, {:.1} s)", self.scenario, self.steps, self.took.as_secs_f64()),
            Some(difference) => write!(f, "FAILED {}: {difference}", self.scenario),
        }
    }
}

/// The outcomes of all scenarios that were played, in the order of their files, those tagged `slow` last.
#[derive(Debug, Clone)]
pub struct Report {
    /// One for each scenario.
    pub outcomes: Vec<Outcome>,
}

impl Report {
    /// Whether every scenario holds.
    pub fn holds(&self) -> bool {
        self.outcomes.iter().all(Outcome::holds)
    }

    /// The scenarios that differ.
    pub fn failures(&self) -> impl Iterator<Item = &Outcome> {
        self.outcomes.iter().filter(|outcome| !outcome.holds())
    }

    /// The last line: how many hold.
    pub fn summary(&self) -> String {
        let holding = self.outcomes.iter().filter(|outcome| outcome.holds()).count();
        let steps: usize = self.outcomes.iter().map(|outcome| outcome.steps).sum();
        format!("{holding} of {} scenarios hold, {steps} steps", self.outcomes.len())
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for outcome in &self.outcomes {
            writeln!(f, "{outcome}")?;
        }
        f.write_str(&self.summary())
    }
}

/// A text as it is shown to people: the beginning of a long one.
pub(crate) fn short(text: &str) -> String {
    let length = text.chars().count();
    if length <= LONG {
        return text.to_owned();
    }
    let beginning: String = text.chars().take(500).collect();
    format!("{beginning}… ({length} characters)")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(difference: Option<Difference>) -> Outcome {
        Outcome { scenario: "ping".into(), steps: 2, took: Duration::from_millis(1240), difference }
    }

    #[test]
    fn a_scenario_that_holds_is_one_short_line() {
        assert_eq!(outcome(None).to_string(), "ok ping (2 steps, 1.2 s)");
    }

    #[test]
    fn a_difference_names_its_step_and_both_sides() {
        let difference = Difference::new("reply").expected(r#"{"I":"0"}"#).got("nothing").at(3, "call a".into());
        let line = outcome(Some(difference)).to_string();
        assert_eq!(line, r#"FAILED ping: step 3 (call a): reply: expected {"I":"0"}, got nothing"#);
    }

    #[test]
    fn one_difference_is_enough_for_a_report_not_to_hold() {
        let report = Report { outcomes: vec![outcome(None), outcome(Some(Difference::new("no reply")))] };
        assert!(!report.holds());
        assert_eq!(report.failures().count(), 1);
        assert!(report.to_string().ends_with("1 of 2 scenarios hold, 4 steps"));
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let shortened = short(&"é".repeat(601));
        assert!(shortened.ends_with("é… (601 characters)"), "{shortened}");
    }
}
