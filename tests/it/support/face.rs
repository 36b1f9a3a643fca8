//! The same behaviour through GraphQL and through REST: a test written against [`Face`] runs through both and compares
//! codes and outcomes, not shapes.

use super::{
    client::{Reply, TestClient},
    queries::{SIGN_IN, SIGN_UP, TOTP, bare_mutation, mutation},
};
use serde_json::{Map, Value};

/// A way to speak to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Face {
    Graphql,
    Rest,
}

/// Runs a test through both faces, each on a server of its own: a second instance would cost an RSA key, five times what a
/// server on a copied database does, and tests turn the clock and look at whole tables.
pub async fn for_each_face(test: impl AsyncFn(Face)) {
    for face in [Face::Graphql, Face::Rest] {
        test(face).await;
    }
}

/// What became of an operation, whatever the face.
#[derive(Debug)]
pub struct Outcome {
    /// Error codes as REST spells them; empty on success.
    pub codes: Vec<String>,
    /// The wire names of the parameters that the errors name.
    pub fields: Vec<String>,
    /// The resource's fields in snake_case, enums in lower case.
    pub resource: Value,
    /// The sessions of the client that came with it: (id, status).
    pub sessions: Vec<(String, String)>,
    pub reply: Reply,
}

impl Outcome {
    pub fn id(&self) -> String {
        self.text("id")
    }

    pub fn status(&self) -> String {
        self.text("status")
    }

    pub fn text(&self, field: &str) -> String {
        self.resource[field]
            .as_str()
            .unwrap_or_else(|| panic!("no {field} in {}", self.reply.body))
            .to_owned()
    }

    /// The one code of a failure.
    #[track_caller]
    pub fn code(&self) -> &str {
        assert_eq!(self.codes.len(), 1, "{}", self.reply.body);
        &self.codes[0]
    }

    #[track_caller]
    pub fn ok(self) -> Self {
        assert!(
            self.codes.is_empty() && self.resource.is_object(),
            "{} {}",
            self.reply.status,
            self.reply.body
        );
        self
    }
}

impl Face {
    pub async fn sign_up_create(self, client: &TestClient, fields: &[(&str, &str)]) -> Outcome {
        match self {
            Self::Graphql => graphql(client, "signUpCreate", "signUp", SIGN_UP, fields).await,
            Self::Rest => rest(client.post("/v1/client/sign_ups", fields).await),
        }
    }

    pub async fn sign_up_update(self, client: &TestClient, id: &str, fields: &[(&str, &str)]) -> Outcome {
        match self {
            Self::Graphql => {
                graphql(
                    client,
                    "signUpUpdate",
                    "signUp",
                    SIGN_UP,
                    &with("sign_up_id", id, fields),
                )
                .await
            }
            Self::Rest => rest(client.form("PATCH", &format!("/v1/client/sign_ups/{id}"), fields).await),
        }
    }

    pub async fn sign_up_prepare(self, client: &TestClient, id: &str) -> Outcome {
        let fields = [("strategy", "email_code")];
        match self {
            Self::Graphql => {
                let fields = with("sign_up_id", id, &fields);
                graphql(client, "signUpPrepareVerification", "signUp", SIGN_UP, &fields).await
            }
            Self::Rest => rest(
                client
                    .post(&format!("/v1/client/sign_ups/{id}/prepare_verification"), &fields)
                    .await,
            ),
        }
    }

    pub async fn sign_up_attempt(self, client: &TestClient, id: &str, code: &str) -> Outcome {
        let fields = [("strategy", "email_code"), ("code", code)];
        match self {
            Self::Graphql => {
                let fields = with("sign_up_id", id, &fields);
                graphql(client, "signUpAttemptVerification", "signUp", SIGN_UP, &fields).await
            }
            Self::Rest => rest(
                client
                    .post(&format!("/v1/client/sign_ups/{id}/attempt_verification"), &fields)
                    .await,
            ),
        }
    }

    pub async fn sign_in_create(self, client: &TestClient, fields: &[(&str, &str)]) -> Outcome {
        match self {
            Self::Graphql => graphql(client, "signInCreate", "signIn", SIGN_IN, fields).await,
            Self::Rest => rest(client.post("/v1/client/sign_ins", fields).await),
        }
    }

