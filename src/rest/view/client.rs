//! A client as it is sent: its sessions with their users, and what it has begun.
//!
//! Invariant: an attempt is shown while it is pending and not afterwards; SDKs lose their place when it is missing too
//! early and begin again when it stays too long.

use super::{SessionView, SignInView, SignUpView, Viewing};
use entity::{
    UnixMilliseconds,
    id::{ClientId, SessionId},
};
use serde::Serialize;
use service::client::ClientState;

/// A client.
#[derive(Clone, Debug, Serialize)]
pub struct ClientView<'a> {
    object: &'static str,
    id: &'a ClientId,
    sessions: Vec<SessionView<'a>>,
    sign_in: Option<SignInView<'a>>,
    sign_up: Option<SignUpView<'a>>,
    // The names that the two had at first.
    sign_in_attempt: Option<SignInView<'a>>,
    sign_up_attempt: Option<SignUpView<'a>>,
    last_active_session_id: Option<&'a SessionId>,
    last_authentication_strategy: Option<&'a str>,
    cookie_expires_at: Option<UnixMilliseconds>,
    captcha_bypass: bool,
    created_at: UnixMilliseconds,
    updated_at: UnixMilliseconds,
}

impl<'a> ClientView<'a> {
    /// A client as it stands now.
    #[must_use]
    pub fn of(state: &'a ClientState, viewing: &Viewing<'a>) -> Self {
        let sign_in = state.sign_in.as_ref().map(SignInView::of);
        let sign_up = state.sign_up.as_ref().map(SignUpView::of);
        Self {
            object: "client",
            id: &state.id,
            sessions: state
                .sessions
                .iter()
                .map(|session| SessionView::of(session, viewing))
                .collect(),
            sign_in_attempt: sign_in.clone(),
            sign_up_attempt: sign_up.clone(),
            sign_in,
            sign_up,
            last_active_session_id: state.last_active_session_id.as_ref(),
            last_authentication_strategy: state.last_authentication_strategy.as_deref(),
            cookie_expires_at: None,
            captcha_bypass: false,
            created_at: state.created_at,
            updated_at: state.updated_at,
        }
    }
}
