//! Settings as they are stored, by other releases too.
//!
//! Invariant: what only another release knows of is neither a fault nor lost, so that nodes of two releases share a database.
//! A value that does not fit is a fault: no default would be what somebody has decided.

use super::InstanceSettings;
use crate::metadata::merge_patch;
use serde_json::{Result, Value};

impl InstanceSettings {
    /// What a stored document says.
    ///
    /// # Errors
    /// When a value in it does not fit.
    pub fn read(mut document: Value) -> Result<Self> {
        keep_known(&mut document, &serde_json::to_value(Self::default())?);
        serde_json::from_value(document)
    }

    /// The document to store in the place of `document`.
    ///
    /// # Errors
    /// When they cannot be written as JSON.
    pub fn write_over(&self, mut document: Value) -> Result<Value> {
        merge_patch(&mut document, &serde_json::to_value(self)?);
        Ok(document)
    }
}

/// Leaves what settings have that are shaped like this.
fn keep_known(document: &mut Value, shape: &Value) {
    if let (Value::Object(members), Value::Object(shape)) = (document, shape) {
        members.retain(|name, member| {
            shape.get(name).is_some_and(|shape| {
                keep_known(member, shape);
                true
            })
        });
    }
}

#[cfg(test)]
mod tests {
    use super::InstanceSettings;
    use serde_json::json;

    #[test]
    fn what_only_another_release_knows_is_no_fault_and_not_lost() {
        let stored = json!({
            "application_name": "Ours",
            "jwt_template": { "lifetime_seconds": 60 },
            "session": { "maximum_lifetime_seconds": 3_600, "binding": "device" },
        });
        let settings = InstanceSettings::read(stored.clone()).unwrap();
        assert_eq!(settings.application_name, "Ours");
        assert_eq!(settings.session.maximum_lifetime_seconds, 3_600);
        let changed = settings
            .patched(&json!({ "application_name": "Theirs", "issuer": "https://auth.example.com" }))
            .unwrap();
        let written = changed.write_over(stored.clone()).unwrap();
        assert_eq!(written["jwt_template"], stored["jwt_template"]);
        assert_eq!(written["session"]["binding"], "device");
        assert_eq!(InstanceSettings::read(written.clone()).unwrap(), changed);
        let back = changed.patched(&json!({ "issuer": null })).unwrap();
        let written = back.write_over(written).unwrap();
        assert_eq!(
            InstanceSettings::read(written).unwrap(),
            back,
            "what is taken back is gone"
        );
    }

    #[test]
    fn a_stored_value_that_does_not_fit_is_a_fault() {
        for document in [
            json!({ "session": { "maximum_lifetime_seconds": "x" } }),
            json!({ "session": 7 }),
        ] {
            assert!(InstanceSettings::read(document.clone()).is_err(), "{document}");
        }
    }
}
