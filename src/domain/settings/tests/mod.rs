//! Defaults, old documents, patches, and the bounds of numbers.

mod attribute;
mod text;

use super::{
    InstanceSettings, SettingProblem, session::TokenVersionSetting, sign_in::PreferredStrategy, sign_up::SignUpMode,
};
use serde_json::{Value, json};

fn patched(patch: &Value) -> Result<InstanceSettings, Vec<SettingProblem>> {
    let patched = InstanceSettings::default().patched(patch);
    for problem in patched.as_ref().err().into_iter().flatten() {
        assert_is_a_sentence(&problem.message);
    }
    patched
}

/// What is said is for people: what they have not written themselves has no words of the wire or of a library.
fn assert_is_a_sentence(message: &str) {
    assert!(
        message.starts_with(char::is_uppercase) && message.ends_with('.'),
        "{message}"
    );
    let ours = message.split('"').step_by(2);
    for part in ours {
        assert!(!part.contains(['_', '`']) && !part.contains("expected "), "{message}");
    }
}

/// The names of the settings that a patch of the defaults is refused for.
fn refused(patch: &Value) -> Vec<String> {
    patched(patch)
        .err()
        .unwrap_or_default()
        .into_iter()
        .map(|problem| problem.param_name)
        .collect()
}

/// `{"a": {"b": value}}` for `a.b`.
fn at(path: &str, value: Value) -> Value {
    path.rsplit('.').fold(value, |inner, key| json!({ key: inner }))
}

#[test]
fn the_defaults_are_those_of_a_new_instance() {
    let document = serde_json::to_value(InstanceSettings::default()).unwrap();
    let expected = json!({
        "application_name": "My application",
        "attribute": {
            "email_address": {
                "enabled": true, "required": true, "used_for_first_factor": true, "first_factors": ["email_code"],
                "verifications": ["email_code"], "verify_at_sign_up": true
            },
            "username": {"enabled": false, "required": false, "used_for_first_factor": true},
            "first_name": {"enabled": true, "required": false},
            "last_name": {"enabled": true, "required": false},
            "password": {"enabled": true, "required": true},
            "authenticator_app": {"enabled": false},
            "backup_code": {"enabled": false}
        },
        "sign_in": {"preferred_strategy": "password"},
        "sign_up": {"progressive": true, "mode": "public"},
        "password": {
            "min_length": 8, "max_length": 128, "require_special_char": false, "require_numbers": false,
            "require_uppercase": false, "require_lowercase": false, "show_zxcvbn": false, "min_zxcvbn_strength": 0,
            "refuse_guessable": true
        },
        "username": {
            "min_length": 4, "max_length": 64, "allow_extended_special_characters": false,
            "allow_numeric_usernames": false
        },
        "session": {
            "maximum_lifetime_enabled": true, "maximum_lifetime_seconds": 604_800,
            "inactivity_timeout_enabled": false, "inactivity_timeout_seconds": 604_800,
            "abandon_after_seconds": 2_592_000, "single_session_mode": true, "token_lifetime_seconds": 60,
            "token_version": "by_api_version"
        },
        "restriction": {"allowlist_only": false, "block_email_subaddresses": false},
        "attack_protection": {
            "user_lockout": {"enabled": true, "max_attempts": 100, "duration_in_minutes": 60, "max_attempts_per_network": 10},
            "enumeration_protection": false
        },
        "organization": {"enabled": true, "max_allowed_memberships": 0},
        "federation": {"type_prefix": ""},
        "email": {"from_name": null, "from_address": null},
        "issuer": null,
        "allowed_origins": [],
        "limit": {
            "sign_in_create_per_network": 50, "sign_in_create_per_instance": 5000,
            "sign_up_create_per_network": 50, "sign_up_create_per_instance": 5000,
            "attempt_per_network": 30, "attempt_per_instance": 5000,
            "code_send_per_identifier": 10, "code_send_per_mailbox": 20, "code_send_per_network": 200,
            "code_send_per_instance": 100_000, "client_create_per_network": 100, "session_change_per_network": 300,
            "environment_update_per_network": 10
        },
        "graphql": {"documents_only": false}
    });
    let expected = expected.as_object().unwrap();
    for (section, values) in expected {
        assert_eq!(&document[section], values, "{section}");
    }
    assert_eq!(document["theme"]["general"]["label_font_weight"], "600");
    assert!(document["path"].as_object().unwrap().values().all(Value::is_null));
    assert_eq!(document.as_object().unwrap().len(), expected.len() + 2);
}

