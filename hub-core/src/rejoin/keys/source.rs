//! Keys from the environment or a file.

#![deny(clippy::unwrap_used, clippy::indexing_slicing, clippy::arithmetic_side_effects)]

use std::{
    env,
    fs::{File, OpenOptions},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
};

use base64::{
    Engine as _, alphabet,
    engine::{
        DecodePaddingMode,
        general_purpose::{GeneralPurpose, GeneralPurposeConfig, URL_SAFE_NO_PAD},
    },
};

use super::{KeyError, KeyPlace, SigningKey};

/// What a key file may hold: far more than sixteen keys with their comments.
const MAX_FILE_BYTES: u64 = 256 * 1024;

/// Where a ring's keys are read from.
#[derive(Debug, Clone)]
pub(super) enum Source {
    /// The program gave them.
    Code,
    /// An environment variable.
    Variable(String),
    /// A file.
    File(PathBuf),
}

impl Source {
    /// The source as a place without a number.
    pub(super) fn place(&self) -> KeyPlace {
        match self {
            Self::Code => KeyPlace::Code,
            Self::Variable(variable) => KeyPlace::Variable { variable: variable.clone(), number: None },
            Self::File(path) => KeyPlace::File { path: path.clone(), line: None },
        }
    }

    /// Reads the keys, newest first.
    pub(super) fn read(&self) -> Result<Vec<SigningKey>, KeyError> {
        match self {
            Self::Code => Err(KeyError::NoSource),
            Self::Variable(variable) => {
                let text = env::var_os(variable).ok_or_else(|| KeyError::Unset { variable: variable.clone() })?;
                let text = text.to_str().ok_or_else(|| KeyError::Spelling { place: self.place() })?;
                parse_variable(variable, text)
            }
            Self::File(path) => parse_file(path, &read_file(path)?),
        }
    }
}

/// One key as text: an even number of hexadecimal digits that are enough for a key, else base64.
///
/// The two cannot be mistaken for each other: a base64 text that long of nothing but hexadecimal
/// digits comes up once in 10³⁸ keys.
pub(super) fn parse_key(text: &str, place: &KeyPlace) -> Result<SigningKey, KeyError> {
    let spelling = || KeyError::Spelling { place: place.clone() };
    let secret = match from_hexadecimal(text) {
        Some(secret) => secret,
        None => from_base64(text).ok_or_else(spelling)?,
    };
    SigningKey::at(secret, place)
}

fn parse_variable(variable: &str, text: &str) -> Result<Vec<SigningKey>, KeyError> {
    text.split(|separator: char| separator == ',' || separator.is_whitespace())
        .filter(|key| !key.is_empty())
        .zip(1..)
        .map(|(key, number)| {
            parse_key(key, &KeyPlace::Variable { variable: variable.to_owned(), number: Some(number) })
        })
        .collect()
}

fn parse_file(path: &Path, text: &str) -> Result<Vec<SigningKey>, KeyError> {
    text.lines()
        .zip(1..)
        .map(|(line, number)| (line.split('#').next().unwrap_or_default().trim(), number))
        .filter(|(key, _)| !key.is_empty())
        .map(|(key, number)| parse_key(key, &KeyPlace::File { path: path.to_owned(), line: Some(number) }))
        .collect()
}

fn from_hexadecimal(text: &str) -> Option<Vec<u8>> {
    if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let (pairs, []) = text.as_bytes().as_chunks::<2>() else { return None };
    pairs.iter().map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()).collect()
}

/// A key is an operator's input, not the wire's: any common spelling will do.
fn from_base64(text: &str) -> Option<Vec<u8>> {
    const LENIENT: GeneralPurposeConfig =
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let alphabet = if text.contains(['+', '/']) { &alphabet::STANDARD } else { &alphabet::URL_SAFE };
    GeneralPurpose::new(alphabet, LENIENT).decode(text).ok()
}

