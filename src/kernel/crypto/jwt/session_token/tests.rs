//! Hostile tokens: each is refused for its own reason, beside a sound one that differs in nothing else.

use super::{SessionTokenClaims, TokenError, verify_session_token};
use crate::{
    crypto::jwt::{SigningKey, TokenCategory},
    runtime::entropy::Entropy,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use entity::id::OrganizationId;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use std::{
    cell::RefCell,
    sync::{Arc, LazyLock},
};

const NOW: i64 = 1_795_000_000_000;
const NOW_SECONDS: i64 = NOW / 1_000;
const ISSUER: &str = "https://auth.example.com";
const KID: &str = "ins_1";

static KEY: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate(KID).unwrap());

fn claims() -> SessionTokenClaims {
    let entropy = Entropy::seeded(1);
    SessionTokenClaims {
        iss: ISSUER.to_owned(),
        sub: entropy.id(NOW),
        sid: entropy.id(NOW),
        iat: NOW_SECONDS,
        exp: NOW_SECONDS + 60,
        nbf: NOW_SECONDS - 10,
        azp: Some("https://app.example.com".to_owned()),
        org_id: None,
        o: None,
    }
}

fn header() -> Value {
    json!({ "alg": "RS256", "kid": KID, "typ": "JWT", "cat": "cl_B7d4PD111AAA" })
}

fn verify_at(token: &str, now: i64) -> Result<SessionTokenClaims, TokenError> {
    let key = Arc::new(KEY.verification_key());
    verify_session_token(token, |kid| (kid == KID).then(|| Arc::clone(&key)), ISSUER, now)
}

fn verify(token: &str) -> Result<SessionTokenClaims, TokenError> {
    verify_at(token, NOW)
}

fn sound_token() -> String {
    KEY.sign(Some(TokenCategory::Session), &claims()).unwrap()
}

/// A token of any header and claims with a right signature.
fn forge(header: &str, claims: &str) -> String {
    KEY.sign_encoded(&URL_SAFE_NO_PAD.encode(header), claims.as_bytes())
        .unwrap()
}

fn forge_claims(change: impl FnOnce(&mut Value)) -> String {
    let mut value = serde_json::to_value(claims()).unwrap();
    change(&mut value);
    forge(&header().to_string(), &value.to_string())
}

#[test]
fn a_sound_token_is_read() {
    assert_eq!(verify(&sound_token()), Ok(claims()));
    assert_eq!(verify(&forge_claims(|_| ())), Ok(claims()));
    let spelled_small = header().to_string().replace("JWT", "jwt");
    assert!(verify(&forge(&spelled_small, &serde_json::to_string(&claims()).unwrap())).is_ok());
}

#[test]
fn custom_claims_are_ignored_and_organizations_of_both_versions_are_read() {
    let organization: OrganizationId = Entropy::seeded(9).id(NOW);
    let first = forge_claims(|claims| claims["org_id"] = json!(organization));
    assert_eq!(verify(&first).unwrap().organization(), Some(&organization));
    let second = forge_claims(|claims| claims["o"] = json!({ "id": organization, "rol": "admin" }));
    assert_eq!(verify(&second).unwrap().organization(), Some(&organization));
    let custom = forge_claims(|claims| {
        claims["aud"] = json!("api");
        claims["plan"] = json!({ "deep": [1, 2, 3] });
    });
    assert_eq!(verify(&custom).unwrap().organization(), None);
}

