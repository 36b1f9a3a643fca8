//! Two servers as an operator runs them, over one database.

use super::{ADA, PROXY, WRONG, at, by_password, network, sign_out};
use crate::support::{
    Face, SECRET_KEY, TestClient,
    face::PASSWORD,
    process::{Installation, Serving},
    settings::update_settings,
};
use futures_util::{StreamExt as _, stream};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Requests under way at the same time.
const PARALLEL: usize = 6;

struct Two {
    installation: Installation,
    servers: [Serving; 2],
    /// Clients that were never at either of them.
    blank: [TestClient; 2],
    connection: DatabaseConnection,
}

impl Two {
    async fn start() -> Self {
        let installation = Installation::new().await;
        let environment = [
            PROXY[0],
            ("VESTIBULE_SECRET_KEY", SECRET_KEY),
            // Nothing is killed here, so nothing has to outlive a power cut.
            ("VESTIBULE_DATABASE_SYNCHRONOUS", "normal"),
        ];
        let first = installation.serve_with(&environment).await;
        let second = installation.serve_with(&environment).await;
        let connection = installation.connect().await;
        Self {
            installation,
            blank: [TestClient::new(&first.origin), TestClient::new(&second.origin)],
            servers: [first, second],
            connection,
        }
    }

    /// A client that was never here, at one of the two.
    fn client(&self, number: usize) -> TestClient {
        self.blank[number % 2].forked()
    }

    async fn settings(&self, patch: Value) {
        let backend = self.client(0).with_secret_key(SECRET_KEY);
        let reply = update_settings(&backend, &patch).await;
        assert_eq!(reply.codes(), Vec::<String>::new(), "{}", reply.text);
        // The other process hears of it by and by; here each has to be told by what it answers.
        for number in 0..2 {
            let environment = async || self.client(number).get("/v1/environment").await;
            let wanted = patch["attack_protection"]["user_lockout"]["max_attempts"].clone();
            let shown =
                |reply: &Value| reply["user_settings"]["attack_protection"]["user_lockout"]["max_attempts"].clone();
            while shown(&environment().await.body) != wanted {
                tokio::task::yield_now().await;
            }
        }
    }

    /// Ada's own client, at the first server, signed out. A test address has a code that everybody knows.
    async fn ada(&self, email: &str) -> TestClient {
        let client = self.client(0);
        let fields = [
            ("email_address", email),
            ("password", PASSWORD),
            ("strategy", "email_code"),
        ];
        let id = Face::Rest.sign_up_create(&client, &fields).await.ok().id();
        Face::Rest.sign_up_attempt(&client, &id, "424242").await.ok();
        sign_out(&client).await;
        client
    }

    /// That client, at one of the two.
    fn owner(&self, client: &TestClient, number: usize) -> TestClient {
        let mut client = client.clone();
        client.base.clone_from(&self.client(number).base);
        client
    }

    /// So many wrong passwords from each of so many networks, over both servers and both faces. The answers by network.
    async fn guess(&self, email: &str, networks: u32, each: u32) -> BTreeMap<String, BTreeMap<String, u32>> {
        let guesses = (0..networks * each).map(|number| async move {
            // Every other round of the networks goes to the other server, and every third through the other face.
            let (address, round) = (network(number % networks), number / networks);
            let face = if round % 3 == 0 { Face::Graphql } else { Face::Rest };
            let client = at(self.client(round as usize), &address);
            let outcome = by_password(face, &client, email, WRONG).await;
            (address, outcome.codes.join(","))
        });
        let mut answers: BTreeMap<String, BTreeMap<String, u32>> = BTreeMap::new();
        let mut given = stream::iter(guesses).buffer_unordered(PARALLEL);
        while let Some((address, codes)) = given.next().await {
            *answers.entry(address).or_default().entry(codes).or_default() += 1;
        }
        answers
    }