fn read_file(path: &Path) -> Result<String, KeyError> {
    let read = || {
        let file = File::open(path)?;
        warn_if_readable_by_others(path, &file)?;
        let mut text = String::new();
        file.take(MAX_FILE_BYTES).read_to_string(&mut text)?;
        Ok(text)
    };
    read().map_err(|source| KeyError::File { path: path.to_owned(), action: "read", source })
}

/// Makes a file with one new key, unless there is one that is not empty.
///
/// Whoever has the lock on the file looks and fills it, so processes that start at once agree,
/// and one that is killed in between leaves an empty file that the next one fills.
pub(super) fn create_file(path: &Path) -> Result<(), KeyError> {
    let failed = |source| KeyError::File { path: path.to_owned(), action: "made", source };
    // Reading needs less than writing: a key file that is mounted read-only is as good.
    if std::fs::metadata(path).is_ok_and(|found| found.len() > 0) {
        return Ok(());
    }
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path).map_err(failed)?;
    file.lock().map_err(failed)?;
    if file.metadata().map_err(failed)?.len() > 0 {
        return Ok(());
    }
    let key = SigningKey::generate()?;
    let line = format!("{}\n", URL_SAFE_NO_PAD.encode(key.secret()));
    file.write_all(line.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    sync_folder(path).map_err(failed)?;
    tracing::info!(path = %path.display(), key_id = %key.id(), "made a signing key file");
    Ok(())
}

/// Makes the file's name as lasting as its content.
fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    }
    Ok(())
}

#[cfg(unix)]
fn warn_if_readable_by_others(path: &Path, file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = file.metadata()?.permissions().mode();
    if mode & 0o077 != 0 {
        let mode = format!("{:03o}", mode & 0o777);
        tracing::warn!(path = %path.display(), mode, "the signing key file is open to others than its owner");
    }
    Ok(())
}

