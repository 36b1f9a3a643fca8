//! Setting up an authenticator app, and removing it.

use super::Totp;
use crate::{
    budget::InTime,
    context::ContextExt as _,
    error::{answered_anew, payload},
    parsing::{acting_in, both},
};
use async_graphql::{Context, ID, InputObject, Object};
use service::totp;
use web_kit::input;

/// Whose app to set up.
#[derive(InputObject)]
pub struct TotpCreateInput {
    /// The identifier of the session to act in; null for the one that acts when none is named.
    session_id: Option<ID>,
}

/// Whose app to remove.
#[derive(InputObject)]
pub struct TotpDeleteInput {
    /// The identifier of the session to act in; null for the one that acts when none is named.
    session_id: Option<ID>,
}

/// A code of the app.
#[derive(InputObject)]
pub struct TotpAttemptVerificationInput {
    /// The identifier of the session to act in; null for the one that acts when none is named.
    session_id: Option<ID>,
    /// The code that the app shows.
    #[graphql(secret)]
    code: String,
}

payload! {
    /// What came of setting up an authenticator app.
    TotpCreatePayload {
        /// The app; null when none was set up.
        totp: Totp, client
    }
}

payload! {
    /// What came of showing a code of an authenticator app.
    TotpAttemptVerificationPayload {
        /// The app; null when the code was not accepted.
        totp: Totp, client
    }
}

payload! {
    /// What came of removing an authenticator app.
    TotpDeletePayload {
        /// The identifier of the app that is gone; null when none was removed.
        deleted_totp_id: ID, client
    }
}

/// Mutations of authenticator apps.
#[derive(Default)]
pub struct TotpMutation;

#[Object(guard = "InTime")]
impl TotpMutation {
    /// Makes a secret for an authenticator app. It is asked for at sign-in once a code of it was shown.
    async fn totp_create(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose app to set up.")] input: TotpCreateInput,
    ) -> async_graphql::Result<TotpCreatePayload> {
        let outcome = match acting_in(context, input.session_id.as_ref()) {
            Ok(caller) => totp::create(context.app(), &caller).await,
            Err(problem) => Err(problem.into()),
        };
        answered_anew(context, outcome)
    }

    /// Takes a code of the app that was just set up. With the right one it is asked for at each sign-in from now on.
    async fn totp_attempt_verification(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "A code of the app.")] input: TotpAttemptVerificationInput,
    ) -> async_graphql::Result<TotpAttemptVerificationPayload> {
        let caller = acting_in(context, input.session_id.as_ref());
        let outcome = match both(caller, input::totp(input.code)) {
            Ok((caller, code)) => totp::attempt_verification(context.app(), &caller, code).await,
            Err(error) => Err(error),
        };
        answered_anew(context, outcome)
    }

    /// Removes the authenticator app. It is asked for no more.
    async fn totp_delete(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose app to remove.")] input: TotpDeleteInput,
    ) -> async_graphql::Result<TotpDeletePayload> {
        let outcome = match acting_in(context, input.session_id.as_ref()) {
            Ok(caller) => totp::delete(context.app(), &caller).await,
            Err(problem) => Err(problem.into()),
        };
        answered_anew(context, outcome.map(|id| ID::from(id.to_string())))
    }
}
