//! Starting the log: to standard error, as text on a terminal and as JSON otherwise.

use anyhow::{Result, anyhow};
use kernel::config::telemetry::{LogFormat, Telemetry};
use std::io::{IsTerminal as _, stderr};
use tracing_subscriber::EnvFilter;

/// The crates that this program is made of, by which lines of the log are named. Whoever filters by the name of the program
/// means all of them.
const CRATES: [&str; 12] = [
    "vestibule",
    "domain",
    "graphql",
    "graphql_transport",
    "kernel",
    "migration",
    "outbound",
    "rest",
    "service",
    "store",
    "web",
    "web_kit",
];

/// The same filter, with directives for the program spread to its crates.
fn for_every_crate(filter: &str) -> String {
    let directives = filter.split(',').map(|directive| {
        let level = directive.trim().strip_prefix("vestibule=");
        level.map_or_else(
            || directive.to_owned(),
            |level| CRATES.map(|name| format!("{name}={level}")).join(","),
        )
    });
    directives.collect::<Vec<_>>().join(",")
}

/// Starts the log of this process.
///
/// # Errors
/// When the filter cannot be read.
pub(super) fn start(config: &Telemetry) -> Result<()> {
    let filter = EnvFilter::try_new(for_every_crate(&config.log_filter))?;
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

#[cfg(test)]
mod tests {
    use super::{CRATES, for_every_crate};

    #[test]
    fn a_filter_for_the_program_is_one_for_each_of_its_crates() {
        let spread = for_every_crate("info, vestibule=debug,hyper=warn");
        assert!(spread.starts_with("info,vestibule=debug,domain=debug,"), "{spread}");
        assert!(spread.ends_with(",web_kit=debug,hyper=warn"), "{spread}");
        for unchanged in ["info", "", "vestibule::worker=trace", "[span{a=1,b=2}]=debug"] {
            assert_eq!(for_every_crate(unchanged), unchanged);
        }
    }

    #[test]
    fn every_crate_below_src_is_among_them() {
        let manifest = include_str!("../../Cargo.toml");
        let below = manifest.lines().filter_map(|line| line.trim().strip_prefix("\"src/"));
        let names: Vec<_> = below.map(|rest| rest.trim_end_matches("\",")).collect();
        assert!(
            !names.is_empty() && names.iter().all(|name| CRATES.contains(name)),
            "{names:?}"
        );
    }
}
