//! What resolvers take from their context: the server's parts, who acts now, and the loaders that belong to them.
//!
//! Invariant: loaders never outlive the caller they read for, nor what a mutation changes. Each mutation begins with fresh
//! ones; one that changes the client replaces the caller with them, so that the rest of the document acts as the new one.

use super::{
    allowance::{Budget, OF_APPLICATION, OF_PERSON},
    line::{Line, Listener},
};
use arc_swap::ArcSwap;
use async_graphql::Context;
use axum::http::{HeaderMap, header};
use graphql_transport::Readings;
use kernel::caller::{Caller, Transport};
use service::{
    app::App,
    client::{self, Changed, Credential, Sessions},
    loader::Loaders,
};
use std::sync::Arc;
use tokio::time::Instant;
use web_kit::cookie;

/// What one execution shares.
pub struct Execution {
    /// The server's parts.
    pub app: App,
    acting: ArcSwap<Acting>,
    budget: Budget,
    /// What it came on, where that stays open, and the readings that its responses come of, where each of them is a whole state.
    opened: Option<(Arc<Line>, Readings)>,
}

/// Who acts now, and what was read for them.
pub struct Acting {
    /// Who it is.
    pub caller: Arc<Caller>,
    /// What they read together, and remember of it.
    pub loaders: Loaders,
}

impl Execution {
    /// The beginning of an execution by this caller; no mutation begins after the deadline.
    #[must_use]
    pub fn new(app: App, caller: Arc<Caller>, deadline: Option<Instant>) -> Arc<Self> {
        Arc::new(Self::of(app, caller, deadline))
    }

    /// The beginning of one that follows something on this line.
    #[must_use]
    pub(crate) fn on(line: Arc<Line>, readings: Readings, app: App, caller: Arc<Caller>) -> Arc<Self> {
        Arc::new(Self {
            opened: Some((line, readings)),
            ..Self::of(app, caller, None)
        })
    }

    fn of(app: App, caller: Arc<Caller>, deadline: Option<Instant>) -> Self {
        let allowance = match caller.actor.is_secret_key() {
            true => OF_APPLICATION,
            false => OF_PERSON,
        };
        let acting = ArcSwap::from_pointee(Acting::new(&app, caller));
        let budget = Budget::new(allowance, deadline);
        Self {
            app,
            acting,
            budget,
            opened: None,
        }
    }

    /// Hears from now on who holds the line that it came on. Where it came on none, that stays whoever acts now.
    pub(crate) fn listen(&self) -> Listener {
        match &self.opened {
            Some((line, _)) => line.listen(),
            None => Line::new(Arc::clone(&self.acting().caller)).listen(),
        }
    }

    /// A whole state is read from now on, which the next response is.
    pub(crate) fn begin_reading(&self) {
        if let Some((_, readings)) = &self.opened {
            readings.begin();
        }
    }

    /// What the execution may still do.
    #[must_use]
    pub fn budget(&self) -> &Budget {
        &self.budget
    }

    /// Who acts now.
    #[must_use]
    pub fn acting(&self) -> Arc<Acting> {
        self.acting.load_full()
    }

    /// Lets somebody else act from now on, with fresh loaders.
    pub fn act_as(&self, caller: impl Into<Arc<Caller>>) {
        self.act(caller.into());
    }

    /// Forgets what was read: something changes.
    pub fn read_anew(&self) {
        self.act(Arc::clone(&self.acting().caller));
    }

    fn act(&self, caller: Arc<Caller>) {
        self.acting.store(Arc::new(Acting::new(&self.app, caller)));
    }
}

impl Acting {
    fn new(app: &App, caller: Arc<Caller>) -> Self {
        Self {
            loaders: Loaders::new(app.clone(), Arc::clone(&caller)),
            caller,
        }
    }
}

/// Shortcuts of a resolver's context.
pub trait ContextExt {
    /// What this execution shares.
    fn execution(&self) -> &Arc<Execution>;

    /// The server's parts.
    fn app(&self) -> &App {
        &self.execution().app
    }

    /// Who acts now.
    fn acting(&self) -> Arc<Acting> {
        self.execution().acting()
    }

    /// Lets the caller of a change act from now on, and sends what it must keep.
    fn take_over(&self, changed: Changed<()>) -> impl Future<Output = ()> + Send;

    /// Adds headers to the answer. Of two mutations the later one has the last word, as with cookies of one name.
    fn send(&self, headers: &HeaderMap);
}

impl ContextExt for Context<'_> {
    fn execution(&self) -> &Arc<Execution> {
        self.data_unchecked()
    }

    async fn take_over(&self, changed: Changed<()>) {
        let (caller, credential) = (changed.caller, changed.credential);
        let mut headers = HeaderMap::new();
        cookie::write_credential(&mut headers, &caller, &credential);
        // First of all: what was committed has outdated what the caller has, whatever fails from here on.
        self.send(&headers);
        self.execution().act_as(caller.clone());
        let tells_backends = !caller.instance.is_development() && caller.request.transport == Transport::Cookie;
        if tells_backends && changed.sessions != Sessions::Unchanged && credential != Credential::Clear {
            let told = match client::listing(self.app(), &caller).await {
                Ok(listing) => Some(listing.and_then(|listing| listing.signed_in_since())),
                // It was done, and who is told that it failed does it again.
                Err(error) => {
                    tracing::error!(error.cause = ?error.cause(), "cannot tell since when somebody is signed in: {error}");
                    (changed.sessions == Sessions::Begun).then(|| Some(self.app().now()))
                }
            };
            if let Some(since) = told {
                let mut headers = HeaderMap::new();
                cookie::write_client_uat(&mut headers, &caller, since);
                self.send(&headers);
            }
        }
    }

    fn send(&self, headers: &HeaderMap) {
        for (name, value) in headers {
            if name == header::SET_COOKIE {
                self.append_http_header(name, value.clone());
            } else {
                self.insert_http_header(name, value.clone());
            }
        }
    }
}

/// Whether the caller may see what is there for secret keys alone, in introspection.
pub(crate) fn is_secret_key(context: &Context<'_>) -> bool {
    context
        .data_opt::<Arc<Execution>>()
        .is_some_and(|execution| execution.acting().caller.actor.is_secret_key())
}
