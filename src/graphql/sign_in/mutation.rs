//! The steps of signing in.

use super::SignIn;
use crate::{
    budget::InTime,
    change::{change, payloads},
    parsing::both,
    scalar::Strategy,
};
use async_graphql::{Context, ID, InputObject, Object};
use domain::proof::Level;
use entity::id::{IdentificationId, SignInId};
use kernel::error::{Problem, Result};
use service::sign_in::{self, PrepareFactor};
use web_kit::input::{self, Parameters, RawSignIn};

/// What a sign-in begins with: nothing, an identifier, or an identifier and a proof.
#[derive(InputObject)]
pub struct SignInCreateInput {
    /// Who wants to sign in: an e-mail address or a username.
    identifier: Option<String>,
    /// How they want to prove it: a password is taken at once, a code is sent at once.
    strategy: Option<Strategy>,
    /// The password.
    #[graphql(secret)]
    password: Option<String>,
}

/// Where to send a code.
#[derive(InputObject)]
pub struct SignInPrepareFirstFactorInput {
    /// The sign-in's identifier.
    sign_in_id: ID,
    /// How the proof is to be given.
    strategy: Strategy,
    /// The identifier of the address that the code goes to, as `supportedFirstFactors` gives it; null for the first one.
    email_address_id: Option<ID>,
}

/// A proof for a sign-in.
#[derive(InputObject)]
pub struct SignInAttemptFirstFactorInput {
    /// The sign-in's identifier.
    sign_in_id: ID,
    /// How the proof is given.
    strategy: Strategy,
    /// The password, for `PASSWORD`.
    #[graphql(secret)]
    password: Option<String>,
    /// The code that was sent, for `EMAIL_CODE`.
    #[graphql(secret)]
    code: Option<String>,
}

/// Which second proof to ask for.
#[derive(InputObject)]
pub struct SignInPrepareSecondFactorInput {
    /// The sign-in's identifier.
    sign_in_id: ID,
    /// How the proof is to be given.
    strategy: Strategy,
}

/// A second proof for a sign-in.
#[derive(InputObject)]
pub struct SignInAttemptSecondFactorInput {
    /// The sign-in's identifier.
    sign_in_id: ID,
    /// How the proof is given.
    strategy: Strategy,
    /// The six digits that the authenticator app shows, for `TOTP`; one of the codes that stand in for it, for `BACKUP_CODE`.
    #[graphql(secret)]
    code: String,
}

payloads! {
    /// What came of beginning a sign-in.
    SignInCreatePayload {
        /// The sign-in; null when none was begun or the proof was not accepted.
        sign_in: SignIn, client
    }
    /// What came of asking for a code.
    SignInPrepareFirstFactorPayload {
        /// The sign-in; null when no code was sent.
        sign_in: SignIn, client
    }
    /// What came of a proof.
    SignInAttemptFirstFactorPayload {
        /// The sign-in; null when the proof was not accepted.
        sign_in: SignIn, client
    }
    /// What came of asking for a second proof.
    SignInPrepareSecondFactorPayload {
        /// The sign-in; null when nothing was asked for.
        sign_in: SignIn, client
    }
    /// What came of a second proof.
    SignInAttemptSecondFactorPayload {
        /// The sign-in; null when the proof was not accepted.
        sign_in: SignIn, client
    }
}

/// Mutations of sign-ins.
#[derive(Default)]
pub struct SignInMutation;

#[Object(guard = "InTime")]
impl SignInMutation {
    /// Begins a sign-in. A pending one of the same client is given up. Where the account asks for a second proof, the right first
    /// one leads to `NEEDS_SECOND_FACTOR`, with the proofs on offer in `supportedSecondFactors`.
    async fn sign_in_create(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What the sign-in begins with.")] input: SignInCreateInput,
    ) -> async_graphql::Result<SignInCreatePayload> {
        let strategy = input.strategy.map(entity::kind::Strategy::from);
        let create = input::sign_in(RawSignIn {
            identifier: input.identifier,
            strategy: strategy.map(|strategy| strategy.as_str().to_owned()),
            password: input.password,
        });
        change(context, async |app, caller| sign_in::create(app, caller, create).await).await
    }

    /// Has a code sent. A code that was sent before is dead.
    async fn sign_in_prepare_first_factor(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Where to send a code.")] input: SignInPrepareFirstFactorInput,
    ) -> async_graphql::Result<SignInPrepareFirstFactorPayload> {
        let address = input.email_address_id.as_deref();
        let address = address.map(|id| input::id::<IdentificationId>(id, "email_address_id"));
        change(context, async |app, caller| {
            let (id, target) = both(id(&input.sign_in_id), address.transpose())?;
            let prepare = PrepareFactor {
                level: Level::First,
                strategy: input.strategy.into(),
                target,
            };
            sign_in::prepare_factor(app, caller, &id, prepare).await
        })
        .await
    }

    /// Checks a proof. The right one begins a session, unless the account asks for a second one; every attempt counts.
    async fn sign_in_attempt_first_factor(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The proof.")] input: SignInAttemptFirstFactorInput,
    ) -> async_graphql::Result<SignInAttemptFirstFactorPayload> {
        let parameters = Parameters {
            password: input.password,
            code: input.code,
        };
        change(context, async |app, caller| {
            let (id, given) = both(
                id(&input.sign_in_id),
                parameters.proof(Level::First, input.strategy.into()),
            )?;
            sign_in::attempt_factor(app, caller, &id, Level::First, given).await
        })
        .await
    }

    /// Asks for a second proof that has to be sent. Codes of an app and codes that stand in for it are at hand, and need none of
    /// this.
    async fn sign_in_prepare_second_factor(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which second proof to ask for.")] input: SignInPrepareSecondFactorInput,
    ) -> async_graphql::Result<SignInPrepareSecondFactorPayload> {
        let prepare = PrepareFactor {
            level: Level::Second,
            strategy: input.strategy.into(),
            target: None,
        };
        change(context, async |app, caller| {
            sign_in::prepare_factor(app, caller, &id(&input.sign_in_id)?, prepare).await
        })
        .await
    }

    /// Checks a second proof. The right one begins a session; every attempt counts.
    async fn sign_in_attempt_second_factor(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The proof.")] input: SignInAttemptSecondFactorInput,
    ) -> async_graphql::Result<SignInAttemptSecondFactorPayload> {
        let parameters = Parameters {
            code: Some(input.code),
            ..Parameters::default()
        };
        change(context, async |app, caller| {
            let (id, given) = both(
                id(&input.sign_in_id),
                parameters.proof(Level::Second, input.strategy.into()),
            )?;
            sign_in::attempt_factor(app, caller, &id, Level::Second, given).await
        })
        .await
    }
}

fn id(text: &str) -> Result<SignInId, Problem> {
    input::id(text, "sign_in_id")
}