#[cfg(not(unix))]
fn warn_if_readable_by_others(_: &Path, _: &File) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{super::SigningKeys, *};

    /// A folder that ends with the test.
    struct Folder(PathBuf);

    impl Folder {
        fn new(test: &str) -> Self {
            let unique = SigningKey::generate().unwrap().id();
            let path = env::temp_dir().join(format!("rejoin-{test}-{unique}"));
            std::fs::create_dir(&path).unwrap();
            Self(path)
        }

        fn file(&self) -> PathBuf {
            self.0.join("keys")
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    const HEX: &str = "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100";

    #[test]
    fn a_key_has_many_spellings() {
        let bytes = from_hexadecimal(HEX).unwrap();
        let key = SigningKey::new(&bytes).unwrap();
        let url = URL_SAFE_NO_PAD.encode(&bytes);
        let standard = base64::engine::general_purpose::STANDARD.encode(&bytes);
        for text in [HEX, &HEX.to_uppercase(), &url, &format!("{url}="), &standard] {
            assert_eq!(SigningKey::parse(text).unwrap(), key, "{text}");
        }
    }

    #[test]
    fn an_error_says_where_and_not_what() {
        let secret = "c2VjcmV0IHNlY3JldCBzZWNyZXQ";
        let short = parse_variable("KEYS", &format!("{HEX}, {secret}")).unwrap_err();
        assert_eq!(
            short.to_string(),
            "signing key 2 in environment variable `KEYS` has 20 bytes; at least 32 are needed"
        );
        let wrong = parse_variable("KEYS", &format!("{secret}!")).unwrap_err();
        assert_eq!(wrong.to_string(), "signing key 1 in environment variable `KEYS` is neither hexadecimal nor base64");
        let line = parse_file(Path::new("k"), &format!("# old\n\n{HEX}\n{secret}")).unwrap_err();
        assert_eq!(line.to_string(), "signing key in line 4 of file `k` has 20 bytes; at least 32 are needed");
        assert!(!format!("{short:?} {wrong:?} {line:?}").contains("c2Vj"));
    }

    #[test]
    fn a_variable_is_split_at_commas_and_white_space() {
        let other = "1".repeat(64);
        for text in [format!("{HEX},{other}"), format!(" {HEX} \n,\t{other} "), format!("{HEX}\n{other}\n")] {
            let keys = parse_variable("KEYS", &text).unwrap();
            assert_eq!(keys, [SigningKey::parse(HEX).unwrap(), SigningKey::parse(&other).unwrap()]);
        }
        assert_eq!(parse_variable("KEYS", " , ").unwrap(), []);
    }

    #[test]
    fn a_missing_variable_is_named() {
        let unset = SigningKeys::from_env("REJOIN_TEST_NO_SUCH_VARIABLE").unwrap_err();
        assert_eq!(unset.to_string(), "environment variable `REJOIN_TEST_NO_SUCH_VARIABLE` is not set");
        // Always set, never a key.
        let path = SigningKeys::from_env("PATH").unwrap_err();
        assert!(matches!(path, KeyError::Spelling { .. } | KeyError::TooShort { .. }));
    }

    #[test]
    fn a_file_has_one_key_a_line_and_is_read_again() {
        let folder = Folder::new("reload");
        let other = "1".repeat(64);
        std::fs::write(folder.file(), format!("# newest first\n{HEX} # 2026\n\n")).unwrap();
        let keys = SigningKeys::from_file(folder.file()).unwrap();
        let first = SigningKey::parse(HEX).unwrap().id();
        assert_eq!(keys.ids(), [first]);
        assert!(!keys.reload().unwrap());

        std::fs::write(folder.file(), format!("{other}\r\n{HEX}\r\n")).unwrap();
        assert!(keys.reload().unwrap());
        assert_eq!(keys.ids(), [SigningKey::parse(&other).unwrap().id(), first]);

        std::fs::write(folder.file(), "# nothing left\n").unwrap();
        let empty = keys.reload().unwrap_err();
        assert!(empty.to_string().starts_with("no signing key in file `"), "{empty}");
        assert_eq!(keys.ids().len(), 2, "the ring stays as it was");

        std::fs::remove_file(folder.file()).unwrap();
        let gone = SigningKeys::from_file(folder.file()).unwrap_err();
        assert!(gone.to_string().ends_with("could not be read"), "{gone}");
    }

    #[test]
    fn a_file_that_is_made_is_its_owners_alone_and_stays() {
        let folder = Folder::new("create");
        let keys = SigningKeys::from_file_or_create(folder.file()).unwrap();
        assert!(!keys.is_generated(), "it survives a restart");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(folder.file().metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        assert_eq!(SigningKeys::from_file_or_create(folder.file()).unwrap().newest(), keys.newest());
        assert!(!keys.reload().unwrap());

        let missing = SigningKeys::from_file_or_create(folder.0.join("none/keys")).unwrap_err();
        assert!(missing.to_string().ends_with("could not be made"), "{missing}");
    }

    #[test]
    fn an_empty_file_is_filled_and_a_wrong_one_is_not_touched() {
        let folder = Folder::new("empty");
        std::fs::write(folder.file(), "").unwrap();
        assert!(SigningKeys::from_file_or_create(folder.file()).is_ok());
        std::fs::write(folder.file(), "not a key\n").unwrap();
        assert!(SigningKeys::from_file_or_create(folder.file()).is_err());
        assert_eq!(std::fs::read_to_string(folder.file()).unwrap(), "not a key\n");
    }

    #[test]
    fn processes_that_start_at_once_agree() {
        for _ in 0..20 {
            let folder = Folder::new("race");
            let start = std::sync::Barrier::new(8);
            let mut ids: Vec<_> = std::thread::scope(|scope| {
                let racer = || {
                    start.wait();
                    SigningKeys::from_file_or_create(folder.file()).unwrap().ids()
                };
                let racers: Vec<_> = (0..8).map(|_| scope.spawn(racer)).collect();
                racers.into_iter().map(|racer| racer.join().unwrap()).collect()
            });
            ids.dedup();
            assert_eq!(ids.len(), 1, "{ids:?}");
        }
    }
}
