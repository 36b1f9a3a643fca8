//! Whether another server serves from the same SQLite file, as during a restart that overlaps.
//!
//! Each serving process holds a lock on a file of its own beside the database, which the system releases however the
//! process ends. Invariant: what cannot be found out counts as a neighbour.

use crate::runtime::private;
use sea_orm::sqlx::sqlite::SqliteConnectOptions;
use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    str::FromStr as _,
};

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
    /// Puts up the sign of this node, whose name must differ between nodes.
    ///
    /// # Errors
    /// When the URL names no file, or nothing can be written beside it.
    pub(super) fn put_up(database_url: &str, node: &str) -> io::Result<Self> {
        let options = SqliteConnectOptions::from_str(database_url).map_err(io::Error::other)?;
        let database = options.get_filename().to_owned();
        let name = database.file_name().and_then(|name| name.to_str());
        let prefix = format!("{}.serving-", name.ok_or(io::ErrorKind::InvalidFilename)?);
        let own = database.with_file_name(format!("{prefix}{node}"));
        let lock = private::truncate(&own)?;
        lock.try_lock().map_err(io::Error::from)?;
        Ok(Self {
            _lock: lock,
            own,
            prefix,
        })
    }

    /// Whether nobody else serves from the database. Takes away the signs of processes that have ended.
    ///
    /// # Errors
    /// When that cannot be found out.
    pub(super) fn is_alone(&self) -> io::Result<bool> {
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
            let sign = match File::open(entry.path()) {
                // It has just been taken away.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                opened => opened?,
            };
            match sign.try_lock() {
                Ok(()) => fs::remove_file(entry.path())?,
                Err(TryLockError::WouldBlock) => return Ok(false),
                Err(TryLockError::Error(error)) => return Err(error),
            }
        }
        Ok(true)
    }
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

    #[test]
    fn whoever_serves_from_the_same_file_is_seen_until_it_ends() {
        let directory = tempfile::tempdir().unwrap();
        let url = |name: &str| format!("sqlite:{}", directory.path().join(name).display());
        let first = Presence::put_up(&url("a.db"), "first").unwrap();
        assert!(first.is_alone().unwrap());
        let elsewhere = Presence::put_up(&url("b.db"), "second").unwrap();
        assert!(first.is_alone().unwrap() && elsewhere.is_alone().unwrap());
        let second = Presence::put_up(&url("a.db"), "second").unwrap();
        assert!(!first.is_alone().unwrap() && !second.is_alone().unwrap());
        drop(second);
        assert!(first.is_alone().unwrap());
    }

    #[test]
    fn the_sign_of_a_process_that_was_killed_is_taken_away() {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", directory.path().join("a.db").display());
        let left = directory.path().join("a.db.serving-dead");
        std::fs::write(&left, "").unwrap();
        assert!(Presence::put_up(&url, "alive").unwrap().is_alone().unwrap());
        assert!(!left.exists());
    }
}
