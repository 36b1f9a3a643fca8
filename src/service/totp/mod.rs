//! The authenticator app of a user: set up, shown to work, and removed.
//!
//! Invariant: it counts as a second proof from when a code of it was shown, never before. Only the person themselves, on a
//! client that they are signed in on, sets one up or removes it.

mod attempt_verification;
mod create;
mod delete;
mod state;

pub use attempt_verification::attempt_verification;
pub use create::create;
pub use delete::delete;
pub use state::TotpState;

use crate::{app::App, internal};
use entity::totp::Model;
use kernel::{
    crypto::{sealed::Place, totp::Authenticator},
    error::{Code, Error, Problem, Result},
};
use store::Tx;

/// As many characters of a name go into the address that apps read: of the longest names every QR code can hold it.
const LONGEST_ISSUER: usize = 48;
const LONGEST_ACCOUNT: usize = 64;

/// The authenticator of a stored secret, under the names that apps show it by.
pub(crate) fn authenticator(app: &App, row: &Model, issuer: &str, account: &str) -> Result<Authenticator> {
    let id = row.id.to_string();
    let secret = app.keyring().open(place(&id), &row.secret).map_err(internal)?;
    let cut = |text: &str, length| text.chars().take(length).collect::<String>();
    let (issuer, account) = (cut(issuer, LONGEST_ISSUER), cut(account, LONGEST_ACCOUNT));
    Authenticator::new(&secret, &issuer, &account).map_err(internal)
}

/// Refuses what is done to an app that there is not.
fn nothing_set_up() -> Error {
    Problem::new(Code::ResourceNotFound)
        .saying("No authenticator app is set up.")
        .into()
}

/// A secret as it is stored.
fn sealed(app: &App, tx: &Tx, id: &str, secret: &[u8]) -> Result<String> {
    app.keyring().seal(tx.entropy(), place(id), secret).map_err(internal)
}

const fn place(row: &str) -> Place<'_> {
    Place {
        table: "totp",
        row,
        column: "secret",
    }
}
