//! Whoever was cut off and comes back is told the present state first, whichever node it comes back to and whichever one has
//! changed it meanwhile.

use crate::support::{
    Face, SECRET_KEY, TestClient, TestServer, TestSocket,
    face::PASSWORD,
    process::{Installation, Serving},
    settings::update_settings,
    statements::CountingNode,
};
use serde_json::{Value, json};

const FOLLOW: &str =
    "subscription { clientUpdated { client { lastActiveSessionId sessions { id status } } query { viewer { id } } } }";
const ROUNDS: usize = 100;

/// Who is signed in twice on one client, and lets one session act or the other.
struct Ada {
    /// The same browser at each of the nodes.
    at: [TestClient; 2],
    /// Each with its user.
    sessions: [(String, String); 2],
}

impl Ada {
    async fn sign_up(at: [TestClient; 2]) -> Self {
        let first = Self::session(&at[0], "ada+clerk_test@example.com").await;
        let second = Self::session(&at[0], "augusta+clerk_test@example.com").await;
        let [here, mut there] = at;
        let base = std::mem::take(&mut there.base);
        // Cookies are shared from now on.
        there = here.clone();
        there.base = base;
        Self {
            at: [here, there],
            sessions: [first, second],
        }
    }

    /// A session that begins with a sign-up, and its user. A test address has a code that everybody knows.
    async fn session(client: &TestClient, email: &str) -> (String, String) {
        let fields = [
            ("email_address", email),
            ("password", PASSWORD),
            ("strategy", "email_code"),
        ];
        let id = Face::Rest.sign_up_create(client, &fields).await.ok().id();
        let done = Face::Rest.sign_up_attempt(client, &id, "424242").await.ok();
        (done.text("created_session_id"), done.text("created_user_id"))
    }

    /// A socket at one of the nodes that follows the client, and what it is told first.
    async fn follow(&self, node: usize) -> (TestSocket, Value) {
        let mut socket = TestSocket::connect(&self.at[node], json!({})).await;
        socket.subscribe("1", FOLLOW, json!({})).await;
        let told = pushed(&mut socket).await;
        (socket, told)
    }

    /// Lets the other session act, by one of the nodes. Its number.
    async fn switch(&self, node: usize, acting: usize) -> usize {
        let other = 1 - acting;
        Face::Graphql
            .session(&self.at[node], "touch", &self.sessions[other].0)
            .await
            .ok();
        other
    }

    /// Whether what is told is what is so when this session acts: of the client and of the root of queries.
    fn is_acting(&self, session: usize, told: &Value) -> bool {
        let (session, user) = &self.sessions[session];
        told["client"]["lastActiveSessionId"] == *session && told["query"]["viewer"]["id"] == *user
    }
}

async fn pushed(socket: &mut TestSocket) -> Value {
    let message = socket.next().await;
    assert_eq!(message["type"], "next", "{message}");
    assert!(message["payload"]["errors"].is_null(), "{message}");
    message["payload"]["data"]["clientUpdated"].clone()
}

/// The server's processes over one database, as an operator runs them.
struct Processes {
    installation: Installation,
    serving: Vec<Serving>,
}

impl Processes {
    /// Two on PostgreSQL. On SQLite one: what another one on the same file does is told to nobody.
    async fn start() -> Self {
        let installation = Installation::new().await;
        let count = if installation.url().starts_with("sqlite") { 1 } else { 2 };
        let environment = [
            ("VESTIBULE_SECRET_KEY", SECRET_KEY),
            // Nothing is killed here, so nothing has to outlive a power cut.
            ("VESTIBULE_DATABASE_SYNCHRONOUS", "normal"),
        ];
        let mut serving = Vec::new();
        for _ in 0..count {
            serving.push(installation.serve_with(&environment).await);
        }
        let processes = Self { installation, serving };
        let patch = json!({
            "session": { "single_session_mode": false },
            "limit": { "session_change_per_network": 10_000 },
        });
        for node in 0..2 {
            // Said to each of them, since the other one hears of it a moment later.
            let backend = processes.client(node).with_secret_key(SECRET_KEY);
            let reply = update_settings(&backend, &patch).await;
            assert_eq!(reply.codes(), Vec::<String>::new(), "{}", reply.text);
        }
        processes
    }

    /// A client that was never here, at one of the two; both are the same one where there is one only.
    fn client(&self, node: usize) -> TestClient {
        TestClient::new(&self.serving[node % self.serving.len()].origin)
    }

    async fn finish(self) {
        for server in self.serving {
            server.stop().await;
        }
        self.installation.remove().await;
    }
}

#[tokio::test]
async fn what_changes_while_a_socket_is_cut_is_told_first_of_all_after_the_reconnect_at_any_node() {
    let processes = Processes::start().await;
    let ada = Ada::sign_up([processes.client(0), processes.client(1)]).await;
    let mut acting = 1;
    let mut node = 0;
    let (mut socket, told) = ada.follow(node).await;
    assert!(ada.is_acting(acting, &told), "{told}");
    for round in 0..ROUNDS {
        if round % 10 == 0 {
            // The connection is there, and hears of what the other node changes.
            acting = ada.switch(1 - node, acting).await;
            while !ada.is_acting(acting, &pushed(&mut socket).await) {}
        }
        if round % 2 == 0 {
            drop(socket);
        } else {
            socket.leave().await;
        }
        acting = ada.switch(1 - node, acting).await;
        // Two rounds at each node: it is come back to, and gone away from.
        node = round / 2 % 2;
        let told;
        (socket, told) = ada.follow(node).await;
        assert!(ada.is_acting(acting, &told), "round {round}: {told}");
    }
    socket.leave().await;
    processes.finish().await;
}

#[tokio::test]
async fn a_node_that_has_not_heard_of_a_change_yet_tells_it_to_whoever_connects() {
    let server = TestServer::start().await;
    server
        .settings(json!({ "session": { "single_session_mode": false } }))
        .await;
    let node = CountingNode::unaware(&server).await;
    let client = server.anonymous();
    let there = node.reached_by(&client);
    let ada = Ada::sign_up([client, there]).await;
    let (socket, told) = ada.follow(1).await;
    assert!(ada.is_acting(1, &told), "{told}");
    let acting = ada.switch(0, 1).await;
    let remembered = ada.at[1].graphql("{ client { lastActiveSessionId } }", json!({})).await;
    assert_eq!(
        remembered.body["data"]["client"]["lastActiveSessionId"], ada.sessions[1].0,
        "the notice is under way, or nothing is tried here"
    );
    socket.leave().await;
    let (socket, told) = ada.follow(1).await;
    assert!(ada.is_acting(acting, &told), "{told}");
    socket.leave().await;
    node.finish().await;
    server.finish().await;
}
