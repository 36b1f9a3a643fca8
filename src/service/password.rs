//! Hashing and verifying passwords on the hasher's own threads, outside any transaction.

use crate::{
    app::App,
    crypto::password_hash::{HasherError, Verdict},
    error::{Code, Error, Result},
    service::internal,
};
use zeroize::Zeroizing;

/// The PHC string of a new password.
pub(crate) async fn hash(app: &App, password: Zeroizing<String>) -> Result<String> {
    app.hasher.hash(password).await.map_err(refuse)
}

/// Whether a password is the one of `digest`. Without a digest it costs the same and never is.
pub(crate) async fn verify(app: &App, password: Zeroizing<String>, digest: Option<String>) -> Result<Verdict> {
    app.hasher.verify(password, digest).await.map_err(refuse)
}

fn refuse(error: HasherError) -> Error {
    match error {
        HasherError::Busy { retry_after_seconds } => {
            Error::from(Code::TooManyRequests).retry_after(retry_after_seconds.into())
        }
        error => internal(error),
    }
}
