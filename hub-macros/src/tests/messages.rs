//! Every message that a case in `tests/ui` expects is made, and no other.
//!
//! `tests/ui.rs` asks the compiler, which takes minutes; this asks the macros alone, in a blink.

use std::error::Error;
use std::fs;

use super::{complaints, expand_file, files};

#[test]
fn every_ui_case_says_what_its_stderr_expects() -> Result<(), Box<dyn Error>> {
    let mut wrong = Vec::new();
    for path in files("tests/ui", ".rs")? {
        let said = complaints(expand_file(&fs::read_to_string(&path)?)?);
        let expected = fs::read_to_string(path.with_extension("stderr")).unwrap_or_default();
        let mut rest = expected.as_str();
        for message in &said {
            match rest.split_once(&format!("error: {message}\n")) {
                Some((_, behind)) => rest = behind,
                None => wrong.push(format!("{}: {message}", path.display())),
            }
        }
        let ours = |line: &&str| line.starts_with("error: ") && !is_from_elsewhere(line);
        wrong.extend(rest.lines().filter(ours).map(|line| format!("{}: missing {line}", path.display())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    Ok(())
}

/// Errors without a code that the recorded cases have from the compiler, or from a macro on a member, which is only
/// expanded when no macro on the item takes it away.
fn is_from_elsewhere(line: &str) -> bool {
    ["error: future cannot be sent", "error: cannot find attribute"].iter().any(|begin| line.starts_with(begin))
        || line.contains("does nothing on its own")
}
