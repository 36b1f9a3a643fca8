//! Who calls: from headers, cookies and query to a [`Caller`], once per request, the same for both faces.

use super::{
    forwarded::client_address,
    host::instance_of,
    missing_cookie,
    origin::{self, Origin},
};
use crate::refusal::{RestError, TraceId};
use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, HeaderName, header, request::Parts},
};
use domain::permission::Actor;
use entity::id::SessionId;
use kernel::{
    caller::{Authority, Caller, Instance, RequestInfo, Transport},
    error::{Code, Error, Problem, Result},
};
use service::{
    app::App,
    client::{self, Presented},
    instance, session,
};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// The header by which native callers say that they keep the client token themselves.
pub const NATIVE: HeaderName = HeaderName::from_static("vestibule-native");
/// The header by which a request names the session that acts.
pub const SESSION: HeaderName = HeaderName::from_static("vestibule-session");
/// The header that dates the API.
pub const API_VERSION: HeaderName = HeaderName::from_static("clerk-api-version");
/// The cookie that carries the client token.
pub const CLIENT_COOKIE: &str = "__client";
/// No token is longer; what is, is not looked at.
const MAX_CREDENTIAL_BYTES: usize = 8_192;

/// The caller, as a handler's argument.
#[derive(Debug)]
pub struct Call(pub Caller);

impl FromRequestParts<App> for Call {
    type Rejection = RestError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, RestError> {
        let trace = TraceId::of(&parts.extensions);
        caller(app, parts).await.map(Self).map_err(|error| trace.refuse(error))
    }
}

/// Who calls.
///
/// # Errors
/// `host_invalid`, `origin_invalid`, `clerk_key_invalid`, `authorization_header_format_invalid`,
/// `dev_browser_unauthenticated`, `authentication_invalid` for a session token that is not good.
pub async fn caller(app: &App, parts: &Parts) -> Result<Caller> {
    let query = Query::of(parts.uri.query().unwrap_or_default());
    let is_native = query.is_native || parts.headers.contains_key(NATIVE);
    let authorization = Authorization::of(&parts.headers, is_native)?;
    let origin = Origin::of(&parts.headers);
    if let Authorization::SecretKey(secret) = &authorization {
        let (instance, secret_key_id) = instance::authenticate_secret_key(app, secret).await?;
        // Secret keys do not belong in browsers; our own pages (GraphiQL) use one in development.
        let is_own_page = instance.is_development() && origin == Origin::Given(&instance.origin);
        if origin != Origin::Absent && !is_own_page {
            let sentence = "Secret keys do not belong in browsers: a request that shows one may not come from a page.";
            return Err(Problem::new(Code::OriginInvalid).saying(sentence).into());
        }
        origin::check(&instance, &parts.headers, &parts.method)?;
        let request = request_info(app, parts, &instance, &query, Transport::Native)?;
        return Ok(Caller {
            instance,
            actor: Actor::SecretKey { secret_key_id },
            request,
            client: None,
            opened_with: None,
        });
    }
    let instance = instance_of(app, parts).await?;
    // Before anything is looked up: what a stranger's page shows is nothing to it.
    origin::check(&instance, &parts.headers, &parts.method)?;
    if let Authorization::SessionToken(token) = &authorization {
        let actor = session::authenticate_token(app, &instance, token).await?;
        let request = request_info(app, parts, &instance, &query, Transport::Native)?;
        return Ok(Caller {
            instance,
            actor,
            request,
            client: None,
            opened_with: None,
        });
    }
    let presented = presented(&parts.headers, &query, authorization, is_native, &instance);
    let admitted = client::authenticate(app, &instance, presented).await?;
    let transport = match admitted.dev_browser {
        Some(id) => Transport::DevBrowser(id),
        None if is_native => Transport::Native,
        None => Transport::Cookie,
    };
    let request = request_info(app, parts, &instance, &query, transport)?;
    Ok(Caller {
        instance,
        actor: admitted.actor,
        request,
        client: admitted.client,
        opened_with: None,
    })
}

