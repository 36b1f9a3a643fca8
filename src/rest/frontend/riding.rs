//! Answers of the Frontend API: the envelope, and the client that rides along.
//!
//! Invariant: what rides along is the client of whoever the caller is *after* the change, read after the commit; a
//! refusal carries none.

use crate::{
    answer::{Answer, Kept, Refused},
    view::{ClientView, SessionView, Viewing},
};
use axum::{http::StatusCode, response::Response};
use entity::UnixMilliseconds;
use kernel::{
    caller::Caller,
    error::{Code, Result},
};
use serde::Serialize;
use service::{
    app::App,
    client::{self, Changed, ClientState, Credential, SessionState, Sessions},
    loader::Loaders,
    session,
};
use std::sync::Arc;
use web_kit::{
    cookie::{write_client_uat, write_credential},
    refusal::json_response,
};

/// The usual answer.
#[derive(Serialize)]
struct Envelope<'a, T> {
    response: T,
    client: Option<ClientView<'a>>,
}

/// An answer without a client: nothing has changed.
pub(super) fn unchanged(response: &impl Serialize) -> Answer {
    let client = None;
    Answer::bare(&Envelope { response, client })
}

/// The caller's client as it stands after the request.
pub(super) struct Riding {
    loaders: Loaders,
    state: Option<ClientState>,
    credential: Credential,
    changes_sessions: bool,
    now: UnixMilliseconds,
}

impl Riding {
    /// The client after a change of it or of its sessions.
    pub(super) async fn after<T>(app: &App, changed: Changed<T>) -> Result<(T, Self), Refused> {
        let begins_session = changed.sessions == Sessions::Begun;
        let loaders = Loaders::new(app.clone(), Arc::new(changed.caller));
        let state = match client::read(&loaders).await {
            Ok(state) => state,
            Err(error) => {
                let kept = Kept {
                    since: begins_session.then(|| app.now()),
                    caller: Caller::clone(loaders.caller()),
                    credential: changed.credential,
                };
                return Err(Refused::keeping(error, kept));
            }
        };
        let riding = Self {
            state,
            loaders,
            changes_sessions: changed.sessions != Sessions::Unchanged,
            credential: changed.credential,
            now: app.now(),
        };
        Ok((changed.value, riding))
    }

    /// The client of somebody who only reads.
    pub(super) async fn reading(app: &App, caller: &Caller) -> Result<Self> {
        Self::read_by(Loaders::new(app.clone(), Arc::new(caller.clone()))).await
    }

    /// The same, with what these have read already.
    pub(super) async fn read_by(loaders: Loaders) -> Result<Self> {
        Ok(Self {
            state: client::read(&loaders).await?,
            credential: Credential::Keep,
            changes_sessions: false,
            now: loaders.app().now(),
            loaders,
        })
    }

    /// As of when things are shown.
    pub(super) fn viewing(&self) -> Viewing<'_> {
        Viewing {
            instance: &self.loaders.caller().instance,
            now: self.now,
        }
    }

    /// The answer: a resource, with the client beside it.
    pub(super) fn answer(&self, response: &impl Serialize) -> Answer {
        let client = self.client();
        self.keep(json_response(StatusCode::OK, &Envelope { response, client }))
    }

    /// The answer whose resource is the client itself; nothing when there is none.
    pub(super) fn answer_client(&self) -> Answer {
        let (response, client) = (self.client(), None);
        self.keep(json_response(StatusCode::OK, &Envelope { response, client }))
    }

    /// The answer whose resource is a session. One that the client does not list any more is read for it.
    pub(super) async fn answer_session(&self, session: domain::session::Session) -> Result<Answer> {
        let listed = self.state.iter().flat_map(|state| &state.sessions);
        if let Some(state) = listed.into_iter().find(|state| state.session.id == session.id) {
            return Ok(self.answer(&SessionView::of(state, &self.viewing())));
        }
        let unlisted: Vec<SessionState> = session::with_users(&self.loaders, vec![session]).await?;
        let state = unlisted.first().ok_or(Code::ResourceNotFound)?;
        Ok(self.answer(&SessionView::of(state, &self.viewing())))
    }

    fn client(&self) -> Option<ClientView<'_>> {
        let state = self.state.as_ref()?;
        Some(ClientView::of(state, &self.viewing()))
    }

    /// The answer with what the caller must keep.
    fn keep(&self, mut response: Response) -> Answer {
        write_credential(response.headers_mut(), self.loaders.caller(), &self.credential);
        if let Some(state) = self.state.as_ref().filter(|_| self.changes_sessions) {
            write_client_uat(response.headers_mut(), self.loaders.caller(), state.signed_in_since());
        }
        Answer::new(response)
    }
}
