//! A further node of a test's server that counts the statements it sends to the database.

use super::{TestClient, TestServer};
use entity::id::ClientId;
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex},
};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use vestibule::{
    app::{App, Caches, Parts},
    notice::NoticeBus,
    server,
    service::rate_limit::RateLimiter,
    store::listener::{self, Role},
};

/// Where the node of another process says that it is.
const ADDRESS: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 4000);

/// A node over the same database, keys and notices as the server.
pub struct CountingNode {
    base: String,
    /// Where it hears of changes.
    pub notices: NoticeBus,
    statements: Arc<Mutex<Vec<String>>>,
    shutdown: CancellationToken,
    serving: JoinHandle<()>,
}

impl CountingNode {
    /// In the process of the server.
    pub async fn start(of: &TestServer) -> Self {
        Self::over(of, of.app.notices().clone(), CancellationToken::new()).await
    }

    /// As in a process of its own, which hears of changes by the database alone. On SQLite there is only one process.
    pub async fn apart(of: &TestServer) -> Self {
        let url = of.app.config().database.url.expose().to_owned();
        if url.starts_with("sqlite") {
            return Self::start(of).await;
        }
        let (notices, shutdown) = (NoticeBus::new("apart"), CancellationToken::new());
        let mut heard = notices.subscribe();
        let (database, bus, stop) = (of.app.pool().clone(), notices.clone(), shutdown.clone());
        tokio::spawn(async move { listener::listen(&database, &url, bus, Role::Server(ADDRESS), stop).await });
        let anything: ClientId = of.app.entropy().id(of.now());
        while notices.version(&anything).is_none() {
            heard.next().await.unwrap();
        }
        Self::over(of, notices, shutdown).await
    }

    /// As in a process of its own to which every notice is still under way.
    pub async fn unaware(of: &TestServer) -> Self {
        let notices = NoticeBus::new("unaware");
        notices.set_complete(true);
        Self::over(of, notices, CancellationToken::new()).await
    }

    async fn over(of: &TestServer, notices: NoticeBus, shutdown: CancellationToken) -> Self {
        let statements: Arc<Mutex<Vec<String>>> = Arc::default();
        let mut database = of.app.pool().clone();
        let seen = Arc::clone(&statements);
        database.set_metric_callback(move |statement| seen.lock().unwrap().push(statement.statement.sql.clone()));
        let app = App::new(Parts {
            database,
            clock: Arc::clone(of.app.clock()),
            entropy: of.app.entropy().clone(),
            keyring: of.app.keyring().clone(),
            hasher: of.app.hasher().clone(),
            config: of.app.config().clone(),
            caches: Caches::new(&notices),
            notices: notices.clone(),
            rate_limiter: RateLimiter::new(Arc::clone(of.app.clock())),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let stop = shutdown.clone();
        let serving = tokio::spawn(async move { server::serve(app, listener, None, stop).await.unwrap() });
        Self {
            base,
            notices,
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