/// Whether a request that names nobody shows the token of a client that has been given another one since.
///
/// # Errors
/// As [`caller`].
pub async fn shows_outdated_token(app: &App, parts: &Parts) -> Result<bool> {
    let query = Query::of(parts.uri.query().unwrap_or_default());
    let is_native = query.is_native || parts.headers.contains_key(NATIVE);
    let authorization = Authorization::of(&parts.headers, is_native)?;
    let instance = instance_of(app, parts).await?;
    let presented = presented(&parts.headers, &query, authorization, is_native, &instance);
    client::is_outdated(app, &instance, &presented).await
}

/// Whether the headers show what has the form of a secret key.
#[must_use]
pub fn shows_secret_key(headers: &HeaderMap) -> bool {
    let given = authorization(headers).ok().flatten();
    given.and_then(bearer).is_some_and(is_secret_key)
}

/// What a developer is to be told about cookies whose page has shown nothing.
#[must_use]
pub fn advice_on_cookies(instance: &Instance, parts: &Parts) -> Option<String> {
    let asked = parts.extensions.get::<Authority>()?;
    let advice = missing_cookie::advice(instance, asked, &parts.headers)?;
    let query = Query::of(parts.uri.query().unwrap_or_default());
    let shows_other = query.is_native
        || query.dev_browser.is_some()
        || parts.headers.contains_key(NATIVE)
        || !matches!(authorization(&parts.headers), Ok(None));
    let cookies = parts.headers.get_all(header::COOKIE).iter();
    let mut pairs = cookies.flat_map(|header| header.as_bytes().split(|octet| *octet == b';'));
    let has_cookie = pairs.any(|pair| matches!(cookie_pair(pair), Some((CLIENT_COOKIE, _))));
    (!shows_other && !has_cookie).then_some(advice)
}

/// The one `Authorization` header, if there is any; an error where there are several, and where it is no text or too long.
/// An empty one, which clients send that hold no token (Apollo's usual link among them), says nothing.
fn authorization(headers: &HeaderMap) -> Result<Option<&str>> {
    let invalid = || Error::from(Code::AuthorizationHeaderFormatInvalid);
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let value = value.to_str().map_err(|_| invalid())?.trim();
    if values.next().is_some() || value.len() > MAX_CREDENTIAL_BYTES {
        return Err(invalid());
    }
    Ok(Some(value).filter(|value| !value.is_empty()))
}

/// What follows the scheme `Bearer` (RFC 6750 section 2.1).
fn bearer(value: &str) -> Option<&str> {
    let (scheme, token) = value.split_at_checked(7)?;
    scheme.eq_ignore_ascii_case("bearer ").then(|| token.trim())
}

/// The `Authorization` header.
enum Authorization {
    Nothing,
    SecretKey(String),
    SessionToken(String),
    ClientToken(String),
}

impl Authorization {
    fn of(headers: &HeaderMap, is_native: bool) -> Result<Self> {
        let Some(value) = authorization(headers)? else {
            return Ok(Self::Nothing);
        };
        match bearer(value) {
            Some(token) if is_secret_key(token) => Ok(Self::SecretKey(token.to_owned())),
            // Native SDKs send the bare token.
            bearer if is_native => Ok(Self::ClientToken(bearer.unwrap_or(value).to_owned())),
            Some(token) if token.bytes().filter(|byte| *byte == b'.').count() == 2 => {
                Ok(Self::SessionToken(token.to_owned()))
            }
            _ => Err(Code::AuthorizationHeaderFormatInvalid.into()),
        }
    }
}

fn is_secret_key(token: &str) -> bool {
    ["sk_test_", "sk_live_", "test_", "live_"]
        .iter()
        .any(|prefix| token.starts_with(prefix))
}

/// What the query says about the caller.
#[derive(Default)]
struct Query {
    api_version: Option<String>,
    is_clerk_js: bool,
    session_id: Option<String>,
    dev_browser: Option<String>,
    is_native: bool,
}

