//! Each mutation, with input that is well-formed and names what is somebody's: who may do it to that, and what everybody is answered.

use super::{
    answer::{self, ABSENT, DATA},
    answered_by, fields,
    scene::{holder, manifest, server},
    table::{CALLERS, Table, Told},
    under_mutations,
};
use crate::{
    security::dump,
    support::{
        Authenticator, Face, Reply, SECRET_KEY, SchemaView, TestClient, TestServer, face::PASSWORD,
        introspection::named,
    },
};
use serde_json::{Value, json};

/// Somebody with all that mutations are about. Test addresses take 424242 for their code, which is what examples of proofs show.
struct Person {
    browser: TestClient,
    token: TestClient,
    client: String,
    session: String,
    sign_up: String,
    sign_in: String,
    app: Option<Authenticator>,
}

/// What a mutation needs besides a person who is signed in and has begun to sign in and up.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    Nothing,
    /// An app whose code was never shown.
    App,
    /// An app that is asked for at sign-in.
    SecondProof,
    /// A sign-in by the first proof to another account, which has an app.
    HalfSignIn,
}

fn needs(mutation: &str) -> Needs {
    match mutation {
        "totpAttemptVerification" => Needs::App,
        "backupCodesCreate" | "totpDelete" => Needs::SecondProof,
        "signInAttemptSecondFactor" | "signInPrepareSecondFactor" => Needs::HalfSignIn,
        _ => Needs::Nothing,
    }
}

/// A browser in which somebody has signed up, and their session.
async fn signed_up(server: &TestServer, address: &str) -> (TestClient, String) {
    let (face, browser) = (Face::Graphql, server.anonymous());
    let fields = [
        ("email_address", address),
        ("password", PASSWORD),
        ("strategy", "email_code"),
    ];
    let begun = face.sign_up_create(&browser, &fields).await.ok().id();
    let done = face.sign_up_attempt(&browser, &begun, "424242").await.ok();
    (browser, done.text("created_session_id"))
}

impl Person {
    async fn of(server: &TestServer, name: &str, needs: Needs) -> Self {
        let face = Face::Graphql;
        let address = format!("{name}+clerk_test@example.com");
        let (browser, session) = signed_up(server, &address).await;
        let app = match needs {
            Needs::Nothing | Needs::HalfSignIn => None,
            Needs::App => Some(Authenticator::of(&face.totp_create(&browser).await.ok().text("secret"))),
            Needs::SecondProof => Some(Authenticator::set_up(face, server, &browser).await),
        };
        let again = format!("{name}-again+clerk_test@example.com");
        let fields = [
            ("email_address", &*again),
            ("password", PASSWORD),
            ("strategy", "email_code"),
        ];
        let sign_up = face.sign_up_create(&browser, &fields).await.ok().id();
        // Whoever is signed in already does not sign in again.
        let elsewhere = format!("{name}-elsewhere+clerk_test@example.com");
        let account = signed_up(server, &elsewhere).await.0;
        let (fields, app) = match needs {
            Needs::HalfSignIn => {
                let app = Authenticator::set_up(face, server, &account).await;
                let fields = vec![
                    ("identifier", &*elsewhere),
                    ("strategy", "password"),
                    ("password", PASSWORD),
                ];
                (fields, Some(app))
            }
            _ => (vec![("identifier", &*elsewhere), ("strategy", "email_code")], app),
        };
        let sign_in = face.sign_in_create(&browser, &fields).await.ok().id();
        let client = browser.graphql("{ client { id } }", json!({})).await.body["data"]["client"]["id"].clone();
        Self {
            token: holder(server, &browser, &session).await,
            browser,
            client: client.as_str().unwrap().to_owned(),
            session,
            sign_up,
            sign_in,
            app,
        }
    }

    fn id(&self, place: &str) -> String {
        let id = match place {
            "clientId" => &self.client,
            "sessionId" => &self.session,
            "signUpId" => &self.sign_up,
            "signInId" => &self.sign_in,
            other => panic!("a new kind of place needs a line here: {other}"),
        };
        id.clone()
    }

