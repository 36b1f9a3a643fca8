//! People and everything that they have: objects of each type, with something in each field, and everybody who may ask for them.

use super::table::CALLERS;
use crate::support::{Authenticator, Face, SECRET_KEY, TestClient, TestServer, face::PASSWORD};
use serde_json::{Value, json};
use std::time::Duration;
use vestibule::graphql_transport::DocumentId;

/// An object, by the type and the identifier by which it is read.
pub(super) struct Sample {
    pub(super) kind: &'static str,
    pub(super) id: String,
    /// The browser that it is of.
    owner: TestClient,
}

impl Sample {
    fn new(kind: &'static str, id: String, owner: &TestClient) -> Self {
        let owner = owner.clone();
        Self { kind, id, owner }
    }
}

pub(super) struct Scene {
    pub(super) server: TestServer,
    pub(super) samples: Vec<Sample>,
    /// Ada's first browser.
    browser: TestClient,
    other: TestClient,
    token: TestClient,
    foreign: TestClient,
}

/// What is shown to nobody but those whom it is of, and to the application.
const PERSONAL: [&str; 6] = ["Client", "EmailAddress", "Session", "SignIn", "SignUp", "User"];

/// A server whose settings say something wherever they can, and the secret key of another instance of it.
pub(super) async fn server() -> (TestServer, String) {
    let server = TestServer::start().await;
    let url = "https://app.example.com/page";
    let path: Value = [
        "after_create_organization_url",
        "after_leave_organization_url",
        "after_sign_in_url",
        "after_sign_out_all_url",
        "after_sign_out_one_url",
        "after_sign_up_url",
        "after_switch_session_url",
        "create_organization_url",
        "home_url",
        "organization_profile_url",
        "sign_in_url",
        "sign_up_url",
        "user_profile_url",
    ]
    .map(|name| (name.to_owned(), json!(url)))
    .into_iter()
    .collect();
    server
        .settings(json!({
            "session": { "single_session_mode": false },
            "attribute": { "username": { "enabled": true }, "authenticator_app": { "enabled": true },
                "backup_code": { "enabled": true } },
            "attack_protection": { "user_lockout": { "max_attempts": 3 } },
            "allowed_origins": ["https://app.example.com"],
            "issuer": "https://issuer.example.com",
            "email": { "from_address": "mail@example.com", "from_name": "Example" },
            "federation": { "type_prefix": "Auth" },
            "theme": { "logo_image_url": url, "favicon_image_url": url, "accounts": { "background_color": "#ffffff" } },
            "path": path,
        }))
        .await;
    let set =
        "mutation($manifest: JSON!) { documentManifestSet(input: { manifest: $manifest }) { userErrors { code } } }";
    let variables = json!({ "manifest": manifest("{ __typename }") });
    let trusted = server.backend().graphql(set, variables).await;
    assert!(trusted.codes().is_empty(), "{}", trusted.text);
    let (_, foreign) = server.second_instance().await;
    (server, foreign)
}

/// The manifest of one document.
pub(super) fn manifest(text: &str) -> Value {
    json!({ DocumentId::of(text).to_string(): text })
}

impl Scene {
    pub(super) async fn set() -> Self {
        let (server, foreign) = server().await;
        let foreign = server.anonymous().with_secret_key(&foreign);
        let face = Face::Rest;
        let (browser, signed_up) = ada(&server).await;
        let app = with_second_proofs(&server, &browser).await;
        server
            .execute("UPDATE \"user\" SET private_metadata = '{\"plan\":\"gold\"}'")
            .await;
        let mut samples = instance(&server, &browser).await;
        let mut add = |kind, id, owner: &TestClient| samples.push(Sample::new(kind, id, owner));
        let first = [
            ("identifier", "Ada_L"),
            ("strategy", "password"),
            ("password", PASSWORD),
        ];
        let twice = server.anonymous();
        let half = face.sign_in_create(&twice, &first).await.ok().id();
        let whole = face
            .sign_in_attempt_second(&twice, &half, "totp", &app.code(&server, 1))
            .await
            .ok();
        add("SignIn", half, &twice);
        add("Session", whole.text("created_session_id"), &twice);
        let once = server.anonymous();
        add("SignIn", face.sign_in_create(&once, &first).await.ok().id(), &once);
        let guessing = server.anonymous();
        add("SignUp", given_up(&guessing).await, &guessing);
        let waiting = server.anonymous();
        add(
            "SignUp",
            face.sign_up_create(&waiting, &GRACE).await.ok().id(),
            &waiting,
        );
        let by_mail = [("identifier", "Ada_L"), ("strategy", "email_code")];
        add(
            "SignIn",
            face.sign_in_create(&browser, &by_mail).await.ok().id(),
            &browser,
        );
        add("SignUp", signed_up, &browser);
        let pending = face.sign_up_create(&browser, &GRACE).await.ok().id();
        add("SignUp", pending, &browser);
        locked(&server).await;
        let session = present(&mut samples, &browser).await;
        let other = server.anonymous();
        face.sign_up(&server, &other, "eve@example.com").await;
        server.run_jobs().await;
        let token = holder(&server, &browser, &session).await;
        Self {
            server,
            samples,
            browser,
            other,
            token,
            foreign,
        }
    }

