//! Two servers that began alike, one behind each face. What is asked of the one is asked of the other, and what both answer is
//! compared field by field, by the table of [`fields`](super::super::fields) and nothing beside it.
//!
//! Invariant: the clocks of both show the same time, and nothing is asked of one alone.

use super::{
    super::fields::Comparison,
    names::Names,
    refusal::{self, Refusal},
    rows,
    secrets::{Given, Secrets},
};
use crate::support::{
    Reply, TestClient, TestServer,
    face::{input_of, milliseconds},
    introspection::named,
    jwt::claims,
    queries::USER_ERRORS,
};
use serde_json::{Value, json};
use std::time::Duration;
use vestibule::rest::route::{Equal, ROUTES, Route};

/// Browsers of a walk.
pub(super) const CLIENTS: usize = 2;

/// What the two faces did not do alike.
pub(super) type Different<T> = Result<T, String>;

/// What a step came to, through both faces.
pub(super) struct Told {
    /// Empty when it was done.
    pub(super) refusals: Vec<Refusal>,
    /// What was changed, as GraphQL shows it.
    pub(super) resource: Value,
}

pub(super) struct Pair<'a> {
    ours: TestServer,
    theirs: TestServer,
    browsers: Vec<(TestClient, TestClient)>,
    comparison: &'a mut Comparison,
    names: Names,
    /// What each client looked like last, as GraphQL shows it.
    shown: Vec<Value>,
    pub(super) secrets: Secrets,
    their_secrets: Secrets,
}

impl<'a> Pair<'a> {
    pub(super) async fn start(comparison: &'a mut Comparison) -> Self {
        let (ours, theirs) = (TestServer::start().await, TestServer::start().await);
        let host = |server: &TestServer| server.origin.split_once("://").unwrap().1.to_owned();
        Self {
            browsers: (0..CLIENTS).map(|_| (ours.anonymous(), theirs.anonymous())).collect(),
            names: Names::between(&host(&ours), &host(&theirs)),
            shown: vec![Value::Null; CLIENTS],
            ours,
            theirs,
            comparison,
            secrets: Secrets::default(),
            their_secrets: Secrets::default(),
        }
    }

    pub(super) fn now(&self) -> i64 {
        self.ours.now()
    }

    pub(super) fn shown(&self, client: usize) -> &Value {
        &self.shown[client]
    }

    pub(super) fn advance(&self, by: Duration) {
        self.ours.advance(by);
        self.theirs.advance(by);
    }

    pub(super) async fn settings(&self, patch: &Value) {
        self.ours.settings(patch.clone()).await;
        self.theirs.settings(patch.clone()).await;
    }

