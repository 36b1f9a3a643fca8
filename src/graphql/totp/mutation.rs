//! Setting up an authenticator app, and removing it.

use super::Totp;
use crate::{
    change::{carry_out, inputs_of_one_id, payloads},
    error::Nullable,
    or_empty::OrEmpty,
    parsing::{acting_in, both},
    proof::ProofInput,
};
use async_graphql::{Context, ID, InputObject, Object};
use entity::{id::SessionId, kind::Strategy};
use service::totp;
use web_kit::input;

inputs_of_one_id! {
    /// The identifier of the session to act in; null for the one that acts when none is named.
    session_id: Option<SessionId>;
    /// Whose app to set up.
    TotpCreateInput,
    /// Whose app to remove.
    TotpDeleteInput,
}

/// A code of the app.
#[derive(InputObject)]
pub struct TotpAttemptVerificationInput {
    /// The identifier of the session to act in; null for the one that acts when none is named.
    session_id: Option<ID>,
    /// The proof: the code that the app shows.
    proof: ProofInput,
}

payloads! {
    /// What came of setting up an authenticator app.
    TotpCreatePayload {
        /// The app; null when none was set up.
        totp: Totp, client
    }
    /// What came of showing a code of an authenticator app.
    TotpAttemptVerificationPayload {
        /// The app; null when the code was not accepted.
        totp: Totp, client
    }
    /// What came of removing an authenticator app.
    TotpDeletePayload {
        /// The identifier of the app that is gone; null when none was removed.
        deleted_totp_id: ID, client
    }
}

/// Mutations of authenticator apps.
#[derive(Default)]
pub struct TotpMutation;

#[Object]
impl TotpMutation {
    /// Makes a secret for an authenticator app. It is asked for at sign-in once a code of it was shown; until then the next call makes
    /// another secret, and the first one is void.
    /// Codes: `FEATURE_NOT_ENABLED`, `FORM_PARAM_FORMAT_INVALID`, `TOTP_ALREADY_ENABLED`.
    async fn totp_create(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose app to set up.", default)] input: OrEmpty<TotpCreateInput>,
    ) -> Nullable<TotpCreatePayload> {
        carry_out(context, async |app, caller| {
            totp::create(app, &acting_in(caller, input.0.id()?)).await
        })
        .await
    }

    /// Takes a code of the app that was just set up. With the right one it is asked for at each sign-in from now on, and the session
    /// that acts has given its second proof.
    /// Codes: `FEATURE_NOT_ENABLED`, `FORM_CODE_INCORRECT`, `FORM_PARAM_FORMAT_INVALID`, `RESOURCE_NOT_FOUND`,
    /// `STRATEGY_FOR_USER_INVALID`, `TOTP_ALREADY_ENABLED`.
    async fn totp_attempt_verification(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "A code of the app.")] input: TotpAttemptVerificationInput,
    ) -> Nullable<TotpAttemptVerificationPayload> {
        let session = input.session_id.map(|id| input::id(&id, "session_id")).transpose();
        let (proof, code) = input.proof.of(Strategy::Totp);
        carry_out(context, async |app, caller| {
            let (session, code) = both(
                session,
                code.and_then(input::totp).map_err(|problem| proof.spell(problem)),
            )?;
            let attempted = totp::attempt_verification(app, &acting_in(caller, session), code).await;
            attempted.map_err(|error| proof.spelled(error))
        })
        .await
    }

    /// Removes the authenticator app and the codes that stand in for it, in a session that has given the second proof. It is asked
    /// for no more.
    /// Codes: `FORM_PARAM_FORMAT_INVALID`, `RESOURCE_NOT_FOUND`, `SESSION_REVERIFICATION_REQUIRED`.
    async fn totp_delete(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose app to remove.", default)] input: OrEmpty<TotpDeleteInput>,
    ) -> Nullable<TotpDeletePayload> {
        carry_out(context, async |app, caller| {
            let deleted = totp::delete(app, &acting_in(caller, input.0.id()?)).await?;
            Ok(deleted.to_string())
        })
        .await
    }
}
