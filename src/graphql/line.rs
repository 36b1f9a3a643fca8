//! What stays open, a socket or a stream of events, as those on it see it: who holds it now, and whether it ends.
//!
//! Invariant: whoever holds it is the same somebody from its beginning to its end. Of them only a session token can be another one,
//! a younger one of the same session.

use domain::permission::Actor;
use entity::id::ClientId;
use graphql_transport::Cut;
use kernel::{
    caller::Caller,
    error::{Code, Result},
    notice::{Topic, Watcher},
};
use service::{
    app::App,
    session,
    standing::{Standing, standing},
};
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;

/// How often a connection that was opened with a session token, or names a session, looks at the time.
const EXPIRY_CHECK: Duration = Duration::from_secs(1);

/// A connection that stays open.
#[derive(Debug)]
pub(crate) struct Line(watch::Sender<Held>);

#[derive(Clone, Debug)]
struct Held {
    by: Arc<Caller>,
    is_ending: bool,
}

/// What one of those on it sees of a line.
#[derive(Debug)]
pub(crate) struct Listener {
    held: watch::Receiver<Held>,
    has_heard_the_end: bool,
}

impl Line {
    /// The line of somebody who was let in.
    pub(crate) fn new(caller: Arc<Caller>) -> Self {
        Self(watch::Sender::new(Held {
            by: caller,
            is_ending: false,
        }))
    }

    /// Who holds it, with what they showed last.
    pub(crate) fn holder(&self) -> Arc<Caller> {
        Arc::clone(&self.0.borrow().by)
    }

    /// Hears of everything from now on.
    pub(crate) fn listen(&self) -> Listener {
        Listener {
            held: self.0.subscribe(),
            has_heard_the_end: false,
        }
    }

    /// Lets its holder go on with another token of their session. One that ends no later than theirs changes nothing.
    ///
    /// # Errors
    /// `authorization_invalid` where either of them holds no session token, and where the sessions are two.
    pub(crate) fn renew(&self, shown: Caller) -> Result<()> {
        let present = self.holder();
        let (Actor::SessionToken(held), Actor::SessionToken(new)) = (&present.actor, &shown.actor) else {
            return Err(Code::AuthorizationInvalid.into());
        };
        let is_theirs = present.instance.id == shown.instance.id
            && held.session_id == new.session_id
            && held.user_id == new.user_id;
        if !is_theirs {
            return Err(Code::AuthorizationInvalid.into());
        }
        if new.token_expires_at > held.token_expires_at {
            let by = Arc::new(present.acting_as(shown.actor, None));
            self.0.send_modify(|held| held.by = by);
        }
        Ok(())
    }

    /// Resolves when its holder would not be let in any more, and lets those on it say their last.
    pub(crate) async fn lost(&self, app: &App) -> Cut {
        let cut = self.rights_lost(app).await;
        self.0.send_modify(|held| held.is_ending = true);
        cut
    }

    async fn rights_lost(&self, app: &App) -> Cut {
        // Subscribed to before the first look, so that no change falls between.
        let instance = Topic::Instance(self.holder().instance.id);
        let (mut watcher, mut listener) = (app.notices().watch([instance]), self.listen());
        // Boxed: this waits for as long as the line is open, and for the database at its beginning alone.
        if let Some(client) = Box::pin(client_of(app, &self.holder())).await {
            watcher.turn_to(vec![instance, Topic::Client(client)]);
        }
        loop {
            let caller = listener.holder();
            match standing(app, &caller).await {
                Ok(Standing::Good) => {}
                Ok(Standing::Unknown) => return cut(4401, "The client is gone"),
                Ok(Standing::TokenReplaced) => return replaced(),
                Ok(Standing::SessionOver) => return cut(4403, "The session is over"),
                Ok(Standing::OriginRefused) => return cut(4403, "Pages of this origin may not use this instance"),
                Err(error) => {
                    tracing::error!(error.cause = ?error.cause(), "cannot tell whether a connection may stay open: {error}");
                    return cut(1013, "Try again later");
                }
            }
            tokio::select! {
                () = wait(app, &caller, &watcher) => {}
                () = listener.changed() => {}
            }
        }
    }
}

impl Listener {
    /// Who holds the line now. From here on [`Listener::changed`] tells of what comes after.
    pub(crate) fn holder(&mut self) -> Arc<Caller> {
        Arc::clone(&self.held.borrow_and_update().by)
    }

    /// Waits until another token was shown, or the line ends.
    pub(crate) async fn changed(&mut self) {
        if self.held.changed().await.is_err() {
            // There is no line any more on which anything could change.
            std::future::pending::<()>().await;
        }
    }

    /// Waits until the line ends, which is told once.
    pub(crate) async fn ending(&mut self) {
        while self.has_heard_the_end || !self.held.borrow().is_ending {
            self.changed().await;
        }
        self.has_heard_the_end = true;
    }
}

/// The client whose notices concern the caller.
async fn client_of(app: &App, caller: &Caller) -> Option<ClientId> {
    match &caller.actor {
        Actor::Client { client_id } => Some(*client_id),
        // Without a session the first look ends the connection.
        Actor::SessionToken(_) => session::acting(app, caller).await.ok().map(|session| session.client_id),
        Actor::Anonymous | Actor::SecretKey { .. } => None,
    }
}

/// Waits for a reason to look again.
async fn wait(app: &App, caller: &Caller, watcher: &Watcher) {
    // What time alone ends is announced by nobody.
    let ends_by_time = caller.request.session_id.is_some() || matches!(caller.actor, Actor::SessionToken(_));
    if !ends_by_time {
        return watcher.changed().await;
    }
    while tokio::time::timeout(EXPIRY_CHECK, watcher.changed()).await.is_err() {
        match &caller.actor {
            Actor::SessionToken(acting) if app.now() < acting.token_expires_at => {}
            _ => return,
        }
    }
}

/// For those who come back with the new token, which clients do by themselves after this code.
pub(crate) fn replaced() -> Cut {
    cut(1012, "The client has a new token: connect again")
}

/// An end with its code and why.
pub(crate) fn cut(code: u16, reason: &str) -> Cut {
    Cut {
        code,
        reason: reason.to_owned(),
    }
}
