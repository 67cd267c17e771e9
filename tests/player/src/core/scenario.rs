//! A scenario as its file has it.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use crate::scenario::LoadError;
use crate::scenario::json::Json;

/// One recorded transcript.
#[derive(Debug, Deserialize)]
pub(super) struct Scenario {
    /// Its file's name without `.json`.
    #[serde(skip)]
    pub(super) name: String,
    /// Whether it mostly waits, and hears nothing that is not for it.
    #[serde(default)]
    pub(super) beside: bool,
    pub(super) steps: Vec<Step>,
}

impl Scenario {
    /// All of a directory, by name.
    pub(super) fn read_all(directory: &Path) -> Result<Vec<Self>, LoadError> {
        let unreadable = |source| LoadError::Unreadable { path: directory.to_owned(), source };
        let mut scenarios = Vec::new();
        for entry in std::fs::read_dir(directory).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if path.extension().is_none_or(|extension| extension != "json") {
                continue;
            }
            let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            let text = std::fs::read_to_string(&path)
                .map_err(|source| LoadError::Unreadable { path: path.clone(), source })?;
            let scenario: Self = serde_json::from_str(&text)
                .map_err(|source| LoadError::NotAScenario { scenario: name.clone(), source })?;
            scenarios.push(Self { name, ..scenario });
        }
        scenarios.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(scenarios)
    }
}

/// One step. Which of its subjects is there says what it does.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Step {
    pub(super) note: Option<String>,
    /// Why a server may differ here: the step is played and not compared.
    pub(super) free: Option<String>,
    pub(super) after: Option<u64>,
    pub(super) before: Option<u64>,
    pub(super) patience: Option<u64>,
    /// A second outcome that is as good.
    pub(super) or: Option<Json>,
    pub(super) order: Option<String>,

    // Subjects.
    pub(super) wait: Option<u64>,
    pub(super) http: Option<String>,
    pub(super) pending: Option<String>,
    #[serde(rename = "await")]
    pub(super) awaited: Option<String>,
    pub(super) abort: Option<String>,
    pub(super) negotiate: Option<String>,
    pub(super) connect: Option<String>,
    pub(super) ws: Option<String>,
    pub(super) sse: Option<String>,
    pub(super) lp: Option<String>,
    pub(super) from: Option<String>,
    pub(super) events: Option<String>,
    /// A subject, or the path that a negotiation or connection is for.
    pub(super) to: Option<String>,

    // What is sent.
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Option<Json>,
    pub(super) bind: BTreeMap<String, String>,
    #[serde(rename = "as")]
    pub(super) name: Option<String>,
    #[serde(rename = "for")]
    pub(super) lasting: Option<u64>,
    pub(super) query: Option<String>,
    pub(super) reconnect: bool,
    pub(super) transport: Option<String>,
    pub(super) protocol: Option<String>,
    pub(super) version: Option<i32>,
    pub(super) skip: bool,
    pub(super) open: Option<String>,
    pub(super) greeted: bool,
    pub(super) mute: bool,
    pub(super) send: Option<Vec<Json>>,
    pub(super) joined: bool,
    pub(super) cut: Vec<usize>,
    pub(super) fragment: Option<usize>,
    pub(super) opcode: Option<String>,
    pub(super) ping: Option<String>,
    pub(super) close: Option<Json>,
    pub(super) drop: bool,

    // What is expected.
    pub(super) expect: Option<Json>,
    pub(super) receive: Option<Json>,
    pub(super) optional: bool,
    pub(super) at_least: Option<usize>,
    pub(super) raw: Option<String>,
    pub(super) pong: Option<String>,
    pub(super) silent: Option<u64>,
    pub(super) closed: Option<Json>,
}

impl Step {
    /// What it is about, for people.
    pub(super) fn action(&self) -> String {
        let subjects = [
            ("http", &self.http),
            ("pending", &self.pending),
            ("await", &self.awaited),
            ("abort", &self.abort),
            ("negotiate", &self.negotiate),
            ("connect", &self.connect),
            ("ws", &self.ws),
            ("sse", &self.sse),
            ("lp", &self.lp),
            ("from", &self.from),
            ("events", &self.events),
            ("to", &self.to),
        ];
        let found = subjects.into_iter().find_map(|(verb, subject)| Some(format!("{verb} {}", subject.as_ref()?)));
        found.unwrap_or_else(|| "wait".to_owned())
    }
}
