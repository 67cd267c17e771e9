//! No line of section 9.10 of the specification is without a test. Section 7 is held by `tests/interop/core`.

use std::{collections::BTreeMap, fs, path::Path};

const SPECIFICATION: &str = include_str!("../../../specs/core-signalr.md");

/// The tests of a file of this project, by name: functions that are marked as tests, and as nothing that would keep them from running.
fn tests_of(file: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
    let mut marks: Vec<&str> = Vec::new();
    let mut tests = Vec::new();
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[") {
            marks.push(line);
            continue;
        }
        let function = line.split_once("fn ").and_then(|(_, rest)| rest.split_once('(')).map(|(name, _)| name);
        if let Some(name) = function
            && marks.iter().any(|mark| mark.starts_with("#[test]") || mark.starts_with("#[tokio::test"))
        {
            assert!(!marks.iter().any(|mark| mark.contains("ignore")), "{file}: {name} does not run");
            tests.push(name.to_owned());
        }
        marks.clear();
    }
    assert!(!tests.is_empty(), "{file} has no tests");
    tests
}

/// The numbers of the lines `* N7. …`.
fn lines_of_section_9() -> Vec<u32> {
    let (_, behind) = SPECIFICATION.split_once("\n### 9.10 Checklist\n").expect("there is a section 9.10");
    let (section, _) = behind.split_once("\n## ").expect("and one behind it");
    let numbers = section.lines().filter_map(|line| line.strip_prefix("* N")?.split_once('.')?.0.parse().ok());
    numbers.collect()
}

#[test]
fn every_line_of_section_9_is_a_test() {
    let lines = lines_of_section_9();
    assert_eq!(lines, (1..=34).collect::<Vec<u32>>());
    let mut tests: BTreeMap<u32, Vec<String>> = BTreeMap::new();
    for file in ["refresh", "users", "cancelling"] {
        for test in tests_of(&format!("tests/checklists/tests/{file}.rs")) {
            let number = test.get(1..3).and_then(|number| number.parse().ok());
            tests.entry(number.unwrap_or_else(|| panic!("{test} has no number"))).or_default().push(test);
        }
    }
    let without: Vec<u32> = lines.iter().copied().filter(|line| !tests.contains_key(line)).collect();
    assert_eq!(without, [] as [u32; 0], "lines without a test");
    assert_eq!(tests.len(), lines.len(), "tests of lines that are not there: {tests:?}");
}
