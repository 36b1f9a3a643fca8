//! The command line: each command in a file of its own. Standard output carries only what was asked for; everything else
//! goes to standard error.

pub mod arguments;
mod config;
mod doctor;
mod environment_block;
mod instance;
mod key;
mod key_list;
mod migrate;
mod output;
mod schema;
mod serve;
mod telemetry;
mod worker;

use crate::boot;
use anyhow::{Context as _, Result};
use arguments::{Arguments, Command};
use kernel::{
    config::{Config, environment},
    runtime::private,
};

/// Does what the command line says.
///
/// # Errors
/// Whatever stopped it, to be told to the person at the terminal.
pub async fn run(arguments: Arguments) -> Result<()> {
    private::restrict_process();
    let file = arguments.config.clone();
    let overrides = arguments.overrides();
    let command = arguments.into_command();
    if let Command::Schema(arguments) = &command {
        return schema::run(arguments);
    }
    let config = Config::load_with(file.as_deref(), environment(), overrides, boot::JUDGES)?;
    rustls::crypto::aws_lc_rs::default_provider()
        .install_default()
        .map_err(|_| anyhow::anyhow!("a cryptography provider is installed already"))?;
    telemetry::start(&config.telemetry).context("logging cannot be started")?;
    match command {
        Command::Serve(arguments) => serve::run(config, &arguments).await,
        Command::Worker => worker::run(config).await,
        Command::Migrate => migrate::run(&config).await,
        Command::Schema(arguments) => schema::run(&arguments),
        Command::Config(command) => {
            config::run(command, &config, file.or_else(Config::present_file).as_deref());
            Ok(())
        }
        Command::Doctor => doctor::run(config).await,
        Command::Instance(command) => instance::run(config, command).await,
        Command::Key(command) => key::run(config, command).await,
    }
}

/// Tells the person at the terminal what went wrong, causes included.
pub fn report(error: &anyhow::Error) {
    output::error(&format!("vestibule: {error:#}"));
}
