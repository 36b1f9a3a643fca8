//! Which attributes people have, and which of them they sign in with.
//!
//! Attributes that nothing here can verify or use yet (phone number, wallets, passkeys) have no setting; the faces show
//! them as disabled. Invariant: an attribute counts for signing in only while it is enabled.

use super::problem::Problems;
use entity::kind::Strategy;
use serde::{Deserialize, Serialize};

/// The settings of every attribute.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AttributeSettings {
    /// E-mail address.
    pub email_address: EmailAddressAttribute,
    /// Username.
    pub username: UsernameAttribute,
    /// First name.
    pub first_name: NameAttribute,
    /// Last name.
    pub last_name: NameAttribute,
    /// Password.
    pub password: PasswordAttribute,
    /// Authenticator app.
    pub authenticator_app: SecondFactorAttribute,
    /// Codes that stand in for another second proof.
    pub backup_code: SecondFactorAttribute,
}

/// Settings of the e-mail address.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each switch is a setting of its own on the wire"
)]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct EmailAddressAttribute {
    /// Whether people may have one.
    pub enabled: bool,
    /// Whether signing up demands one.
    pub required: bool,
    /// Whether people sign in with it.
    pub used_for_first_factor: bool,
    /// How it proves somebody at sign-in.
    pub first_factors: Vec<Strategy>,
    /// How it is verified.
    pub verifications: Vec<Strategy>,
    /// Whether a sign-up is held up until it is verified.
    pub verify_at_sign_up: bool,
}

impl Default for EmailAddressAttribute {
    fn default() -> Self {
        Self {
            enabled: true,
            required: true,
            used_for_first_factor: true,
            first_factors: vec![Strategy::EmailCode],
            verifications: vec![Strategy::EmailCode],
            verify_at_sign_up: true,
        }
    }
}

impl EmailAddressAttribute {
    /// Whether somebody can be named by it at sign-in.
    #[must_use]
    pub const fn is_identifier(&self) -> bool {
        self.enabled && self.used_for_first_factor
    }

    /// Whether `strategy` proves somebody at sign-in by it.
    #[must_use]
    pub fn proves_by(&self, strategy: Strategy) -> bool {
        self.is_identifier() && self.first_factors.contains(&strategy)
    }
}

/// Settings of the username.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UsernameAttribute {
    /// Whether people may have one.
    pub enabled: bool,
    /// Whether signing up demands one.
    pub required: bool,
    /// Whether people sign in with it while it is enabled.
    pub used_for_first_factor: bool,
}

impl Default for UsernameAttribute {
    fn default() -> Self {
        Self {
            enabled: false,
            required: false,
            used_for_first_factor: true,
        }
    }
}

impl UsernameAttribute {
    /// Whether somebody can be named by it at sign-in.
    #[must_use]
    pub const fn is_identifier(&self) -> bool {
        self.enabled && self.used_for_first_factor
    }
}

/// Settings of a first or last name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NameAttribute {
    /// Whether people may have one.
    pub enabled: bool,
    /// Whether signing up demands one.
    pub required: bool,
}

impl Default for NameAttribute {
    fn default() -> Self {
        Self {
            enabled: true,
            required: false,
        }
    }
}

/// Settings of the password as an attribute; what a good one is stands in the `password` section.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PasswordAttribute {
    /// Whether people may have one.
    pub enabled: bool,
    /// Whether signing up demands one.
    pub required: bool,
}

impl Default for PasswordAttribute {
    fn default() -> Self {
        Self {
            enabled: true,
            required: true,
        }
    }
}

/// Settings of what serves as a second proof at sign-in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SecondFactorAttribute {
    /// Whether people may set it up, and are asked for it when they have.
    pub enabled: bool,
}

impl AttributeSettings {
    pub(super) fn check(&self, problems: &mut Problems) {
        let (email_address, username) = (&self.email_address, &self.username);
        for (path, enabled, required) in [
            (
                "attribute.email_address.required",
                email_address.enabled,
                email_address.required,
            ),
            ("attribute.username.required", username.enabled, username.required),
            (
                "attribute.first_name.required",
                self.first_name.enabled,
                self.first_name.required,
            ),
            (
                "attribute.last_name.required",
                self.last_name.enabled,
                self.last_name.required,
            ),
            (
                "attribute.password.required",
                self.password.enabled,
                self.password.required,
            ),
        ] {
            problems.unless(
                enabled || !required,
                path,
                "An attribute that is not enabled cannot be required.",
            );
        }
        check_strategies(
            problems,
            "attribute.email_address.first_factors",
            &email_address.first_factors,
        );
        check_strategies(
            problems,
            "attribute.email_address.verifications",
            &email_address.verifications,
        );
        problems.unless(
            !email_address.verify_at_sign_up || !email_address.verifications.is_empty(),
            "attribute.email_address.verifications",
            "There must be a strategy while addresses are verified at sign-up.",
        );
        self.check_that_people_can_sign_in(problems);
    }

    /// Whether everybody who signs up has something to be named by at sign-in.
    const fn demands_an_identifier(&self) -> bool {
        let (email_address, username) = (&self.email_address, &self.username);
        (email_address.is_identifier() && email_address.required) || (username.is_identifier() && username.required)
    }

    fn check_that_people_can_sign_in(&self, problems: &mut Problems) {
        if !self.email_address.is_identifier() && !self.username.is_identifier() {
            problems.add(
                "attribute",
                "An attribute that is used for the first factor must be enabled.",
            );
        } else if !self.demands_an_identifier() {
            problems.add(
                "attribute",
                "An attribute that is used for the first factor must be required.",
            );
        }
        if !self.email_address.proves_by(Strategy::EmailCode) {
            let message = "Passwords must be enabled and required while there is no other first factor.";
            problems.unless(self.password.enabled, "attribute.password.enabled", message);
            problems.unless(
                self.password.required || !self.password.enabled,
                "attribute.password.required",
                message,
            );
        }
    }
}

fn check_strategies(problems: &mut Problems, path: &str, strategies: &[Strategy]) {
    let known = strategies.iter().all(|strategy| *strategy == Strategy::EmailCode);
    problems.unless(
        known && strategies.len() <= 1,
        path,
        "The list may hold the code by e-mail, once, and nothing else.",
    );
}
