//! Following a session: its end, and its tokens until then.
//!
//! Invariant: nothing is pushed to whom a query would tell nothing, and following a session is no activity in it.

use super::{Session, Token};
use crate::{
    context::{ContextExt as _, Execution},
    error::failed,
    line::Listener,
    push::{self, Pushes, carries_query},
};
use async_graphql::{Context, ID, SimpleObject, Subscription};
use domain::{permission::Actor, session as domain_session};
use entity::{UnixMilliseconds, id::SessionId, kind::SessionStatus};
use futures_util::StreamExt as _;
use kernel::{
    error::{Code, Result},
    notice::{Topic, Watcher},
};
use service::{
    session::{self, Following},
    standing::{self, Readmission, Standing},
};
use std::{ops::Range, sync::Arc};
use web_kit::input;

/// A session, as it is pushed.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct SessionRevokedPayload {
    /// The session, with the status that it has now; null where its client does not list it any more, and where it is not kept.
    pub session: Option<Session>,
}

carries_query!(SessionRevokedPayload);

/// A token of a session, as it is pushed.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct SessionTokenRefreshedPayload {
    /// The token; null, for the last time, when the session is over.
    pub session_token: Option<Token>,
    /// The session, with the status that it has now; null where its client does not list it any more, and where it is not kept.
    pub session: Option<Session>,
}

carries_query!(SessionTokenRefreshedPayload);

/// Subscriptions to sessions.
#[derive(Default)]
pub struct SessionSubscription;

#[Subscription]
impl SessionSubscription {
    /// A session, as it is, and once more when it is over: signed out of, removed, withdrawn, replaced, expired or abandoned. Then it ends.
    /// For the session's client, and by a session token for its own session.
    async fn session_revoked(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The session's identifier; null for the one that acts when none is named.")]
        session_id: Option<ID>,
    ) -> async_graphql::Result<Pushes<SessionRevokedPayload>> {
        let (mut followed, mut present) = begin(context, Following::End, session_id).await?;
        Ok(async_stream::stream! {
            loop {
                let is_over = is_over(present.as_ref());
                yield Ok(SessionRevokedPayload { session: present.take().map(Session::from) });
                if is_over {
                    return;
                }
                // What else changes of it `clientUpdated` tells.
                present = match followed.until_due(ALWAYS).await {
                    Ok(session) => session,
                    Err(error) => {
                        yield Err(push::pushed(&followed.execution, &error));
                        return;
                    }
                };
            }
        }
        .boxed())
    }

    /// Tokens of a session of the caller's client: one at once, and the next one each time ten seconds before the last one ends (of those
    /// that live shorter than half a minute, when a third of their life is left). Ends with a null when the session is over.
    /// Following is no activity: a session that nobody uses expires and is abandoned as without it. Not for session tokens, which must
    /// not renew themselves.
    async fn session_token_refreshed(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The session's identifier; null for the one that acts when none is named.")]
        session_id: Option<ID>,
    ) -> async_graphql::Result<Pushes<SessionTokenRefreshedPayload>> {
        let (mut followed, mut present) = begin(context, Following::Tokens, session_id).await?;
        Ok(async_stream::stream! {
            loop {
                let session_token = match followed.token(&mut present).await {
                    Ok(token) => token,
                    Err(error) => {
                        yield Err(push::pushed(&followed.execution, &error));
                        return;
                    }
                };
                let suffices = session_token.as_ref().map(session::Token::suffices);
                yield Ok(SessionTokenRefreshedPayload {
                    session_token: session_token.map(Token::from),
                    session: present.take().map(Session::from),
                });
                let Some(suffices) = suffices else { return };
                present = match followed.until_due(suffices).await {
                    Ok(session) => session,
                    Err(error) => {
                        yield Err(push::pushed(&followed.execution, &error));
                        return;
                    }
                };
            }
        }
        .boxed())
    }
}

/// Every time is good: only the end is waited for.
const ALWAYS: Range<UnixMilliseconds> = UnixMilliseconds::MIN..UnixMilliseconds::MAX;

/// A session that is followed.
struct Followed {
    execution: Arc<Execution>,
    watcher: Watcher,
    listener: Listener,
    id: SessionId,
    /// When time ends it, should nothing else.
    ends_at: Option<UnixMilliseconds>,
}

