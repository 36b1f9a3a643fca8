//! Judging, hashing and verifying passwords on threads where slow work is done, outside any transaction.

use crate::{app::App, internal};
use domain::factor::password::{Known, PasswordProblem, check_new_password, normal_form};
use kernel::{
    caller::Caller,
    crypto::password_hash::{HasherError, Verdict},
    error::{Code, Error, Result},
};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Who a new password is for.
#[derive(Debug, Default)]
pub(crate) struct Owner {
    /// What they sign in with.
    pub(crate) identifiers: Vec<String>,
    /// Their own names.
    pub(crate) names: Vec<String>,
}

/// The name of this product, which is in every installation of it.
const PRODUCT: &str = "vestibule";

/// What is wrong with a new password by the rules of the caller's instance; nothing for a good one.
pub(crate) async fn check_new(
    app: &App,
    caller: &Caller,
    password: &Zeroizing<String>,
    owner: Owner,
) -> Result<Vec<PasswordProblem>> {
    let (instance, password) = (Arc::clone(&caller.instance), password.clone());
    let judge = move || {
        let identifiers: Vec<_> = owner.identifiers.iter().map(String::as_str).collect();
        let service = [
            PRODUCT,
            &instance.settings.application_name,
            &instance.application_name,
            &instance.host,
        ];
        let parts = identifiers.iter().flat_map(|identifier| identifier.split('@'));
        let names = owner.names.iter().map(String::as_str);
        let words = parts.chain(names).chain(service).collect();
        let known = Known { identifiers, words };
        check_new_password(&instance.settings.password, &password, &known).err()
    };
    let problems = app.hasher().run_beside(judge).await.map_err(refuse)?;
    Ok(problems.unwrap_or_default())
}

/// The PHC string of a new password, made of its normal form.
pub(crate) async fn hash(app: &App, password: &Zeroizing<String>) -> Result<String> {
    app.hasher().hash(normal_form(password)).await.map_err(refuse)
}

/// Whether a password is the one of `digest`. Without a digest it costs the same and never is.
///
/// Digests that are older than the normal form, or were imported, may be of the password as it was typed, which is tried
/// where it differs; that is seldom, and costs twice as much for somebody unknown too.
pub(crate) async fn verify(app: &App, typed: &Zeroizing<String>, digest: Option<String>) -> Result<Verdict> {
    let normal = normal_form(typed);
    let other = (*normal != **typed).then(|| typed.clone());
    let spellings = std::iter::once(normal).chain(other).collect();
    app.hasher().verify(spellings, digest).await.map_err(refuse)
}

fn refuse(error: HasherError) -> Error {
    match error {
        HasherError::Busy { retry_after_seconds } => {
            Error::from(Code::TooManyRequests).retry_after(retry_after_seconds.into())
        }
        error => internal(error),
    }
}
