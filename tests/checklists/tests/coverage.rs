//! No line of sections 9.10 and 10 of the specification is without a test, and no step of a recording that is free. Section 7 is held by
//! `tests/interop/core`.

use std::{collections::BTreeMap, fs, path::Path};

use serde_json::Value;

use crate::{
    free::{Free, STEPS},
    section_10::LINES,
    unplayed::RECORDINGS,
};

const SPECIFICATION: &str = include_str!("../../../specs/core-signalr.md");

fn text_of(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The tests of a file of this project, by name: functions that are marked as tests, and as nothing that would keep them from running, and
/// the rows of tables of tests.
fn tests_of(file: &str) -> Vec<String> {
    let text = text_of(file);
    let mut marks: Vec<&str> = Vec::new();
    let mut tests = Vec::new();
    let mut in_table = false;
    for line in text.lines() {
        in_table = (in_table || line == "table! {") && line != "}";
        if in_table
            && let Some((name, _)) = line.strip_prefix("    ").and_then(|line| line.split_once(": "))
            && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        {
            tests.push(name.to_owned());
        }
        let line = line.trim();
        if line.starts_with("#[") {
            marks.push(line);
            continue;
        }
        let function = line.split_once("fn ").and_then(|(_, rest)| rest.split_once('(')).map(|(name, _)| name);
        if let Some(name) = function
            && marks.iter().any(|mark| mark.starts_with("#[test]") || mark.starts_with("#[tokio::test"))
        {
            let hidden = marks.iter().any(|mark| mark.contains("ignore") || mark.contains("cfg"));
            assert!(!hidden, "{file}: {name} does not run everywhere");
            tests.push(name.to_owned());
        }
        marks.clear();
    }
    assert!(!tests.is_empty(), "{file} has no tests");
    tests
}

/// Whether a file of Rust is part of its crate: the file above it names it.
fn is_compiled(file: &str) -> bool {
    let path = Path::new(file);
    let (Some(folder), Some(stem)) = (path.parent(), path.file_stem().and_then(|stem| stem.to_str())) else {
        return false;
    };
    if matches!(stem, "main" | "lib") {
        return true;
    }
    // Tests of a file may have one of their own, which that file names.
    if let Some(tested) = stem.strip_suffix("_tests") {
        let tested = folder.join(format!("{tested}.rs"));
        let tested = tested.to_str().unwrap_or_default();
        return text_of(tested).contains(&format!("#[path = \"{stem}.rs\"]")) && is_compiled(tested);
    }
    let folder = if stem == "mod" { folder.parent() } else { Some(folder) }.unwrap_or(folder);
    let stem =
        if stem == "mod" { path.parent().and_then(Path::file_name).and_then(|name| name.to_str()) } else { Some(stem) };
    let above = ["mod.rs", "main.rs", "lib.rs"].map(|name| folder.join(name));
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let (Some(stem), Some(above)) = (stem, above.iter().find(|above| root.join(above).exists())) else { return false };
    let above = above.to_str().unwrap();
    let named = text_of(above).lines().any(|line| {
        let line = line.trim();
        line == format!("mod {stem};") || line == format!("pub mod {stem};") || line.ends_with(&format!(" mod {stem};"))
    });
    named && is_compiled(above)
}

/// What a line stands for names a test that is there and runs.
fn assert_is_a_test(file: &str, test: &str) {
    if file.ends_with(".mjs") {
        let text = text_of(file);
        let named = [format!("test({test:?}, "), format!("    name: {test:?},")];
        assert!(text.lines().any(|line| named.iter().any(|named| line.starts_with(named))), "{file} has no {test:?}");
        assert!(!text.contains(".skip(") && !text.contains("skip: true"), "{file} leaves out tests");
    } else if file.contains("/ui/") {
        assert!(text_of(&format!("{file}/{test}.stderr")).contains("error"), "{test} is no error");
        text_of(&format!("{file}/{test}.rs"));
    } else {
        assert!(tests_of(file).iter().any(|found| found == test), "{file} has no {test}");
        assert!(is_compiled(file), "{file} is not compiled");
    }
}

/// The numbers of the lines `* N7. …`.
fn lines_of_section_9() -> Vec<u32> {
    let (_, behind) = SPECIFICATION.split_once("\n### 9.10 Checklist\n").expect("there is a section 9.10");
    let (section, _) = behind.split_once("\n## ").expect("and one behind it");
    let numbers = section.lines().filter_map(|line| line.strip_prefix("* N")?.split_once('.')?.0.parse().ok());
    numbers.collect()
}

/// What section 10 says: rows of tables, points of lists, and sentences of what is neither, each with the number of its section.
fn lines_of_section_10() -> Vec<(String, String)> {
    let (_, behind) = SPECIFICATION.split_once("\n## 10. ").expect("there is a section 10");
    let (section, _) = behind.split_once("\n## ").expect("and one behind it");
    let mut lines = Vec::new();
    for section in section.split("\n### ").skip(1) {
        let number = section.split_once(' ').unwrap().0;
        let mut rows = 0;
        let mut prose = String::new();
        for line in section.lines().skip(1).filter(|line| !line.is_empty() && *line != "---") {
            let point = line.split_once(". ").filter(|(number, _)| number.parse::<u32>().is_ok());
            let whole = match line.strip_prefix("| ").or_else(|| line.strip_prefix("|-")) {
                Some(row) => {
                    rows += 1;
                    // The head of a table and the rule below it say nothing.
                    if rows <= 2 {
                        continue;
                    }
                    row
                }
                None => match line.strip_prefix("* ").or(point.map(|_| line)) {
                    Some(point) => point,
                    // What goes on in the next line belongs to its point.
                    None if line.starts_with("   ") => continue,
                    None => {
                        prose.push_str(line);
                        prose.push(' ');
                        continue;
                    }
                },
            };
            lines.push((number.to_owned(), whole.to_owned()));
        }
        let sentences = prose.trim_end().trim_end_matches('.').split(". ");
        lines.extend(sentences.filter(|text| !text.is_empty()).map(|text| (number.to_owned(), text.to_owned())));
    }
    lines
}

/// The recordings of a folder, by name.
fn recordings(folder: &str) -> BTreeMap<String, Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../specs/vectors").join(folder);
    let files = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let files = files.filter(|path| path.extension().is_some_and(|extension| extension == "json"));
    let named = files.map(|path| {
        let name = path.file_stem().and_then(|name| name.to_str()).unwrap().to_owned();
        (name, serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap())
    });
    named.collect()
}

