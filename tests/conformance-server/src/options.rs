//! The command line.

use std::path::PathBuf;

pub(crate) struct Options {
    pub(crate) listen: String,
    pub(crate) key_file: Option<PathBuf>,
}

impl Options {
    pub(crate) fn from_args(mut args: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut options = Self { listen: "127.0.0.1:0".to_owned(), key_file: None };
        while let Some(name) = args.next() {
            let mut value = || args.next().ok_or_else(|| format!("{name} needs a value"));
            match name.as_str() {
                "--listen" => options.listen = value()?,
                "--key-file" => options.key_file = Some(value()?.into()),
                other => {
                    return Err(format!("unknown option {other}; there are --listen HOST:PORT and --key-file PATH"));
                }
            }
        }
        Ok(options)
    }
}
