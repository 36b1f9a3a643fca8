//! `/v1/avatars/{user id}`: the picture of somebody who has not set one.
//!
//! Invariant: it is made of the identifier alone, so it tells nobody whether there is such a user.

use super::parameter::PathId;
use crate::answer::Answer;
use axum::http::{HeaderName, HeaderValue, header};
use entity::id::{TypedId as _, UserId};
use sha2::{Digest as _, Sha256};

/// Pictures never change, so browsers may keep one for a week.
const CACHE_CONTROL: &str = "public, max-age=604800, immutable";
/// Opened on its own it can load and run nothing.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; frame-ancestors 'none'; sandbox";

/// `GET /v1/avatars/{user id}`.
pub(crate) async fn read(PathId(id): PathId<UserId>) -> Answer {
    let headers: [(HeaderName, HeaderValue); 4] = [
        (header::CONTENT_TYPE, HeaderValue::from_static("image/svg+xml")),
        (header::CACHE_CONTROL, HeaderValue::from_static(CACHE_CONTROL)),
        (
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(CONTENT_SECURITY_POLICY),
        ),
        // Applications show it on pages of their own.
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            HeaderValue::from_static("cross-origin"),
        ),
    ];
    Answer::new((headers, picture(&id)))
}

/// A head and shoulders on a colour that the identifier chooses; light enough below, dark enough above for contrast.
fn picture(id: &UserId) -> String {
    let [high, low, ..] = <[u8; 32]>::from(Sha256::digest(id.as_str()));
    let hue = u16::from_be_bytes([high, low]) % 360;
    format!(
        concat!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64" width="128" height="128">"#,
            r#"<rect width="64" height="64" fill="hsl({hue},40%,45%)"/>"#,
            r##"<g fill="#fff" fill-opacity=".85"><circle cx="32" cy="25" r="11"/>"##,
            r#"<path d="M10 64c0-14 10-22 22-22s22 8 22 22z"/></g></svg>"#,
        ),
        hue = hue
    )
}

#[cfg(test)]
mod tests {
    use super::picture;
    use entity::id::{ID_ENTROPY_BYTES, TypedId as _, UserId};

    #[test]
    fn a_picture_is_the_same_each_time_and_differs_between_people() {
        let [one, other] = [1, 2].map(|byte| UserId::generate(1_795_000_000_000, [byte; ID_ENTROPY_BYTES]));
        assert_eq!(picture(&one), picture(&one));
        assert_ne!(picture(&one), picture(&other));
        assert!(!picture(&one).contains(one.as_str()));
    }
}
