//! Processes that start at once over one key file.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use hub_core::rejoin::{SigningKey, SigningKeys};

const FILE: &str = "REJOIN_TEST_KEY_FILE";

/// What each of the processes does; by itself, nothing.
#[test]
fn one_of_the_processes() {
    if let Some(path) = std::env::var_os(FILE) {
        let keys = SigningKeys::from_file_or_create(PathBuf::from(path)).expect("a key");
        println!("key {}", keys.newest());
    }
}

#[test]
fn processes_that_start_at_once_agree_on_a_key() {
    let program = std::env::current_exe().expect("this program");
    for _ in 0..3 {
        let unique = SigningKey::generate().expect("random").id();
        let path = std::env::temp_dir().join(format!("rejoin-keys-{unique}"));
        let start = || {
            Command::new(&program)
                .args(["--exact", "key_file::one_of_the_processes", "--nocapture"])
                .env(FILE, &path)
                .stdout(Stdio::piped())
                .spawn()
                .expect("this program starts")
        };
        let processes: Vec<_> = (0..6).map(|_| start()).collect();
        let mut ids: Vec<String> = processes
            .into_iter()
            .map(|process| {
                let output = process.wait_with_output().expect("it ends");
                let said = String::from_utf8(output.stdout).expect("text");
                let at = said.find("key ").unwrap_or_else(|| panic!("{said}"));
                said[at + 4..at + 12].to_owned()
            })
            .collect();
        ids.dedup();
        assert_eq!(ids.len(), 1, "{ids:?}");
        std::fs::remove_file(&path).expect("it was made");
    }
}
