//! A scenario as its file has it.
//!
//! - [`field`]: the kinds of values that keys have
//! - [`json`]: JSON in the order in which it is written
//! - [`filter`]: which scenarios to play
//!
//! What a step may say stands beside what it does, in [`crate::steps`].

pub(crate) mod field;
mod filter;
pub(crate) mod json;

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::value::RawValue;

pub use self::filter::Filter;
use crate::steps::Step;

/// One recorded transcript: what clients do and what the original server answered.
#[derive(Debug)]
pub struct Scenario {
    /// Its file's name without `.json`: the behaviour it shows.
    pub name: String,
    /// What it shows, in a sentence.
    pub about: String,
    /// The sections of the specification that it is about.
    pub spec: Vec<String>,
    /// Tags: what it needs of a server beyond the common, and `slow`.
    pub needs: Vec<String>,
    pub(crate) steps: Vec<Step>,
}

/// Why scenarios could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The directory or a file in it could not be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A file is not a scenario.
    #[error("`{scenario}` is not a scenario")]
    NotAScenario {
        /// Its name.
        scenario: String,
        /// Why not.
        source: serde_json::Error,
    },
    /// A step is not written as steps are.
    #[error("step {step} of `{scenario}` cannot be understood")]
    NotAStep {
        /// The scenario's name.
        scenario: String,
        /// The number of the step, from 1.
        step: usize,
        /// Why not.
        source: serde_json::Error,
    },
    /// No scenario passes the filter: a report about nothing would look like success.
    #[error("no scenario passes the filter")]
    NothingSelected,
}

impl Scenario {
    /// Reads the text of a file.
    ///
    /// # Errors
    ///
    /// [`LoadError`] if it is no scenario, or says something that nobody would compare.
    pub fn parse(name: &str, text: &str) -> Result<Self, LoadError> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct File {
            about: String,
            #[serde(default)]
            spec: Vec<String>,
            #[serde(default)]
            needs: Vec<String>,
            steps: Vec<Box<RawValue>>,
            #[serde(default, rename = "wire")]
            _wire: serde::de::IgnoredAny,
        }
        let scenario = || name.to_owned();
        let file: File =
            serde_json::from_str(text).map_err(|source| LoadError::NotAScenario { scenario: scenario(), source })?;
        let steps = file.steps.iter().enumerate().map(|(i, step)| {
            Step::parse(step.get()).map_err(|source| LoadError::NotAStep { scenario: scenario(), step: i + 1, source })
        });
        Ok(Self {
            steps: steps.collect::<Result<_, _>>()?,
            name: scenario(),
            about: file.about,
            spec: file.spec,
            needs: file.needs,
        })
    }

    /// Reads one file.
    ///
    /// # Errors
    ///
    /// As [`Scenario::parse`], and if the file cannot be read.
    pub fn read(path: impl AsRef<Path>) -> Result<Self, LoadError> {
        let path = path.as_ref();
        let text =
            std::fs::read_to_string(path).map_err(|source| LoadError::Unreadable { path: path.to_owned(), source })?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        Self::parse(&name, &text)
    }

    /// Reads all `.json` files of a directory, in the order of their names.
    ///
    /// # Errors
    ///
    /// As [`Scenario::read`], for the first file that is wrong.
    pub fn read_all(directory: impl AsRef<Path>) -> Result<Vec<Self>, LoadError> {
        let directory = directory.as_ref();
        let unreadable = |source| LoadError::Unreadable { path: directory.to_owned(), source };
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(directory).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.extension().is_some_and(|extension| extension == "json") {
                paths.push(path);
            }
        }
        paths.sort();
        paths.iter().map(Self::read).collect()
    }

    /// Whether it has a tag.
    pub fn needs(&self, tag: &str) -> bool {
        self.needs.iter().any(|need| need == tag)
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    fn refused(step: &str) -> String {
        let text = format!(r#"{{"about":"x","steps":[{step}]}}"#);
        let error = Scenario::parse("s", &text).expect_err("a mistake");
        format!("{error}: {}", error.source().expect("a reason"))
    }

    #[test]
    fn a_step_that_nobody_understands_is_refused() {
        assert!(refused(r#"{"dance":"a"}"#).starts_with("step 1 of `s` cannot be understood: no such verb: `dance`"));
        assert!(refused(r#"{"call":"a","methid":"Echo"}"#).contains("no such key here: `methid`"));
        assert!(refused(r#"{"quiet":"a","ms":"long"}"#).contains("invalid type"));
        assert!(refused("{}").contains("no verb"));
    }

    #[test]
    fn the_first_key_is_the_verb() {
        let text = r#"{"about":"x","needs":["slow"],"steps":[{"keep":"cursor","value":"<a.cursor>"},{"wait":5}]}"#;
        let scenario = Scenario::parse("s", text).expect("valid");
        let actions: Vec<_> = scenario.steps.iter().map(|step| step.action()).collect();
        assert_eq!(actions, ["keep cursor", "wait"]);
        assert!(scenario.needs("slow") && !scenario.needs("tight"));
    }
}
