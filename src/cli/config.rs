//! `vestibule config check`: by now the configuration has been read, and everything that is wrong with it told.

use super::{arguments::ConfigCommand, output};

pub(super) fn run(command: ConfigCommand) {
    match command {
        ConfigCommand::Check => output::line("The configuration is valid."),
    }
}
