//! Scripts of SDKs, from a `node_modules` folder that the operator names.

use crate::support::TestServer;
use std::fs;

fn package(modules: &std::path::Path, name: &str, version: &str) {
    let folder = modules.join("@clerk").join(name);
    fs::create_dir_all(folder.join("dist")).unwrap();
    let manifest = format!(r#"{{ "name": "@clerk/{name}", "version": "{version}" }}"#);
    fs::write(folder.join("package.json"), manifest).unwrap();
    fs::write(folder.join("dist/ui.browser.js"), "loaded()").unwrap();
    fs::write(folder.join("dist/secret.json"), "{}").unwrap();
}

#[tokio::test]
async fn scripts_are_served_by_their_version_and_its_major() {
    let modules = tempfile::tempdir().unwrap();
    package(modules.path(), "ui", "1.34.0");
    package(modules.path(), "backend", "3.0.0");
    let server = TestServer::start_with(&[("VESTIBULE_NPM_DIR", modules.path().to_str().unwrap())]).await;
    let page = server.anonymous().with_header("origin", "http://localhost:3000");
    for (version, cached) in [
        ("1", "public, max-age=300"),
        ("1.34.0", "public, max-age=31536000, immutable"),
    ] {
        let script = page.get(&format!("/npm/@clerk/ui@{version}/dist/ui.browser.js")).await;
        assert_eq!((script.status, script.text.as_str()), (200, "loaded()"));
        assert_eq!(script.header("content-type"), Some("text/javascript; charset=utf-8"));
        assert_eq!(script.header("cache-control"), Some(cached));
        assert_eq!(
            script.header("access-control-allow-origin"),
            Some("http://localhost:3000")
        );
        let since = script.header("last-modified").unwrap().to_owned();
        let again = page
            .clone()
            .with_header("if-modified-since", &since)
            .get(&format!("/npm/@clerk/ui@{version}/dist/ui.browser.js"))
            .await;
        assert_eq!((again.status, again.text.as_str()), (304, ""));
    }
    for path in [
        "/npm/@clerk/ui@2/dist/ui.browser.js",
        "/npm/@clerk/ui@1.33.0/dist/ui.browser.js",
        "/npm/@clerk/ui@1/dist/other.js",
        "/npm/@clerk/ui@1/dist/secret.json",
        "/npm/@clerk/ui@1/dist/..%2fdist%2fui.browser.js",
        "/npm/@clerk/ui@1/package.json",
        "/npm/@clerk/clerk-js@6/dist/ui.browser.js",
        "/npm/@clerk/backend@3/dist/ui.browser.js",
        "/npm/ui@1/dist/ui.browser.js",
    ] {
        let refused = page.get(path).await;
        assert_eq!(
            (refused.status, refused.codes()),
            (404, vec!["resource_not_found".to_owned()]),
            "{path}"
        );
    }
    server.finish().await;
}

#[tokio::test]
async fn without_a_folder_the_answer_says_what_makes_one() {
    let server = TestServer::start().await;
    let refused = server
        .anonymous()
        .get("/npm/@clerk/clerk-js@6/dist/clerk.browser.js")
        .await;
    assert_eq!(
        (refused.status, refused.codes()),
        (404, vec!["resource_not_found".to_owned()])
    );
    for told in ["npm install @clerk/clerk-js@6", "VESTIBULE_NPM_DIR"] {
        assert!(refused.text.contains(told), "{}", refused.text);
    }
    server.finish().await;
}
