//! A change that somebody makes to their own account.
//!
//! Invariant: who acts is read again under the locks of the change. What is remembered says which session is meant, and decides
//! nothing that is stored.

use super::state::naming;
use crate::{app::App, authorise, client::ClientHandle, rate_limit::Budget, session};
use domain::{permission::Action, session::Session};
use entity::user;
use kernel::{
    caller::Caller,
    error::{Code, Result},
};
use store::{Tx, user::Account};

/// The account of the person who acts, locked, with the client and the session that they act on. The client is locked first, as by
/// every step of a sign-in.
pub(crate) struct Own {
    pub(crate) tx: Tx,
    pub(crate) client: ClientHandle,
    /// The session, as it is stored.
    pub(crate) session: Session,
    account: Account,
}

impl Own {
    /// Opens the change.
    ///
    /// # Errors
    /// `authentication_invalid` when nobody is signed in any more, or the caller's token was rotated away; `too_many_requests`.
    pub(crate) async fn begin(app: &App, caller: &Caller) -> Result<Self> {
        authorise(caller, Action::ManageUser)?;
        app.rate_limiter().spend(caller, Budget::Attempt)?;
        let meant = session::acting(app, caller).await?;
        let mut tx = app.begin(&caller.instance.id).await?;
        let client = ClientHandle::obtain(app, &mut tx, caller).await?;
        let session = store::session::find(tx.scope(), &meant.id)
            .await?
            .filter(|session| session.client_id == client.row.id && session.is_active(tx.now()))
            .ok_or(Code::AuthenticationInvalid)?;
        let account = store::user::lock_account(&tx, &session.user_id).await?;
        Ok(Self {
            account: account.ok_or(Code::AuthenticationInvalid)?,
            tx,
            client,
            session,
        })
    }

    /// The account's row.
    pub(crate) const fn user(&self) -> &user::Model {
        &self.account.user
    }

    /// What names the person, as they wrote it.
    pub(crate) fn identifier(&self) -> &str {
        naming(self.user(), &self.account.identifications).unwrap_or_default()
    }

    /// Refuses what only its person may do to a session that has given no second proof, where the person has one: a session from
    /// before, or one that was stolen, must not remove or replace it.
    ///
    /// # Errors
    /// `session_reverification_required`.
    pub(crate) fn check_second_proof(&self) -> Result<()> {
        // One that was given before is of a second proof that is no more.
        let is_given = |since: i64| self.session.second_factor_verified_at.is_some_and(|at| at >= since);
        match self.user().mfa_enabled_at.is_none_or(is_given) {
            true => Ok(()),
            false => Err(Code::SessionReverificationRequired.into()),
        }
    }

    /// Records that a second proof was given in the session: the one that was just set up, shown to work. The client shows that.
    ///
    /// # Errors
    /// When the database cannot be reached.
    pub(crate) async fn gives_second_proof(&mut self, caller: &Caller) -> Result<()> {
        store::session::update_second_factor(&mut self.tx, &self.session).await?;
        self.client.save(&mut self.tx, caller).await
    }
}
