//! Whether another server serves from the same SQLite file, as during a restart that overlaps.
//!
//! Each serving process holds a lock on a file of its own beside the database, which the system releases however the
//! process ends. Invariant: what cannot be found out counts as a neighbour.

use kernel::runtime::private;
use sea_orm::sqlx::sqlite::SqliteConnectOptions;
use std::{
    fs::{self, File, TryLockError},
    io::{self, Read as _, Write as _},
    path::{Path, PathBuf},
    str::FromStr as _,
};

/// The most bytes that are read of another's sign.
const LONGEST_TOLD: u64 = 200;

/// The sign that this process serves from a database. It ends with it.
#[derive(Debug)]
pub(super) struct Presence {
    /// Locked as long as this lives.
    _lock: File,
    own: PathBuf,
    /// How the names of all signs at this database begin.
    prefix: String,
}

impl Presence {
    /// Puts up the sign of this node, whose name must differ between nodes. `told` is what those who find it read: one line.
    ///
    /// # Errors
    /// When the URL names no file, or nothing can be written beside it.
    pub(super) fn put_up(database_url: &str, node: &str, told: &str) -> io::Result<Self> {
        let options = SqliteConnectOptions::from_str(database_url).map_err(io::Error::other)?;
        let database = options.get_filename().to_owned();
        let name = database.file_name().and_then(|name| name.to_str());
        let prefix = format!("{}.serving-", name.ok_or(io::ErrorKind::InvalidFilename)?);
        let own = database.with_file_name(format!("{prefix}{node}"));
        let mut lock = private::truncate(&own)?;
        lock.try_lock().map_err(io::Error::from)?;
        lock.write_all(told.as_bytes())?;
        Ok(Self {
            _lock: lock,
            own,
            prefix,
        })
    }

    /// What the others who serve from the database tell of themselves; nothing if nobody does. Takes away the signs of
    /// processes that have ended.
    ///
    /// # Errors
    /// When it cannot be found out.
    pub(super) fn neighbours(&self) -> io::Result<Vec<String>> {
        let mut found = Vec::new();
        let directory = self.own.parent().filter(|parent| *parent != Path::new(""));
        for entry in fs::read_dir(directory.unwrap_or(Path::new(".")))? {
            let entry = entry?;
            let is_sign = entry
                .file_name()
                .to_str()
                .is_some_and(|name| name.starts_with(&self.prefix));
            if !is_sign || Some(&*entry.file_name()) == self.own.file_name() {
                continue;
            }
            let mut sign = match File::open(entry.path()) {
                // It has just been taken away.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                opened => opened?,
            };
            match sign.try_lock() {
                Ok(()) => fs::remove_file(entry.path())?,
                Err(TryLockError::WouldBlock) => found.push(told(&mut sign)?),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        found.sort();
        Ok(found)
    }
}

/// What a sign says. One of an older version, or one that is just being put up, says nothing yet.
fn told(sign: &mut File) -> io::Result<String> {
    let mut text = String::new();
    sign.take(LONGEST_TOLD).read_to_string(&mut text)?;
    Ok(match text.lines().next() {
        Some(line) => line.to_owned(),
        None => "one that does not say where it is".to_owned(),
    })
}

impl Drop for Presence {
    fn drop(&mut self) {
        // Left behind, it is taken away by the next one who looks.
        drop(fs::remove_file(&self.own));
    }
}

#[cfg(test)]
mod tests {
    use super::Presence;

    fn alone() -> Vec<String> {
        Vec::new()
    }

    #[test]
    fn whoever_serves_from_the_same_file_is_seen_by_name_until_it_ends() {
        let directory = tempfile::tempdir().unwrap();
        let url = |name: &str| format!("sqlite:{}", directory.path().join(name).display());
        let first = Presence::put_up(&url("a.db"), "first", "process 1").unwrap();
        assert_eq!(first.neighbours().unwrap(), alone());
        let elsewhere = Presence::put_up(&url("b.db"), "second", "process 2").unwrap();
        assert_eq!(
            (first.neighbours().unwrap(), elsewhere.neighbours().unwrap()),
            (alone(), alone())
        );
        let second = Presence::put_up(&url("a.db"), "second", "process 3").unwrap();
        assert_eq!(first.neighbours().unwrap(), ["process 3"]);
        assert_eq!(second.neighbours().unwrap(), ["process 1"]);
        drop(second);
        assert_eq!(first.neighbours().unwrap(), alone());
        let silent = Presence::put_up(&url("a.db"), "third", "").unwrap();
        assert_eq!(
            first.neighbours().unwrap().len(),
            1,
            "a sign that says nothing is a neighbour too"
        );
        drop(silent);
    }

    #[test]
    fn the_sign_of_a_process_that_was_killed_is_taken_away() {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", directory.path().join("a.db").display());
        let left = directory.path().join("a.db.serving-dead");
        std::fs::write(&left, "process 1").unwrap();
        let presence = Presence::put_up(&url, "alive", "process 2").unwrap();
        assert_eq!(presence.neighbours().unwrap(), alone());
        assert!(!left.exists());
    }
}
