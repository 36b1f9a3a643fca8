//! What every page has in common.

use crate::support::{Reply, TestServer};
use std::fs;

/// What browsers send when somebody opens a page.
pub const BROWSER: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8";

/// The paths of the style sheet and of the modules that a page loads.
pub fn assets(html: &str) -> Vec<String> {
    html.split('"')
        .filter(|text| text.starts_with("/_/"))
        .map(str::to_owned)
        .collect()
}

/// Fails unless the page can do nothing but what its own files do.
pub fn assert_strict(page: &Reply) {
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    let policy = page.header("content-security-policy").unwrap();
    let mut directives: Vec<_> = policy.split("; ").collect();
    directives.sort_unstable();
    let expected = [
        "base-uri 'none'",
        "connect-src 'self'",
        "default-src 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "img-src 'self' data:",
        "script-src 'self'",
        "style-src 'self'",
    ];
    assert_eq!(directives, expected);
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        assert_eq!(page.header(name), Some(value), "{name}");
    }
    assert!(
        !page.text.contains("<style") && !page.text.contains(" style="),
        "{}",
        page.text
    );
    for script in page.text.split("<script").skip(1) {
        assert!(script.starts_with(" type=\"module\" src=\"/_/"), "{script}");
        assert!(script.split_once('>').unwrap().1.starts_with("</script>"), "{script}");
    }
    for link in page
        .text
        .split(" href=\"")
        .skip(1)
        .chain(page.text.split(" src=\"").skip(1))
    {
        let link = link.split_once('"').unwrap().0;
        let stays = (link.starts_with('/') && !link.starts_with("//")) || link.starts_with("data:image/svg+xml,");
        assert!(stays || link == "http://localhost:3000", "{link}");
    }
}

#[tokio::test]
async fn every_page_runs_and_loads_only_files_of_this_server_and_is_read_by_nobody_else() {
    let server = TestServer::start().await;
    let browser = server.anonymous().with_header("accept", BROWSER);
    for path in ["/", "/dev/inbox", "/dev/inbox?to=ada@example.com"] {
        let page = browser.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert_strict(&page);
        assert!(
            page.text.contains("name=\"color-scheme\" content=\"light dark\""),
            "{path}"
        );
        assert!(page.text.contains("<html lang=\"en\">") && page.text.contains("width=device-width"));
        let strange = browser
            .clone()
            .with_header("origin", "https://evil.example")
            .get(path)
            .await;
        assert_eq!(strange.header("access-control-allow-origin"), None, "{path}");
    }
    server.make_production().await;
    let refused = browser.get("/dev/inbox").await;
    assert_eq!(refused.status, 404);
    assert_strict(&refused);
    server.finish().await;
}

#[test]
fn no_template_has_a_handler_or_a_style_of_its_own() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/src/web/template");
    let mut read = 0;
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap().to_lowercase();
        for word in ["<style", " style=", "javascript:", "|safe", "escape none"] {
            assert!(!text.contains(word), "{word} in {}", path.display());
        }
        let is_handler = |attribute: &str| {
            let name = attribute.split('=').next().unwrap_or_default();
            attribute.contains('=') && name.starts_with("on") && name.bytes().all(|byte| byte.is_ascii_lowercase())
        };
        assert!(!text.split_ascii_whitespace().any(is_handler), "{}", path.display());
        read += 1;
    }
    assert!(read >= 4);
}
