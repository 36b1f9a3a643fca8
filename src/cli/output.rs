//! Writing to the terminal. A closed pipe is no failure of ours.

use std::io::Write as _;

/// Writes a line to standard output: what was asked for.
pub(super) fn line(text: &str) {
    drop(writeln!(std::io::stdout(), "{text}"));
}

/// Writes a line to standard error: everything else.
pub(super) fn error(text: &str) {
    drop(writeln!(std::io::stderr(), "{text}"));
}