    /// Everything that the person can see of themselves, and what their application can see of its instance.
    async fn view(&self, server: &TestServer) -> (Value, Value) {
        let document = "{ viewer { id updatedAt } client { id status updatedAt lastActiveSessionId lastAuthenticationStrategy \
            signIn { id status identifier updatedAt firstFactorVerification { status attempts } createdSessionId } \
            signUp { id status emailAddress firstName hasPassword missingFields unverifiedFields updatedAt } \
            sessions { id status updatedAt lastActiveAt expiresAt user { id updatedAt username firstName passwordEnabled totpEnabled \
            backupCodeEnabled twoFactorEnabled locked banned emailAddresses { emailAddress verified } } } } }";
        let own = self.browser.graphql(document, json!({})).await;
        assert!(
            own.body["data"]["client"]["sessions"][0]["id"].is_string(),
            "{}",
            own.text
        );
        let settings = "{ instance { settings { version applicationName } } }";
        (own.body, server.backend().graphql(settings, json!({})).await.body)
    }

    /// A request that names what is the person's.
    fn request(&self, server: &TestServer, schema: &SchemaView, name: &str) -> (String, Value) {
        let slots = schema.slots();
        let optional = slots.iter().find(|slot| {
            let is_place = ["clientId", "sessionId"].contains(&slot.name());
            slot.operation == "mutation" && slot.field == name && is_place
        });
        let offered = optional.map(|slot| (slot, self.id(slot.name())));
        let offered = offered.as_ref().map(|(slot, id)| (*slot, id.as_str()));
        let payload = named(&schema.field("Mutation", name)["type"]);
        let selection = selection(schema, payload);
        let (document, mut variables) =
            schema.request(("mutation", name), Some(&selection), &|place| self.id(place), offered);
        let code = self.app.as_ref().map(|app| app.code(server, 1));
        match name {
            "documentManifestSet" => variables["input"] = json!({ "manifest": manifest("{ id }") }),
            "instanceSettingsUpdate" => variables["input"] = json!({ "applicationName": "Changed" }),
            "signInAttemptSecondFactor" | "totpAttemptVerification" => {
                variables["input"]["proof"] = json!({ "totp": code.unwrap() });
            }
            _ => {}
        }
        (document, variables)
    }
}

/// All of a payload, and all of what it alone has.
fn selection(schema: &SchemaView, payload: &str) -> String {
    let table = Table::read();
    let mut selected = Vec::new();
    for field in fields(schema, payload) {
        let kind = named(&schema.field(payload, &field)["type"]);
        let is_leaf = ["SCALAR", "ENUM"]
            .iter()
            .any(|leaf| schema.type_named(kind)["kind"] == **leaf);
        let is_ours = kind == "UserError" || found_in(&table, payload, &field).is_some();
        selected.push(match (is_leaf, is_ours) {
            (true, _) => field,
            (false, false) => format!("{field} {{ __typename }}"),
            (false, true) => format!("{field} {{ {} }}", fields(schema, kind).join(" ")),
        });
    }
    selected.join(" ")
}

/// The type of which the table says that its objects are found in this field of this payload.
fn found_in<'a>(table: &'a Table, payload: &str, field: &str) -> Option<&'a String> {
    let is_here = |ways: &Vec<Vec<String>>| ways.iter().any(|way| *way == [payload, field]);
    table.ways.iter().find(|(_, ways)| is_here(ways)).map(|(kind, _)| kind)
}

/// Notes what a mutation was answered with: itself, each field of its payload, and of what is found in that alone.
fn note(told: &mut Told, schema: &SchemaView, (name, caller): (&str, usize), reply: &Reply) {
    let table = Table::read();
    let payload = named(&schema.field("Mutation", name)["type"]).to_owned();
    told.note(("Mutation", name), caller, answer::of_mutation(reply, name));
    for field in fields(schema, &payload) {
        told.note((&payload, &field), caller, answer::inside(&reply.body, &[name, &field]));
        let inner = match field.as_str() {
            "userErrors" => Some("UserError"),
            _ => found_in(&table, &payload, &field).map(String::as_str),
        };
        for inner_field in inner.map(|kind| fields(schema, kind)).unwrap_or_default() {
            let found = answer::inside(&reply.body, &[name, &field, &inner_field]);
            told.note((inner.unwrap(), &inner_field), caller, found);
        }
    }
}

