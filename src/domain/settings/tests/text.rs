//! Settings that are texts, and the restrictions on texts that people give.

use super::{at, patched, refused};
use crate::{
    identifier::EmailAddress,
    settings::{
        InstanceSettings,
        restriction::{RestrictionRefusal, RestrictionSettings},
        sign_up::SignUpMode,
    },
};
use serde_json::json;

#[test]
fn an_origin_is_spelt_as_a_browser_sends_it() {
    for origin in [
        "https://app.example.com",
        "http://localhost:3000",
        "http://[::1]:3000",
        "capacitor://localhost",
        "http://127.0.0.1",
    ] {
        assert_eq!(refused(&json!({"allowed_origins": [origin]})), [""; 0], "{origin}");
    }
    for (origin, nearest) in [
        ("https://app.example.com/", Some("https://app.example.com")),
        ("https://APP.example.com", Some("https://app.example.com")),
        ("https://app.example.com:443", Some("https://app.example.com")),
        ("https://app.example.com/path", Some("https://app.example.com")),
        ("https://ada@app.example.com", Some("https://app.example.com")),
        ("https://app.example.com?x", Some("https://app.example.com")),
        ("https://*.example.com", None),
        ("app.example.com", None),
        ("*", None),
        ("null", None),
        ("file:///", None),
        ("", None),
    ] {
        let problems = patched(&json!({"allowed_origins": ["https://fine.example", origin]})).unwrap_err();
        let found: Vec<_> = problems
            .iter()
            .map(|problem| (problem.param_name.as_str(), problem.nearest.as_deref()))
            .collect();
        assert_eq!(found, [("allowed_origins", nearest)], "{origin}");
        assert!(problems[0].message.contains(&format!("{origin:?}")));
    }
}

#[test]
fn an_issuer_is_an_absolute_url_without_a_slash_at_its_end() {
    for issuer in [
        "https://id.example.com",
        "http://localhost:8787",
        "https://example.com/tenant",
    ] {
        assert_eq!(refused(&json!({ "issuer": issuer })), [""; 0], "{issuer}");
    }
    for issuer in [
        "https://id.example.com/",
        "id.example.com",
        "ftp://id.example.com",
        "https:id.example.com",
        "https://a b",
        "https://id.example.com?x",
        "https://id.example.com#x",
        "https://ada@id.example.com",
        "https://:pw@id.example.com",
        "",
        "https:\\\\id.example.com",
        "https://id.exämple.com",
    ] {
        assert_eq!(refused(&json!({ "issuer": issuer })), ["issuer"], "{issuer}");
    }
}

#[test]
fn every_redirect_target_is_a_web_url_or_a_path_of_its_origin() {
    let document = serde_json::to_value(InstanceSettings::default()).unwrap();
    for key in document["path"].as_object().unwrap().keys() {
        let path = format!("path.{key}");
        for target in [
            "https://app.example.com/in?x=1#y",
            "/",
            "/sign-in?x=1",
            "http://localhost:3000",
        ] {
            assert_eq!(refused(&at(&path, json!(target))), [""; 0], "{path} {target}");
        }
        for target in [
            "//evil.example",
            "/\\evil.example",
            "javascript:alert(1)",
            "sign-in",
            "",
            "/a b",
            "/a\r\nb",
            "data:text/html,x",
        ] {
            assert_eq!(refused(&at(&path, json!(target))), [path.as_str()], "{path} {target}");
        }
    }
}

#[test]
fn no_theme_value_ends_its_declaration() {
    let document = serde_json::to_value(InstanceSettings::default()).unwrap();
    for part in ["general", "buttons", "accounts"] {
        for key in document["theme"][part].as_object().unwrap().keys() {
            let path = format!("theme.{part}.{key}");
            assert_eq!(refused(&at(&path, json!("#123456"))), [""; 0], "{path}");
            for value in [
                "red; x: y",
                "red}",
                "{",
                "</style>",
                "<",
                "\\3b",
                "@import",
                "red/*",
                "a\nb",
                " ",
            ] {
                assert_eq!(refused(&at(&path, json!(value))), [path.as_str()], "{path} {value:?}");
            }
        }
    }
    for key in ["theme.logo_image_url", "theme.favicon_image_url"] {
        assert_eq!(refused(&at(key, json!("https://cdn.example.com/logo.png"))), [""; 0]);
        assert_eq!(refused(&at(key, json!("/logo.png"))), [key]);
    }
}

#[test]
fn a_text_for_people_has_a_length_and_no_control_characters() {
    for path in ["application_name", "email.from_name"] {
        for text in ["A".to_owned(), "é".repeat(100)] {
            assert_eq!(refused(&at(path, json!(text))), [""; 0], "{path} {text}");
        }
        for text in [
            String::new(),
            " ".to_owned(),
            "é".repeat(101),
            "a\r\nBcc: x".to_owned(),
            "a\0".to_owned(),
        ] {
            assert_eq!(refused(&at(path, json!(text))), [path], "{path} {text:?}");
        }
    }
}

#[test]
fn the_senders_address_is_an_address() {
    assert_eq!(
        refused(&json!({"email": {"from_address": "Mail@example.com"}})),
        [""; 0]
    );
    for address in [
        "example.com",
        "",
        " mail@example.com",
        "Ada <mail@example.com>",
        "a@example.com\nBcc: b@example.com",
    ] {
        assert_eq!(
            refused(&json!({"email": {"from_address": address}})),
            ["email.from_address"],
            "{address:?}"
        );
    }
}

#[test]
fn restrictions_refuse_only_what_they_name() {
    let plain = EmailAddress::parse("ada@example.com").unwrap();
    let open = RestrictionSettings::default();
    let listed_only = RestrictionSettings {
        allowlist_only: true,
        ..RestrictionSettings::default()
    };
    let no_subaddress = RestrictionSettings {
        block_email_subaddresses: true,
        ..RestrictionSettings::default()
    };
    assert_eq!(open.admit(&plain, false), Ok(()));
    assert_eq!(
        listed_only.admit(&plain, false),
        Err(RestrictionRefusal::NotOnAllowlist)
    );
    assert_eq!(listed_only.admit(&plain, true), Ok(()));
    assert_eq!(no_subaddress.admit(&plain, false), Ok(()));
    for text in ["ada+x@example.com", "ada=x@example.com", "ada#x@example.com"] {
        let address = EmailAddress::parse(text).unwrap();
        assert_eq!(open.admit(&address, false), Ok(()), "{text}");
        assert_eq!(
            no_subaddress.admit(&address, true),
            Err(RestrictionRefusal::HasSubaddress),
            "{text}"
        );
    }
}

#[test]
fn sign_up_modes_have_their_wire_words() {
    assert_eq!(SignUpMode::Public.as_str(), "public");
    assert_eq!(SignUpMode::Restricted.as_str(), "restricted");
}
