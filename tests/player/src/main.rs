//! `player --base http://127.0.0.1:9000`: plays recorded transcripts against a server and prints a line for each.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use player::{Filter, Observer, Outcome, PlayError, Player, Scenario, WireLine};

const USAGE: &str = "\
usage: player --base http://HOST:PORT [--only PART_OF_NAME]... [--without TAG]... [--verbose] [DIRECTORY]
       player --list [--only PART_OF_NAME]... [--without TAG]... [DIRECTORY]

Plays the scenarios of DIRECTORY (specs/vectors/classic) against a server. Exit status 0 only if all of them hold.";

/// The directory of this package is known when it is built; the transcripts stand beside it.
const TRANSCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../specs/vectors/classic");

#[derive(Debug, Default)]
struct Options {
    base: Option<String>,
    filter: Filter,
    is_verbose: bool,
    is_list: bool,
    directory: Option<PathBuf>,
}

impl Options {
    /// Reads the arguments; `None` if they are not understood.
    fn parse(mut arguments: impl Iterator<Item = String>) -> Option<Self> {
        let mut options = Self::default();
        while let Some(argument) = arguments.next() {
            match argument.as_str() {
                "--base" => options.base = Some(arguments.next()?),
                "--only" => options.filter.only.push(arguments.next()?),
                "--without" => options.filter.without.push(arguments.next()?),
                "--verbose" => options.is_verbose = true,
                "--list" => options.is_list = true,
                option if option.starts_with('-') => return None,
                directory if options.directory.is_none() => options.directory = Some(directory.into()),
                _ => return None,
            }
        }
        (options.is_list || options.base.is_some()).then_some(options)
    }
}

/// Prints what happens.
#[derive(Debug)]
struct Printer {
    is_verbose: bool,
}

impl Observer for Printer {
    fn wire(&self, line: &WireLine<'_>) {
        if self.is_verbose {
            println!("   {}: {line}", line.scenario);
        }
    }

    fn outcome(&self, outcome: &Outcome) {
        println!("{outcome}");
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let Some(options) = Options::parse(std::env::args().skip(1)) else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match run(options).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            let mut line = error.to_string();
            let mut source = std::error::Error::source(&error);
            while let Some(cause) = source {
                line += &format!(": {cause}");
                source = cause.source();
            }
            eprintln!("{line}");
            ExitCode::from(2)
        }
    }
}

/// Whether all that was to be played holds.
async fn run(options: Options) -> Result<bool, PlayError> {
    let directory = options.directory.unwrap_or_else(|| TRANSCRIPTS.into());
    let scenarios = options.filter.select(Scenario::read_all(directory)?)?;
    let base = match options.base {
        Some(base) if !options.is_list => base,
        _ => {
            for scenario in &scenarios {
                println!("{}: {} [{}]", scenario.name, scenario.about, scenario.needs.join(" "));
            }
            return Ok(true);
        }
    };
    let printer = Printer { is_verbose: options.is_verbose };
    let report = Player::new(&base)?.observed_by(Arc::new(printer)).play(&scenarios).await;
    println!("{}", report.summary());
    Ok(report.holds())
}
