//! Proving by the password: hashed before the transaction, held inside it against the digest that is there by then.

use super::Prover;
use crate::{app::App, password};
use domain::{
    factor::password::{Given, MAXIMUM_BYTES},
    proof::{Admitted, Finding},
};
use entity::user;
use kernel::error::Result;
use store::Tx;
use zeroize::Zeroizing;

/// The steps of this strategy.
pub(crate) struct Steps;

/// A password that was hashed.
pub(crate) struct Checked {
    /// The digest that it was held against; another one by now makes the verdict void.
    digest: Option<String>,
    matches: bool,
    /// The password again, when it matches a digest of outdated parameters.
    outdated: Option<Zeroizing<String>>,
}

impl super::Steps for Steps {
    type Given = Given;
    type Checked = Checked;

    fn is_enrolled(account: &user::Model) -> bool {
        account.password_digest.is_some()
    }

    async fn check(app: &App, account: Option<&user::Model>, given: Given) -> Result<Checked> {
        // Nobody has a password of that size, so there is nothing to compare it with.
        let password = if given.len() > MAXIMUM_BYTES {
            Zeroizing::default()
        } else {
            given
        };
        let digest = account.and_then(|account| account.password_digest.clone());
        let verdict = password::verify(app, &password, digest.clone()).await?;
        Ok(Checked {
            digest,
            matches: verdict.matches,
            outdated: (verdict.matches && verdict.outdated).then_some(password),
        })
    }

    async fn settle(
        _app: &App,
        _tx: &mut Tx,
        prover: Prover<'_>,
        _admitted: &Admitted,
        checked: &Checked,
    ) -> Result<Finding> {
        let present = prover.account.and_then(|account| account.password_digest.as_ref());
        let is_current = present.is_some() && present == checked.digest.as_ref();
        Ok(match checked.matches && is_current {
            true => Finding::Matches,
            false => Finding::Mismatch,
        })
    }

    // Not before it is accepted, or the time that this takes would tell that a password is right.
    async fn accepted(app: &App, account: &user::Model, checked: &Checked) -> Result<()> {
        let (Some(from), Some(password)) = (&checked.digest, &checked.outdated) else {
            return Ok(());
        };
        let to = password::hash(app, password).await?;
        let mut tx = app.begin(&account.instance_id).await?;
        store::user::upgrade_password_digest(&mut tx, &account.id, from, &to).await?;
        tx.commit().await?;
        Ok(())
    }
}
