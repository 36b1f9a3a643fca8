//! The steps of signing in.

use super::SignIn;
use crate::{
    change::{Payload, change, payloads},
    error::Nullable,
    or_empty::OrEmpty,
    parsing::both,
    proof::{Proof, ProofInput},
    scalar,
};
use async_graphql::{Context, ID, InputObject, Object};
use domain::proof::{Given, Level, Rules};
use entity::{
    id::{IdentificationId, SignInId},
    kind::Strategy,
};
use kernel::error::{Code, Problem, Result};
use service::sign_in::{self, PrepareFactor, Step};
use web_kit::input;

/// What a sign-in begins with: nothing, an identifier, or an identifier and a first step.
#[derive(Default, InputObject)]
pub struct SignInCreateInput {
    /// Who wants to sign in: an e-mail address or a username.
    identifier: Option<String>,
    /// What they want to prove it with, which is asked for at once: a code is sent.
    strategy: Option<scalar::Strategy>,
    /// The proof, which is checked at once. Beside it nothing is asked for, so there is no `strategy`.
    proof: Option<ProofInput>,
}

/// Where to send a code.
#[derive(InputObject)]
pub struct SignInPrepareFirstFactorInput {
    /// The sign-in's identifier.
    sign_in_id: ID,
    /// How the proof is to be given.
    strategy: scalar::Strategy,
    /// The identifier of the address that the code goes to, as `supportedFirstFactors` gives it; null for the first one.
    email_address_id: Option<ID>,
}

/// A proof for a sign-in.
#[derive(InputObject)]
pub struct SignInAttemptFirstFactorInput {
    /// The sign-in's identifier.
    sign_in_id: ID,
    /// The proof: one of those in `supportedFirstFactors`.
    proof: ProofInput,
}

/// Which second proof to ask for.
#[derive(InputObject)]
pub struct SignInPrepareSecondFactorInput {
    /// The sign-in's identifier.
    sign_in_id: ID,
    /// How the proof is to be given.
    strategy: scalar::Strategy,
}

