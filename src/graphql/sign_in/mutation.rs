//! The steps of signing in.

use super::SignIn;
use crate::{
    budget::InTime,
    context::ContextExt as _,
    error::{changed, payload},
    parsing::both,
    scalar::Strategy,
};
use async_graphql::{Context, ID, InputObject, Object};
use entity::id::{IdentificationId, SignInId};
use kernel::error::{Code, Error, Problem, Result};
use service::sign_in::{self, FirstFactorProof};
use web_kit::input::{self, RawSignIn};

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

payload! {
    /// What came of beginning a sign-in.
    SignInCreatePayload {
        /// The sign-in; null when none was begun or the proof was not accepted.
        sign_in: SignIn, client
    }
}

payload! {
    /// What came of asking for a code.
    SignInPrepareFirstFactorPayload {
        /// The sign-in; null when no code was sent.
        sign_in: SignIn, client
    }
}

payload! {
    /// What came of a proof.
    SignInAttemptFirstFactorPayload {
        /// The sign-in; null when the proof was not accepted.
        sign_in: SignIn, client
    }
}

/// Mutations of sign-ins.
#[derive(Default)]
pub struct SignInMutation;

#[Object(guard = "InTime")]
impl SignInMutation {
    /// Begins a sign-in. A pending one of the same client is given up.
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
        let caller = &context.acting().caller;
        changed(context, sign_in::create(context.app(), caller, create).await).await
    }

    /// Has a code sent. A code that was sent before is dead.
    async fn sign_in_prepare_first_factor(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Where to send a code.")] input: SignInPrepareFirstFactorInput,
    ) -> async_graphql::Result<SignInPrepareFirstFactorPayload> {
        let caller = &context.acting().caller;
        let address = input.email_address_id.as_deref();
        let address = address.map(|id| input::id::<IdentificationId>(id, "email_address_id"));
        let outcome = match both(id(&input.sign_in_id), address.transpose()) {
            Ok((id, address)) => {
                let strategy = input.strategy.into();
                sign_in::prepare_first_factor(context.app(), caller, &id, strategy, address.as_ref()).await
            }
            Err(error) => Err(error),
        };
        changed(context, outcome).await
    }

    /// Checks a proof. The right one begins a session; every attempt counts.
    async fn sign_in_attempt_first_factor(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The proof.")] input: SignInAttemptFirstFactorInput,
    ) -> async_graphql::Result<SignInAttemptFirstFactorPayload> {
        let caller = &context.acting().caller;
        let id = id(&input.sign_in_id);
        let outcome = match attempt(id, proof(input.strategy, input.password, input.code)) {
            Ok((id, proof)) => sign_in::attempt_first_factor(context.app(), caller, &id, proof).await,
            Err(error) => Err(error),
        };
        changed(context, outcome).await
    }
}

fn id(text: &str) -> Result<SignInId, Problem> {
    input::id(text, "sign_in_id")
}

/// What is attempted, or all that is wrong with it.
fn attempt(
    id: Result<SignInId, Problem>,
    proof: Result<FirstFactorProof, Vec<Problem>>,
) -> Result<(SignInId, FirstFactorProof)> {
    match (id, proof) {
        (Ok(id), Ok(proof)) => Ok((id, proof)),
        (id, proof) => {
            let of_proof = proof.err().unwrap_or_default();
            Err(Error::from_problems(id.err().into_iter().chain(of_proof).collect()))
        }
    }
}

/// The proof that goes with a strategy. What goes with another one makes no sense beside it.
fn proof(strategy: Strategy, password: Option<String>, code: Option<String>) -> Result<FirstFactorProof, Vec<Problem>> {
    let (own, other) = match strategy {
        Strategy::Password => ("password", code.as_ref().map(|_| "code")),
        Strategy::EmailCode => ("code", password.as_ref().map(|_| "password")),
    };
    let proof = match strategy {
        Strategy::Password => password.map(|text| input::password(text, "password").map(FirstFactorProof::Password)),
        Strategy::EmailCode => code.map(|code| input::code(&code).map(FirstFactorProof::EmailCode)),
    };
    let proof = proof.unwrap_or_else(|| Err(Problem::of(Code::FormParamMissing, own)));
    let superfluous = other.map(|field| Problem::of(Code::FormParamUnknown, field));
    match (proof, superfluous) {
        (Ok(proof), None) => Ok(proof),
        (proof, superfluous) => Err(proof.err().into_iter().chain(superfluous).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::proof;
    use crate::scalar::Strategy;
    use kernel::error::{Code, Problem};

    #[test]
    fn a_proof_goes_with_its_strategy_and_with_nothing_else() {
        let text = |text: &str| Some(text.to_owned());
        assert!(proof(Strategy::Password, text("x"), None).is_ok());
        assert!(proof(Strategy::EmailCode, None, text("424242")).is_ok());
        let missing = |field| Problem::of(Code::FormParamMissing, field);
        let unknown = |field| Problem::of(Code::FormParamUnknown, field);
        for (strategy, password, code, problems) in [
            (Strategy::Password, None, None, vec![missing("password")]),
            (Strategy::EmailCode, None, None, vec![missing("code")]),
            (Strategy::Password, text("x"), text("424242"), vec![unknown("code")]),
            (
                Strategy::EmailCode,
                text("x"),
                None,
                vec![missing("code"), unknown("password")],
            ),
        ] {
            assert_eq!(proof(strategy, password, code).unwrap_err(), problems, "{strategy:?}");
        }
        let wrong = proof(Strategy::EmailCode, None, text("12")).unwrap_err();
        assert_eq!(
            wrong.first().map(|problem| problem.code),
            Some(Code::FormParamFormatInvalid)
        );
    }
}
