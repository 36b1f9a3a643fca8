//! Which attributes people have and sign in with.

use super::{at, refused};
use crate::settings::attribute::{AttributeSettings, EmailAddressAttribute};
use entity::kind::Strategy;
use serde_json::{Value, json};

#[test]
fn a_required_attribute_is_enabled() {
    for (name, others) in [
        ("first_name", json!({})),
        ("last_name", json!({})),
        ("username", json!({})),
        ("password", json!({})),
        (
            "email_address",
            json!({"username": {"enabled": true, "required": true}}),
        ),
    ] {
        let mut attribute = others;
        attribute[name] = json!({"enabled": false, "required": true});
        assert_eq!(
            refused(&json!({ "attribute": attribute })),
            [format!("attribute.{name}.required")]
        );
    }
}

#[test]
fn people_can_always_sign_in() {
    let enabled = "attribute.password.enabled";
    let required = "attribute.password.required";
    let cases: [(Value, &[&str]); 10] = [
        (
            json!({"email_address": {"used_for_first_factor": false}}),
            &["attribute"],
        ),
        (
            json!({"email_address": {"enabled": false, "required": false}}),
            &["attribute"],
        ),
        (json!({"email_address": {"required": false}}), &["attribute"]),
        (
            json!({"email_address": {"required": false}, "username": {"enabled": true}}),
            &["attribute"],
        ),
        (
            json!({"email_address": {"required": false}, "username": {"enabled": true, "required": true}}),
            &[],
        ),
        (
            json!({"email_address": {"enabled": false, "required": false},
                "username": {"enabled": true, "required": true}}),
            &[],
        ),
        (
            json!({"email_address": {"enabled": false, "required": false},
                "username": {"enabled": true, "required": true, "used_for_first_factor": false}}),
            &["attribute"],
        ),
        (json!({"password": {"enabled": false, "required": false}}), &[]),
        (
            json!({"password": {"enabled": false, "required": false}, "email_address": {"first_factors": []}}),
            &[enabled],
        ),
        (
            json!({"password": {"required": false}, "email_address": {"first_factors": []}}),
            &[required],
        ),
    ];
    for (attribute, expected) in cases {
        assert_eq!(refused(&json!({ "attribute": attribute })), expected, "{attribute}");
    }
}

#[test]
fn an_address_that_must_be_verified_has_a_way_to_be() {
    let setting = "attribute.email_address.verifications";
    assert_eq!(refused(&at(setting, json!([]))), [setting]);
    let patch = json!({"attribute": {"email_address": {"verifications": [], "verify_at_sign_up": false}}});
    assert_eq!(refused(&patch), [""; 0]);
}

#[test]
fn an_address_is_proven_by_a_code_and_nothing_else() {
    for path in [
        "attribute.email_address.verifications",
        "attribute.email_address.first_factors",
    ] {
        assert_eq!(refused(&at(path, json!(["password"]))), [path]);
        assert_eq!(refused(&at(path, json!(["email_code", "email_code"]))), [path]);
        assert_eq!(refused(&at(path, json!(["email_code"]))), [""; 0]);
    }
}

#[test]
fn an_address_proves_only_while_people_sign_in_with_it() {
    for (enabled, used, factors, expected) in [
        (true, true, vec![Strategy::EmailCode], true),
        (false, true, vec![Strategy::EmailCode], false),
        (true, false, vec![Strategy::EmailCode], false),
        (true, true, vec![], false),
    ] {
        let attribute = EmailAddressAttribute {
            enabled,
            used_for_first_factor: used,
            first_factors: factors,
            ..EmailAddressAttribute::default()
        };
        assert_eq!(attribute.proves_by(Strategy::EmailCode), expected, "{attribute:?}");
        assert!(!attribute.proves_by(Strategy::Password));
    }
}

#[test]
fn an_attribute_names_people_only_while_it_is_enabled_and_used() {
    for (enabled, used) in [(true, true), (true, false), (false, true), (false, false)] {
        let mut attributes = AttributeSettings::default();
        attributes.username.enabled = enabled;
        attributes.username.used_for_first_factor = used;
        attributes.email_address.enabled = enabled;
        attributes.email_address.used_for_first_factor = used;
        assert_eq!(attributes.username.is_identifier(), enabled && used);
        assert_eq!(attributes.email_address.is_identifier(), enabled && used);
    }
}
