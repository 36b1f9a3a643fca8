//! Proving by the password: hashed before the transaction, held inside it against the digest that is there by then.

use super::Prover;
use crate::{app::App, password};
use domain::{
    factor::password::{Given, MAXIMUM_BYTES},
    proof::{Admitted, Finding},
};
use entity::{id::UserId, user};
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
    /// The same password by the present parameters, when the digest is outdated.
    upgraded: Option<String>,
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
        let upgraded = match verdict.matches && verdict.outdated {
            true => Some(password::hash(app, &password).await?),
            false => None,
        };
        Ok(Checked {
            digest,
            matches: verdict.matches,
            upgraded,
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

    async fn accepted(tx: &mut Tx, user: &UserId, checked: &Checked) -> Result<()> {
        if let (Some(from), Some(to)) = (&checked.digest, &checked.upgraded) {
            store::user::upgrade_password_digest(tx, user, from, to).await?;
        }
        Ok(())
    }
}
