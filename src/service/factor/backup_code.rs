//! Proving by a code that stands in for another proof.

use super::Prover;
use crate::{app::App, backup_code};
use domain::{
    factor::backup_code::Given,
    proof::{Admitted, Finding},
};
use entity::user;
use kernel::error::Result;
use store::Tx;

/// The steps of this strategy.
pub(crate) struct Steps;

impl super::Steps for Steps {
    type Given = Given;
    type Checked = Given;

    fn is_enrolled(account: &user::Model) -> bool {
        account.backup_code_enabled_at.is_some()
    }

    async fn check(_app: &App, _account: Option<&user::Model>, given: Given) -> Result<Given> {
        Ok(given)
    }

    async fn settle(
        app: &App,
        tx: &mut Tx,
        prover: Prover<'_>,
        _admitted: &Admitted,
        checked: &Given,
    ) -> Result<Finding> {
        let Some(account) = prover.account else {
            return Ok(Finding::Mismatch);
        };
        let digests = backup_code::digests(app, &account.id, checked);
        if !store::backup_code::consume(tx, &account.id, digests).await? {
            return Ok(Finding::Mismatch);
        }
        // With the last one gone, none is offered any more.
        if store::backup_code::count(tx.scope(), &account.id).await? == 0 {
            store::user::update_backup_codes(tx, &account.id, false).await?;
        }
        Ok(Finding::Matches)
    }
}