/// Each place has one entry, and each entry its place and its tests.
fn assert_held(places: &[(String, Option<usize>, String)], entries: &[Free]) {
    let stands_for = |entry: &Free, (recording, step, why): &(String, Option<usize>, String)| {
        let is_the_step = step.map_or(entry.steps.is_empty(), |step| entry.steps.contains(&step));
        entry.recording == recording && is_the_step && why.starts_with(entry.why)
    };
    let held = |place: &_| entries.iter().filter(|entry| stands_for(entry, place)).count();
    let without: Vec<_> = places.iter().filter(|place| held(place) != 1).collect();
    assert!(without.is_empty(), "free without a test, or with two entries: {without:#?}");
    for entry in entries {
        let found = places.iter().filter(|place| stands_for(entry, place)).count();
        assert_eq!(found, entry.steps.len().max(1), "{} {:?}: this is not free", entry.recording, entry.steps);
        assert!(!entry.tests.is_empty(), "{}: no test", entry.recording);
        for (file, test) in entry.tests {
            assert_is_a_test(file, test);
        }
    }
}

#[test]
fn every_step_that_is_free_is_a_test() {
    let mut places = Vec::new();
    for (name, recording) in recordings("core") {
        let steps = recording["steps"].as_array().unwrap().iter().enumerate();
        let free =
            steps.filter_map(|(at, step)| step.get("free").map(|why| (at + 1, why.as_str().unwrap().to_owned())));
        places.extend(free.map(|(step, why)| (name.clone(), Some(step), why)));
    }
    assert!(places.len() > 60, "the recordings were not read: {places:?}");
    assert_held(&places, STEPS);
}

/// What the chat shows is held by its own tests.
#[test]
fn every_recording_that_is_not_played_is_a_test() {
    const NOT_PLAYED: [&str; 3] = ["dotnet", "foreverFrame", "jsonp"];
    let mut places = Vec::new();
    for (name, recording) in recordings("classic") {
        let tags = recording["needs"].as_array().map(Vec::as_slice).unwrap_or_default();
        if tags.iter().any(|tag| tag.as_str().is_some_and(|tag| NOT_PLAYED.contains(&tag))) {
            places.push((name, None, recording["about"].as_str().unwrap().to_owned()));
        }
    }
    assert!(places.len() > 20, "the recordings were not read: {places:?}");
    assert_held(&places, RECORDINGS);
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

#[test]
fn every_line_of_section_10_is_a_test() {
    let lines = lines_of_section_10();
    assert!(lines.len() > 40, "the section was not read: {lines:?}");
    let holds = |(section, line): &(String, String)| {
        LINES.iter().filter(|held| held.section == section && line.starts_with(held.begins)).count()
    };
    let without: Vec<_> = lines.iter().filter(|line| holds(line) != 1).collect();
    assert!(without.is_empty(), "lines without a test, or with two entries: {without:#?}");
    for held in LINES {
        let found = lines.iter().filter(|(section, line)| held.section == section && line.starts_with(held.begins));
        assert_eq!(found.count(), 1, "{} {}: this line is not there", held.section, held.begins);
        assert!(!held.tests.is_empty(), "{} {}: no test", held.section, held.begins);
        for (file, test) in held.tests {
            assert_is_a_test(file, test);
        }
    }
}

#[test]
fn no_test_of_this_package_holds_nothing() {
    let lines = LINES.iter().flat_map(|held| held.tests);
    let holding: Vec<_> = lines.chain(STEPS.iter().flat_map(|held| held.tests)).collect();
    for file in ["otherwise", "recorded"] {
        let file = format!("tests/checklists/tests/{file}.rs");
        for test in tests_of(&file) {
            let holds = holding.iter().any(|(of, held)| *of == file && *held == test);
            assert!(holds, "{test} holds no line of section 10 and no step that is free");
        }
    }
}