/// A second proof for a sign-in.
#[derive(InputObject)]
pub struct SignInAttemptSecondFactorInput {
    /// The sign-in's identifier.
    sign_in_id: ID,
    /// The proof: one of those in `supportedSecondFactors`.
    proof: ProofInput,
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

#[Object]
impl SignInMutation {
    /// Begins a sign-in. A pending one of the same client is given up. Where the account asks for a second proof, the right first
    /// one leads to `NEEDS_SECOND_FACTOR`, with the proofs on offer in `supportedSecondFactors`.
    /// Codes: `FEATURE_NOT_ENABLED`, `FORM_IDENTIFIER_NOT_FOUND`, `FORM_PARAM_FORMAT_INVALID`,
    /// `FORM_PARAM_MAX_LENGTH_EXCEEDED`, `FORM_PARAM_MISSING`, `FORM_PARAM_VALUE_INVALID`, `FORM_PASSWORD_INCORRECT`,
    /// `IDENTIFIER_ALREADY_SIGNED_IN`, `SESSION_EXISTS`, `STRATEGY_FOR_USER_INVALID`, `USER_BANNED`, `USER_LOCKED`,
    /// `VERIFICATION_CODE_TOO_MANY_REQUESTS`, `VERIFICATION_MISSING`.
    async fn sign_in_create(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "What the sign-in begins with.", default)] input: OrEmpty<SignInCreateInput>,
    ) -> Nullable<SignInCreatePayload> {
        let OrEmpty(input) = input;
        let strategy = input.strategy.map(Strategy::from);
        let (proof, given) = input.proof.map(|proof| proof.at(Level::First)).unzip();
        let create = input::first_step(input.identifier, step(strategy, proof, given));
        change(context, async |app, caller| {
            let begun = sign_in::create(app, caller, create).await;
            begun.map_err(|error| match (proof, strategy) {
                (None, _) => error,
                (Some(proof), None) => proof.spelled(error),
                // Where there is a place for it, what is wrong with the strategy is told there.
                (Some(proof), Some(_)) => error.map_problems(|problem| match problem.field.as_deref() {
                    Some("strategy") => problem,
                    _ => proof.spell(problem),
                }),
            })
        })
        .await
    }

    /// Has a code sent. A code that was sent before is dead.
    /// Codes: `CLIENT_STATE_INVALID`, `FEATURE_NOT_ENABLED`, `FORM_PARAM_FORMAT_INVALID`, `FORM_PARAM_VALUE_INVALID`,
    /// `RESOURCE_NOT_FOUND`, `STRATEGY_FOR_USER_INVALID`, `VERIFICATION_CODE_TOO_MANY_REQUESTS`.
    async fn sign_in_prepare_first_factor(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Where to send a code.")] input: SignInPrepareFirstFactorInput,
    ) -> Nullable<SignInPrepareFirstFactorPayload> {
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
    /// Codes: `CLIENT_STATE_INVALID`, `FORM_CODE_INCORRECT`, `FORM_PARAM_FORMAT_INVALID`, `FORM_PASSWORD_INCORRECT`,
    /// `IDENTIFIER_ALREADY_SIGNED_IN`, `RESOURCE_NOT_FOUND`, `STRATEGY_FOR_USER_INVALID`, `USER_BANNED`, `USER_LOCKED`,
    /// `VERIFICATION_EXPIRED`, `VERIFICATION_FAILED`, `VERIFICATION_MISSING`.
    async fn sign_in_attempt_first_factor(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The proof.")] input: SignInAttemptFirstFactorInput,
    ) -> Nullable<SignInAttemptFirstFactorPayload> {
        attempt(context, &input.sign_in_id, Level::First, input.proof).await
    }

    /// Asks for a second proof that has to be sent. Codes of an app and codes that stand in for it are at hand, and need none of
    /// this.
    /// Codes: `CLIENT_STATE_INVALID`, `FEATURE_NOT_ENABLED`, `FORM_PARAM_FORMAT_INVALID`, `FORM_PARAM_VALUE_INVALID`,
    /// `RESOURCE_NOT_FOUND`, `STRATEGY_FOR_USER_INVALID`.
    async fn sign_in_prepare_second_factor(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Which second proof to ask for.")] input: SignInPrepareSecondFactorInput,
    ) -> Nullable<SignInPrepareSecondFactorPayload> {
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
    /// Codes: `CLIENT_STATE_INVALID`, `FEATURE_NOT_ENABLED`, `FORM_CODE_INCORRECT`, `FORM_PARAM_FORMAT_INVALID`,
    /// `RESOURCE_NOT_FOUND`, `STRATEGY_FOR_USER_INVALID`, `USER_BANNED`, `USER_LOCKED`.
    async fn sign_in_attempt_second_factor(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The proof.")] input: SignInAttemptSecondFactorInput,
    ) -> Nullable<SignInAttemptSecondFactorPayload> {
        attempt(context, &input.sign_in_id, Level::Second, input.proof).await
    }
}

/// What is done at once: a proof is checked, or one is asked for that has to be sent.
fn step(
    strategy: Option<Strategy>,
    proof: Option<Proof>,
    given: Option<Result<Given, Problem>>,
) -> Option<Result<Step, Vec<Problem>>> {
    match (strategy, given) {
        (None, None) => None,
        (Some(strategy), Some(_)) if proof != Some(Proof(strategy)) => {
            Some(Err(vec![Problem::of(Code::FormParamValueInvalid, "strategy").saying(
                "Beside a proof nothing else can be asked for: leave the strategy out.",
            )]))
        }
        (_, Some(given)) => Some(given.map(Step::Prove).map_err(|problem| vec![problem])),
        // One that is no first proof lacks nothing that could be given.
        (Some(strategy), None) if Rules::of(strategy).challenge.is_none() => {
            let missing =
                input::serving(Level::First, strategy).and_then(|_| Err(Problem::of(Code::FormParamMissing, "proof")));
            Some(missing.map_err(|problem| vec![problem]))
        }
        (Some(strategy), None) => Some(Ok(Step::Prepare(strategy))),
    }
}

async fn attempt<P: Payload<Resource = SignIn>>(
    context: &Context<'_>,
    sign_in: &str,
    level: Level,
    proof: ProofInput,
) -> Nullable<P> {
    let (proof, given) = proof.at(level);
    change(context, async |app, caller| {
        let (id, given) = both(id(sign_in), given)?;
        let attempted = sign_in::attempt_factor(app, caller, &id, level, given).await;
        attempted.map_err(|error| proof.spelled(error))
    })
    .await
}

fn id(text: &str) -> Result<SignInId, Problem> {
    input::id(text, "sign_in_id")
}