    /// A mutation, and the route that does the same; what the client shows afterwards is compared too.
    pub(super) async fn change(
        &mut self,
        client: usize,
        mutation: &'static str,
        fields: &[(&'static str, Given)],
    ) -> Different<Told> {
        let (ours, theirs) = self.ask(client, mutation, fields).await;
        let body = self.names.in_ours(&theirs.body);
        let refusals = refusal::of_graphql(&ours, mutation);
        if let Some(difference) = refusal::difference(&refusals, &refusal::of_rest(&theirs, &body)) {
            return Err(difference);
        }
        let told = if refusals.is_empty() {
            let user = self.acting_user(client);
            self.compare_done(client, mutation, (&ours, &theirs), user).await?
        } else {
            self.read_client(client).await?;
            Value::Null
        };
        if mutation.ends_with("Create") || mutation.contains("Prepare") {
            self.deliver().await?;
        }
        Ok(Told {
            refusals,
            resource: told,
        })
    }

    async fn ask(&self, client: usize, mutation: &str, fields: &[(&'static str, Given)]) -> (Reply, Reply) {
        let (ours, theirs) = &self.browsers[client];
        let said = |secrets: &Secrets, server: &TestServer, name: &dyn Fn(&str) -> String| -> Vec<(&str, String)> {
            let said = fields
                .iter()
                .map(|(field, given)| (*field, secrets.say(given, server, name)));
            said.collect()
        };
        let our_fields = said(&self.secrets, &self.ours, &str::to_owned);
        let input = input_of(mutation, &borrowed(&our_fields));
        let ours = ours.graphql(&self.document(mutation), json!({ "input": input })).await;
        let mut their_fields = said(&self.their_secrets, &self.theirs, &|id| {
            self.names.theirs(id).to_owned()
        });
        let route = route(mutation);
        let mut path = route.path.to_owned();
        for place in route.places() {
            let found = their_fields.iter().position(|(name, _)| *name == place).unwrap();
            path = path.replace(&format!("{{{place}}}"), &their_fields.remove(found).1);
        }
        let theirs = theirs
            .form(route.method.as_str(), &path, &borrowed(&their_fields))
            .await;
        (ours, theirs)
    }

    /// The field of a mutation's payload that REST answers with too, and its type.
    fn resource(&self, mutation: &str) -> Option<(String, String)> {
        let payload = format!("{}{}Payload", mutation[..1].to_uppercase(), &mutation[1..]);
        let fields = self.comparison.schema().fields(&payload).iter();
        let mut fields = fields.map(|field| (field["name"].as_str().unwrap(), named(&field["type"])));
        // REST does not say which client it was that is gone.
        let known = ["client", "query", "userErrors", "deletedClientId"];
        let found = fields.find(|(name, _)| !known.contains(name));
        found.map(|(name, of)| (name.to_owned(), of.to_owned()))
    }

    fn has_client(&self, mutation: &str) -> bool {
        let payload = format!("{}{}Payload", mutation[..1].to_uppercase(), &mutation[1..]);
        let mut fields = self.comparison.schema().fields(&payload).iter();
        fields.any(|field| field["name"] == "client")
    }

    fn document(&self, mutation: &str) -> String {
        let input = format!("{}{}Input", mutation[..1].to_uppercase(), &mutation[1..]);
        let resource = self.resource(mutation).map_or(String::new(), |(field, of)| match &*of {
            "ID" => field,
            "Totp" => format!("{field} {{ id secret uri verified backupCodes createdAt updatedAt }}"),
            "BackupCodes" => format!("{field} {{ id codes createdAt }}"),
            of => format!("{field} {{ {} }}", self.comparison.selection_of(of).unwrap()),
        });
        let client = match self.has_client(mutation) {
            true => format!("client {{ {} }}", self.comparison.selection_of("Client").unwrap()),
            false => String::new(),
        };
        format!("mutation($input: {input}!) {{ {mutation}(input: $input) {{ {resource} {client} {USER_ERRORS} }} }}")
    }

    /// What a step that was done answered with.
    async fn compare_done(
        &mut self,
        client: usize,
        mutation: &str,
        (ours, theirs): (&Reply, &Reply),
        user: Option<String>,
    ) -> Different<Value> {
        let payload = &ours.body["data"][mutation];
        if theirs.status != 200 {
            return Err(format!(
                "done through GraphQL, and REST answered {}: {}",
                theirs.status, theirs.text
            ));
        }
        let resource = self.resource(mutation);
        let mut shown = Value::Null;
        if let Some((field, of)) = &resource {
            shown = payload[field].clone();
            let theirs = if of == "Token" {
                &theirs.body
            } else {
                &theirs.body["response"]
            };
            self.names.learn(&shown, theirs);
            if let Some(user) = user {
                self.secrets.keep_shown(&user, &shown);
                self.their_secrets.keep_shown(&user, theirs);
            }
            self.compare_resource(of, &shown, theirs)?;
        }
        if !self.has_client(mutation) {
            self.read_client(client).await?;
            return Ok(shown);
        }
        let riding = match resource {
            Some(_) => &theirs.body["client"],
            // Where the client is what was changed, it is the resource.
            None => &theirs.body["response"],
        };
        self.compare_client(client, payload["client"].clone(), riding)?;
        Ok(shown)
    }

    fn compare_resource(&mut self, of: &str, ours: &Value, theirs: &Value) -> Different<()> {
        let is_alike = match of {
            // A secret of each server's own: its claims say whether it is the same.
            "Token" => self.are_alike_tokens(ours, theirs),
            // REST tells with the identifier of what it is that is gone.
            "ID" => self.names.in_ours(&theirs["id"]) == *ours,
            "Totp" => self.are_alike(ours, theirs, &["verified"], &["secret", "uri", "backup_codes"]),
            "BackupCodes" => self.are_alike(ours, theirs, &[], &["codes"]),
            _ => return self.compare(of, ours, theirs),
        };
        match is_alike {
            true => Ok(()),
            false => Err(format!("{of}: {ours} through GraphQL and {theirs} through REST")),
        }
    }

    /// Whether two resources of an authenticator app are alike, whose secrets (as many in each) are each server's own. The table of
    /// fields has none of them, because nothing shows them but the mutation that makes them.
    fn are_alike(&self, ours: &Value, theirs: &Value, same: &[&str], secrets: &[&str]) -> bool {
        let camel = crate::support::face::camel_case;
        let length = |value: &Value| match value {
            Value::Array(values) => Some(values.len()),
            Value::Null => None,
            _ => Some(1),
        };
        let time = |name: &str| {
            ours[camel(name)]
                .as_str()
                .map_or(theirs[name].as_i64(), |text| Some(milliseconds(text)))
        };
        same.iter().all(|name| ours[camel(name)] == theirs[*name])
            && self.names.in_ours(&theirs["id"]) == ours["id"]
            && ["created_at", "updated_at"]
                .iter()
                .all(|name| time(name) == theirs[*name].as_i64())
            && secrets
                .iter()
                .all(|name| length(&ours[camel(name)]) == length(&theirs[*name]))
    }

    fn are_alike_tokens(&mut self, ours: &Value, theirs: &Value) -> bool {
        let (Some(ours), Some(theirs)) = (ours["jwt"].as_str(), theirs["jwt"].as_str()) else {
            return false;
        };
        let (mut ours, theirs) = (claims(ours), claims(theirs));
        let mut theirs = self.names.in_ours(&theirs);
        // What no two tokens have in common. Not every version of the claims has one.
        let [ours_has, theirs_has] =
            [&mut ours, &mut theirs].map(|claims| claims.as_object_mut().unwrap().remove("jti").is_some());
        ours_has == theirs_has && ours == theirs
    }

    fn compare(&mut self, of: &str, ours: &Value, theirs: &Value) -> Different<()> {
        let theirs = self.names.in_ours(theirs);
        let differences = self.comparison.differences(of, ours, &theirs);
        match differences.is_empty() {
            true => Ok(()),
            false => Err(differences.join("\n")),
        }
    }

    fn compare_client(&mut self, client: usize, ours: Value, theirs: &Value) -> Different<()> {
        self.names.learn(&ours, theirs);
        self.compare("Client", &ours, theirs)?;
        self.shown[client] = ours;
        Ok(())
    }

    /// Reads the client by each face.
    pub(super) async fn read_client(&mut self, client: usize) -> Different<()> {
        let selection = self.comparison.selection_of("Client").unwrap();
        let (ours, theirs) = &self.browsers[client];
        let ours = ours
            .graphql(&format!("{{ client {{ {selection} }} }}"), json!({}))
            .await;
        let theirs = theirs.get("/v1/client").await;
        if !ours.body["errors"].is_null() || theirs.status != 200 {
            return Err(format!("reading the client: {} and {}", ours.text, theirs.text));
        }
        self.compare_client(client, ours.body["data"]["client"].clone(), &theirs.body["response"])
    }

    /// Reads something else. What there is not is null through GraphQL, and a refusal through REST. Returns whether it was there.
    pub(super) async fn read(&mut self, client: usize, field: &str, id: Option<&str>) -> Different<bool> {
        let of = named(&self.comparison.schema().field("Query", field)["type"]).to_owned();
        let selection = self.comparison.selection_of(&of).unwrap();
        let same = |route: &&Route| matches!(route.equal, Equal::Query(name) if name == field);
        let route = ROUTES.iter().find(same).unwrap();
        let (argument, path) = match id {
            Some(id) => {
                let place = format!("{{{}}}", route.places().next().unwrap());
                (
                    format!("(id: \"{id}\")"),
                    route.path.replace(&place, self.names.theirs(id)),
                )
            }
            None => (String::new(), route.path.to_owned()),
        };
        let (ours, theirs) = &self.browsers[client];
        let ours = ours
            .graphql(&format!("{{ read: {field}{argument} {{ {selection} }} }}"), json!({}))
            .await;
        let theirs = theirs.get(&path).await;
        let read = &ours.body["data"]["read"];
        let codes = theirs.codes();
        let is_none = codes == ["resource_not_found"] || codes == ["authentication_invalid"];
        let is_told_alike = ours.body["errors"].is_null() || ours.codes() == codes;
        if !is_told_alike || (read.is_null() != is_none) {
            return Err(format!(
                "reading {field}: {} through GraphQL and {} through REST",
                ours.text, theirs.text
            ));
        }
        if read.is_null() {
            return Ok(false);
        }
        self.names.learn(read, &theirs.body["response"]);
        self.compare(&of, read, &theirs.body["response"])?;
        Ok(true)
    }

    /// Whose session acts on a client.
    pub(super) fn acting_user(&self, client: usize) -> Option<String> {
        let shown = &self.shown[client];
        let sessions = shown["sessions"].as_array()?;
        let acting = sessions
            .iter()
            .find(|session| session["id"] == shown["lastActiveSessionId"])?;
        acting["userId"].as_str().map(str::to_owned)
    }

    /// Runs what is due, and compares what was mailed.
    async fn deliver(&mut self) -> Different<()> {
        let (ours, theirs) = (self.ours.run_jobs().await, self.theirs.run_jobs().await);
        if ours != theirs {
            return Err(format!(
                "{ours} jobs were due through GraphQL and {theirs} through REST"
            ));
        }
        if ours == 0 {
            return Ok(());
        }
        let (ours, theirs) = (inbox(&self.ours).await, inbox(&self.theirs).await);
        if ours.len() != theirs.len() {
            return Err(format!(
                "{} mails through GraphQL and {} through REST",
                ours.len(),
                theirs.len()
            ));
        }
        // Newest first, and older ones are tidied away. A step sends one at most, so that the order is no matter of chance.
        let is_new = |message: &&Value| milliseconds(message["createdAt"].as_str().unwrap()) == self.now();
        let new = ours.iter().filter(is_new).count();
        assert!(new <= 1, "{new} mails of one step");
        for (ours, theirs) in ours.iter().zip(&theirs).take(new) {
            let without_code = |message: &Value| {
                let text = message["text"].as_str().unwrap();
                let text = message["code"]
                    .as_str()
                    .map_or(text.to_owned(), |code| text.replace(code, "CODE"));
                let subject = message["subject"].as_str().unwrap();
                let subject = message["code"]
                    .as_str()
                    .map_or(subject.to_owned(), |code| subject.replace(code, "CODE"));
                json!({ "to": message["to"], "subject": subject, "text": text, "createdAt": message["createdAt"] })
            };
            let theirs_renamed = self.names.in_ours(&without_code(theirs));
            if without_code(ours) != theirs_renamed {
                return Err(format!("mailed {ours} through GraphQL and {theirs} through REST"));
            }
            let address = ours["to"].as_str().unwrap();
            for (secrets, message) in [(&mut self.secrets, ours), (&mut self.their_secrets, theirs)] {
                secrets.keep_mail(address, message["code"].as_str().unwrap());
            }
        }
        Ok(())
    }

    /// What the walk has left in the tables.
    pub(super) async fn compare_rows(&mut self) -> Different<()> {
        // Events are numbered by it.
        self.deliver().await?;
        match rows::difference(&self.names, &self.ours, &self.theirs).await {
            Some(difference) => Err(difference),
            None => Ok(()),
        }
    }

    pub(super) async fn finish(self) {
        self.ours.finish().await;
        self.theirs.finish().await;
    }
}

fn borrowed<'a>(fields: &'a [(&'a str, String)]) -> Vec<(&'a str, &'a str)> {
    fields.iter().map(|(name, text)| (*name, text.as_str())).collect()
}

/// The route that does the same as a mutation; the first where several do.
fn route(mutation: &str) -> &'static Route {
    let same = |route: &&Route| matches!(route.equal, Equal::Mutation(name) if name == mutation);
    ROUTES.iter().find(same).unwrap()
}

/// Every message of a development inbox, newest first.
async fn inbox(server: &TestServer) -> Vec<Value> {
    let query = "{ devInbox(first: 100) { nodes { to subject text code createdAt } } }";
    let reply = server.backend().graphql(query, json!({})).await;
    reply.body["data"]["devInbox"]["nodes"].as_array().unwrap().clone()
}
