//! Two instances of one server, filled alike: whatever belongs to the one, offered to the other, is answered as something
//! that was never there. The operations are made from the schema, so that a new one is tried as soon as it exists.

use crate::support::{
    Face, Reply, SECRET_KEY, SchemaView, TestClient, TestEvents, TestServer, TestSocket,
    face::PASSWORD,
    introspection::{Slot, capitalised},
    route,
    settings::update_settings,
};
use serde_json::{Value, json};
use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
};
use vestibule::rest::route::{Callers, ROUTES};

/// Where an identifier is offered by REST: how the path is asked for, the path with `{}` for the identifier, of which type,
/// and with which fields.
struct Place {
    method: String,
    path: String,
    kind: String,
    fields: route::Fields,
}

/// One of the two instances and what it holds.
struct Tenant {
    host: String,
    secret_key: String,
    /// Identifiers by the type of what they identify, one of every type that has any.
    ids: BTreeMap<&'static str, String>,
    /// The signed-in person's browser.
    person: TestClient,
    jwt: String,
    dev_browser: String,
}

impl Tenant {
    fn anonymous(&self, server: &TestServer) -> TestClient {
        server.anonymous().at_host(&self.host)
    }

    fn backend(&self, server: &TestServer) -> TestClient {
        self.anonymous(server).with_secret_key(&self.secret_key)
    }

    fn holder(&self, server: &TestServer) -> TestClient {
        self.anonymous(server)
            .with_header("authorization", &format!("Bearer {}", self.jwt))
    }

    /// What to offer to a place for identifiers of these types: one of each that fits, and one that does not, another one
    /// at each `turn`. All types in all places would prove no more, and grow with the square of the schema.
    fn offers(&self, fitting: &BTreeSet<String>, turn: usize) -> Vec<(&'static str, &str)> {
        let (matching, others): (Vec<_>, Vec<_>) = self.ids.iter().partition(|(kind, _)| fitting.contains(**kind));
        assert_eq!(
            matching.len(),
            fitting.len(),
            "identifiers of some of {fitting:?} are missing"
        );
        let wrong = (!others.is_empty()).then(|| others[turn % others.len()]);
        let offered = matching.into_iter().chain(wrong);
        offered.map(|(kind, id)| (*kind, id.as_str())).collect()
    }

