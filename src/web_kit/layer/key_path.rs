//! Undoes what SDKs put before a path when they derive an address from the publishable key of a development instance, which
//! names a host with a path: `/<word>.clerk.accounts.dev/v1/client` is `/v1/client`.
//!
//! Invariant: below the segment of a key is what SDKs derive from keys and nothing else, so whoever keeps a path away from
//! people by a rule of a proxy keeps it away by every spelling.

use axum::http::{Uri, uri::PathAndQuery};
use service::instance::is_key_segment;

/// What SDKs derive from keys: the Frontend API, the documents by which tokens are verified, and scripts.
const DERIVED: [&str; 3] = ["/v1/", "/.well-known/", "/npm/"];

/// The address without the segment of a key, and that segment; nothing where there is none to be taken away.
pub(super) fn without_key(uri: &Uri) -> Option<(Uri, String)> {
    let segment = uri.path().strip_prefix('/')?.split('/').next()?;
    if !is_key_segment(segment) {
        return None;
    }
    let path = uri.path().strip_prefix('/')?.strip_prefix(segment)?;
    if !DERIVED.iter().any(|derived| path.starts_with(derived)) {
        return None;
    }
    let path_and_query = match uri.query() {
        Some(query) => PathAndQuery::try_from(format!("{path}?{query}")),
        None => PathAndQuery::try_from(path),
    };
    let mut parts = uri.clone().into_parts();
    parts.path_and_query = Some(path_and_query.ok()?);
    Some((Uri::from_parts(parts).ok()?, segment.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::without_key;

    #[test]
    fn the_segment_of_a_key_is_taken_away_before_what_sdks_derive_from_it() {
        for (before, after) in [
            ("/calm-wren-1.clerk.accounts.dev/v1/client", Some("/v1/client")),
            (
                "/calm-wren-1.clerk.accounts.dev/v1/client?a=/b&_method=PATCH",
                Some("/v1/client?a=/b&_method=PATCH"),
            ),
            (
                "http://localhost:4000/calm-wren-1.clerk.accounts.dev/.well-known/jwks.json",
                Some("http://localhost:4000/.well-known/jwks.json"),
            ),
            ("/v1/client", None),
            ("/", None),
            ("*", None),
            ("//calm-wren-1.clerk.accounts.dev/v1/client", None),
            ("/v1/calm-wren-1.clerk.accounts.dev/v1/client", None),
            ("/calm-wren-1.clerk.accounts.dev", None),
            ("/calm-wren-1.clerk.accounts.dev/", None),
            ("/calm-wren-1.clerk.accounts.dev//v1/client", None),
            ("/calm-wren-1.clerk.accounts.dev/graphql", None),
            ("/calm-wren-1.clerk.accounts.dev/dev/inbox", None),
            (
                "/calm-wren-1.clerk.accounts.dev/v1/../dev/inbox",
                Some("/v1/../dev/inbox"),
            ),
            (
                "/calm-wren-1.clerk.accounts.dev/calm-wren-1.clerk.accounts.dev/v1/client",
                None,
            ),
            ("/calm-wren-1.accounts.dev/v1/client", None),
            ("/calm%2dwren-1.clerk.accounts.dev/v1/client", None),
        ] {
            let (uri, segment) = without_key(&before.parse().unwrap()).unzip();
            assert_eq!(uri.map(|uri| uri.to_string()).as_deref(), after, "{before}");
            assert_eq!(segment.is_some(), after.is_some(), "{before}");
            assert!(segment.is_none_or(|segment| segment == "calm-wren-1.clerk.accounts.dev"));
        }
    }
}