    pub async fn sign_in_prepare(self, client: &TestClient, id: &str, fields: &[(&str, &str)]) -> Outcome {
        match self {
            Self::Graphql => {
                let fields = with("sign_in_id", id, fields);
                graphql(client, "signInPrepareFirstFactor", "signIn", SIGN_IN, &fields).await
            }
            Self::Rest => rest(
                client
                    .post(&format!("/v1/client/sign_ins/{id}/prepare_first_factor"), fields)
                    .await,
            ),
        }
    }

    pub async fn sign_in_attempt(self, client: &TestClient, id: &str, fields: &[(&str, &str)]) -> Outcome {
        match self {
            Self::Graphql => {
                let fields = with("sign_in_id", id, fields);
                graphql(client, "signInAttemptFirstFactor", "signIn", SIGN_IN, &fields).await
            }
            Self::Rest => rest(
                client
                    .post(&format!("/v1/client/sign_ins/{id}/attempt_first_factor"), fields)
                    .await,
            ),
        }
    }

    pub async fn sign_in_prepare_second(self, client: &TestClient, id: &str, strategy: &str) -> Outcome {
        let fields = [("strategy", strategy)];
        match self {
            Self::Graphql => {
                let fields = with("sign_in_id", id, &fields);
                graphql(client, "signInPrepareSecondFactor", "signIn", SIGN_IN, &fields).await
            }
            Self::Rest => rest(
                client
                    .post(&format!("/v1/client/sign_ins/{id}/prepare_second_factor"), &fields)
                    .await,
            ),
        }
    }

    pub async fn sign_in_attempt_second(self, client: &TestClient, id: &str, strategy: &str, code: &str) -> Outcome {
        let fields = [("strategy", strategy), ("code", code)];
        match self {
            Self::Graphql => {
                let fields = with("sign_in_id", id, &fields);
                graphql(client, "signInAttemptSecondFactor", "signIn", SIGN_IN, &fields).await
            }
            Self::Rest => rest(
                client
                    .post(&format!("/v1/client/sign_ins/{id}/attempt_second_factor"), &fields)
                    .await,
            ),
        }
    }

    pub async fn totp_create(self, client: &TestClient) -> Outcome {
        match self {
            Self::Graphql => bare(client, "totpCreate", "totp", &format!("totp {{ {TOTP} }}")).await,
            Self::Rest => rest(client.post("/v1/me/totp", &[]).await),
        }
    }

    pub async fn totp_attempt(self, client: &TestClient, code: &str) -> Outcome {
        let fields = [("code", code)];
        match self {
            Self::Graphql => graphql(client, "totpAttemptVerification", "totp", TOTP, &fields).await,
            Self::Rest => rest(client.post("/v1/me/totp/attempt_verification", &fields).await),
        }
    }

    pub async fn backup_codes_create(self, client: &TestClient) -> Outcome {
        match self {
            Self::Graphql => bare(client, "backupCodesCreate", "backupCodes", "backupCodes { id codes }").await,
            Self::Rest => rest(client.post("/v1/me/backup_codes", &[]).await),
        }
    }

    /// The resource is an object with the identifier of what is gone.
    pub async fn totp_delete(self, client: &TestClient) -> Outcome {
        match self {
            Self::Graphql => {
                let mut outcome = bare(client, "totpDelete", "deletedTotpId", "deletedTotpId").await;
                outcome.resource = match outcome.resource.as_str() {
                    Some(id) => serde_json::json!({ "id": id }),
                    None => Value::Null,
                };
                outcome
            }
            Self::Rest => rest(client.form("DELETE", "/v1/me/totp", &[]).await),
        }
    }

    /// `verb` is `touch`, `end` or `remove`.
    pub async fn session(self, client: &TestClient, verb: &str, id: &str) -> Outcome {
        match self {
            Self::Graphql => {
                let name = format!("session{}{}", verb[..1].to_uppercase(), &verb[1..]);
                graphql(client, &name, "session", "id status", &[("session_id", id)]).await
            }
            Self::Rest => rest(client.post(&format!("/v1/client/sessions/{id}/{verb}"), &[]).await),
        }
    }

