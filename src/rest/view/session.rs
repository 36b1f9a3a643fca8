//! A session as it is sent, with its user.
//!
//! Invariant: a token is shown exactly when the service made one, which it does for active sessions of the caller's own
//! client alone.

use super::{TokenView, UserView, Viewing, user::PublicUserData};
use entity::{
    UnixMilliseconds,
    id::{ClientId, OrganizationId, SessionId, UserId},
    kind::SessionStatus,
};
use serde::Serialize;
use service::client::SessionState;

/// A session.
#[derive(Clone, Debug, Serialize)]
pub struct SessionView<'a> {
    object: &'static str,
    id: &'a SessionId,
    client_id: &'a ClientId,
    user_id: &'a UserId,
    status: SessionStatus,
    expire_at: UnixMilliseconds,
    abandon_at: UnixMilliseconds,
    last_active_at: UnixMilliseconds,
    last_active_token: Option<TokenView<'a>>,
    last_active_organization_id: Option<&'a OrganizationId>,
    actor: Option<()>,
    tasks: Option<()>,
    factor_verification_age: [i64; 2],
    user: UserView<'a>,
    public_user_data: PublicUserData<'a>,
    created_at: UnixMilliseconds,
    updated_at: UnixMilliseconds,
}

impl<'a> SessionView<'a> {
    /// A session as it stands now.
    #[must_use]
    pub fn of(state: &'a SessionState, viewing: &Viewing<'_>) -> Self {
        let session = &state.session;
        Self {
            object: "session",
            id: &session.id,
            client_id: &session.client_id,
            user_id: &session.user_id,
            status: session.status_at(viewing.now),
            expire_at: session.expire_at,
            abandon_at: session.abandon_at,
            last_active_at: session.last_active_at,
            last_active_token: state.token.as_deref().map(TokenView::of),
            last_active_organization_id: None,
            actor: None,
            tasks: None,
            factor_verification_age: session.factor_verification_age(viewing.now),
            user: UserView::of(&state.user, viewing),
            public_user_data: PublicUserData::of(&state.user, viewing),
            created_at: session.created_at,
            updated_at: session.updated_at,
        }
    }
}
