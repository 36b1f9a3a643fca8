//! What the process tells about itself.
//!
//! The filter here is one that the subscriber accepts.

use super::layer::Layers;

/// How a log line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise.
    Auto,
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// The `[telemetry]` section.
#[derive(Clone, Debug)]
pub struct Telemetry {
    /// Directives of `tracing_subscriber::EnvFilter`.
    pub log_filter: String,
    /// How a log line looks.
    pub log_format: LogFormat,
}

impl Telemetry {
    pub(super) fn read(layers: &mut Layers) -> Option<Self> {
        let is_log_filter = layers.judges().is_log_filter;
        let log_filter = layers.text(
            "telemetry.log_filter",
            "directives such as info,vestibule=debug",
            |text| is_log_filter(text).then(|| text.to_owned()),
        );
        let log_format = layers.text(
            "telemetry.log_format",
            "\"auto\", \"text\" or \"json\"",
            |text| match text {
                "auto" => Some(LogFormat::Auto),
                "text" => Some(LogFormat::Text),
                "json" => Some(LogFormat::Json),
                _ => None,
            },
        );
        Some(Self {
            log_filter: log_filter?,
            log_format: log_format?,
        })
    }
}
