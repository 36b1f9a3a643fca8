//! The files of an SQLite database. Invariant: whoever is not the owner of the server reads none of them.

use sea_orm::sqlx::sqlite::SqliteConnectOptions;
use std::{
    ffi::OsString,
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
    str::FromStr as _,
};

/// What every SQLite file begins with.
const BEGINNING: &[u8] = b"SQLite format 3\0";

/// The file that a database URL names; nothing for PostgreSQL and for what lives in memory.
#[must_use]
pub fn path_of(url: &str) -> Option<PathBuf> {
    if !url.starts_with("sqlite:") || url.contains(":memory:") || url.contains("mode=memory") {
        return None;
    }
    let options = SqliteConnectOptions::from_str(url).ok()?;
    Some(options.get_filename().to_owned())
}

/// Whether there is no file yet, an empty one, or one that begins as SQLite's do (SQLite, "Database File Format", section 1.3).
/// What cannot be read is for whoever opens it to tell.
#[must_use]
pub fn may_be_database(file: &Path) -> bool {
    if !file.is_file() {
        return true;
    }
    let mut beginning = Vec::new();
    let read = File::open(file).and_then(|file| file.take(BEGINNING.len() as u64).read_to_end(&mut beginning));
    read.is_err() || beginning.is_empty() || beginning == BEGINNING
}

/// A database file and what SQLite keeps beside it. SQLite makes those with the mode of the file itself.
#[must_use]
pub fn with_companions(database: &Path) -> Vec<PathBuf> {
    ["", "-wal", "-shm", "-journal"]
        .map(|suffix| {
            let mut name = OsString::from(database);
            name.push(suffix);
            PathBuf::from(name)
        })
        .into()
}

#[cfg(test)]
mod tests {
    use super::{path_of, with_companions};
    use std::path::Path;

    #[test]
    fn only_a_database_that_is_a_file_has_files() {
        for (url, file) in [
            (
                "sqlite:///var/lib/v/vestibule.db?mode=rwc",
                Some("/var/lib/v/vestibule.db"),
            ),
            ("sqlite:data/my%20data.db", Some("data/my data.db")),
            ("sqlite::memory:", None),
            ("sqlite://shared?mode=memory", None),
            ("postgres://v:secret@localhost/v", None),
        ] {
            assert_eq!(path_of(url).as_deref(), file.map(Path::new), "{url}");
        }
        let files = with_companions(Path::new("/v/a.db"));
        assert_eq!(
            files,
            ["/v/a.db", "/v/a.db-wal", "/v/a.db-shm", "/v/a.db-journal"].map(Path::new)
        );
    }
}