#[test]
fn the_defaults_break_no_rule() {
    assert_eq!(InstanceSettings::default().problems(), []);
    assert_eq!(patched(&json!({})), Ok(InstanceSettings::default()));
}

#[test]
fn a_broken_rule_is_found_without_a_patch_too() {
    let mut settings = InstanceSettings::default();
    settings.session.maximum_lifetime_enabled = false;
    let names: Vec<_> = settings
        .problems()
        .into_iter()
        .map(|problem| problem.param_name)
        .collect();
    assert_eq!(
        names,
        ["session.maximum_lifetime_enabled", "session.inactivity_timeout_enabled"]
    );
}

#[test]
fn old_documents_get_defaults_for_what_they_lack() {
    assert_eq!(
        serde_json::from_value::<InstanceSettings>(json!({})).unwrap(),
        InstanceSettings::default()
    );
    let old = json!({
        "attribute": {"email_address": {"required": false}, "username": {"enabled": true}, "password": {},
                      "first_name": {"required": true}},
        "session": {"single_session_mode": false}, "password": {"min_length": 10}, "username": {"min_length": 5},
        "sign_up": {"mode": "restricted"}, "theme": {"general": {"color": "red"}, "buttons": {}, "accounts": {}},
        "attack_protection": {"user_lockout": {"max_attempts": 7}}, "limit": {"attempt_per_network": 1}
    });
    let mut expected = InstanceSettings::default();
    expected.attribute.email_address.required = false;
    expected.attribute.username.enabled = true;
    expected.attribute.first_name.required = true;
    expected.session.single_session_mode = false;
    expected.password.min_length = 10;
    expected.username.min_length = 5;
    expected.sign_up.mode = SignUpMode::Restricted;
    expected.theme.general.color = "red".to_owned();
    expected.attack_protection.user_lockout.max_attempts = 7;
    expected.limit.attempt_per_network = 1;
    assert_eq!(serde_json::from_value::<InstanceSettings>(old).unwrap(), expected);
}

#[test]
fn a_stored_document_survives_its_text() {
    let settings = patched(&json!({
        "sign_in": {"preferred_strategy": "otp"}, "session": {"token_version": "v2"},
        "issuer": "https://id.example.com", "allowed_origins": ["https://app.example.com:8443"]
    }))
    .unwrap();
    assert_eq!(settings.sign_in.preferred_strategy, PreferredStrategy::Otp);
    assert_eq!(settings.session.token_version, TokenVersionSetting::V2);
    let text = serde_json::to_string(&settings).unwrap();
    assert_eq!(serde_json::from_str::<InstanceSettings>(&text).unwrap(), settings);
}

#[test]
fn a_patch_changes_what_it_names_and_null_restores_the_default() {
    let changed = patched(&json!({"password": {"min_length": 12}, "email": {"from_name": "Ada"}})).unwrap();
    assert_eq!(changed.password.min_length, 12);
    assert_eq!(changed.password.max_length, 128);
    assert_eq!(changed.email.from_name.as_deref(), Some("Ada"));
    let restored = changed.patched(&json!({"password": {"min_length": null}})).unwrap();
    assert_eq!(restored.password.min_length, 8);
    assert_eq!(restored.email.from_name.as_deref(), Some("Ada"));
    assert_eq!(
        changed.patched(&json!({"password": null, "email": {"from_name": null}})),
        Ok(InstanceSettings::default())
    );
}

