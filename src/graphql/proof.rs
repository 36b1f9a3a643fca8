//! Proofs as they are given: one input for every step that takes one.

use async_graphql::OneofObject;
use domain::proof::{Given, Level, Rules};
use entity::kind::Strategy;
use kernel::error::{Code, Error, Problem};
use web_kit::input;

macro_rules! proof_input {
    ($($(#[$doc:meta])* $variant:ident = $text:literal in $module:ident;)+) => {
        /// A proof. Exactly one of the fields is given.
        #[derive(OneofObject)]
        pub(crate) enum ProofInput {$(
            $(#[$doc])*
            #[graphql(secret)]
            $variant(String),
        )+}

        impl ProofInput {
            /// How it is given, and what was given.
            fn split(self) -> (Proof, String) {
                match self {
                    $(Self::$variant(text) => (Proof(Strategy::$variant), text),)+
                }
            }
        }
    };
}
entity::strategies!(proof_input);

/// Which of the proofs was given, after it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Proof(pub(crate) Strategy);

impl ProofInput {
    /// The proof as one at this level of a sign-in, with what is wrong with it.
    pub(crate) fn at(self, level: Level) -> (Proof, Result<Given, Problem>) {
        let (proof, text) = self.split();
        let given = input::serving(level, proof.0).and_then(|strategy| input::proof(strategy, text));
        (proof, given.map_err(|problem| proof.spell(problem)))
    }

    /// The proof, whatever it is to prove, with what is wrong with it.
    pub(crate) fn read(self) -> (Proof, Result<Given, Problem>) {
        let (proof, text) = self.split();
        (
            proof,
            input::proof(proof.0, text).map_err(|problem| proof.spell(problem)),
        )
    }

    /// The text of a proof that can only be this one.
    pub(crate) fn of(self, strategy: Strategy) -> (Proof, Result<String, Problem>) {
        let (proof, text) = self.split();
        match proof.0 == strategy {
            true => (proof, Ok(text)),
            false => (proof, Err(Problem::of(Code::StrategyForUserInvalid, "strategy"))),
        }
    }
}

impl Proof {
    /// What is wrong with a step, at the place where its proof was given.
    pub(crate) fn spelled(self, error: Error) -> Error {
        error.map_problems(|problem| self.spell(problem))
    }

    /// The problem, at the place where the proof was given. The parameter of another strategy is no part of the proof: a sign-up has a
    /// password of its own.
    pub(crate) fn spell(self, mut problem: Problem) -> Problem {
        let own = Rules::of(self.0).parameter.as_str();
        if problem
            .field
            .as_deref()
            .is_some_and(|field| field == "strategy" || field == own)
        {
            problem.field = Some(format!("proof.{}", self.0.as_str()));
        }
        problem
    }
}

#[cfg(test)]
mod tests {
    use super::{Proof, ProofInput};
    use domain::proof::Level;
    use entity::kind::Strategy;
    use kernel::error::{Code, Error, Problem};

    #[test]
    fn what_is_wrong_with_a_proof_is_told_at_its_place() {
        for (given, level, code, field) in [
            (
                ProofInput::EmailCode("12".to_owned()),
                Level::First,
                Code::FormParamFormatInvalid,
                "proof.email_code",
            ),
            (
                ProofInput::Totp("123456".to_owned()),
                Level::First,
                Code::StrategyForUserInvalid,
                "proof.totp",
            ),
            (
                ProofInput::Password("long enough".to_owned()),
                Level::Second,
                Code::StrategyForUserInvalid,
                "proof.password",
            ),
        ] {
            let problem = given.at(level).1.unwrap_err();
            assert_eq!((problem.code, problem.field.as_deref()), (code, Some(field)));
        }
        assert!(ProofInput::Totp("123456".to_owned()).at(Level::Second).1.is_ok());
    }

    #[test]
    fn what_is_wrong_with_the_rest_of_the_input_stays_where_it_is() {
        let error = Error::from_problems(vec![
            Problem::of(Code::FormCodeIncorrect, "code"),
            Problem::of(Code::FormParamFormatInvalid, "sign_in_id"),
            Problem::of(Code::FormParamMissing, "password"),
            Problem::new(Code::SessionExists),
        ]);
        let spelled = Proof(Strategy::EmailCode).spelled(error.retry_after(7));
        let fields: Vec<_> = spelled
            .problems()
            .iter()
            .map(|problem| problem.field.as_deref())
            .collect();
        assert_eq!(
            fields,
            [Some("proof.email_code"), Some("sign_in_id"), Some("password"), None]
        );
        assert_eq!(spelled.retry_after_seconds(), Some(7));
    }
}
