//! The lines that an application pastes into its environment.
//!
//! Invariant: with them no SDK asks a host that is neither this server nor the application itself.

use kernel::caller::Instance;

/// The pages of the application that people are led to, where they are not those of the SDK's own service.
const PAGES: [(&str, &str); 4] = [
    ("NEXT_PUBLIC_CLERK_SIGN_IN_URL", "/sign-in"),
    ("NEXT_PUBLIC_CLERK_SIGN_UP_URL", "/sign-up"),
    ("CLERK_SIGN_IN_URL", "/sign-in"),
    ("CLERK_SIGN_UP_URL", "/sign-up"),
];

/// What is said of the addresses of scripts while there are none.
pub(super) const NO_SCRIPTS: &str = "# The script URLs answer once VESTIBULE_NPM_DIR names a node_modules folder with \
    @clerk/clerk-js and @clerk/ui.";

/// The names that SDKs of all generations read, in the order in which they are printed. `jwt_key` is the public half of the
/// signing key in one line. Without a secret key, the names that hold it are left out.
pub(super) fn lines(instance: &Instance, jwt_key: &str, secret: Option<&str>) -> Vec<String> {
    let (origin, host, key) = (&instance.origin, &instance.host, &instance.publishable_key);
    let mut block = vec![
        ("NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY", key.clone()),
        ("CLERK_PUBLISHABLE_KEY", key.clone()),
        ("NEXT_PUBLIC_CLERK_PROXY_URL", origin.clone()),
        ("CLERK_PROXY_URL", origin.clone()),
        // SDKs derive these from the key by https, which a server on the developer's machine does not speak.
        ("NEXT_PUBLIC_CLERK_JS_URL", script(origin, "clerk-js@6", "clerk")),
        ("NEXT_PUBLIC_CLERK_UI_URL", script(origin, "ui@1", "ui")),
    ];
    block.extend(PAGES.map(|(name, path)| (name, path.to_owned())));
    block.extend([
        ("NEXT_PUBLIC_CLERK_TELEMETRY_DISABLED", "1".to_owned()),
        ("CLERK_TELEMETRY_DISABLED", "1".to_owned()),
        ("CLERK_JWT_KEY", jwt_key.to_owned()),
        ("CLERK_API_URL", origin.clone()),
        ("CLERK_FRONTEND_API", host.clone()),
        ("CLERK_FRONTEND_API_URL", origin.clone()),
        ("FRONTEND_API", host.clone()),
    ]);
    if let Some(secret) = secret {
        block.extend(["CLERK_SECRET_KEY", "CLERK_API_KEY"].map(|name| (name, secret.to_owned())));
    }
    block
        .into_iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect()
}

/// Where the script of a package of SDK files is.
fn script(origin: &str, package: &str, name: &str) -> String {
    format!("{origin}/npm/@clerk/{package}/dist/{name}.browser.js")
}
