//! What walks came to together, so that a test of walks that lead nowhere fails.

use super::{pair::Told, secrets::Given, step::Fields};
use std::collections::BTreeMap;

#[derive(Default)]
pub(super) struct Tally(BTreeMap<String, usize>);

/// How often fifty walks come to this at the least. They come to each several times as often; what is asked for here is that a change
/// of the walks, or of what they walk through, does not leave one out.
const AT_LEAST: &[(&str, usize)] = &[];

impl Tally {
    pub(super) fn count(&mut self, what: &str) {
        *self.0.entry(what.to_owned()).or_default() += 1;
    }

    /// Counts a step that was taken; `is_used` says that its proof was taken before.
    pub(super) fn change(&mut self, mutation: &str, fields: &Fields, is_used: bool, told: &Told) {
        let end = if told.refusals.is_empty() { "done" } else { "refused" };
        self.count(&format!("{mutation} {end}"));
        for refusal in &told.refusals {
            self.count(&refusal.code);
        }
        let status = told.resource["status"].as_str().unwrap_or_default();
        if mutation.starts_with("sign") && !status.is_empty() {
            self.count(&format!("{mutation} {status}"));
        }
        for (_, given) in fields {
            match given {
                Given::App { .. } => self.count(&format!("app code {end}{}", if is_used { " again" } else { "" })),
                Given::Backup { .. } => {
                    self.count(&format!("backup code {end}{}", if is_used { " again" } else { "" }));
                }
                Given::Mailed { back, .. } => self.count(&format!("mailed code {end}, {back} back")),
                Given::Text(_) | Given::Id(_) => {}
            }
        }
    }

    /// Fails when something was hardly met.
    pub(super) fn judge(&self) {
        let counted = |what: &str| self.0.get(what).copied().unwrap_or_default();
        let missing = AT_LEAST.iter().filter(|(what, least)| counted(what) < *least);
        let missing: Vec<_> = missing
            .map(|(what, least)| format!("{what}: {} times and not {least}", counted(what)))
            .collect();
        assert!(
            missing.is_empty(),
            "these walks lead nowhere:\n{}\nof\n{self}",
            missing.join("\n")
        );
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (what, times) in &self.0 {
            writeln!(formatter, "{times:6} {what}")?;
        }
        Ok(())
    }
}