#[test]
fn a_patch_that_is_no_object_is_refused() {
    for patch in [json!(null), json!([]), json!("x"), json!(1)] {
        assert_eq!(refused(&patch), ["patch"], "{patch}");
    }
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_known_one() {
    for (path, nearest) in [
        ("pasword", Some("password")),
        ("password.min_lenght", Some("password.min_length")),
        (
            "attack_protection.user_lockout.max_attempt",
            Some("attack_protection.user_lockout.max_attempts"),
        ),
        ("zzz", None),
        ("session.qqq", None),
    ] {
        let problems = patched(&at(path, json!(1))).unwrap_err();
        let found: Vec<_> = problems
            .iter()
            .map(|problem| (problem.param_name.as_str(), problem.nearest.as_deref()))
            .collect();
        assert_eq!(found, [(path, nearest)]);
        assert!(problems[0].is_unknown);
        assert_eq!(problems[0].message, "There is no such setting.");
    }
    assert_eq!(refused(&at("pasword", json!(null))), ["pasword"]);
}

#[test]
fn a_value_of_a_wrong_type_is_refused_by_its_path() {
    let number = "The value must be a whole number that is not negative.";
    let word = "The value must be one of those that there are.";
    for (path, value, told) in [
        ("password.min_length", json!("8"), number),
        ("password.min_length", json!(-1), number),
        ("password.min_length", json!(8.5), number),
        ("password.min_length", json!({"a": 1}), number),
        ("password", json!(8), "The value must be an object."),
        (
            "session.single_session_mode",
            json!("true"),
            "The value must be true or false.",
        ),
        ("session.token_version", json!("v3"), word),
        ("session.token_version", json!(2), "The value must be a text."),
        ("sign_up.mode", json!("waitlist"), word),
        ("sign_in.preferred_strategy", json!("sms"), word),
        (
            "attribute.email_address.first_factors",
            json!("email_code"),
            "The value must be a list.",
        ),
        ("attribute.email_address.first_factors", json!(["phone_code"]), word),
        (
            "attribute.authenticator_app",
            json!(true),
            "The value must be an object.",
        ),
        ("issuer", json!(1), "The value must be a text."),
        (
            "allowed_origins",
            json!(["https://a.example", 1]),
            "The value must be a text.",
        ),
        ("application_name", json!(false), "The value must be a text."),
    ] {
        let problems = patched(&at(path, value.clone())).unwrap_err();
        let found: Vec<_> = problems
            .iter()
            .map(|problem| (problem.param_name.as_str(), problem.message.as_str()))
            .collect();
        assert_eq!(found, [(path, told)], "{value}");
    }
}

#[test]
fn the_words_that_there_are_stand_beside_the_sentence() {
    let preferred = at("sign_in.preferred_strategy", json!("sms, expected `x`"));
    assert_eq!(patched(&preferred).unwrap_err()[0].allowed, ["password", "otp"]);
    let versions = patched(&at("session.token_version", json!("v3"))).unwrap_err();
    assert!(versions[0].allowed.starts_with(&["v1".to_owned(), "v2".to_owned()]));
    assert_eq!(patched(&json!({ "issuer": 1 })).unwrap_err()[0].allowed, [""; 0]);
}

#[test]
fn every_problem_is_named_at_once() {
    let patch = json!({
        "session": {"maximum_lifetime_enabled": false, "token_lifetime_seconds": 0},
        "password": {"min_length": "long", "max_length": 7},
        "nonsense": true,
        "issuer": "https://id.example.com/"
    });
    let mut names = refused(&patch);
    names.sort();
    assert_eq!(
        names,
        [
            "issuer",
            "nonsense",
            "password.max_length",
            "password.max_length",
            "password.min_length",
            "session.inactivity_timeout_enabled",
            "session.maximum_lifetime_enabled",
            "session.token_lifetime_seconds",
        ]
    );
}

#[test]
fn one_of_the_two_limits_of_a_session_stays_on() {
    for (maximum, inactivity, accepted) in [
        (true, true, true),
        (true, false, true),
        (false, true, true),
        (false, false, false),
    ] {
        let patch = json!({"session": {"maximum_lifetime_enabled": maximum, "inactivity_timeout_enabled": inactivity}});
        let expected: &[&str] = if accepted {
            &[]
        } else {
            &["session.maximum_lifetime_enabled", "session.inactivity_timeout_enabled"]
        };
        assert_eq!(refused(&patch), expected, "{patch}");
    }
}

#[test]
fn numbers_are_bounded_on_both_sides() {
    for (path, lowest, highest) in [
        ("session.maximum_lifetime_seconds", 60, 315_360_000),
        ("session.inactivity_timeout_seconds", 60, 315_360_000),
        ("session.abandon_after_seconds", 60, 315_360_000),
        ("session.token_lifetime_seconds", 10, 3600),
        ("password.min_length", 8, 128),
        ("password.max_length", 8, 4096),
        ("username.min_length", 1, 64),
        ("username.max_length", 4, 64),
        ("attack_protection.user_lockout.max_attempts", 1, 10_000),
        ("attack_protection.user_lockout.duration_in_minutes", 1, 525_600),
        ("attack_protection.user_lockout.max_attempts_per_network", 1, 10_000),
        ("limit.sign_in_create_per_network", 1, 100_000_000),
        ("limit.sign_in_create_per_instance", 1, 100_000_000),
        ("limit.sign_up_create_per_network", 1, 100_000_000),
        ("limit.sign_up_create_per_instance", 1, 100_000_000),
        ("limit.attempt_per_network", 1, 100_000_000),
        ("limit.attempt_per_instance", 1, 100_000_000),
        ("limit.code_send_per_identifier", 1, 100_000_000),
        ("limit.code_send_per_network", 1, 100_000_000),
        ("limit.code_send_per_instance", 1, 100_000_000),
        ("limit.client_create_per_network", 1, 100_000_000),
        ("limit.session_change_per_network", 1, 100_000_000),
    ] {
        for accepted in [lowest, highest] {
            assert_eq!(refused(&at(path, json!(accepted))), [""; 0], "{path} {accepted}");
        }
        for refusal in [lowest - 1, highest + 1] {
            assert!(!refused(&at(path, json!(refusal))).is_empty(), "{path} {refusal}");
        }
    }
    for strength in 0..=4 {
        assert_eq!(refused(&at("password.min_zxcvbn_strength", json!(strength))), [""; 0]);
    }
    assert_eq!(
        refused(&at("password.min_zxcvbn_strength", json!(5))),
        ["password.min_zxcvbn_strength"]
    );
    assert_eq!(
        refused(&at("password.min_length", json!(4097))),
        ["password.min_length", "password.max_length"]
    );
}

#[test]
fn what_a_number_or_a_length_may_be_stands_beside_the_sentence() {
    let problems = patched(&at("session.token_lifetime_seconds", json!(9))).unwrap_err();
    assert_eq!(problems[0].message, "The value must be between 10 and 3600.");
    assert_eq!((problems[0].minimum, problems[0].maximum), (Some(10), Some(3600)));
    let problems = patched(&json!({ "username": { "min_length": 11, "max_length": 10 } })).unwrap_err();
    assert_eq!((problems[0].minimum, problems[0].maximum), (Some(11), None));
    let problems = patched(&json!({ "application_name": "" })).unwrap_err();
    assert_eq!((problems[0].minimum, problems[0].maximum), (Some(1), Some(100)));
}

#[test]
fn a_longest_length_is_never_below_the_shortest() {
    for section in ["password", "username"] {
        for (minimum, maximum, accepted) in [(10, 10, true), (10, 11, true), (11, 10, false)] {
            let patch = json!({ section: {"min_length": minimum, "max_length": maximum} });
            let expected = if accepted {
                vec![]
            } else {
                vec![format!("{section}.max_length")]
            };
            assert_eq!(refused(&patch), expected, "{patch}");
        }
    }
}

#[test]
fn an_origin_is_allowed_exactly_as_it_is_listed() {
    let settings = InstanceSettings {
        allowed_origins: vec!["https://app.example.com".to_owned(), "https://example.org".to_owned()],
        ..InstanceSettings::default()
    };
    assert!(settings.allows("https://app.example.com") && settings.allows("https://example.org"));
    assert!(
        !settings.allows("https://example.com") && !settings.allows("") && !settings.allows("https://app.example.com/")
    );
    assert!(!InstanceSettings::default().allows("https://app.example.com"));
}

#[test]
fn a_prefix_of_types_is_the_beginning_of_a_name() {
    for prefix in ["", "Auth", "auth_1"] {
        assert_eq!(
            refused(&at("federation.type_prefix", json!(prefix))),
            [""; 0],
            "{prefix}"
        );
    }
    for prefix in ["_Auth", "1", "Auth User", "Auth!"] {
        assert_eq!(
            refused(&at("federation.type_prefix", json!(prefix))),
            ["federation.type_prefix"],
            "{prefix}"
        );
    }
}
