//! Following a session to its end.
//!
//! Invariant: whether somebody may follow a session is asked when they begin. What becomes of it later is told by [`followed`], by
//! which it may be over and gone from every list; whether they would still be let in is for [`crate::standing`] to say.

use crate::{app::App, authorise, authorise_on};
use domain::{
    permission::{Action, Owned},
    session::Session,
};
use entity::{id::SessionId, kind::SessionStatus};
use kernel::{
    caller::Caller,
    error::{Code, Result},
};

/// What of a session is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Following {
    /// How it ends: by its client, and by whoever holds a token of it.
    End,
    /// Its tokens: by its client alone, since a token must not renew itself.
    Tokens,
}

/// A session that the caller may follow: one of its client, also where that lists it no more, or its token's own; without an
/// identifier the one that acts. As it is stored, with the status that it has now.
///
/// # Errors
/// `authentication_invalid` for somebody unknown and where none is named and none acts, `authorization_invalid` for callers that
/// may not follow this, `resource_not_found` when it is somebody else's.
pub async fn follow(app: &App, caller: &Caller, what: Following, id: Option<&SessionId>) -> Result<Session> {
    authorise(
        caller,
        match what {
            Following::End => Action::Subscribe,
            Following::Tokens => Action::MintToken,
        },
    )?;
    let id = match id {
        Some(id) => *id,
        None => super::acting(app, caller).await?.id,
    };
    let session = followed(app, caller, &id).await?.ok_or(Code::ResourceNotFound)?;
    authorise_on(caller, Action::ReadSession, Owned::Session(&session))?;
    Ok(session)
}

/// What has become of a session that the caller has begun to follow; nothing where it is not kept any more. As it is stored, since
/// activity on another node may have moved its end, with the status that it has now.
///
/// # Errors
/// When it cannot be read.
pub async fn followed(app: &App, caller: &Caller, id: &SessionId) -> Result<Option<Session>> {
    let found = store::session::find(app.reader(&caller.instance.id), id).await?;
    Ok(found.map(|session| Session {
        status: session.status_at(app.now()),
        ..session
    }))
}

/// Whether a query would show to its client what [`follow`] has found. A session that was put away, withdrawn or replaced shows a
/// person who came after nothing of whose it was.
#[must_use]
pub const fn is_shown(session: &Session) -> bool {
    match session.status {
        SessionStatus::Active | SessionStatus::Ended | SessionStatus::Expired | SessionStatus::Abandoned => true,
        SessionStatus::Removed | SessionStatus::Replaced | SessionStatus::Revoked => false,
    }
}
