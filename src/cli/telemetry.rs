//! Starting the log: to standard error, as text on a terminal and as JSON otherwise.

use anyhow::{Result, anyhow};
use kernel::config::telemetry::{LogFormat, Telemetry};
use std::io::{IsTerminal as _, stderr};
use tracing_subscriber::EnvFilter;

/// Starts the log of this process.
///
/// # Errors
/// When the filter cannot be read.
pub(super) fn start(config: &Telemetry) -> Result<()> {
    let filter = EnvFilter::try_new(&config.log_filter)?;
    let is_json = match config.log_format {
        LogFormat::Json => true,
        LogFormat::Text => false,
        LogFormat::Auto => !stderr().is_terminal(),
    };
    // The log often goes to the disk that is full. A line that cannot be written is lost; to say so, the library would write
    // to standard error once more, and panic in the midst of a request.
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(stderr)
        .log_internal_errors(false);
    let started = if is_json {
        builder.json().try_init()
    } else {
        builder.with_ansi(stderr().is_terminal()).try_init()
    };
    started.map_err(|error| anyhow!(error))
}