    /// A session token, or the codes of the failure.
    pub async fn token(self, client: &TestClient, id: &str) -> Result<String, Vec<String>> {
        let (reply, jwt) = match self {
            Self::Graphql => {
                let query = "mutation($input: SessionTokenCreateInput!) { sessionTokenCreate(input: $input) { \
                             token { jwt } userErrors { code } } }";
                let reply = client
                    .graphql(query, serde_json::json!({ "input": { "sessionId": id } }))
                    .await;
                let jwt = reply.body["data"]["sessionTokenCreate"]["token"]["jwt"]
                    .as_str()
                    .map(str::to_owned);
                (reply, jwt)
            }
            Self::Rest => {
                let reply = client.post(&format!("/v1/client/sessions/{id}/tokens"), &[]).await;
                let jwt = reply.body["jwt"].as_str().map(str::to_owned);
                (reply, jwt)
            }
        };
        jwt.ok_or_else(|| reply.codes())
    }

    /// Begins a sign-up with an address and has a code sent to it. Returns the sign-up and the code.
    pub async fn prepared_sign_up(
        self,
        server: &super::TestServer,
        client: &TestClient,
        email: &str,
    ) -> (String, String) {
        let id = self.sign_up_create(client, &[("email_address", email)]).await.ok().id();
        self.sign_up_prepare(client, &id).await.ok();
        (id, server.last_code(email).await)
    }

    /// Begins a sign-up with an address and a password, which lacks nothing but the code. Returns the sign-up and the code.
    pub async fn sign_up_before_code(
        self,
        server: &super::TestServer,
        client: &TestClient,
        email: &str,
    ) -> (String, String) {
        let fields = [
            ("email_address", email),
            ("password", PASSWORD),
            ("strategy", "email_code"),
        ];
        let id = self.sign_up_create(client, &fields).await.ok().id();
        (id, server.last_code(email).await)
    }

    /// Signs a new person up by e-mail code and password. Returns user and session.
    pub async fn sign_up(self, server: &super::TestServer, client: &TestClient, email: &str) -> (String, String) {
        let (id, code) = self.sign_up_before_code(server, client, email).await;
        let done = self.sign_up_attempt(client, &id, &code).await.ok();
        assert_eq!(done.status(), "complete");
        (done.text("created_user_id"), done.text("created_session_id"))
    }

    /// Signs somebody in by password. Returns the session.
    pub async fn sign_in(self, client: &TestClient, identifier: &str) -> String {
        let fields = [
            ("identifier", identifier),
            ("strategy", "password"),
            ("password", PASSWORD),
        ];
        let done = self.sign_in_create(client, &fields).await.ok();
        assert_eq!(done.status(), "complete");
        done.text("created_session_id")
    }
}

/// A password that the default policy takes.
pub const PASSWORD: &str = "correct horse battery staple";

fn with<'a>(name: &'a str, value: &'a str, fields: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut all = vec![(name, value)];
    all.extend_from_slice(fields);
    all
}

async fn bare(client: &TestClient, name: &str, resource: &str, selection: &str) -> Outcome {
    let query = bare_mutation(name, selection);
    let reply = client.graphql(&query, serde_json::json!({ "input": {} })).await;
    outcome(reply, name, resource)
}

async fn graphql(client: &TestClient, name: &str, resource: &str, selection: &str, fields: &[(&str, &str)]) -> Outcome {
    let input = input_of(name, fields);
    let reply = client
        .graphql(
            &mutation(name, resource, selection),
            serde_json::json!({ "input": input }),
        )
        .await;
    outcome(reply, name, resource)
}

/// The input of a mutation, made of the parameters that REST has for it.
pub fn input_of(mutation: &str, fields: &[(&str, &str)]) -> Map<String, Value> {
    as_proof(mutation, fields).unwrap_or_else(|| {
        fields
            .iter()
            .map(|(name, value)| (camel_case(name), input_value(name, value)))
            .collect()
    })
}

fn outcome(reply: Reply, name: &str, resource: &str) -> Outcome {
    let payload = &reply.body["data"][name];
    let fields = payload["userErrors"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|error| error["field"].as_array())
        .map(|path| {
            path.iter()
                .filter_map(Value::as_str)
                .map(snake_case)
                .collect::<Vec<_>>()
                .join(".")
        })
        .map(|path| as_parameter(&path))
        .collect();
    let sessions = sessions(&payload["client"]["sessions"]);
    Outcome {
        codes: reply.codes(),
        fields,
        resource: snake_cased(&payload[resource]),
        sessions,
        reply,
    }
}