    /// Everybody, in the order of [`CALLERS`], for what this sample's owner has.
    pub(super) fn callers(&self, sample: Option<&Sample>) -> [TestClient; CALLERS.len()] {
        let own = sample.map_or(&self.browser, |sample| &sample.owner);
        [
            self.server.anonymous(),
            own.clone(),
            self.other.clone(),
            self.token.clone(),
            self.server.anonymous().with_secret_key(SECRET_KEY),
            self.foreign.clone(),
        ]
    }

    /// Fails where an answer to somebody else names what is Ada's, but for what they have named themselves.
    pub(super) fn tells_strangers_nothing(&self, caller: usize, text: &str, named: &str) {
        if ["own", "token", "key"].contains(&CALLERS[caller]) {
            return;
        }
        let personal = self.samples.iter().filter(|sample| PERSONAL.contains(&sample.kind));
        for id in personal.map(|sample| sample.id.as_str()).filter(|id| *id != named) {
            assert!(!text.contains(id), "{} is told {id}: {text}", CALLERS[caller]);
        }
    }
}

/// What is the browser's at present; gives its session.
async fn present(samples: &mut Vec<Sample>, browser: &TestClient) -> String {
    let document = "{ client { id } viewer { id emailAddresses { id } } session { id } }";
    let found = browser.graphql(document, json!({})).await.body["data"].clone();
    let session = found["session"]["id"].as_str().unwrap().to_owned();
    for (kind, id) in [
        ("Client", &found["client"]["id"]),
        ("User", &found["viewer"]["id"]),
        ("EmailAddress", &found["viewer"]["emailAddresses"][0]["id"]),
        ("Session", &found["session"]["id"]),
    ] {
        samples.push(Sample::new(kind, id.as_str().unwrap().to_owned(), browser));
    }
    session
}

/// Whoever has a session token of this session.
pub(super) async fn holder(server: &TestServer, client: &TestClient, session: &str) -> TestClient {
    let token = Face::Rest.token(client, session).await.unwrap();
    let shown = format!("Bearer {token}");
    server.anonymous().with_header("authorization", &shown)
}

const GRACE: [(&str, &str); 6] = [
    ("email_address", "grace@example.com"),
    ("username", "grace"),
    ("first_name", "Grace"),
    ("last_name", "Hopper"),
    ("unsafe_metadata", r#"{"theme":"light"}"#),
    ("strategy", "email_code"),
];

/// The browser in which Ada has signed up, and that sign-up.
async fn ada(server: &TestServer) -> (TestClient, String) {
    let (face, client) = (Face::Rest, server.anonymous());
    let fields = [
        ("email_address", "ada@example.com"),
        ("username", "Ada_L"),
        ("password", PASSWORD),
        ("first_name", "Ada"),
        ("last_name", "Lovelace"),
        ("unsafe_metadata", r#"{"theme":"dark"}"#),
        ("strategy", "email_code"),
    ];
    let id = face.sign_up_create(&client, &fields).await.ok().id();
    let code = server.last_code("ada@example.com").await;
    face.sign_up_attempt(&client, &id, &code).await.ok();
    (client, id)
}

/// An app and backup codes, after another app that was removed.
async fn with_second_proofs(server: &TestServer, browser: &TestClient) -> Authenticator {
    Authenticator::set_up(Face::Rest, server, browser).await;
    Face::Rest.totp_delete(browser).await.ok();
    Authenticator::set_up(Face::Rest, server, browser).await
}

/// What there is of the instance, and a message that it has kept.
async fn instance(server: &TestServer, browser: &TestClient) -> Vec<Sample> {
    let document = "{ instance { id settings { id } environment { id } } \
                    devInbox(filter: { to: \"ada@example.com\" }) { nodes { id code } } }";
    let found = server.backend().graphql(document, json!({})).await.body["data"].clone();
    let kept = found["devInbox"]["nodes"].as_array().unwrap();
    let kept = kept.iter().find(|message| !message["code"].is_null()).unwrap();
    let sample = |kind, id: &Value| Sample {
        kind,
        id: id.as_str().unwrap().to_owned(),
        owner: browser.clone(),
    };
    vec![
        sample("Instance", &found["instance"]["id"]),
        sample("InstanceSettings", &found["instance"]["settings"]["id"]),
        sample("Environment", &found["instance"]["environment"]["id"]),
        sample("DevMessage", &kept["id"]),
    ]
}

/// A sign-up at whose code somebody has guessed until it was spent.
async fn given_up(client: &TestClient) -> String {
    let id = Face::Rest.sign_up_create(client, &GRACE).await.ok().id();
    for _ in 0..3 {
        Face::Rest.sign_up_attempt(client, &id, "000000").await;
    }
    id
}

/// Guesses at Ada's password until her account is locked.
async fn locked(server: &TestServer) {
    for _ in 0..3 {
        let guess = [
            ("identifier", "Ada_L"),
            ("strategy", "password"),
            ("password", "wrong wrong wrong"),
        ];
        Face::Rest.sign_in_create(&server.anonymous(), &guess).await;
        server.advance(Duration::from_secs(61));
    }
}
