//! Setting up an authenticator app, and removing it.

use super::Totp;
use crate::{
    budget::InTime,
    context::ContextExt as _,
    error::{answered_anew, payload},
};
use async_graphql::{Context, ID, InputObject, Object};
use kernel::error::Error;
use service::totp;
use web_kit::input;

/// A code of the app.
#[derive(InputObject)]
pub struct TotpAttemptVerificationInput {
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
    async fn totp_create(&self, context: &Context<'_>) -> async_graphql::Result<TotpCreatePayload> {
        let caller = &context.acting().caller;
        answered_anew(context, totp::create(context.app(), caller).await)
    }

    /// Takes a code of the app that was just set up. With the right one it is asked for at each sign-in from now on.
    async fn totp_attempt_verification(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "A code of the app.")] input: TotpAttemptVerificationInput,
    ) -> async_graphql::Result<TotpAttemptVerificationPayload> {
        let caller = &context.acting().caller;
        let outcome = match input::totp(input.code) {
            Ok(code) => totp::attempt_verification(context.app(), caller, code).await,
            Err(problem) => Err(Error::from(problem)),
        };
        answered_anew(context, outcome)
    }

    /// Removes the authenticator app. It is asked for no more.
    async fn totp_delete(&self, context: &Context<'_>) -> async_graphql::Result<TotpDeletePayload> {
        let caller = &context.acting().caller;
        let deleted = totp::delete(context.app(), caller).await;
        answered_anew(context, deleted.map(|id| ID::from(id.to_string())))
    }
}
