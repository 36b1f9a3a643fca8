//! Which database, and how.
//!
//! The URL is one that both the URL parser and the driver accept, whatever characters the data directory has.

use super::{layer::Layers, secret::SecretText};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use std::path::Path;
use url::Url;

/// How `SQLite` waits for the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Synchronous {
    /// Every commit reaches the disk before it is acknowledged.
    Full,
    /// A power loss may undo the last commits, but never corrupts the file.
    Normal,
}

/// The `[database]` section and `database_url`.
#[derive(Clone, Debug)]
pub struct Database {
    /// `sqlite:...` or `postgres://...`; secret because it may hold a password.
    pub url: SecretText,
    /// Connections of this process, at least 2: a transaction holds one while other reads go on.
    pub max_connections: u32,
    /// Only for `SQLite`.
    pub synchronous: Synchronous,
}

impl Database {
    pub(super) fn read(layers: &mut Layers, data_dir: Option<&Path>) -> Option<Self> {
        let given = layers.text(
            "database_url",
            "sqlite:<path> or postgres://user:password@host/database",
            |text| {
                let scheme_is_known = matches!(Url::parse(text).ok()?.scheme(), "sqlite" | "postgres" | "postgresql");
                scheme_is_known.then(|| SecretText::new(text.to_owned()))
            },
        );
        let max_connections = layers.integer("database.max_connections", 2..=1000);
        let synchronous = layers.text("database.synchronous", "\"full\" or \"normal\"", |text| match text {
            "full" => Some(Synchronous::Full),
            "normal" => Some(Synchronous::Normal),
            _ => None,
        });
        let url = given.or_else(|| data_dir.map(|directory| SecretText::new(sqlite_url(directory))));
        Some(Self {
            url: url?,
            max_connections: max_connections?,
            synchronous: synchronous?,
        })
    }
}

/// Characters that end or change the path of a URL. The driver decodes them again.
const NOT_IN_PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'%')
    .add(b'?')
    .add(b'#')
    .add(b'"')
    .add(b'<')
    .add(b'>');

/// The URL of `vestibule.db` in `directory`. Without `//` for a relative one, whose first part would else be a host.
fn sqlite_url(directory: &Path) -> String {
    let file = directory.join("vestibule.db");
    let slashes = if file.is_absolute() { "//" } else { "" };
    let path = file.to_string_lossy();
    format!("sqlite:{slashes}{}?mode=rwc", utf8_percent_encode(&path, NOT_IN_PATH))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sea_orm::sqlx::sqlite::SqliteConnectOptions;

    #[test]
    fn the_file_in_the_data_directory_survives_the_way_through_the_url() {
        for directory in [
            "./data",
            "data",
            "/var/lib/vestibule",
            "my data",
            "/srv/50% off?#1/ünï",
            "../a/b",
        ] {
            let url = sqlite_url(Path::new(directory));
            assert!(Url::parse(&url).is_ok(), "{url}");
            let options: SqliteConnectOptions = url.parse().unwrap();
            assert_eq!(
                options.get_filename(),
                Path::new(directory).join("vestibule.db"),
                "{url}"
            );
        }
    }
}
