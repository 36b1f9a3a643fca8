//! What the caller must keep, written the way that the caller speaks: cookie, header, or a development browser's headers.

use super::caller::CLIENT_COOKIE;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use cookie::{Cookie, SameSite, time::Duration};
use entity::UnixMilliseconds;
use kernel::caller::{Caller, Instance, Transport};
use service::client::Credential;
use std::borrow::Cow;

/// Carries a new development browser token to clerk-js 5 and later.
pub const CLERK_DB_JWT: HeaderName = HeaderName::from_static("clerk-db-jwt");
/// Carries a new development browser token to clerk-js 3 and 4.
pub const CLERK_COOKIE: HeaderName = HeaderName::from_static("clerk-cookie");
/// The cookie that tells backends of a production instance since when somebody has been signed in.
const CLIENT_UAT_COOKIE: &str = "__client_uat";
/// How long a browser keeps a client, in seconds: a year.
const CLIENT_COOKIE_SECONDS: i64 = 365 * 24 * 3_600;

/// Adds the headers that make the caller keep `credential`.
pub fn write_credential(headers: &mut HeaderMap, caller: &Caller, credential: &Credential) {
    match (credential, &caller.request.transport) {
        (Credential::Keep, _) | (Credential::Clear, Transport::Native | Transport::DevBrowser(_)) => {}
        (Credential::Issue { client_token, .. }, Transport::Native) => {
            append(headers, header::AUTHORIZATION, client_token);
        }
        (Credential::Issue { dev_browser_token, .. }, Transport::DevBrowser(_)) => {
            if let Some(token) = dev_browser_token {
                append(headers, CLERK_DB_JWT, token);
                append(headers, CLERK_COOKIE, token);
            }
        }
        (Credential::Issue { client_token, .. }, Transport::Cookie) => {
            let cookie = cookie(
                &caller.instance,
                CLIENT_COOKIE,
                client_token.clone(),
                CLIENT_COOKIE_SECONDS,
            );
            append(headers, header::SET_COOKIE, &with_http_only(cookie));
        }
        (Credential::Clear, Transport::Cookie) => {
            let cookie = cookie(&caller.instance, CLIENT_COOKIE, String::new(), 0);
            append(headers, header::SET_COOKIE, &with_http_only(cookie));
            write_client_uat(headers, caller, None);
        }
    }
}

/// Tells backends of a production instance since when the sessions of the client are what they are; nothing where nobody
/// is signed in. In development the SDK writes this cookie itself.
///
/// It is for the whole site, since those backends are on other hosts of it, and has a copy by the instance's own name.
pub fn write_client_uat(headers: &mut HeaderMap, caller: &Caller, changed_at: Option<UnixMilliseconds>) {
    if caller.instance.is_development() || caller.request.transport != Transport::Cookie {
        return;
    }
    let instance = &caller.instance;
    // Browsers take no cookie for a site that the host is not on.
    let site = instance.site.as_ref().filter(|_| caller.request.is_on_site);
    if site.is_some() {
        // Where an earlier version left one for this host alone, it would stand beside the other for ever. First, since old
        // browsers do not tell the two apart.
        let gone = cookie(instance, CLIENT_UAT_COOKIE, String::new(), 0);
        append(headers, header::SET_COOKIE, &gone.to_string());
    }
    let seconds = changed_at.map_or(0, |changed_at| changed_at / 1_000);
    let own_name = format!("{CLIENT_UAT_COOKIE}_{}", instance.cookie_suffix);
    for name in [CLIENT_UAT_COOKIE.to_owned(), own_name] {
        let mut cookie = cookie(instance, name, seconds.to_string(), CLIENT_COOKIE_SECONDS);
        if let Some(site) = site {
            cookie.set_domain(site.clone());
        }
        append(headers, header::SET_COOKIE, &cookie.to_string());
    }
}

fn with_http_only(mut cookie: Cookie<'static>) -> String {
    cookie.set_http_only(true);
    cookie.to_string()
}

fn cookie(
    instance: &Instance,
    name: impl Into<Cow<'static, str>>,
    value: String,
    max_age_seconds: i64,
) -> Cookie<'static> {
    let is_secure = instance.is_secure();
    // `SameSite=None` is needed where the application is another site, and browsers take it only over https.
    let same_site = if is_secure { SameSite::None } else { SameSite::Lax };
    let mut cookie = Cookie::new(name, value);
    cookie.set_path("/");
    cookie.set_secure(is_secure);
    cookie.set_same_site(same_site);
    cookie.set_max_age(Duration::seconds(max_age_seconds));
    cookie
}

fn append(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    // Tokens are base64url and dots, cookies are made by the cookie crate: both always fit a header.
    if let Ok(mut value) = HeaderValue::from_str(value) {
        value.set_sensitive(true);
        headers.append(name, value);
    }
}