fn rest(reply: Reply) -> Outcome {
    let fields = reply.body["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|error| error["meta"]["param_name"].as_str())
        .map(str::to_owned)
        .collect();
    let sessions = sessions(&reply.body["client"]["sessions"]);
    Outcome {
        codes: reply.codes(),
        fields,
        resource: reply.body["response"].clone(),
        sessions,
        reply,
    }
}

fn sessions(value: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_lowercase();
    value
        .as_array()
        .into_iter()
        .flatten()
        .map(|session| {
            (
                session["id"].as_str().unwrap_or_default().to_owned(),
                text(&session["status"]),
            )
        })
        .collect()
}

/// The input of a mutation that takes a proof, made of the parameters that REST has for it: `strategy` with `password` or `code`.
/// Nothing where no proof is given, or where the parameters make none.
fn as_proof(mutation: &str, fields: &[(&str, &str)]) -> Option<Map<String, Value>> {
    const TAKE_A_PROOF: [&str; 5] = [
        "signInCreate",
        "signInAttemptFirstFactor",
        "signInAttemptSecondFactor",
        "signUpAttemptVerification",
        "totpAttemptVerification",
    ];
    if !TAKE_A_PROOF.contains(&mutation) {
        return None;
    }
    let find = |wanted: &str| fields.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value);
    let given = find("code").or_else(|| find("password"))?;
    let strategy = match (mutation, find("strategy")) {
        ("totpAttemptVerification", _) => "totp",
        (_, Some(strategy)) => strategy,
        (_, None) => "password",
    };
    let others = fields
        .iter()
        .filter(|(name, _)| !["strategy", "password", "code"].contains(name));
    let mut input: Map<_, _> = others
        .map(|(name, value)| (camel_case(name), input_value(name, value)))
        .collect();
    let proof = Map::from_iter([(camel_case(strategy), Value::from(given))]);
    input.insert("proof".to_owned(), proof.into());
    Some(input)
}

/// What REST calls a place in an input: a proof has no parameter of its own.
pub fn as_parameter(path: &str) -> String {
    match path {
        "proof" | "proof.password" => "password",
        path if path.starts_with("proof.") => "code",
        path => path,
    }
    .to_owned()
}

/// Enums are written in capitals, `unsafe_metadata` as JSON; an empty text clears a field.
fn input_value(name: &str, value: &str) -> Value {
    match name {
        "strategy" => Value::from(value.to_uppercase()),
        "unsafe_metadata" => serde_json::from_str(value).unwrap_or_else(|_| Value::from(value)),
        _ if value.is_empty() => Value::Null,
        _ => Value::from(value),
    }
}

/// `first_name` as GraphQL spells it.
pub fn camel_case(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap().to_owned();
    words.fold(first, |text, word| text + &word[..1].to_uppercase() + &word[1..])
}

/// A time as GraphQL writes it, in Unix milliseconds.
pub fn milliseconds(text: &str) -> i64 {
    use cookie::time::{OffsetDateTime, format_description::well_known::Rfc3339};
    let time = OffsetDateTime::parse(text, &Rfc3339).unwrap();
    i64::try_from(time.unix_timestamp_nanos() / 1_000_000).unwrap()
}

/// `firstName` as REST spells it.
pub fn snake_case(name: &str) -> String {
    name.chars().fold(String::new(), |mut text, character| {
        if character.is_ascii_uppercase() {
            text.push('_');
        }
        text.push(character.to_ascii_lowercase());
        text
    })
}

fn snake_cased(value: &Value) -> Value {
    match value {
        Value::Object(object) => object
            .iter()
            .map(|(key, value)| (snake_case(key), snake_cased(value)))
            .collect::<Map<_, _>>()
            .into(),
        Value::Array(values) => values.iter().map(snake_cased).collect(),
        Value::String(text) if is_enum(text) => Value::from(text.to_lowercase()),
        other => other.clone(),
    }
}

fn is_enum(text: &str) -> bool {
    text.len() > 3 && text.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}
