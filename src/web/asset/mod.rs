//! What pages load: a style sheet and small modules, built into the program.
//!
//! Invariant: a URL holds the digest of what it leads to, so it leads to the same for ever and caches may keep it.

use axum::{Router, http::request::Parts, response::Response, routing::get};
use kernel::error::Code;
use service::app::App;
use sha2::{Digest as _, Sha256};
use std::sync::LazyLock;
use web_kit::{file, refusal::refused};

/// Digits of a digest in a URL. They only tell versions apart.
const DIGEST_DIGITS: usize = 16;
const CSS: &str = "text/css; charset=utf-8";
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";

/// A file.
struct Asset {
    name: &'static str,
    content_type: &'static str,
    text: &'static str,
}

static ASSETS: [Asset; 3] = [
    Asset {
        name: "page.css",
        content_type: CSS,
        text: include_str!("page.css"),
    },
    Asset {
        name: "copy.js",
        content_type: JAVASCRIPT,
        text: include_str!("copy.js"),
    },
    Asset {
        name: "inbox.js",
        content_type: JAVASCRIPT,
        text: include_str!("inbox.js"),
    },
];

/// The paths of the files, as pages name them.
pub(super) struct Urls {
    /// The style sheet of all pages.
    pub style: String,
    /// The module of the buttons that copy.
    pub copy: String,
    /// The module of the inbox.
    pub inbox: String,
}

pub(super) static URLS: LazyLock<Urls> = LazyLock::new(|| {
    let [style, copy, inbox] = ASSETS.each_ref().map(Asset::url);
    Urls { style, copy, inbox }
});

impl Asset {
    fn digest(&self) -> String {
        let mut digits = hex::encode(Sha256::digest(self.text));
        digits.truncate(DIGEST_DIGITS);
        digits
    }

    fn url(&self) -> String {
        format!("/_/{}/{}", self.digest(), self.name)
    }
}

/// The route of the files.
pub(super) fn routes() -> Router<App> {
    Router::new().route("/_/{digest}/{name}", get(read))
}

async fn read(parts: Parts) -> Response {
    let urls = [&URLS.style, &URLS.copy, &URLS.inbox];
    let found = ASSETS.iter().zip(urls).find(|(_, url)| *url == parts.uri.path());
    match found {
        Some((asset, _)) => file::built_in(asset.content_type, asset.text.as_bytes()),
        None => refused(&parts, &Code::ResourceNotFound.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::{ASSETS, URLS};

    #[test]
    fn every_file_has_a_url_of_its_own_content() {
        let urls = [&URLS.style, &URLS.copy, &URLS.inbox];
        for (asset, url) in ASSETS.iter().zip(urls) {
            let (digest, name) = url.strip_prefix("/_/").unwrap().split_once('/').unwrap();
            assert_eq!((digest.len(), name), (16, asset.name));
        }
        assert_ne!(URLS.copy[..19], URLS.inbox[..19]);
    }

    #[test]
    fn files_name_no_other_host() {
        for asset in &ASSETS {
            for beginning in ["://", "\"//", "'//", "`//", "(//"] {
                assert!(!asset.text.contains(beginning), "{} {beginning}", asset.name);
            }
        }
    }
}
