use super::{SessionTokenClaims, TokenRequest, TokenVersion, next_due_at};
use crate::{
    session::{Lifetimes, Session},
    settings::session::{SessionSettings, TokenVersionSetting},
};
use entity::id::{ID_ENTROPY_BYTES, TypedId};

const NOW: i64 = 1_795_000_000_999;

fn id<T: TypedId>(number: u8) -> T {
    T::generate(NOW, [number; ID_ENTROPY_BYTES])
}

fn claims(version: TokenVersion, origin: Option<&str>) -> SessionTokenClaims {
    let session = Session::begin(
        id(1),
        id(2),
        id(3),
        &Lifetimes::of(&SessionSettings::default()),
        NOW - 180_000,
    );
    let request = TokenRequest {
        version,
        issuer: "https://id.example.com",
        origin,
        token_id: "token-1".to_owned(),
        lifetime_seconds: 60,
    };
    SessionTokenClaims::new(&session, request, NOW)
}

#[test]
fn the_version_follows_the_date_of_the_api() {
    for (api_version, version) in [
        (None, TokenVersion::V1),
        (Some("2021-02-05"), TokenVersion::V1),
        (Some("2025-04-09"), TokenVersion::V1),
        (Some("2025-04-10"), TokenVersion::V2),
        (Some("2025-04-11"), TokenVersion::V2),
        (Some("2025-11-10"), TokenVersion::V2),
        (Some("2026-01-01"), TokenVersion::V2),
        (Some("9999-12-31"), TokenVersion::V2),
        (Some(""), TokenVersion::V1),
        (Some("latest"), TokenVersion::V1),
        (Some("2026"), TokenVersion::V1),
        (Some("2026-01"), TokenVersion::V1),
        (Some("2026-1-01"), TokenVersion::V1),
        (Some("2026-01-1"), TokenVersion::V1),
        (Some("2026-01-01-01"), TokenVersion::V1),
        (Some("2026-00-01"), TokenVersion::V1),
        (Some("2026-13-01"), TokenVersion::V1),
        (Some("2026-01-00"), TokenVersion::V1),
        (Some("2026-01-32"), TokenVersion::V1),
        (Some("20260-01-01"), TokenVersion::V1),
        (Some("2026-01-+1"), TokenVersion::V1),
        (Some("x026-01-01"), TokenVersion::V1),
    ] {
        assert_eq!(TokenVersion::for_api_version(api_version), version, "{api_version:?}");
    }
}

#[test]
fn an_instance_may_fix_the_version() {
    for (setting, api_version, version) in [
        (TokenVersionSetting::V1, Some("2025-11-10"), TokenVersion::V1),
        (TokenVersionSetting::V2, None, TokenVersion::V2),
        (TokenVersionSetting::ByApiVersion, Some("2025-11-10"), TokenVersion::V2),
        (TokenVersionSetting::ByApiVersion, None, TokenVersion::V1),
    ] {
        assert_eq!(TokenVersion::chosen(setting, api_version), version);
    }
}

#[test]
fn the_claims_are_written_in_one_order_in_either_version() {
    let (session, user) = (id::<entity::id::SessionId>(1), id::<entity::id::UserId>(3));
    assert_eq!(
        serde_json::to_string(&claims(TokenVersion::V1, None)).unwrap(),
        format!(
            r#"{{"exp":1795000060,"fva":[3,-1],"iat":1795000000,"iss":"https://id.example.com","nbf":1794999990,"sid":"{session}","sts":"active","sub":"{user}"}}"#
        )
    );
    assert_eq!(
        serde_json::to_string(&claims(TokenVersion::V2, Some("https://app.example.com"))).unwrap(),
        format!(
            r#"{{"azp":"https://app.example.com","exp":1795000060,"fva":[3,-1],"iat":1795000000,"iss":"https://id.example.com","jti":"token-1","nbf":1794999990,"sid":"{session}","sts":"active","sub":"{user}","v":2}}"#
        )
    );
}

#[test]
fn claims_survive_their_text() {
    for version in [TokenVersion::V1, TokenVersion::V2] {
        let before = claims(version, Some("https://app.example.com"));
        let text = serde_json::to_string(&before).unwrap();
        assert_eq!(serde_json::from_str::<SessionTokenClaims>(&text).unwrap(), before);
    }
}

#[test]
fn without_its_time_a_token_says_the_same_whenever_it_is_made() {
    let now = claims(TokenVersion::V2, Some("https://app.example.com"));
    let later = SessionTokenClaims {
        exp: now.exp + 7,
        iat: now.iat + 7,
        nbf: now.nbf + 7,
        jti: Some("token-2".to_owned()),
        ..now.clone()
    };
    assert_eq!(now.timeless(), later.timeless());
    assert_eq!(now.timeless().exp, 60);
    assert_eq!(now.timeless().nbf, -super::NOT_BEFORE_LEEWAY_SECONDS);
    let without_azp = claims(TokenVersion::V2, None);
    let older = claims(TokenVersion::V1, Some("https://app.example.com"));
    let longer = SessionTokenClaims {
        exp: now.exp + 30,
        ..now.clone()
    };
    for other in [without_azp, older, longer] {
        assert_ne!(other.timeless(), now.timeless());
    }
}

#[test]
fn the_next_token_is_due_ten_seconds_before_the_end_or_after_two_thirds_of_a_short_life() {
    for (issued_at, expires_at, due_at) in [
        (0, 60_000, 50_000),
        (5_000, 65_000, 55_000),
        (0, 3_600_000, 3_590_000),
        (0, 30_000, 20_000),
        (0, 29_000, 19_334),
        (0, 10_000, 6_667),
        (7_000, 7_000, 7_000),
        (8_000, 7_000, 7_000),
    ] {
        assert_eq!(
            next_due_at(issued_at, expires_at),
            due_at,
            "{issued_at} to {expires_at}"
        );
    }
}
