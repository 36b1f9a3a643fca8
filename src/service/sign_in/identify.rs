//! Finding out whom an identifier names.

use super::decoy;
use crate::app::App;
use domain::{identifier::Identifier, sign_in::Identified};
use entity::id::{ID_ENTROPY_BYTES, IdentificationId, TypedId as _};
use kernel::{
    caller::Caller,
    error::{Code, Problem, Result},
};
use store::sign_in::{Account, offered_factors};

/// Whom an identifier names, and what proves it.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) identified: Identified,
    pub(super) account: Option<Account>,
    /// The identification that was typed, or one that names nothing.
    pub(super) identification_id: IdentificationId,
}

/// Looks an identifier up. Where nobody shall learn who has an account, an unknown one names nobody and looks the same.
///
/// # Errors
/// `form_identifier_not_found`.
pub(super) async fn identify(app: &App, caller: &Caller, text: &str) -> Result<Named> {
    let settings = caller.settings();
    let unknown = || Problem::of(Code::FormIdentifierNotFound, "identifier");
    let identifier = Identifier::parse(text, &settings.attribute).ok_or_else(unknown)?;
    let scope = app.reader(&caller.instance.id);
    let found = store::identification::find_claimed(scope, identifier.kind, &identifier.normalised).await?;
    let owner = found.as_ref().and_then(|(_, owner)| owner.as_ref());
    let decoy = decoy::of(scope, caller).await?;
    let account = Account::of(scope, owner, decoy.as_ref()).await?;
    if account.is_none() && !settings.attack_protection.enumeration_protection {
        return Err(unknown().into());
    }
    let identification_id = match found {
        Some((id, _)) if !settings.attack_protection.enumeration_protection => id,
        _ => concealed(app, caller, &identifier),
    };
    let factors = offered_factors(
        &identifier.normalised,
        Some(&identification_id),
        account.as_ref(),
        settings,
    );
    let user_id = account.as_ref().map(|account| account.user.id.clone());
    Ok(Named {
        identified: Identified {
            identifier: identifier.normalised,
            user_id,
            factors,
        },
        account,
        identification_id,
    })
}

/// The identification that is shown where nobody shall learn who has an account: always the same for the same text, and
/// telling neither whether it exists nor since when.
fn concealed(app: &App, caller: &Caller, identifier: &Identifier) -> IdentificationId {
    let subject = format!("{} {} {}", caller.instance.id, identifier.kind, identifier.normalised);
    let digest = hex::decode(app.keyring().lookup_digest("concealed_identification", &subject)).unwrap_or_default();
    let mut entropy = [0; ID_ENTROPY_BYTES];
    for (byte, derived) in entropy.iter_mut().zip(digest) {
        *byte = derived;
    }
    IdentificationId::generate(CONCEALED_AT, entropy)
}

/// When every concealed identification pretends to have been made, in Unix milliseconds.
const CONCEALED_AT: i64 = 1_700_000_000_000;
