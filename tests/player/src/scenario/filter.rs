//! Which scenarios to play.

use super::{LoadError, Scenario};

/// Which scenarios to play; all of them by default.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Parts of names; a scenario must have one of them, if there are any.
    pub only: Vec<String>,
    /// Tags that a scenario must not have.
    pub without: Vec<String>,
}

impl Filter {
    /// Plays those whose names have this part, beside those named before.
    pub fn only(mut self, part_of_name: impl Into<String>) -> Self {
        self.only.push(part_of_name.into());
        self
    }

    /// Leaves out those with this tag.
    pub fn without(mut self, tag: impl Into<String>) -> Self {
        self.without.push(tag.into());
        self
    }

    /// Whether a scenario passes.
    pub fn passes(&self, scenario: &Scenario) -> bool {
        let is_named = self.only.is_empty() || self.only.iter().any(|part| scenario.name.contains(part.as_str()));
        is_named && !self.without.iter().any(|tag| scenario.needs(tag))
    }

    /// Those that pass.
    ///
    /// # Errors
    ///
    /// [`LoadError::NothingSelected`] if none does.
    pub fn select(&self, mut scenarios: Vec<Scenario>) -> Result<Vec<Scenario>, LoadError> {
        scenarios.retain(|scenario| self.passes(scenario));
        if scenarios.is_empty() {
            return Err(LoadError::NothingSelected);
        }
        Ok(scenarios)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected(filter: &Filter) -> Vec<String> {
        let scenario = |name: &str, needs: &str| {
            Scenario::parse(name, &format!(r#"{{"about":"","needs":{needs},"steps":[]}}"#)).expect("valid")
        };
        let all =
            vec![scenario("ping", "[]"), scenario("lost", r#"["slow","tight"]"#), scenario("lost-sse", r#"["slow"]"#)];
        filter.select(all).unwrap_or_default().into_iter().map(|scenario| scenario.name).collect()
    }

    #[test]
    fn parts_of_names_add_up_and_tags_take_away() {
        assert_eq!(selected(&Filter::default()), ["ping", "lost", "lost-sse"]);
        assert_eq!(selected(&Filter::default().only("sse").only("pin")), ["ping", "lost-sse"]);
        assert_eq!(selected(&Filter::default().only("lost").without("tight")), ["lost-sse"]);
    }

    #[test]
    fn nothing_to_play_is_an_error() {
        let error = Filter::default().only("x").select(Vec::new()).expect_err("nothing");
        assert!(matches!(error, LoadError::NothingSelected));
    }
}
