//! Sending one-time codes and checking them.

use crate::{app::App, factor::Prover, known_client, rate_limit::Budget};
use domain::{
    factor::email_code::{OneTimeCode, TEST_CODE},
    identifier::{EmailAddress, Identification, counted_as, is_test_address},
    proof::{Challenge, Level},
};
use kernel::{
    caller::{Caller, Instance},
    crypto::one_time_code::matches_code,
    error::{Code, Error, Problem, Result},
    outbox::SendVerificationEmail,
};
use store::{Tx, budget};

/// How long the window of the budget of codes per address is, in milliseconds.
const SEND_WINDOW: i64 = 3_600_000;

/// Refuses to prepare where mail can neither be sent nor kept, and where too many codes were asked for.
///
/// # Errors
/// `feature_not_enabled`, `too_many_requests`.
pub(crate) fn check_sending(app: &App, caller: &Caller) -> Result<()> {
    if app.config().mail.smtp_url.is_none() && !caller.instance.is_development() {
        let problem = Problem::of(Code::FeatureNotEnabled, "strategy");
        return Err(problem
            .saying("No mail can be sent, since no mail server is set.")
            .into());
    }
    app.rate_limiter().spend(caller, Budget::CodeSend)
}

/// Has the present code of a verification mailed, within the budgets of its recipient. For an address that exists only in
/// appearance the same is spent and enqueued, and nothing is sent.
///
/// # Errors
/// `verification_code_too_many_requests`.
pub(crate) async fn send(app: &App, tx: &mut Tx, challenge: &Challenge, prover: Prover<'_>) -> Result<()> {
    spend(app, tx, prover, Level::of(challenge.purpose)).await?;
    let address = prover.target.and_then(Identification::email_address);
    let is_test = address.is_some_and(|address| is_test(prover.instance, &address));
    if !is_test {
        let job = SendVerificationEmail {
            verification_id: challenge.id,
            serial: challenge.serial,
        };
        tx.enqueue(&job).await?;
    }
    Ok(())
}

/// Spends the budgets of the address and of the mailbox behind it, whoever asks. When strangers have used them up, a client
/// that signed in as the person before has one of its own.
async fn spend(app: &App, tx: &Tx, prover: Prover<'_>, level: Level) -> Result<()> {
    let limits = &prover.instance.settings.limit;
    let mailbox = counted_as(prover.budgeted);
    // Both in any case, also for what is no address, so that nobody costs what somebody costs.
    let of_address = spend_one(app, tx, ("code_send", prover.budgeted), limits.code_send_per_identifier).await?;
    // Whatever goes to test addresses goes nowhere, and they share a mailbox by their nature.
    let typed = EmailAddress::from_stored(prover.budgeted.to_owned(), prover.budgeted.to_owned());
    let of_mailbox = is_test(prover.instance, &typed)
        || spend_one(app, tx, ("code_send_mailbox", &mailbox), limits.code_send_per_mailbox).await?;
    if of_address && of_mailbox {
        return Ok(());
    }
    if known_client::is_known(tx.scope(), prover.client, prover.account, level).await?
        && let Some(client) = prover.client
    {
        let own = format!("{mailbox} {client}");
        if spend_one(app, tx, ("code_send_client", &own), limits.code_send_per_identifier).await? {
            return Ok(());
        }
    }
    let seconds = u64::try_from(SEND_WINDOW / 1_000).unwrap_or_default();
    Err(Error::from(Code::VerificationCodeTooManyRequests).retry_after(seconds))
}

/// Spends one of the budget of a subject of this kind. Whether there was one left.
async fn spend_one(app: &App, tx: &Tx, (kind, subject): (&str, &str), limit: u32) -> Result<bool> {
    let subject = app.keyring().lookup_digest(kind, subject);
    Ok(i64::from(budget::spend(tx, &subject, SEND_WINDOW).await?) <= i64::from(limit))
}

/// Whether `code` is the present one of a verification that goes to `address`.
pub(crate) fn matches(
    app: &App,
    instance: &Instance,
    challenge: &Challenge,
    address: &EmailAddress,
    code: OneTimeCode,
) -> bool {
    (is_test(instance, address) && code == TEST_CODE)
        || matches_code(app.keyring(), &challenge.id, challenge.serial, &code.digits())
}

fn is_test(instance: &Instance, address: &EmailAddress) -> bool {
    instance.is_development() && is_test_address(address)
}