    /// Everybody who may ask this instance for something.
    fn callers(&self, server: &TestServer) -> [(&'static str, TestClient); 4] {
        [
            ("anonymous", self.anonymous(server)),
            ("person", self.person.clone()),
            ("session token", self.holder(server)),
            ("backend", self.backend(server)),
        ]
    }

    /// Everything that this instance shows to its person and to its application.
    async fn shown(&self, server: &TestServer) -> (Value, Value) {
        let document = "{ client { id updatedAt signIn { id status updatedAt } signUp { id firstName updatedAt } \
                        sessions { id status updatedAt user { id updatedAt } } } viewer { id locked } }";
        let application = "{ instance { id settings { id version applicationName issuer } } \
                           devInbox(first: 100) { nodes { id code } } }";
        (
            self.person.graphql(document, json!({})).await.body,
            self.backend(server).graphql(application, json!({})).await.body,
        )
    }
}

async fn fill(server: &TestServer, host: String, secret_key: String) -> Tenant {
    let face = Face::Graphql;
    let person = server.anonymous().at_host(&host);
    let fields = [
        ("email_address", "ada+clerk_test@example.com"),
        ("password", PASSWORD),
        ("strategy", "email_code"),
    ];
    let sign_up = face.sign_up_create(&person, &fields).await.ok().id();
    let done = face.sign_up_attempt(&person, &sign_up, "424242").await.ok();
    let (user, session) = (done.text("created_user_id"), done.text("created_session_id"));
    let pending = [("email_address", "grace@example.com"), ("strategy", "email_code")];
    let sign_up = face.sign_up_create(&person, &pending).await.ok().id();
    let sign_in = face.sign_in_create(&person, &[]).await.ok().id();
    server.run_jobs().await;
    let jwt = face.token(&person, &session).await.unwrap();
    let found = person
        .graphql("{ client { id } viewer { emailAddresses { id } } }", json!({}))
        .await;
    let backend = server.anonymous().at_host(&host).with_secret_key(&secret_key);
    let kept = backend
        .graphql(
            "{ instance { id settings { id } environment { id } } devInbox(first: 1) { nodes { id } } }",
            json!({}),
        )
        .await;
    let text = |value: &Value| value.as_str().unwrap_or_else(|| panic!("{}", kept.text)).to_owned();
    let ids = BTreeMap::from([
        ("User", user),
        ("Client", text(&found.body["data"]["client"]["id"])),
        ("Session", session),
        ("SignIn", sign_in),
        ("SignUp", sign_up),
        (
            "EmailAddress",
            text(&found.body["data"]["viewer"]["emailAddresses"][0]["id"]),
        ),
        ("DevMessage", text(&kept.body["data"]["devInbox"]["nodes"][0]["id"])),
        ("Instance", text(&kept.body["data"]["instance"]["id"])),
        (
            "InstanceSettings",
            text(&kept.body["data"]["instance"]["settings"]["id"]),
        ),
        ("Environment", text(&kept.body["data"]["instance"]["environment"]["id"])),
    ]);
    let dev_browser = server.anonymous().at_host(&host).post("/v1/dev_browser", &[]).await;
    let dev_browser = dev_browser.body["token"].as_str().unwrap().to_owned();
    Tenant {
        host,
        secret_key,
        ids,
        person,
        jwt,
        dev_browser,
    }
}

/// Two instances with equal data, in which one client may hold many sessions.
async fn tenants() -> (TestServer, Tenant, Tenant) {
    let server = TestServer::start().await;
    let (host, secret_key) = server.second_instance().await;
    let first = server.origin.trim_start_matches("http://").to_owned();
    for key in [SECRET_KEY, secret_key.as_str()] {
        let patch = json!({ "session": { "single_session_mode": false } });
        let client = server.anonymous().with_secret_key(key);
        let reply = update_settings(&client, &patch).await;
        assert_eq!(reply.codes(), Vec::<String>::new(), "{}", reply.text);
    }
    let a = fill(&server, first, SECRET_KEY.to_owned()).await;
    let b = fill(&server, host, secret_key).await;
    server.run_jobs().await;
    (server, a, b)
}

/// An identifier, or a token, of the same kind and time that was never given out.
fn random_like(text: &str) -> String {
    let (head, tail) = text.split_at(text.len() - 8);
    let turned: String = tail
        .chars()
        .rev()
        .map(|character| if character == 'a' { 'b' } else { 'a' })
        .collect();
    assert_ne!(turned, tail);
    format!("{head}{turned}")
}

/// What is compared: everything but the names of the request and of what was offered.
fn comparable(text: &str, offered: &str) -> Value {
    let mut value = serde_json::from_str(text).unwrap_or_else(|_| json!(text));
    scrub(&mut value, offered);
    value
}

fn scrub(value: &mut Value, offered: &str) {
    match value {
        Value::Object(object) => {
            object.remove("traceId");
            object.remove("clerk_trace_id");
            object.values_mut().for_each(|value| scrub(value, offered));
        }
        Value::Array(values) => values.iter_mut().for_each(|value| scrub(value, offered)),
        Value::String(text) => *text = text.replace(offered, "<offered>"),
        _ => {}
    }
}

fn answer(reply: &Reply, offered: &str) -> (u16, Value, Vec<String>) {
    let mut names: Vec<_> = reply.headers.keys().map(ToString::to_string).collect();
    names.sort_unstable();
    (reply.status, comparable(&reply.text, offered), names)
}

/// Nothing in an answer was made by `tenant`; what was offered may be repeated.
fn tells_nothing(answer: &Value, tenant: &Tenant, what: &str) {
    let text = answer.to_string();
    for id in tenant.ids.values() {
        assert!(!text.contains(id.as_str()), "{what} tells {id}: {text}");
    }
}

/// The requests of a test, and what holds them down: each place is asked by each caller, for what the other instance has and
/// for what nobody has.
fn grows_linearly(requests: &Cell<usize>, places: usize, interfaces: usize, types: usize) {
    let offers = 2 * places + types * interfaces;
    let most = offers * 4 * 2;
    assert!(requests.get() <= most, "{} of {most}", requests.get());
}

fn interfaces(schema: &SchemaView, slots: &[Slot]) -> usize {
    slots.iter().filter(|slot| schema.kinds(slot).len() > 1).count()
}

#[tokio::test]
async fn every_type_that_has_an_identifier_is_offered() {
    let (server, a, b) = tenants().await;
    let schema = SchemaView::read(&b.backend(&server)).await;
    let kinds: BTreeSet<_> = a.ids.keys().map(ToString::to_string).collect();
    assert_eq!(
        kinds,
        schema.possible_types("Node"),
        "a new type needs a line in `fill`"
    );
    server.finish().await;
}

#[tokio::test]
async fn identifiers_of_one_instance_mean_nothing_to_another_in_any_operation() {
    let (server, a, b) = tenants().await;
    let before = (a.shown(&server).await, b.shown(&server).await);
    let schema = SchemaView::read(&b.backend(&server)).await;
    let own = |name: &str| b.ids[capitalised(name).trim_end_matches("Id")].clone();
    let mut slots = schema.slots();
    slots.retain(|slot| slot.operation != "subscription");
    assert!(slots.len() >= 15, "{slots:?}");
    let requests = Cell::new(0);
    for (turn, slot) in slots.iter().enumerate() {
        for (kind, id) in a.offers(&schema.kinds(slot), turn) {
            for (who, client) in b.callers(&server) {
                let offer = async |id: &str| {
                    let operation = (slot.operation, slot.field.as_str());
                    let (document, variables) = schema.request(operation, None, &own, Some((slot, id)));
                    let reply = client.graphql(&document, variables).await;
                    requests.set(requests.get() + 1);
                    assert!(reply.body.is_object() && reply.status < 500, "{}", reply.text);
                    answer(&reply, id)
                };
                let random = random_like(id);
                let (foreign, unknown) = (offer(id).await, offer(&random).await);
                let what = format!("{slot:?} with {kind} for {who}");
                assert_eq!(foreign, unknown, "{what}");
                tells_nothing(&foreign.1, &a, &what);
            }
        }
    }
    grows_linearly(&requests, slots.len(), interfaces(&schema, &slots), a.ids.len());
    assert_eq!(
        (a.shown(&server).await, b.shown(&server).await),
        before,
        "nothing was changed on either side"
    );
    server.finish().await;
}

#[tokio::test]
async fn at_home_the_same_identifiers_are_known() {
    let (server, _, b) = tenants().await;
    let schema = SchemaView::read(&b.backend(&server)).await;
    let own = |_: &str| String::new();
    let mut slots = schema.slots();
    // A cursor is a place in a list, whether or not something lies there.
    slots.retain(|slot| slot.operation == "query" && slot.argument != "after");
    let requests = Cell::new(0);
    for slot in &slots {
        for kind in schema.kinds(slot) {
            let (mut known, id) = (0, &b.ids[kind.as_str()]);
            for (_, client) in b.callers(&server) {
                let offer = async |id: &str| {
                    let operation = (slot.operation, slot.field.as_str());
                    let (document, variables) = schema.request(operation, None, &own, Some((slot, id)));
                    requests.set(requests.get() + 1);
                    answer(&client.graphql(&document, variables).await, id)
                };
                known += usize::from(offer(id).await != offer(&random_like(id)).await);
            }
            assert!(
                known > 0,
                "{slot:?} with {kind} would pass the tests of this file whatever it told"
            );
        }
    }
    grows_linearly(&requests, slots.len(), interfaces(&schema, &slots), b.ids.len());
    server.finish().await;
}

/// The type of what a place of a path names: `SignUp` for `sign_up_id`.
fn kind_on(place: &str) -> String {
    let words = place.strip_suffix("_id").unwrap_or(place).split('_');
    words.map(capitalised).collect()
}

/// Routes that show the same to everybody, whoever is named; the test of pictures is theirs.
const SAME_FOR_EVERYBODY: [&str; 1] = ["avatar::read"];

/// Every place of every route, and the parameters that name something too.
fn places(own: &Tenant) -> Vec<Place> {
    let fill = |place: &str| route::plain(place).unwrap_or_else(|| own.ids[kind_on(place).as_str()].clone());
    let mut places = Vec::new();
    for route in ROUTES {
        for place in route.places().filter(|place| route::plain(place).is_none()) {
            if SAME_FOR_EVERYBODY.contains(&route::name(route).as_str()) {
                assert_eq!(route.callers, Callers::Everybody, "{}", route.path);
                continue;
            }
            let offered = |other: &str| if other == place { "{}".to_owned() } else { fill(other) };
            places.push(Place {
                method: route.method.to_string(),
                path: route::path(route, &offered),
                kind: kind_on(place),
                fields: route::fields(route),
            });
        }
    }
    let sign_in = &own.ids["SignIn"];
    for (method, path, kind, fields) in [
        (
            "POST",
            format!("/v1/client/sign_ins/{sign_in}/prepare_first_factor?email_address_id={{}}"),
            "EmailAddress",
            &[("strategy", "email_code")][..],
        ),
        ("GET", "/v1/me?_clerk_session_id={}".to_owned(), "Session", &[]),
        ("GET", "/v1/client?_clerk_session_id={}".to_owned(), "Session", &[]),
        ("GET", "/dev/inbox?after={}".to_owned(), "DevMessage", &[]),
    ] {
        places.push(Place {
            method: method.to_owned(),
            path,
            kind: kind.to_owned(),
            fields,
        });
    }
    places
}

#[tokio::test]
async fn identifiers_of_one_instance_mean_nothing_to_another_on_any_path() {
    let (server, a, b) = tenants().await;
    let before = (a.shown(&server).await, b.shown(&server).await);
    let (places, own) = (places(&b), &b.ids["SignIn"]);
    let requests = Cell::new(0);
    for (turn, place) in places.iter().enumerate() {
        let (method, path) = (&place.method, &place.path);
        for (kind, id) in a.offers(&BTreeSet::from([place.kind.clone()]), turn) {
            for (who, client) in b.callers(&server) {
                let offer = async |id: &str| {
                    requests.set(requests.get() + 1);
                    let path = path.replace("{}", id);
                    let reply = match method.as_str() {
                        "GET" => client.get(&path).await,
                        method => client.form(method, &path, place.fields).await,
                    };
                    assert!(reply.status < 500, "{method} {path}: {}", reply.text);
                    answer(&reply, id)
                };
                let (foreign, unknown) = (offer(id).await, offer(&random_like(id)).await);
                let what = format!("{method} {path} with {kind} for {who}");
                assert_eq!(foreign, unknown, "{what}");
                tells_nothing(&foreign.1, &a, &what);
            }
        }
    }
    grows_linearly(&requests, places.len(), 0, a.ids.len());
    let parameter = [
        ("strategy", "email_code"),
        ("email_address_id", a.ids["EmailAddress"].as_str()),
    ];
    let random = random_like(parameter[1].1);
    let path = format!("/v1/client/sign_ins/{own}/prepare_first_factor");
    let foreign = answer(&b.person.post(&path, &parameter).await, parameter[1].1);
    let unknown = [parameter[0], ("email_address_id", random.as_str())];
    assert_eq!(foreign, answer(&b.person.post(&path, &unknown).await, &random));
    assert_eq!(
        (a.shown(&server).await, b.shown(&server).await),
        before,
        "nothing was changed on either side"
    );
    server.finish().await;
}

#[tokio::test]
async fn pictures_tell_nobody_whether_there_is_such_a_user() {
    let (server, a, b) = tenants().await;
    for id in [&a.ids["User"], &b.ids["User"], &random_like(&a.ids["User"])] {
        let shown = b.anonymous(&server).get(&format!("/v1/avatars/{id}")).await;
        assert_eq!(
            (shown.status, shown.header("content-type")),
            (200, Some("image/svg+xml"))
        );
    }
    server.finish().await;
}

#[tokio::test]
async fn nothing_of_one_instance_can_be_followed_from_another() {
    let (server, a, b) = tenants().await;
    let schema = SchemaView::read(&b.backend(&server)).await;
    let mut slots = schema.slots();
    slots.retain(|slot| slot.operation == "subscription");
    assert!(slots.len() >= 2, "{slots:?}");
    let requests = Cell::new(0);
    for (turn, slot) in slots.iter().enumerate() {
        for (kind, id) in a.offers(&schema.kinds(slot), turn) {
            for (who, client) in b.callers(&server) {
                let offer = async |id: &str| {
                    requests.set(requests.get() + 1);
                    let operation = (slot.operation, slot.field.as_str());
                    let (document, variables) = schema.request(operation, None, &|_| String::new(), Some((slot, id)));
                    let mut told: Vec<_> = Vec::new();
                    for (event, carried) in TestEvents::open(&client, &document, &variables).await.rest().await {
                        told.push((event, comparable(&carried.to_string(), id)));
                    }
                    let mut socket = TestSocket::connect(&client, json!({})).await;
                    socket.subscribe("1", &document, variables).await;
                    let first = socket.next().await;
                    told.push(("socket".to_owned(), comparable(&first.to_string(), id)));
                    told
                };
                let (foreign, unknown) = (offer(id).await, offer(&random_like(id)).await);
                let what = format!("{slot:?} with {kind} for {who}");
                assert_eq!(foreign, unknown, "{what}");
                assert!(json!(foreign).to_string().contains("\"code\""), "{what}: {foreign:?}");
                tells_nothing(&json!(foreign), &a, &what);
            }
        }
    }
    grows_linearly(&requests, slots.len(), interfaces(&schema, &slots), a.ids.len());
    server.finish().await;
}

#[tokio::test]
async fn changes_in_one_instance_are_not_told_in_another() {
    let (server, a, b) = tenants().await;
    let begin = async |tenant: &Tenant, name: &str| {
        let fields = [("first_name", name)];
        Face::Graphql.sign_up_create(&tenant.person, &fields).await.ok().id()
    };
    let of_b = begin(&b, "First").await;
    let mut socket = TestSocket::connect(&b.person, json!({})).await;
    socket
        .subscribe(
            "1",
            "subscription { clientUpdated { client { id signUp { firstName } } } }",
            json!({}),
        )
        .await;
    let first = socket.next().await["payload"]["data"]["clientUpdated"]["client"].clone();
    assert_eq!(first["signUp"]["firstName"], "First");
    begin(&a, "Foreign").await;
    Face::Graphql
        .sign_up_update(&b.person, &of_b, &[("first_name", "Last")])
        .await
        .ok();
    loop {
        let client = socket.next().await["payload"]["data"]["clientUpdated"]["client"].clone();
        assert_eq!(client["id"], b.ids["Client"]);
        assert_ne!(client["signUp"]["firstName"], "Foreign");
        if client["signUp"]["firstName"] == "Last" {
            break;
        }
    }
    server.finish().await;
}

/// What a caller is told who shows some credential.
async fn shown_to(client: &TestClient) -> Vec<(u16, Value)> {
    let document = "{ client { id sessions { id } } viewer { id } environment { publishableKey } }";
    let mut told = Vec::new();
    let asked = client.graphql(document, json!({})).await;
    told.push((asked.status, comparable(&asked.text, "")));
    for path in ["/v1/client", "/v1/me", "/v1/environment", "/dev/inbox"] {
        let reply = client.get(path).await;
        told.push((reply.status, comparable(&reply.text, "")));
    }
    told
}

#[tokio::test]
async fn credentials_of_one_instance_are_those_of_nobody_in_another() {
    let (server, a, b) = tenants().await;
    let cookie = a.person.cookie("__client").unwrap();
    let with_cookie = |token: &str| {
        let client = b.anonymous(&server);
        client.set_cookie("__client", token);
        client
    };
    let native = |token: &str| {
        b.anonymous(&server)
            .with_header("vestibule-native", "1")
            .with_header("authorization", token)
    };
    let with_jwt = |token: &str| {
        b.anonymous(&server)
            .with_header("authorization", &format!("Bearer {token}"))
    };
    let dev_browser = |token: &str| b.anonymous(&server).with_query("__clerk_db_jwt", token);
    let named = |id: &str| b.person.clone().with_header("vestibule-session", id);
    let session = &a.ids["Session"];
    for (what, foreign, unknown) in [
        ("cookie", with_cookie(&cookie), with_cookie(&random_like(&cookie))),
        ("native client token", native(&cookie), native(&random_like(&cookie))),
        ("session token", with_jwt(&a.jwt), with_jwt(&random_like(&a.jwt))),
        (
            "development browser",
            dev_browser(&a.dev_browser),
            dev_browser(&random_like(&a.dev_browser)),
        ),
        ("named session", named(session), named(&random_like(session))),
    ] {
        let told = shown_to(&foreign).await;
        assert_eq!(told, shown_to(&unknown).await, "{what}");
        tells_nothing(&json!(told), &a, what);
    }
    let anonymous = shown_to(&b.anonymous(&server)).await;
    assert_eq!(
        shown_to(&with_cookie(&cookie)).await,
        anonymous,
        "a foreign cookie is none"
    );
    assert_ne!(
        shown_to(&a.person).await,
        shown_to(&a.anonymous(&server)).await,
        "at home it is somebody's"
    );
    let mut socket = TestSocket::open(&b.anonymous(&server)).await;
    socket
        .initialise(json!({ "authorization": format!("Bearer {}", a.jwt) }))
        .await;
    assert_eq!(socket.closed().await.0, 4401);
    server.finish().await;
}

#[tokio::test]
async fn a_secret_key_acts_in_its_own_instance_whatever_the_host_says() {
    let (server, a, b) = tenants().await;
    let astray = b.anonymous(&server).with_secret_key(&a.secret_key);
    let settings = astray
        .graphql(
            "{ instance { settings { id } } devInbox(first: 100) { nodes { id } } }",
            json!({}),
        )
        .await;
    assert_eq!(
        settings.body["data"]["instance"]["settings"]["id"],
        a.ids["InstanceSettings"]
    );
    tells_nothing(&settings.body, &b, "a secret key of the other instance");
    for (kind, id) in &b.ids {
        let query = "query($id: ID!) { node(id: $id) { id } session(id: $id) { id } }";
        let reply = astray.graphql(query, json!({ "id": id })).await;
        assert_eq!(reply.body["data"]["node"], Value::Null, "{kind}");
        assert_eq!(reply.body["data"]["session"], Value::Null, "{kind}");
    }
    let unknown = b.anonymous(&server).with_secret_key(&random_like(&a.secret_key));
    let refused = unknown.graphql("{ instance { id } }", json!({})).await;
    assert_eq!(refused.codes(), ["clerk_key_invalid"], "{}", refused.text);
    server.finish().await;
}

#[tokio::test]
async fn people_and_limits_of_one_instance_are_not_those_of_another() {
    let (server, a, b) = tenants().await;
    assert!(a.ids.values().all(|id| !b.ids.values().any(|other| other == id)));
    let face = Face::Rest;
    let only_a = server.anonymous().at_host(&a.host);
    let fields = [
        ("email_address", "only+clerk_test@example.com"),
        ("password", PASSWORD),
        ("strategy", "email_code"),
    ];
    let id = face.sign_up_create(&only_a, &fields).await.ok().id();
    face.sign_up_attempt(&only_a, &id, "424242").await.ok();
    let unknown = face
        .sign_in_create(&b.anonymous(&server), &[("identifier", "only+clerk_test@example.com")])
        .await;
    assert_eq!(unknown.code(), "form_identifier_not_found");
    let guess = [
        ("identifier", "ada+clerk_test@example.com"),
        ("strategy", "password"),
        ("password", "wrong wrong"),
    ];
    let mut last = String::new();
    for _ in 0..200 {
        last = face
            .sign_in_create(&a.anonymous(&server), &guess)
            .await
            .code()
            .to_owned();
        if last == "user_locked" {
            break;
        }
    }
    assert_eq!(last, "user_locked");
    let elsewhere = face.sign_in_create(&b.anonymous(&server), &guess).await;
    assert_eq!(
        elsewhere.code(),
        "form_password_incorrect",
        "the namesake is not locked"
    );
    server.finish().await;
}

#[tokio::test]
async fn an_unknown_host_is_no_instance() {
    let (server, a, _) = tenants().await;
    let stranger = server.anonymous().at_host("stranger.example.com");
    for path in [
        "/v1/client",
        "/v1/environment",
        "/v1/me",
        "/.well-known/jwks.json",
        "/graphql?query=%7Benvironment%7BpublishableKey%7D%7D",
    ] {
        let refused = stranger.get(path).await;
        assert_eq!(refused.codes(), ["host_invalid"], "{path}: {}", refused.text);
        tells_nothing(&refused.body, &a, path);
    }
    server.finish().await;
}
