//! Process settings: defaults, then `vestibule.toml`, then the environment; read once, at boot.
//!
//! A [`Config`] is complete and valid: an unknown name or a wrong value stops the start, with all problems at once.

pub mod authority;
pub mod connection;
pub mod database;
pub mod hasher;
pub mod http;
mod layer;
pub mod mail;
pub mod problem;
pub mod secret;
mod service_link;
pub mod telemetry;
#[cfg(test)]
mod tests;
pub mod variable;
pub mod worker;

use self::{
    database::Database, hasher::Hasher, http::Http, layer::Layers, mail::Mail, problem::Origin, secret::Secret,
    telemetry::Telemetry, worker::Worker,
};
use std::{
    env, fs, io,
    path::{Path, PathBuf},
};
use zeroize::Zeroizing;

pub use self::problem::ConfigError;

/// Every setting with its default; the documentation for operators is the same text.
const DEFAULTS: &str = include_str!("../../../config.example.toml");

/// The file read when none is named, in the working directory.
const DEFAULT_FILE: &str = "vestibule.toml";

/// The settings of one process.
#[derive(Clone, Debug)]
pub struct Config {
    /// The listener.
    pub http: Http,
    /// The database.
    pub database: Database,
    /// `SQLite` file, uploads, generated development keys.
    pub data_dir: PathBuf,
    /// Keys given by the operator.
    pub secret: Secret,
    /// Mail.
    pub mail: Mail,
    /// Password hashing.
    pub hasher: Hasher,
    /// Background jobs.
    pub worker: Worker,
    /// Logs and metrics.
    pub telemetry: Telemetry,
}

/// What the command line says instead of a setting. It wins over everything else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overrides {
    /// The port of `listen`, whatever its address.
    pub port: Option<u16>,
    /// `data_dir`.
    pub data_dir: Option<PathBuf>,
}

/// What a library judges that this crate does not know, as given by whoever loads the settings.
#[derive(Clone, Copy, Debug)]
pub struct Judges {
    /// Whether mail can be sent from this text (`mail.from`).
    pub is_sender: fn(&str) -> bool,
    /// Whether the log can be filtered by this text (`telemetry.log_filter`).
    pub is_log_filter: fn(&str) -> bool,
}

impl Config {
    /// Reads `file`, or `vestibule.toml` in the working directory if it is there, and lays `environment` over it.
    ///
    /// # Errors
    /// Everything that is wrong: a file that cannot be read, unknown names with the nearest known one, wrong values.
    pub fn load(
        file: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
        judges: Judges,
    ) -> Result<Self, ConfigError> {
        Self::load_with(file, environment, Overrides::default(), judges)
    }

    /// The same, with what the command line says laid over the environment.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn load_with(
        file: Option<&Path>,
        environment: impl Iterator<Item = (String, String)>,
        overrides: Overrides,
        judges: Judges,
    ) -> Result<Self, ConfigError> {
        let mut layers = Layers::new(judges);
        layers.add_document(None, DEFAULTS);
        let path = file.unwrap_or(Path::new(DEFAULT_FILE));
        match fs::read_to_string(path).map(Zeroizing::new) {
            Ok(text) => layers.add_document(Some(path), &text),
            Err(error) if file.is_none() && error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                let origin = Origin::File {
                    path: path.to_owned(),
                    line: None,
                };
                layers.report("configuration file", origin, format!("cannot be read: {error}"));
            }
        }
        layers.add_environment(environment);
        layers.add_overrides(overrides);
        Self::resolve(layers)
    }

    /// The file that is read when none is named, if it is there.
    #[must_use]
    pub fn present_file() -> Option<PathBuf> {
        Some(PathBuf::from(DEFAULT_FILE)).filter(|file| file.exists())
    }

    fn resolve(mut layers: Layers) -> Result<Self, ConfigError> {
        let data_dir = layers.text("data_dir", "a directory", http::path);
        // Every section is read before any is missed, so that all problems are found.
        let http = Http::read(&mut layers);
        let database = Database::read(&mut layers, data_dir.as_deref());
        let secret = Secret::read(&mut layers);
        let mail = Mail::read(&mut layers);
        let hasher = Hasher::read(&mut layers);
        let worker = Worker::read(&mut layers);
        let telemetry = Telemetry::read(&mut layers);
        let config = (|| {
            Some(Self {
                http: http?,
                database: database?,
                data_dir: data_dir?,
                secret,
                mail: mail?,
                hasher: hasher?,
                worker: worker?,
                telemetry: telemetry?,
            })
        })();
        layers.finish(config)
    }
}

/// The environment of this process. A part that is not Unicode has U+FFFD in it, which no setting needs.
pub fn environment() -> impl Iterator<Item = (String, String)> {
    env::vars_os().map(|(name, value)| {
        (
            name.to_string_lossy().into_owned(),
            value.to_string_lossy().into_owned(),
        )
    })
}
