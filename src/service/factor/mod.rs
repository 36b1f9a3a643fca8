//! The steps of proving by each strategy, one file each; flows reach them by the table of strategies alone.
//!
//! A proof is *checked* before any transaction (the slow part), and *settled* inside one, which consumes what is consumed.
//! What is found is judged by the flow, because only that knows whether there is somebody at all. Invariant: what is found
//! for a person without an account, an address or a secret is a mismatch; for a first proof after the same work, since that must
//! not tell who has an account. Whoever gives a second one has given the first.

mod backup_code;
mod email_code;
mod password;
mod totp;

use crate::app::App;
use domain::{
    identifier::Identification,
    proof::{Admitted, Challenge, Finding, Given, Level, Parameter, Refusal, Rules},
};
use entity::{id::ClientId, kind::Strategy, strategies, user};
use kernel::{
    caller::{Caller, Instance},
    error::{Code, Error, Problem, Result},
};
use std::future::{Future, ready};
use store::Tx;

/// Who is to prove something, and by what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Prover<'a> {
    /// The instance.
    pub(crate) instance: &'a Instance,
    /// The account, as far as it is one's; the stand-in's for nobody.
    pub(crate) account: Option<&'a user::Model>,
    /// What is sent is budgeted by this: the target in its normalised form, or what was typed.
    pub(crate) budgeted: &'a str,
    /// What is to be proven or written to; nothing for what exists only in appearance.
    pub(crate) target: Option<&'a Identification>,
    /// The client that asks, if it could have signed in before.
    pub(crate) client: Option<&'a ClientId>,
}

/// What a strategy does. Each file of this folder has one of these.
pub(crate) trait Steps {
    /// A proof as it is given.
    type Given: Send;
    /// A proof whose slow part is done.
    type Checked: Send + Sync;

    /// Whether the account has a secret of this strategy.
    fn is_enrolled(_account: &user::Model) -> bool {
        false
    }

    /// Refuses to prepare where nothing can be sent, before anything is opened.
    fn check_preparing(_app: &App, _caller: &Caller) -> Result<()> {
        Ok(())
    }

    /// Has a challenge sent.
    fn prepare(
        _app: &App,
        _tx: &mut Tx,
        _challenge: &Challenge,
        _prover: Prover<'_>,
    ) -> impl Future<Output = Result<()>> + Send {
        ready(Ok(()))
    }

    /// The slow part, for an account or for none.
    fn check(
        app: &App,
        account: Option<&user::Model>,
        given: Self::Given,
    ) -> impl Future<Output = Result<Self::Checked>> + Send;

    /// What is found of a checked proof; consumes what can be used once.
    fn settle(
        app: &App,
        tx: &mut Tx,
        prover: Prover<'_>,
        admitted: &Admitted,
        checked: &Self::Checked,
    ) -> impl Future<Output = Result<Finding>> + Send;

    /// What follows from a proof that was accepted, once that is committed.
    fn accepted(
        _app: &App,
        _account: &user::Model,
        _checked: &Self::Checked,
    ) -> impl Future<Output = Result<()>> + Send {
        ready(Ok(()))
    }
}

macro_rules! by_strategy {
    ($($(#[$doc:meta])* $variant:ident = $text:literal in $module:ident;)+) => {
        /// A proof whose slow part was done, before any transaction.
        pub(crate) enum Checked {
            $($(#[$doc])* $variant(<$module::Steps as Steps>::Checked),)+
        }

        impl Checked {
            /// By which strategy it was given.
            pub(crate) const fn strategy(&self) -> Strategy {
                match self { $(Self::$variant(_) => Strategy::$variant,)+ }
            }
        }

        /// The strategies of which an account has a secret.
        pub(crate) fn secrets_of(account: &user::Model) -> Vec<Strategy> {
            [$(($module::Steps::is_enrolled(account), Strategy::$variant),)+]
                .into_iter()
                .filter_map(|(is_enrolled, strategy)| is_enrolled.then_some(strategy))
                .collect()
        }

        /// Refuses to prepare a proof where nothing can be sent, and where too much was asked for.
        ///
        /// # Errors
        /// `feature_not_enabled`, `too_many_requests`.
        pub(crate) fn check_preparing(app: &App, caller: &Caller, strategy: Strategy) -> Result<()> {
            match strategy { $(Strategy::$variant => $module::Steps::check_preparing(app, caller),)+ }
        }

        /// Has what was asked for sent, within the budgets of whom it is sent to.
        ///
        /// # Errors
        /// `verification_code_too_many_requests`.
        pub(crate) async fn prepare(
            app: &App,
            tx: &mut Tx,
            challenge: &Challenge,
            prover: Prover<'_>,
        ) -> Result<()> {
            match challenge.strategy {
                $(Strategy::$variant => $module::Steps::prepare(app, tx, challenge, prover).await,)+
            }
        }

        /// Does the slow part of a proof; as a first proof it costs the same for no account.
        ///
        /// # Errors
        /// `too_many_requests` when too much slow work waits, or when the database cannot be reached.
        pub(crate) async fn check(app: &App, account: Option<&user::Model>, given: Given) -> Result<Checked> {
            match given {
                $(Given::$variant(given) => $module::Steps::check(app, account, given).await.map(Checked::$variant),)+
            }
        }

        /// Says what a checked proof is, and consumes what can be used once. To be judged by who asked for it.
        ///
        /// # Errors
        /// When the database cannot be reached.
        pub(crate) async fn settle(
            app: &App,
            tx: &mut Tx,
            prover: Prover<'_>,
            admitted: &Admitted,
            checked: &Checked,
        ) -> Result<Finding> {
            match checked {
                $(Checked::$variant(checked) => $module::Steps::settle(app, tx, prover, admitted, checked).await,)+
            }
        }

        /// Does what follows from a proof of the account that was accepted, once that is committed.
        ///
        /// # Errors
        /// When the database cannot be reached, or too much slow work waits. The proof stands all the same.
        pub(crate) async fn accepted(app: &App, account: &user::Model, checked: &Checked) -> Result<()> {
            match checked { $(Checked::$variant(checked) => $module::Steps::accepted(app, account, checked).await,)+ }
        }
    };
}
strategies!(by_strategy);

/// Refuses a strategy that can be no proof at a level, before anything is looked at.
///
/// # Errors
/// `strategy_for_user_invalid`.
pub(crate) fn check_level(strategy: Strategy, level: Level) -> Result<()> {
    match Rules::of(strategy).serves(level) {
        true => Ok(()),
        false => Err(refuse(Refusal::NotOffered, strategy)),
    }
}

/// A refusal of a proof of `strategy`, as a caller is told.
pub(crate) fn refuse(refusal: Refusal, strategy: Strategy) -> Error {
    match refusal {
        Refusal::NotOffered => Problem::of(Code::StrategyForUserInvalid, "strategy").into(),
        Refusal::NothingToPrepare => Problem::of(Code::FormParamValueInvalid, "strategy")
            .saying("This strategy needs no preparation.")
            .into(),
        Refusal::NotPrepared => Code::VerificationMissing.into(),
        Refusal::Incorrect { .. } => match Rules::of(strategy).parameter {
            Parameter::Password => Problem::of(Code::FormPasswordIncorrect, "password").into(),
            Parameter::Code => Problem::of(Code::FormCodeIncorrect, "code").into(),
        },
        Refusal::AttemptsSpent => Code::VerificationFailed.into(),
        Refusal::Expired => Code::VerificationExpired.into(),
        Refusal::AlreadyVerified => Code::VerificationAlreadyVerified.into(),
    }
}
