//! The corpus of every target, replayed: what once was found stays found.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::TARGETS;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz")
}

fn names(of: &Path) -> Vec<String> {
    let entries = fs::read_dir(of).unwrap_or_else(|error| panic!("{}: {error}", of.display()));
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).filter(|name| name != "seeds").collect();
    names.sort();
    names
}

#[test]
fn every_target_has_its_binary_and_its_corpus() {
    let known: Vec<String> = TARGETS.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names(&folder().join("corpus")), known);
    let binaries: Vec<String> = known.iter().map(|name| format!("{name}.rs")).collect();
    assert_eq!(names(&folder().join("fuzz_targets")), binaries);
    for name in &known {
        let text = fs::read_to_string(folder().join(format!("fuzz_targets/{name}.rs"))).unwrap();
        assert!(text.contains(&format!("run(\"{name}\", data)")), "{name} runs another target");
    }
}

#[test]
fn the_corpus_holds() {
    let mut replayed = 0;
    for (name, target) in TARGETS {
        let corpus = folder().join("corpus").join(name);
        let inputs = names(&corpus);
        assert!(inputs.len() > 3, "the corpus of {name} is empty");
        for input in inputs {
            let data = fs::read(corpus.join(&input)).unwrap();
            // The name of the input is what a failure is to be looked for by.
            println!("{name}/{input}");
            target(&data);
            replayed += 1;
        }
    }
    println!("{replayed} inputs");
}
