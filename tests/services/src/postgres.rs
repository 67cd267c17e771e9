//! PostgreSQL.

use std::{
    fs,
    os::unix::fs::{MetadataExt as _, chown},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use crate::process::Running;

/// Debian's user without rights. PostgreSQL refuses to run as root.
const NOBODY: u32 = 65_534;

/// A PostgreSQL that does not wait for the disk.
#[derive(Debug)]
pub struct Postgres {
    running: Running,
    programs: PathBuf,
    data: PathBuf,
}

impl Postgres {
    /// Starts one.
    ///
    /// # Panics
    ///
    /// If it is not installed, or does not get ready.
    pub fn start() -> Self {
        let programs = programs();
        let mut data = PathBuf::new();
        let running = {
            let data = std::cell::RefCell::new(&mut data);
            Running::start("postgres", "database system is ready to accept connections", |folder, port| {
                let place = folder.join("data");
                make(&programs, folder, &place);
                let mut command = as_nobody(&programs.join("postgres"), folder);
                command.arg("-D").arg(&place).arg("-k").arg(folder).args(["-h", "127.0.0.1", "-p", &port.to_string()]);
                command.args(["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]);
                **data.borrow_mut() = place;
                command
            })
        };
        Self { running, programs, data }
    }

    /// Makes another database, and says where it is.
    ///
    /// # Panics
    ///
    /// If that fails.
    pub fn database(&self, name: &str) -> String {
        let mut create = Command::new(self.programs.join("createdb"));
        create.args(["-h", "127.0.0.1", "-U", "postgres", "-p", &self.running.port.to_string(), name]);
        let made = create.output().expect("createdb is beside postgres");
        assert!(made.status.success(), "createdb failed: {}", String::from_utf8_lossy(&made.stderr));
        format!("postgres://postgres@127.0.0.1:{}/{name}", self.running.port)
    }

    /// Where its database is.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.running.port)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // It has processes of its own, which only it can end.
        let mut stop = as_nobody(&self.programs.join("pg_ctl"), self.data.parent().unwrap_or(&self.data));
        stop.arg("-D").arg(&self.data).args(["-m", "immediate", "-W", "stop"]);
        if stop.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok() {
            self.running.ends_within(Duration::from_secs(10));
        }
    }
}

/// Where Debian puts the newest version's programs; else where the path has them.
fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().filter_map(Result::ok);
    let newest = versions
        .filter_map(|version| Some((version.file_name().to_str()?.parse::<u32>().ok()?, version.path())))
        .max_by_key(|(number, _)| *number);
    newest.map(|(_, path)| path.join("bin")).unwrap_or_default()
}

fn make(programs: &Path, folder: &Path, data: &Path) {
    if is_root() {
        chown(folder, Some(NOBODY), Some(NOBODY)).expect("root may give a folder away");
    }
    let mut initdb = as_nobody(&programs.join("initdb"), folder);
    initdb.args([
        "--username",
        "postgres",
        "--auth",
        "trust",
        "--encoding",
        "UTF8",
        "--locale",
        "C",
        "--no-sync",
        "-D",
    ]);
    let made = initdb
        .arg(data)
        .output()
        .unwrap_or_else(|error| panic!("PostgreSQL cannot be started ({error}): `tests/run` installs it"));
    assert!(made.status.success(), "initdb failed: {}", String::from_utf8_lossy(&made.stderr));
}

fn as_nobody(program: &Path, folder: &Path) -> Command {
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        let id = NOBODY.to_string();
        command.args(["--reuid", &id, "--regid", &id, "--clear-groups"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.current_dir(folder);
    command
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}