/// Begins to follow a session, and what is shown of it at first.
async fn begin(
    context: &Context<'_>,
    what: Following,
    id: Option<ID>,
) -> async_graphql::Result<(Followed, Option<domain_session::Session>)> {
    let execution = Arc::clone(context.execution());
    let begun = Followed::begin(execution, what, id.as_ref().map(|id| id.as_str())).await;
    begun.map_err(|error| failed(context, &error))
}

/// Whether a session will never change again. What there is not will not either.
fn is_over(session: Option<&domain_session::Session>) -> bool {
    session.is_none_or(|session| session.status != SessionStatus::Active)
}

impl Followed {
    async fn begin(
        execution: Arc<Execution>,
        what: Following,
        id: Option<&str>,
    ) -> Result<(Self, Option<domain_session::Session>)> {
        let (app, listener, caller) = (
            &execution.app,
            execution.listen(),
            Arc::clone(&execution.acting().caller),
        );
        let id = id.map(|id| input::id::<SessionId>(id, "session_id")).transpose()?;
        let found = session::follow(app, &caller, what, id.as_ref()).await?;
        let watcher = app.notices().watch([Topic::Client(found.client_id)]);
        // Once more, now that no change is missed.
        let session = session::followed(app, &caller, &found.id).await?;
        let followed = Self {
            watcher,
            listener,
            id: found.id,
            ends_at: session.as_ref().unwrap_or(&found).ends_at(),
            execution,
        };
        // Whoever comes only now is told no more of it than by a query.
        Ok((followed, session.filter(session::is_shown)))
    }

    /// Waits until it is over, or the time is no more among those that are good.
    async fn until_due(&mut self, good: Range<UnixMilliseconds>) -> Result<Option<domain_session::Session>> {
        loop {
            let still_good = good.start..self.ends_at.map_or(good.end, |ends_at| good.end.min(ends_at));
            push::changed(&self.execution, &self.watcher, &mut self.listener, Some(still_good)).await;
            let session = self.now().await?;
            if is_over(session.as_ref()) || !good.contains(&self.execution.app.now()) {
                return Ok(session);
            }
        }
    }

    /// What has become of it, for its follower as they would be let in now: nobody, when they are let in no more because it is over.
    async fn now(&mut self) -> Result<Option<domain_session::Session>> {
        loop {
            let (execution, caller) = (&self.execution, self.listener.holder());
            let readmission = standing::readmission(&execution.app, &caller).await?;
            let session = session::followed(&execution.app, &caller, &self.id).await?;
            let is_over = is_over(session.as_ref());
            let present = match readmission {
                Readmission::Granted(caller) => caller,
                Readmission::Refused(Standing::Unknown) => Arc::new(caller.acting_as(Actor::Anonymous, None)),
                Readmission::Refused(Standing::SessionOver) if is_over => {
                    Arc::new(caller.acting_as(Actor::Anonymous, None))
                }
                Readmission::Refused(_) => {
                    // The connection is cut, and taken up again, or another token is shown first.
                    self.listener.changed().await;
                    continue;
                }
            };
            let is_known = present.actor != Actor::Anonymous;
            execution.act_as(present);
            execution.budget().renew();
            if let Some(session) = &session {
                self.ends_at = session.ends_at();
            }
            return Ok(session.filter(|_| is_known || is_over));
        }
    }

    /// The next token, while the session that was just looked at is in use. It may be over since, which is looked at then.
    async fn token(&mut self, present: &mut Option<domain_session::Session>) -> Result<Option<session::Token>> {
        if is_over(present.as_ref()) {
            return Ok(None);
        }
        let caller = Arc::clone(&self.execution.acting().caller);
        let error = match session::next_token(&self.execution.app, &caller, &self.id).await {
            Ok(token) => return Ok(Some(token)),
            Err(error) => error,
        };
        let may_be_over = matches!(error.code(), Code::AuthenticationInvalid | Code::ResourceNotFound);
        if may_be_over {
            *present = self.now().await?;
        }
        if may_be_over && is_over(present.as_ref()) {
            Ok(None)
        } else {
            Err(error)
        }
    }
}