/// One mutation by everybody: strangers first, whom nothing is done for that the person or the application could see.
async fn by_everybody(server: &TestServer, schema: &SchemaView, foreign: &str, (name, told): (&str, &mut Told)) {
    let person = Person::of(server, &name.to_lowercase(), needs(name)).await;
    let other = server.anonymous();
    Face::Graphql.sign_in(&other, "eve+clerk_test@example.com").await;
    let mut callers: Vec<_> = [
        server.anonymous(),
        person.browser.clone(),
        other,
        person.token.clone(),
        server.anonymous().with_secret_key(SECRET_KEY),
        server.anonymous().with_secret_key(foreign),
    ]
    .into_iter()
    .enumerate()
    .collect();
    let is_of_person = |caller: &usize| ["own", "key"].contains(&CALLERS[*caller]);
    callers.sort_by_key(|(caller, _)| (is_of_person(caller), CALLERS[*caller] == "own"));
    let mut all = dump::everything(server).await;
    for (caller, client) in callers {
        let (document, variables) = person.request(server, schema, name);
        let what = format!("{name} by {}", CALLERS[caller]);
        let before = (!is_of_person(&caller)).then_some(person.view(server).await);
        let reply = client.graphql(&document, variables).await;
        note(told, schema, (name, caller), &reply);
        let after = dump::everything(server).await;
        assert!(
            answer::of_mutation(&reply, name) == DATA || CALLERS[caller] == "own" || after == all,
            "{what} was refused and has changed something: {}",
            reply.text
        );
        all = after;
        let Some(before) = before else { continue };
        assert_eq!(
            person.view(server).await,
            before,
            "{what} has changed what is somebody else's: {}",
            reply.text
        );
        for id in ["clientId", "sessionId", "signUpId", "signInId"].map(|place| person.id(place)) {
            assert!(
                !reply.text.contains(&id) || CALLERS[caller] == "token",
                "{what} was told {id}: {}",
                reply.text
            );
        }
    }
}

/// Input that is wrong in ways that are told in different fields of an error.
async fn provoked(server: &TestServer, schema: &SchemaView, told: &mut Told) {
    let person = Person::of(server, "provoking", Needs::Nothing).await;
    let fields = fields(schema, "UserError").join(" ");
    let short = json!({ "signUpId": person.sign_up, "password": "short" });
    let long = json!({ "signUpId": person.sign_up, "password": "x".repeat(1_000) });
    let guess = json!({ "signUpId": person.sign_up, "proof": { "emailCode": "000000" } });
    let again = json!({ "identifier": "provoking+clerk_test@example.com", "proof": { "password": PASSWORD } });
    for (name, input) in [
        ("signInCreate", again),
        ("signUpUpdate", short),
        ("signUpUpdate", long),
        ("signUpAttemptVerification", guess),
    ] {
        let kind = format!("{}Input", crate::support::introspection::capitalised(name));
        let document = format!("mutation($input: {kind}!) {{ {name}(input: $input) {{ userErrors {{ {fields} }} }} }}");
        let reply = person.browser.graphql(&document, json!({ "input": input })).await;
        for field in super::fields(schema, "UserError") {
            told.note(
                ("UserError", &field),
                1,
                answer::inside(&reply.body, &[name, "userErrors", &field]),
            );
        }
    }
}

#[tokio::test]
async fn every_mutation_is_done_for_whom_the_table_says_and_changes_nothing_for_anybody_else() {
    let (server, foreign) = server().await;
    signed_up(&server, "eve+clerk_test@example.com").await;
    let schema = SchemaView::read(&server.backend()).await;
    let (table, mut told) = (Table::read(), Told::default());
    for name in answered_by(&schema, "Mutation").keys() {
        by_everybody(&server, &schema, &foreign, (name, &mut told)).await;
        server.run_jobs().await;
    }
    provoked(&server, &schema, &mut told).await;
    let problems = told.differences(&table, &under_mutations(&schema, &table));
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    for ((kind, field), row) in &table.rows {
        // No row may make it normal that somebody acts upon what is somebody else's.
        let is_free = [
            "clientReplace",
            "signInCreate",
            "signUpCreate",
            "documentManifestSet",
            "instanceSettingsUpdate",
        ]
        .contains(&field.as_str());
        if kind == "Mutation" && !is_free {
            let strangers = [0, 2, 3, 4, 5].map(|caller| row.answers[caller].as_str());
            assert!(
                strangers.iter().all(|answer| *answer != DATA && *answer != ABSENT),
                "{field}: {strangers:?}"
            );
        }
    }
    server.finish().await;
}
