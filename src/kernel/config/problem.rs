//! What is wrong with the configuration, in words for the operator.
//!
//! No message repeats the value of a secret setting.

use std::{
    fmt,
    path::{Path, PathBuf},
};
use thiserror::Error;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `config.example.toml`, compiled in.
    Default,
    /// A file, with the line (from 1) where it is known.
    File {
        /// As given on the command line.
        path: PathBuf,
        /// The first is 1.
        line: Option<usize>,
    },
    /// An environment variable.
    Environment,
    /// The command line.
    Arguments,
}

impl Origin {
    /// The place of byte `offset` of `text`, which was read from `path`; without a path it is the compiled-in text.
    pub(super) fn in_file(path: Option<&Path>, text: &str, offset: usize) -> Self {
        let Some(path) = path else { return Self::Default };
        let before = text.bytes().take(offset);
        let line = Some(1 + before.filter(|byte| *byte == b'\n').count());
        Self::File {
            path: path.to_owned(),
            line,
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => formatter.write_str("built-in default"),
            Self::File { path, line: None } => write!(formatter, "{}", path.display()),
            Self::File { path, line: Some(line) } => write!(formatter, "{}, line {line}", path.display()),
            Self::Environment => formatter.write_str("environment"),
            Self::Arguments => formatter.write_str("command line"),
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{name} ({origin}): {message}")]
pub struct Problem {
    /// The variable or key as the operator wrote it.
    pub name: String,
    /// Where it was written.
    pub origin: Origin,
    /// What was expected, and what was found unless it is secret.
    pub message: String,
}

/// Everything that is wrong, found in one pass.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct ConfigError {
    /// At least one, in the order found.
    pub problems: Vec<Problem>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the configuration is not valid:")?;
        if let [problem] = self.problems.as_slice() {
            return write!(formatter, " {problem}");
        }
        self.problems
            .iter()
            .try_for_each(|problem| write!(formatter, "\n  {problem}"))
    }
}
