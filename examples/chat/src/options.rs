//! What the command line and the environment say.

use std::ffi::OsString;
use std::path::PathBuf;

use crate::database::{Database, DatabaseUrlError};

/// Shown by `--help`.
pub const HELP: &str = "\
A chat with rooms, on hubs for Rust.

Usage: chat [OPTIONS]

Options:
  --listen HOST:PORT      where to serve                        [env CHAT_LISTEN]    [default: 127.0.0.1:3000]
  --database URL          where kept rooms are stored           [env CHAT_DATABASE]  [default: sqlite:chat.db]
                          sqlite:PATH, postgres://USER:PASSWORD@HOST/NAME, redis://HOST/NUMBER
                          or azure-table:CONNECTION-STRING
  --files FOLDER          where the signing key and large tokens are  [env CHAT_FILES]
                          [default: beside the file of SQLite; else where the chat is started]
  --verify-rejoin         a connection that comes back rejoins the rooms the database has for its user,
                          not those its token names
  --help                  this text

RUST_LOG chooses what is logged, as in RUST_LOG=debug or RUST_LOG=chat=debug,hub_core=trace.
";

/// How the chat is to be run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// `HOST:PORT` to serve on; port 0 takes a free one.
    pub listen: String,
    /// Where rooms and memberships are stored.
    pub database: Database,
    /// The folder of the signing key and large tokens, if it is not the database's.
    pub files: Option<PathBuf>,
    /// Whether a rejoin is answered from the database instead of the client's token.
    pub verify_rejoin: bool,
}

/// What was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Serve the chat.
    Serve(Options),
    /// Print [`HELP`] and end.
    Help,
}

/// Why the command line cannot be followed.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum OptionsError {
    /// There is no such option.
    #[error("there is no option `{0}`; `--help` lists those there are")]
    Unknown(String),
    /// The option stands alone where it needs a value.
    #[error("`{0}` needs a value, as in `{0} {1}`")]
    NoValue(&'static str, &'static str),
    /// The option takes no value.
    #[error("`{0}` takes no value")]
    Value(&'static str),
    /// An address without a port.
    #[error("`{0}` is no address to listen on: HOST:PORT is wanted, as in `127.0.0.1:3000`")]
    Listen(String),
    /// A database that the chat does not know.
    #[error(transparent)]
    Database(#[from] DatabaseUrlError),
    /// An argument or variable is not Unicode.
    #[error("`{0}` is not valid Unicode")]
    NotUnicode(String),
}

impl Command {
    /// Reads the arguments after the program's name; what they leave open, `variable` may answer.
    ///
    /// # Errors
    ///
    /// [`OptionsError`] for the first argument or variable that cannot be followed.
    pub fn read(
        arguments: impl IntoIterator<Item = OsString>,
        variable: impl Fn(&str) -> Option<OsString>,
    ) -> Result<Self, OptionsError> {
        let mut listen = None;
        let mut database = None;
        let mut files = None;
        let mut verify_rejoin = false;

        let mut arguments = arguments.into_iter().map(unicode);
        while let Some(argument) = arguments.next().transpose()? {
            let (name, value) = match argument.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (argument.as_str(), None),
            };
            let mut value_of = |option, example| match value.clone() {
                Some(value) => Ok(value),
                None => arguments.next().unwrap_or(Err(OptionsError::NoValue(option, example))),
            };
            match name {
                "--listen" => listen = Some(value_of("--listen", "127.0.0.1:3000")?),
                "--database" => database = Some(value_of("--database", "sqlite:chat.db")?),
                "--files" => files = Some(value_of("--files", "/var/lib/chat")?),
                "--verify-rejoin" if value.is_some() => return Err(OptionsError::Value("--verify-rejoin")),
                "--verify-rejoin" => verify_rejoin = true,
                "--help" | "-h" => return Ok(Self::Help),
                _ => return Err(OptionsError::Unknown(argument)),
            }
        }

        let or_variable = |given: Option<String>, name: &str, default: &str| match (given, variable(name)) {
            (Some(given), _) => Ok(given),
            (None, Some(value)) => unicode(value),
            (None, None) => Ok(default.to_owned()),
        };
        let listen = or_variable(listen, "CHAT_LISTEN", "127.0.0.1:3000")?;
        if !has_port(&listen) {
            return Err(OptionsError::Listen(listen));
        }
        let database = or_variable(database, "CHAT_DATABASE", "sqlite:chat.db")?.parse()?;
        let files = Some(or_variable(files, "CHAT_FILES", "")?).filter(|folder| !folder.is_empty()).map(PathBuf::from);
        Ok(Self::Serve(Options { listen, database, files, verify_rejoin }))
    }
}

fn has_port(address: &str) -> bool {
    address.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
}

fn unicode(text: OsString) -> Result<String, OptionsError> {
    text.into_string().map_err(|text| OptionsError::NotUnicode(text.to_string_lossy().into_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(arguments: &[&str], variables: &[(&str, &str)]) -> Result<Command, OptionsError> {
        Command::read(arguments.iter().map(OsString::from), |name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(value))
        })
    }

    fn served(arguments: &[&str], variables: &[(&str, &str)]) -> Options {
        match read(arguments, variables) {
            Ok(Command::Serve(options)) => options,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn without_arguments_it_serves_on_the_loopback_address() {
        let options = served(&[], &[]);
        assert_eq!(options.listen, "127.0.0.1:3000");
        assert_eq!(options.database, "sqlite:chat.db".parse().unwrap());
        assert_eq!(options.files, None);
        assert!(!options.verify_rejoin);
    }

    #[test]
    fn the_environment_answers_what_the_arguments_leave_open() {
        let variables = [("CHAT_LISTEN", "[::1]:4000"), ("CHAT_DATABASE", "sqlite:other.db")];
        let options = served(&["--verify-rejoin", "--listen", "localhost:0"], &variables);
        assert_eq!(options.listen, "localhost:0");
        assert_eq!(options.database, "sqlite:other.db".parse().unwrap());
        assert!(options.verify_rejoin);
        assert_eq!(served(&["--files", "here"], &[("CHAT_FILES", "there")]).files, Some("here".into()));
        assert_eq!(served(&[], &[("CHAT_FILES", "there")]).files, Some("there".into()));
    }

    #[test]
    fn a_value_may_follow_an_equals_sign() {
        let options = served(&["--database=sqlite:a=b.db"], &[]);
        assert_eq!(options.database, "sqlite:a=b.db".parse().unwrap());
    }

    #[test]
    fn help_wins_over_what_follows() {
        assert_eq!(read(&["--help", "--nonsense"], &[]), Ok(Command::Help));
    }

    #[test]
    fn mistakes_are_named() {
        let text = |arguments: &[&str]| read(arguments, &[]).unwrap_err().to_string();
        assert_eq!(text(&["--port"]), "there is no option `--port`; `--help` lists those there are");
        assert_eq!(text(&["--listen"]), "`--listen` needs a value, as in `--listen 127.0.0.1:3000`");
        assert_eq!(text(&["--verify-rejoin=no"]), "`--verify-rejoin` takes no value");
        assert!(text(&["--listen", "3000"]).starts_with("`3000` is no address to listen on"));
        assert!(text(&["--listen", "host:99999"]).contains("HOST:PORT"));
        assert!(text(&["--database", "mysql:x"]).contains("sqlite:PATH"));
    }
}