#[test]
fn a_header_that_is_not_ours_is_refused_although_it_is_signed() {
    let claims = serde_json::to_string(&claims()).unwrap();
    for (field, value) in [
        ("alg", json!("none")),
        ("alg", json!("None")),
        ("alg", json!("HS256")),
        ("alg", json!("RS384")),
        ("alg", json!("PS256")),
        ("alg", Value::Null),
        ("typ", json!("at+jwt")),
        ("typ", json!("client+jwt")),
        ("typ", Value::Null),
        ("cat", json!("cl_B7d4PD222AAA")),
        ("cat", Value::Null),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("b64", json!(true)),
        ("jku", json!("https://evil.example.com/jwks.json")),
        ("x5u", json!("https://evil.example.com/key.pem")),
        ("x5c", json!(["MIIB"])),
        ("jwk", serde_json::to_value(KEY.jwk()).unwrap()),
        ("cty", json!("JWT")),
        ("zip", json!("DEF")),
        ("kid", json!("../../../../dev/null")),
        ("kid", json!("ins_1/../ins_1")),
        ("kid", json!("ins_1' OR '1'='1")),
        ("kid", json!("ins_1\u{0}")),
        ("kid", json!("")),
        ("kid", json!("k".repeat(65))),
        ("kid", json!([KID])),
        ("kid", Value::Null),
    ] {
        let mut changed = header();
        changed[field] = value;
        assert_eq!(
            verify(&forge(&changed.to_string(), &claims)),
            Err(TokenError::Malformed),
            "{changed}"
        );
    }
    for missing in ["alg", "kid", "typ", "cat"] {
        let mut changed = header();
        changed.as_object_mut().unwrap().remove(missing);
        assert_eq!(
            verify(&forge(&changed.to_string(), &claims)),
            Err(TokenError::Malformed),
            "{missing}"
        );
    }
    let repeated = header().to_string().replace('{', r#"{"alg":"RS256","#);
    assert_eq!(verify(&forge(&repeated, &claims)), Err(TokenError::Malformed));
}

#[test]
fn an_implausible_key_identifier_is_never_looked_up() {
    let claims = serde_json::to_string(&claims()).unwrap();
    let asked = RefCell::new(Vec::new());
    let ask = |kid: &str| {
        let mut changed = header();
        changed["kid"] = json!(kid);
        let token = forge(&changed.to_string(), &claims);
        verify_session_token(
            &token,
            |kid| {
                asked.borrow_mut().push(kid.to_owned());
                None
            },
            ISSUER,
            NOW,
        )
    };
    assert_eq!(ask("../etc/passwd"), Err(TokenError::Malformed));
    assert_eq!(ask("ins_2"), Err(TokenError::UnknownKey));
    assert_eq!(*asked.borrow(), ["ins_2"]);
}

#[test]
fn the_public_key_is_no_secret_to_sign_with() {
    let pem = KEY.public_pem().unwrap();
    let der = KEY.jwk().n;
    for secret in [pem.as_bytes(), pem.trim_end().as_bytes(), der.as_bytes()] {
        let mut forged = Header::new(Algorithm::HS256);
        forged.kid = Some(KID.to_owned());
        forged.extras.insert("cat", TokenCategory::Session.as_str());
        let token = jsonwebtoken::encode(&forged, &claims(), &EncodingKey::from_secret(secret)).unwrap();
        assert_eq!(verify(&token), Err(TokenError::Malformed));

        // The same signature under a header that claims RS256.
        let signature = token.rsplit_once('.').unwrap().1;
        let sound = sound_token();
        let message = sound.rsplit_once('.').unwrap().0;
        assert_eq!(verify(&format!("{message}.{signature}")), Err(TokenError::Signature));
    }
}

#[test]
fn a_token_of_another_key_is_refused() {
    let other = SigningKey::generate(KID).unwrap();
    let token = other.sign(Some(TokenCategory::Session), &claims()).unwrap();
    assert_eq!(verify(&token), Err(TokenError::Signature));
}

#[test]
fn one_changed_bit_in_any_part_is_refused() {
    let token = sound_token();
    let parts: Vec<Vec<u8>> = token
        .split('.')
        .map(|part| URL_SAFE_NO_PAD.decode(part).unwrap())
        .collect();
    for (part, bytes) in parts.iter().enumerate() {
        for position in 0..bytes.len() {
            let mut changed = parts.clone();
            changed[part][position] ^= 1 << (position % 8);
            assert!(verify(&encode(&changed)).is_err(), "part {part}, byte {position}");
        }
    }
}

fn encode(parts: &[Vec<u8>]) -> String {
    let encoded: Vec<String> = parts.iter().map(|part| URL_SAFE_NO_PAD.encode(part)).collect();
    encoded.join(".")
}

#[test]
fn every_spelling_of_a_token_but_the_one_is_refused() {
    let token = sound_token();
    let (message, signature) = token.rsplit_once('.').unwrap();
    let (header, payload) = message.split_once('.').unwrap();
    let unsigned = URL_SAFE_NO_PAD.encode(r#"{"alg":"none"}"#);
    for text in [
        String::new(),
        ".".to_owned(),
        "..".to_owned(),
        message.to_owned(),
        format!("{message}."),
        format!("{token}."),
        format!(".{token}"),
        format!("{token}.{signature}"),
        format!("{header}..{signature}"),
        format!(".{payload}.{signature}"),
        format!("{unsigned}.{payload}."),
        format!("{unsigned}.{payload}.{signature}"),
        format!(" {token}"),
        format!("{token}\n"),
        format!("{token}="),
        format!("Bearer {token}"),
        token.replace('.', ". "),
        token[..token.len() - 1].to_owned(),
        token[1..].to_owned(),
        "é.é.é".to_owned(),
        "a".repeat(10_000_000),
    ] {
        assert_eq!(verify(&text), Err(TokenError::Malformed), "{text:.60}");
    }
}

#[test]
fn a_token_beyond_eight_kibibytes_is_refused_although_it_is_sound() {
    let fits = forge_claims(|claims| claims["filler"] = json!("x".repeat(5_000)));
    assert!(fits.len() < super::MAXIMUM_LENGTH);
    assert!(verify(&fits).is_ok());
    let huge = forge_claims(|claims| claims["filler"] = json!("x".repeat(6_500)));
    assert_eq!(verify(&huge), Err(TokenError::Malformed));
}

#[test]
fn every_required_claim_is_required_and_of_its_form() {
    for missing in ["iss", "sub", "sid", "iat", "exp", "nbf"] {
        let token = forge_claims(|claims| {
            claims.as_object_mut().unwrap().remove(missing);
        });
        assert_eq!(verify(&token), Err(TokenError::Claims), "{missing}");
        for wrong in [Value::Null, json!([]), json!({}), json!(true), json!(1.5)] {
            let token = forge_claims(|claims| claims[missing] = wrong.clone());
            let refused = verify(&token).unwrap_err();
            assert!(
                matches!(refused, TokenError::Claims | TokenError::Issuer),
                "{missing}: {wrong}"
            );
        }
    }
    for claims in ["", "null", "[]", "{}", "{", "\"text\"", "\u{0}"] {
        let token = forge(&header().to_string(), claims);
        assert!(verify(&token).is_err(), "{claims}");
    }
    let nested = format!(r#"{{"a":{}{}}}"#, "[".repeat(2_000), "]".repeat(2_000));
    assert_eq!(verify(&forge(&header().to_string(), &nested)), Err(TokenError::Claims));
}

#[test]
fn identifiers_must_be_of_their_kind() {
    let session = claims().sid;
    for (claim, value) in [
        ("sub", json!(session)),
        ("sub", json!("user_1")),
        ("sid", json!(claims().sub)),
        ("sid", json!("")),
        ("org_id", json!("org_1")),
    ] {
        let token = forge_claims(|claims| claims[claim] = value.clone());
        assert_eq!(verify(&token), Err(TokenError::Claims), "{claim}: {value}");
    }
}

#[test]
fn a_repeated_claim_is_refused_known_or_not() {
    let once = serde_json::to_string(&claims()).unwrap();
    for repeated in [
        once.replacen('{', &format!(r#"{{"sub":"{}","#, claims().sub), 1),
        once.replacen('{', r#"{"exp":9999999999,"#, 1),
        once.replacen('{', r#"{"role":"user","role":"admin","#, 1),
    ] {
        assert_eq!(
            verify(&forge(&header().to_string(), &repeated)),
            Err(TokenError::Claims),
            "{repeated}"
        );
    }
}

#[test]
fn only_the_instances_own_issuer_is_accepted() {
    for issuer in [
        json!("https://other.example.com"),
        json!("https://auth.example.com/"),
        json!("HTTPS://auth.example.com"),
        json!("https://auth.example.com:443"),
        json!(""),
    ] {
        let token = forge_claims(|claims| claims["iss"] = issuer.clone());
        assert_eq!(verify(&token), Err(TokenError::Issuer), "{issuer}");
    }
    let listed = forge_claims(|claims| claims["iss"] = json!([ISSUER, "https://other.example.com"]));
    assert_eq!(verify(&listed), Err(TokenError::Claims));
}

#[test]
fn times_hold_with_five_seconds_of_leeway() {
    let token = sound_token();
    let (expires, starts) = ((NOW_SECONDS + 60) * 1_000, (NOW_SECONDS - 10) * 1_000);
    assert!(verify_at(&token, expires + 4_999).is_ok());
    assert_eq!(verify_at(&token, expires + 5_000), Err(TokenError::Expired));
    assert!(verify_at(&token, starts - 5_000).is_ok());
    assert_eq!(verify_at(&token, starts - 5_001), Err(TokenError::NotYetValid));
}

#[test]
fn extreme_times_neither_overflow_nor_last_forever_by_accident() {
    let ancient = forge_claims(|claims| claims["exp"] = json!(0));
    assert_eq!(verify(&ancient), Err(TokenError::Expired));
    let never = forge_claims(|claims| claims["nbf"] = json!(i64::MAX));
    assert_eq!(verify(&never), Err(TokenError::NotYetValid));
    for beyond in [json!(u64::MAX), json!(1e300), json!(-1)] {
        let token = forge_claims(|claims| claims["exp"] = beyond.clone());
        assert_eq!(verify(&token), Err(TokenError::Claims), "{beyond}");
    }
}
