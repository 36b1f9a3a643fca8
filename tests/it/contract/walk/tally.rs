//! What walks came to together, so that a test of walks that lead nowhere fails.

use super::{pair::Told, secrets::Given, step::Fields};
use std::collections::BTreeMap;

#[derive(Default)]
pub(super) struct Tally(BTreeMap<String, usize>);

/// How often fifty walks come to this at the least, which is a part of how often they do: what is asked for is that a change of the
/// walks, or of what they walk through, leaves nothing out.
const AT_LEAST: &[(&str, usize)] = &[
    ("signUpCreate done", 50),
    ("signUpCreate refused", 20),
    ("signUpUpdate done", 20),
    ("signUpUpdate refused", 5),
    ("signUpPrepareVerification done", 10),
    ("signUpPrepareVerification refused", 5),
    ("signUpAttemptVerification COMPLETE", 30),
    ("signUpAttemptVerification refused", 30),
    ("signInCreate COMPLETE", 10),
    ("signInCreate NEEDS_FIRST_FACTOR", 30),
    ("signInCreate NEEDS_SECOND_FACTOR", 3),
    ("signInCreate refused", 30),
    ("signInPrepareFirstFactor done", 3),
    ("signInPrepareFirstFactor refused", 3),
    ("signInAttemptFirstFactor COMPLETE", 3),
    ("signInAttemptFirstFactor refused", 20),
    ("signInPrepareSecondFactor refused", 1),
    ("signInAttemptSecondFactor COMPLETE", 5),
    ("signInAttemptSecondFactor refused", 8),
    ("sessionTouch done", 10),
    ("sessionTouch refused", 1),
    ("sessionEnd done", 10),
    ("sessionRemove done", 10),
    ("sessionTokenCreate done", 10),
    ("sessionTokenCreate refused", 1),
    ("clientDelete done", 1),
    ("clientReplace done", 1),
    ("clientSessionsRemove done", 2),
    ("totpCreate done", 15),
    ("totpAttemptVerification done", 8),
    ("totpAttemptVerification refused", 5),
    ("totpDelete done", 1),
    ("backupCodesCreate done", 2),
    ("backupCodesCreate refused", 3),
    ("app code refused again", 3),
    ("backup code done", 2),
    ("mailed code done, 0 back", 40),
    ("mailed code refused, 1 back", 8),
    ("viewer done", 3),
    ("viewer refused", 3),
    ("user_locked", 3),
    ("verification_expired", 3),
    ("verification_failed", 1),
    ("form_code_incorrect", 20),
    ("form_password_incorrect", 15),
    ("session_exists", 5),
];

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