    /// What the counters of subjects like that hold, smallest first.
    async fn failures(&self, subject: &str) -> Vec<i32> {
        let sql = format!("SELECT failures FROM lockout WHERE subject LIKE '{subject}' ORDER BY failures");
        let statement = Statement::from_string(self.connection.get_database_backend(), sql);
        let rows = self.connection.query_all_raw(statement).await.unwrap();
        rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect()
    }

    async fn finish(self) {
        self.connection.close().await.unwrap();
        for server in self.servers {
            server.stop().await;
        }
        self.installation.remove().await;
    }
}

/// How often an answer was given to all of them together.
fn total(answers: &BTreeMap<String, BTreeMap<String, u32>>, codes: &str) -> u32 {
    answers.values().filter_map(|of_network| of_network.get(codes)).sum()
}

const EMAIL: &str = "ada+clerk_test@example.com";

#[tokio::test]
async fn a_thousand_wrong_passwords_from_fifty_networks_never_lock_the_owners_known_client_out() {
    let two = Two::start().await;
    let owner = two.ada(EMAIL).await;
    assert_ne!(EMAIL, ADA);
    let answers = two.guess(EMAIL, 50, 20).await;
    assert_eq!(answers.len(), 50);
    let (wrong, locked, later) = (
        total(&answers, "form_password_incorrect"),
        total(&answers, "user_locked"),
        total(&answers, "too_many_requests"),
    );
    assert_eq!(wrong, 100, "as many as the settings allow, over both: {answers:?}");
    assert_eq!(wrong + locked + later, 1_000, "{answers:?}");
    assert!(locked > 0);
    assert_eq!(two.failures("user_%").await.iter().max(), Some(&100));
    let mut by_network: Vec<_> = answers
        .values()
        .filter_map(|of_network| of_network.get("form_password_incorrect").copied())
        .map(u32::cast_signed)
        .collect();
    by_network.sort_unstable();
    assert_eq!(two.failures("%@%").await, by_network, "each network by its own guesses");
    for number in 0..4 {
        let client = two.owner(&owner, number);
        let face = if number < 2 { Face::Rest } else { Face::Graphql };
        let stranger = at(two.client(number), "192.0.2.200");
        assert_eq!(
            by_password(face, &stranger, EMAIL, PASSWORD).await.code(),
            "user_locked"
        );
        // From a network that guessed, too.
        let client = at(client, &network(u32::try_from(number).unwrap()));
        by_password(face, &client, EMAIL, PASSWORD).await.ok();
        sign_out(&client).await;
    }
    two.finish().await;
}

#[tokio::test]
async fn guesses_per_network_and_account_are_counted_exactly_over_two_processes() {
    let two = Two::start().await;
    let owner = two.ada(EMAIL).await;
    // Half of what puts a network out is free of waiting, at each of the two.
    two.settings(json!({
        "attack_protection": { "user_lockout": { "max_attempts": 10_000, "max_attempts_per_network": 12 } },
        "limit": { "attempt_per_instance": 1_000_000, "sign_in_create_per_instance": 1_000_000 },
    }))
    .await;
    let answers = two.guess(EMAIL, 50, 20).await;
    for (address, of_network) in &answers {
        assert_eq!(
            of_network.get("form_password_incorrect"),
            Some(&12),
            "{address}: {of_network:?}"
        );
        assert_eq!(
            of_network.get("too_many_requests"),
            Some(&8),
            "{address}: {of_network:?}"
        );
    }
    assert_eq!(two.failures("%@%").await, [12; 50]);
    assert_eq!(two.failures("user_%").await.last(), Some(&600));
    for number in 0..2 {
        let client = two.owner(&owner, number);
        by_password(Face::Rest, &client, EMAIL, PASSWORD).await.ok();
        sign_out(&client).await;
        let fresh = at(two.client(number), "192.0.2.200");
        by_password(Face::Rest, &fresh, EMAIL, PASSWORD).await.ok();
    }
    two.finish().await;
}
