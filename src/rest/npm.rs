//! `GET /npm/@clerk/{package}@{version}/dist/{file}`: the scripts that SDKs load from the host of a publishable key, from a
//! `node_modules` folder that the operator names.
//!
//! Invariant: only scripts of these packages are ever read from the folder, only of the version that is installed there, and
//! nobody is sent to another host for what it lacks.

use crate::answer::{Answer, Refused};
use axum::{
    extract::{Path, Request, State},
    http::{HeaderValue, header},
};
use kernel::error::{Code, Problem};
use serde::Deserialize;
use service::app::App;
use std::path::{Path as FilePath, PathBuf};
use web_kit::file;

/// The packages whose scripts SDKs load into pages.
const PACKAGES: [&str; 2] = ["clerk-js", "ui"];
const JAVASCRIPT: &str = "text/javascript; charset=utf-8";
/// A major version becomes another file with the next installation.
const FOR_A_WHILE: HeaderValue = HeaderValue::from_static("public, max-age=300");
/// A published version never changes.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// What is read of a package's `package.json`.
#[derive(Deserialize)]
struct Manifest {
    version: String,
}

/// A file that may be asked for.
#[derive(Debug, PartialEq, Eq)]
struct Script<'a> {
    package: &'static str,
    version: &'a str,
    file: &'a str,
}

impl<'a> Script<'a> {
    /// `specifier` is `<package>@<version>`.
    fn named(specifier: &'a str, file: &'a str) -> Option<Self> {
        let (name, version) = specifier.split_once('@')?;
        let package = PACKAGES.into_iter().find(|package| *package == name)?;
        let is_plain = |text: &str| {
            text.starts_with(|first: char| first.is_ascii_alphanumeric())
                && text
                    .bytes()
                    .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_'))
        };
        let is_script = is_plain(file) && file.strip_suffix(".js").is_some();
        (is_plain(version) && is_script).then_some(Self { package, version, file })
    }

    /// How long its answer keeps, if the installed version is one that was asked for: that itself, or one of that major.
    fn cached(&self, installed: &str) -> Option<HeaderValue> {
        let major = installed.split('.').next();
        if self.version == installed {
            Some(FOR_EVER)
        } else {
            (Some(self.version) == major).then_some(FOR_A_WHILE)
        }
    }

    fn folder(&self, modules: &FilePath) -> PathBuf {
        modules.join("@clerk").join(self.package)
    }
}

/// `GET /npm/@clerk/{package}@{version}/dist/{file}`.
pub(crate) async fn script(
    State(app): State<App>,
    Path((specifier, file)): Path<(String, String)>,
    request: Request,
) -> Result<Answer, Refused> {
    let Some(script) = Script::named(&specifier, &file) else {
        return Err(Code::ResourceNotFound.into());
    };
    let missing = |why: String| {
        let (package, version) = (script.package, script.version);
        let problem = Problem::new(Code::ResourceNotFound)
            .saying(why)
            .with_meta("command", format!("npm install @clerk/{package}@{version}"))
            .with_meta("setting", "VESTIBULE_NPM_DIR");
        Refused::from(problem)
    };
    let Some(modules) = app.config().http.npm_dir.as_deref() else {
        return Err(missing("No folder with SDK files is configured.".to_owned()));
    };
    let folder = script.folder(modules);
    let Some(installed) = installed(&folder).await else {
        return Err(missing(format!(
            "The package @clerk/{} is not installed.",
            script.package
        )));
    };
    let Some(cached) = script.cached(&installed) else {
        return Err(missing(format!(
            "The package @clerk/{} is installed as {installed}.",
            script.package
        )));
    };
    match file::send(folder.join("dist").join(script.file), JAVASCRIPT, request).await {
        Ok(answer) => Ok(Answer::new(([(header::CACHE_CONTROL, cached)], answer))),
        Err(_) => Err(Code::ResourceNotFound.into()),
    }
}

/// The version of the package in a folder, if there is one.
async fn installed(folder: &FilePath) -> Option<String> {
    let text = tokio::fs::read(folder.join("package.json")).await.ok()?;
    let manifest: Manifest = serde_json::from_slice(&text).ok()?;
    Some(manifest.version)
}

#[cfg(test)]
mod tests {
    use super::{FOR_A_WHILE, FOR_EVER, Script};

    #[test]
    fn only_scripts_of_the_packages_that_pages_load_are_named() {
        let script = Script::named("clerk-js@6", "clerk.browser.js").unwrap();
        assert_eq!(
            (script.package, script.version, script.file),
            ("clerk-js", "6", "clerk.browser.js")
        );
        assert!(Script::named("ui@1.34.0", "980_ui_1124a2_1.34.0.js").is_some());
        for (specifier, file) in [
            ("clerk-js", "clerk.browser.js"),
            ("clerk-js@", "clerk.browser.js"),
            ("backend@3", "index.js"),
            ("../react@1", "index.js"),
            ("clerk-js@../6", "clerk.browser.js"),
            ("clerk-js@6", "../package.js"),
            ("clerk-js@6", "..%2fpackage.js"),
            ("clerk-js@6", "a\\b.js"),
            ("clerk-js@6", ".js"),
            ("clerk-js@6", "package.json"),
            ("clerk-js@6", "clerk.browser.js.map"),
            ("clerk-js@6", "ünï.js"),
        ] {
            assert_eq!(Script::named(specifier, file), None, "{specifier} {file}");
        }
    }

    #[test]
    fn a_version_is_the_installed_one_or_its_major() {
        let cached = |version: &str| {
            Script::named(&format!("ui@{version}"), "ui.browser.js")
                .unwrap()
                .cached("1.34.0")
        };
        assert_eq!(cached("1.34.0"), Some(FOR_EVER));
        assert_eq!(cached("1"), Some(FOR_A_WHILE));
        for other in ["1.34", "1.34.1", "2", "10", "1.34.0-canary", "latest"] {
            assert_eq!(cached(other), None, "{other}");
        }
    }
}