impl Query {
    fn of(query: &str) -> Self {
        let mut found = Self::default();
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*name {
                "__clerk_api_version" => found.api_version = Some(value.into_owned()),
                "_clerk_js_version" => found.is_clerk_js = true,
                "_clerk_session_id" if !value.is_empty() => found.session_id = Some(value.into_owned()),
                "__clerk_db_jwt" | "__dev_session" if !value.is_empty() => found.dev_browser = Some(value.into_owned()),
                "_is_native" => found.is_native = matches!(&*value, "1" | "true"),
                _ => {}
            }
        }
        found
    }
}

/// The person's credential.
fn presented(
    headers: &HeaderMap,
    query: &Query,
    authorization: Authorization,
    is_native: bool,
    instance: &Instance,
) -> Presented {
    if let Authorization::ClientToken(token) = authorization {
        return Presented::ClientToken(token);
    }
    if is_native {
        return Presented::Nothing;
    }
    if let Some(token) = query.dev_browser.as_ref().filter(|_| instance.is_development()) {
        return Presented::DevBrowserToken(token.clone());
    }
    client_cookie(headers).map_or(Presented::Nothing, Presented::ClientToken)
}

/// The client cookie. Two different ones name nobody: a neighbouring host may have planted one of them.
///
/// Headers are octets (RFC 9110 section 5.5), and neighbours' cookies may hold any; only one's own must be text.
fn client_cookie(headers: &HeaderMap) -> Option<String> {
    let mut found: Option<&[u8]> = None;
    for header in headers.get_all(header::COOKIE) {
        for pair in header.as_bytes().split(|octet| *octet == b';') {
            let Some((CLIENT_COOKIE, value)) = cookie_pair(pair) else {
                continue;
            };
            if found.is_some_and(|found| found != value) {
                return None;
            }
            found = Some(value);
        }
    }
    found
        .filter(|value| !value.is_empty() && value.len() <= MAX_CREDENTIAL_BYTES)
        .and_then(|value| std::str::from_utf8(value).ok())
        .map(str::to_owned)
}

/// Whether the request was addressed to a host of the instance's site. One that the operator allows besides may lie elsewhere.
fn is_on_site(parts: &Parts, instance: &Instance) -> bool {
    let authority = parts.extensions.get::<Authority>();
    let site = instance.site.as_deref();
    site.is_some_and(|site| authority.is_some_and(|authority| authority.is_within(site)))
}

/// Name and value of one cookie, if the name is text.
fn cookie_pair(pair: &[u8]) -> Option<(&str, &[u8])> {
    let mut halves = pair.trim_ascii().splitn(2, |octet| *octet == b'=');
    let name = std::str::from_utf8(halves.next()?).ok()?;
    Some((name, halves.next()?))
}

fn request_info(
    app: &App,
    parts: &Parts,
    instance: &Instance,
    query: &Query,
    transport: Transport,
) -> Result<RequestInfo> {
    let named = match &query.session_id {
        Some(named) => Some(named.as_str()),
        None => only_text(&parts.headers, &SESSION)?,
    };
    // A named session never falls back to another, so a name that can be none is an error.
    let session_id = named
        .map(str::parse::<SessionId>)
        .transpose()
        .map_err(|_| Code::AuthenticationInvalid)?;
    Ok(RequestInfo {
        address: address(app, parts),
        origin: Origin::of(&parts.headers).text().map(str::to_owned),
        api_version: query
            .api_version
            .clone()
            .or_else(|| Some(parts.headers.get(API_VERSION)?.to_str().ok()?.to_owned())),
        is_clerk_js: query.is_clerk_js,
        is_on_site: is_on_site(parts, instance),
        transport,
        session_id,
        trace_id: TraceId::of(&parts.extensions).0,
        cookie_advice: advice_on_cookies(instance, parts),
    })
}

/// Where the request comes from: the peer, or whom a trusted proxy asks for.
fn address(app: &App, parts: &Parts) -> IpAddr {
    let peer = parts
        .extensions
        .get::<ConnectInfo<SocketAddr>>()
        .map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |ConnectInfo(peer)| {
            peer.ip().to_canonical()
        });
    client_address(peer, &parts.headers, &app.config().http.trusted_proxies)
}

