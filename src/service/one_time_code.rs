//! Sending one-time codes and checking them.

use crate::{
    app::App,
    caller::{Caller, Instance},
    crypto::one_time_code::matches_code,
    domain::{
        factor::email_code::{OneTimeCode, TEST_CODE},
        identifier::{EmailAddress, is_test_address},
        verification::Verification,
    },
    error::{Code, Error, Result},
    outbox::SendVerificationEmail,
    service::rate_limit::Budget,
    store::{Tx, budget},
};

/// How long the window of the budget of codes per address is, in milliseconds.
const SEND_WINDOW: i64 = 3_600_000;

/// Refuses to prepare where mail can neither be sent nor kept, and where too many codes were asked for.
///
/// # Errors
/// `feature_not_enabled`, `too_many_requests`.
pub(crate) fn check_sending(app: &App, caller: &Caller) -> Result<()> {
    if app.config.mail.smtp_url.is_none() && !caller.instance.is_development() {
        return Err(Code::FeatureNotEnabled.into());
    }
    app.rate_limiter.spend(caller, Budget::CodeSend)
}

/// Has the present code of a verification mailed, within the budget of the address it goes to: `(budgeted, address)`. For
/// an address that exists only in appearance the same is spent and enqueued, and nothing is sent.
///
/// # Errors
/// `verification_code_too_many_requests`.
pub(crate) async fn send(
    app: &App,
    tx: &mut Tx,
    caller: &Caller,
    verification: &Verification,
    (budgeted, address): (&str, Option<&EmailAddress>),
) -> Result<()> {
    let subject = app.keyring.lookup_digest("code_send", budgeted);
    let spent = budget::spend(tx, &subject, SEND_WINDOW).await?;
    if i64::from(spent) > i64::from(caller.settings().limit.code_send_per_identifier) {
        let seconds = u64::try_from(SEND_WINDOW / 1_000).unwrap_or_default();
        return Err(Error::from(Code::VerificationCodeTooManyRequests).retry_after(seconds));
    }
    if !address.is_some_and(|address| is_test(&caller.instance, address)) {
        let job = SendVerificationEmail {
            verification_id: verification.id.clone(),
            serial: verification.serial,
        };
        tx.enqueue(&job).await?;
    }
    Ok(())
}

/// Whether `code` is the present one of a verification that goes to `address`.
pub(crate) fn matches(
    app: &App,
    instance: &Instance,
    verification: &Verification,
    address: &EmailAddress,
    code: OneTimeCode,
) -> bool {
    (is_test(instance, address) && code == TEST_CODE)
        || matches_code(&app.keyring, &verification.id, verification.serial, &code.digits())
}

fn is_test(instance: &Instance, address: &EmailAddress) -> bool {
    instance.is_development() && is_test_address(address)
}
