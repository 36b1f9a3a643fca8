//! A further node of a test's server that counts the statements it sends to the database.

use super::{TestClient, TestServer};
use std::sync::{Arc, Mutex};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use vestibule::{
    app::{App, Caches, Parts},
    http::server,
    service::rate_limit::RateLimiter,
};

/// A node over the same database, keys and notices as the server.
pub struct CountingNode {
    base: String,
    statements: Arc<Mutex<Vec<String>>>,
    shutdown: CancellationToken,
    serving: JoinHandle<()>,
}

impl CountingNode {
    pub async fn start(of: &TestServer) -> Self {
        let statements: Arc<Mutex<Vec<String>>> = Arc::default();
        let mut database = of.app.database.clone();
        let seen = Arc::clone(&statements);
        database.set_metric_callback(move |statement| seen.lock().unwrap().push(statement.statement.sql.clone()));
        let app = App::new(Parts {
            database,
            clock: Arc::clone(&of.app.clock),
            entropy: of.app.entropy.clone(),
            keyring: of.app.keyring.clone(),
            hasher: of.app.hasher.clone(),
            config: of.app.config.clone(),
            notices: of.app.notices.clone(),
            rate_limiter: RateLimiter::new(Arc::clone(&of.app.clock)),
            caches: Caches::default(),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let shutdown = CancellationToken::new();
        let stop = shutdown.clone();
        let serving = tokio::spawn(async move { server::serve(app, listener, stop).await.unwrap() });
        Self {
            base,
            statements,
            shutdown,
            serving,
        }
    }

    /// The same caller, at this node.
    pub fn reached_by(&self, client: &TestClient) -> TestClient {
        let mut client = client.forked();
        client.base.clone_from(&self.base);
        client
    }

    /// The statements since the last time.
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.statements.lock().unwrap())
    }

    pub async fn finish(self) {
        self.shutdown.cancel();
        self.serving.await.unwrap();
    }
}
