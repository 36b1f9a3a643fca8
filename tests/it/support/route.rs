//! The table of REST as tests use it: every operation with a request that is as it should be, and somebody who has all that
//! the paths name. What a new route needs here is asked for by name.

use super::{
    SECRET_KEY, TestClient, TestServer,
    client::Reply,
    face::{Face, PASSWORD},
};
use serde_json::{Map, Value, json};
use vestibule::rest::route::{Kind, ROUTES, Route};

/// The fields of a request.
pub type Fields = &'static [(&'static str, &'static str)];

/// What each write takes when all is well. No write takes nothing by being left out here.
const FIELDS: &[(&str, Fields)] = &[
    ("environment::update", &[]),
    ("dev_browser::create", &[]),
    ("client::replace", &[]),
    ("client::delete", &[]),
    ("client::remove_sessions", &[]),
    ("sign_up::create", &[("email_address", "eve@example.com")]),
    ("sign_up::update", &[("first_name", "Eve")]),
    ("sign_up::prepare_verification", &[("strategy", "email_code")]),
    (
        "sign_up::attempt_verification",
        &[("strategy", "email_code"), ("code", "424242")],
    ),
    ("sign_in::create", &[("identifier", "ada@example.com")]),
    ("sign_in::prepare_first_factor", &[("strategy", "email_code")]),
    (
        "sign_in::attempt_first_factor",
        &[("strategy", "password"), ("password", PASSWORD)],
    ),
    ("sign_in::prepare_second_factor", &[("strategy", "email_code")]),
    (
        "sign_in::attempt_second_factor",
        &[("strategy", "totp"), ("code", "424242")],
    ),
    ("backup_code::create", &[]),
    ("totp::create", &[]),
    ("totp::attempt_verification", &[("code", "424242")]),
    ("totp::delete", &[]),
    ("session::touch", &[]),
    ("session::end", &[]),
    ("session::remove", &[]),
    ("session::create_token", &[]),
];

/// `sign_up::create`.
pub fn name(route: &Route) -> String {
    format!("{}::{}", route.capability, route.verb)
}

/// What only reads.
pub fn reads() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().filter(|route| route.is_read())
}

/// What changes something.
pub fn writes() -> impl Iterator<Item = &'static Route> {
    ROUTES.iter().filter(|route| !route.is_read())
}

/// The fields that a route takes when all is well.
pub fn fields(route: &Route) -> Fields {
    if route.is_read() {
        return &[];
    }
    let name = name(route);
    let found = FIELDS.iter().find(|(known, _)| *known == name);
    found
        .unwrap_or_else(|| panic!("a new write needs a line here: {name}"))
        .1
}

/// The same as a JSON object.
pub fn body(route: &Route) -> Value {
    let members = fields(route)
        .iter()
        .map(|(name, value)| ((*name).to_owned(), json!(value)));
    Value::Object(members.collect::<Map<_, _>>())
}

/// The path of a route with something in each of its places.
pub fn path(route: &Route, fill: &dyn Fn(&str) -> String) -> String {
    let mut path = route.path.to_owned();
    for place in route.places() {
        path = path.replace(&format!("{{{place}}}"), &fill(place));
    }
    path
}

/// The path of a route as browsers spell it that send nothing but GET and POST.
pub fn tunnelled(route: &Route, path: &str) -> String {
    format!("{path}?_method={}", route.method)
}

/// The places that do not name what belongs to somebody.
pub fn plain(place: &str) -> Option<String> {
    match place {
        "package" => Some("clerk-js@5".to_owned()),
        "file" => Some("clerk.browser.js".to_owned()),
        _ => None,
    }
}

/// An identifier that nobody has, for each place.
pub fn nobodys(place: &str) -> String {
    let id = |prefix: &str| format!("{prefix}_2xxxxxxxxxxxxxxxxxxxxxxxxxx");
    plain(place).unwrap_or_else(|| match place {
        "user_id" => id("user"),
        "session_id" => id("sess"),
        "sign_up_id" => id("sua"),
        "sign_in_id" => id("sia"),
        other => panic!("a new kind of place needs a line here: {other}"),
    })
}

/// Asks with fields as they should be.
pub async fn ask(client: &TestClient, route: &Route, path: &str) -> Reply {
    match route.is_read() {
        true => client.get(path).await,
        false => client.form(route.method.as_str(), path, fields(route)).await,
    }
}

/// Somebody who is signed in, and signing up and in once more.
pub struct Owner {
    pub client: TestClient,
    user: String,
    session: String,
    sign_up: String,
    sign_in: String,
}

impl Owner {
    /// `ada@example.com`, on a server where a client may hold many sessions from then on.
    pub async fn at(server: &TestServer) -> Self {
        let settings = json!({ "session": { "single_session_mode": false } });
        server.settings(settings).await;
        Self::named(server, "ada").await
    }

    /// Somebody else there.
    pub async fn named(server: &TestServer, name: &str) -> Self {
        let (face, client) = (Face::Rest, server.anonymous());
        let email = format!("{name}@example.com");
        let (user, session) = face.sign_up(server, &client, &email).await;
        let other = format!("{name}-again@example.com");
        let fields = [("email_address", other.as_str()), ("strategy", "email_code")];
        let sign_up = face.sign_up_create(&client, &fields).await.ok().id();
        let fields = [("identifier", email.as_str()), ("strategy", "email_code")];
        let sign_in = face.sign_in_create(&client, &fields).await.ok().id();
        server.run_jobs().await;
        Self {
            client,
            user,
            session,
            sign_up,
            sign_in,
        }
    }

    /// The identifier of what they have, by the name of a place (`session_id`).
    pub fn id(&self, place: &str) -> String {
        let id = match place {
            "user_id" => &self.user,
            "session_id" => &self.session,
            "sign_up_id" => &self.sign_up,
            "sign_in_id" => &self.sign_in,
            other => return plain(other).unwrap_or_else(|| panic!("a new kind of place needs a line here: {other}")),
        };
        id.clone()
    }

    /// The path of a route to what they have.
    pub fn path(&self, route: &Route) -> String {
        path(route, &|place| self.id(place))
    }

    /// A caller by their session token.
    pub async fn holder(&self, server: &TestServer) -> TestClient {
        let token = Face::Rest.token(&self.client, &self.session).await.unwrap();
        let shown = format!("Bearer {token}");
        server.anonymous().with_header("authorization", &shown)
    }

    /// Who calls for them in each way.
    pub async fn caller(&self, server: &TestServer, kind: Kind) -> TestClient {
        match kind {
            Kind::Nobody => server.anonymous(),
            Kind::Client => self.client.clone(),
            Kind::SessionToken => self.holder(server).await,
            Kind::SecretKey => server.anonymous().with_secret_key(SECRET_KEY),
        }
    }
}

#[test]
fn no_line_is_for_a_write_that_is_gone() {
    for (known, _) in FIELDS {
        assert!(writes().any(|route| name(route) == *known), "{known}");
    }
}
