//! Proving by a code that was sent to an address.

use super::Prover;
use crate::{app::App, one_time_code};
use domain::{
    factor::email_code::{Given, OneTimeCode},
    identifier::Identification,
    proof::{Admitted, Challenge, Finding},
};
use entity::user;
use kernel::{caller::Caller, error::Result};
use store::Tx;

/// The steps of this strategy.
pub(crate) struct Steps;

impl super::Steps for Steps {
    type Given = Given;
    type Checked = OneTimeCode;

    fn check_preparing(app: &App, caller: &Caller) -> Result<()> {
        one_time_code::check_sending(app, caller)
    }

    async fn prepare(app: &App, tx: &mut Tx, caller: &Caller, challenge: &Challenge, prover: Prover<'_>) -> Result<()> {
        one_time_code::send(app, tx, caller, challenge, prover).await
    }

    async fn check(_app: &App, _account: Option<&user::Model>, given: Given) -> Result<OneTimeCode> {
        Ok(given)
    }

    async fn settle(
        app: &App,
        _tx: &mut Tx,
        prover: Prover<'_>,
        admitted: &Admitted,
        checked: &OneTimeCode,
    ) -> Result<Finding> {
        let address = prover.target.and_then(Identification::email_address);
        let asked = admitted.challenge().zip(address);
        let matches = asked.is_some_and(|(challenge, address)| {
            one_time_code::matches(app, prover.instance, challenge, &address, *checked)
        });
        Ok(match matches {
            true => Finding::Matches,
            false => Finding::Mismatch,
        })
    }
}