/// The one text of a header that says who acts; an empty one says nothing, as in the query. What is there and cannot be read
/// is not as if it were not there.
fn only_text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => match value.to_str() {
            Ok(text) => Ok(Some(text).filter(|text| !text.trim().is_empty())),
            Err(_) => Err(Code::AuthenticationInvalid.into()),
        },
        (Some(_), Some(_)) => Err(Code::AuthenticationInvalid.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::{Authorization, Query, client_cookie};
    use axum::http::{HeaderMap, HeaderValue, header};

    fn cookies(values: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::COOKIE, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        headers
    }

    #[test]
    fn the_client_cookie_is_found_among_others() {
        for (given, expected) in [
            (&["__client=a"][..], Some("a")),
            (&["x=1; __client=a; y=2"], Some("a")),
            (&["__client=a", "__client=a"], Some("a")),
            (&["__client=a; __client=b"], None),
            (&["__client=a", "__client=b"], None),
            (&["__client="], None),
            (&["__client_uat=5"], None),
            (&["__Client=a"], None),
            (&["town=Köln; __client=a"], Some("a")),
            (&["__client=a; town=Köln"], Some("a")),
            (&["town=Köln", "__client=a"], Some("a")),
            (&["stadt=ü; Köln=__client; __client=a"], Some("a")),
            (&["__client=ä; __client=a"], None),
            (&["__clientä=a"], None),
            (&[], None),
        ] {
            assert_eq!(client_cookie(&cookies(given)).as_deref(), expected, "{given:?}");
        }
        assert_eq!(
            client_cookie(&cookies(&[&format!("__client={}", "a".repeat(9_000))])),
            None
        );
    }

    #[test]
    fn octets_that_are_no_text_hide_no_neighbour_and_are_no_token() {
        let read = |octets: &[u8]| {
            let mut headers = HeaderMap::new();
            headers.append(header::COOKIE, HeaderValue::from_bytes(octets).unwrap());
            client_cookie(&headers)
        };
        assert_eq!(read(b"town=K\xf6ln; __client=a").as_deref(), Some("a"));
        assert_eq!(read(b"\xff\xfe=\x80; __client=a; \xc3").as_deref(), Some("a"));
        assert_eq!(read(b"__client=\xff"), None);
        assert_eq!(read(b"__client=a; __client=\xff"), None);
        assert_eq!(read(b"__client\xff=a"), None);
    }

    #[test]
    fn the_authorization_header_tells_what_it_carries() {
        let kind = |value: &str, is_native| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, HeaderValue::from_str(value).unwrap());
            match Authorization::of(&headers, is_native) {
                Ok(Authorization::Nothing) => "nothing",
                Ok(Authorization::SecretKey(_)) => "secret key",
                Ok(Authorization::SessionToken(_)) => "session token",
                Ok(Authorization::ClientToken(_)) => "client token",
                Err(_) => "invalid",
            }
        };
        for (value, web, native) in [
            ("Bearer sk_test_abc", "secret key", "secret key"),
            ("bearer sk_live_abc", "secret key", "secret key"),
            ("Bearer test_abc", "secret key", "secret key"),
            ("Bearer a.b.c", "session token", "client token"),
            ("a.b.c", "invalid", "client token"),
            ("Basic abc", "invalid", "client token"),
            ("Bearer nonsense", "invalid", "client token"),
            ("Bearer", "invalid", "client token"),
            ("", "nothing", "nothing"),
            (" \t ", "nothing", "nothing"),
        ] {
            assert_eq!((kind(value, false), kind(value, true)), (web, native), "{value}");
        }
    }

    #[test]
    fn the_query_is_read_by_both_names_of_the_development_browser() {
        for query in ["__clerk_db_jwt=t", "__dev_session=t", "a=1&__clerk_db_jwt=t"] {
            assert_eq!(Query::of(query).dev_browser.as_deref(), Some("t"), "{query}");
        }
        assert!(Query::of("_is_native=1").is_native);
        assert!(!Query::of("_is_native=0").is_native);
    }
}
