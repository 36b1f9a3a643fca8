//! Proving by the code of an authenticator app: the step is found before the transaction and taken inside it.

use super::Prover;
use crate::{app::App, totp};
use domain::{
    factor::totp::Given,
    proof::{Admitted, Finding},
};
use entity::{id::TotpId, user};
use kernel::error::Result;
use store::Tx;

/// The steps of this strategy.
pub(crate) struct Steps;

/// A code that was computed.
pub(crate) struct Checked {
    /// The app, if there is one that is shown to work.
    app: Option<TotpId>,
    /// The step whose code it is.
    step: Option<i64>,
}

impl super::Steps for Steps {
    type Given = Given;
    type Checked = Checked;

    fn is_enrolled(account: &user::Model) -> bool {
        account.totp_enabled_at.is_some()
    }

    async fn check(app: &App, account: Option<&user::Model>, given: Given) -> Result<Checked> {
        let nothing = Checked { app: None, step: None };
        let Some(account) = account.filter(|account| Self::is_enrolled(account)) else {
            return Ok(nothing);
        };
        let found = store::totp::find(app.reader(&account.instance_id), &account.id).await?;
        let Some(row) = found.filter(|row| row.verified) else {
            return Ok(nothing);
        };
        let authenticator = totp::authenticator(app, &row, "", "")?;
        Ok(Checked {
            app: Some(row.id),
            step: authenticator.step_of(&given.digits(), app.now()),
        })
    }

    async fn settle(
        _app: &App,
        tx: &mut Tx,
        _prover: Prover<'_>,
        _admitted: &Admitted,
        checked: &Checked,
    ) -> Result<Finding> {
        let is_taken = match (checked.step, &checked.app) {
            (Some(step), Some(app)) => store::totp::consume_step(tx, app, step, true).await?,
            _ => false,
        };
        Ok(if is_taken { Finding::Matches } else { Finding::Mismatch })
    }
}
