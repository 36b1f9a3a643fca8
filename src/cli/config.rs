//! `vestibule config check`: by now the configuration has been read, and everything that is wrong with it told.

use super::{arguments::ConfigCommand, output};
use crate::boot;
use kernel::config::Config;
use std::path::Path;

/// `file` is the one that the configuration was read from, if any.
pub(super) fn run(command: ConfigCommand, config: &Config, file: Option<&Path>) {
    match command {
        ConfigCommand::Check => output::line(&format!("The configuration is valid: {}.", boot::places(config, file))),
    }
}
