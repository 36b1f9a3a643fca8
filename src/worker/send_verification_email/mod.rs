//! Mails a one-time code, or keeps it in the inbox of a development instance.
//!
//! Invariant: every run of one job sends the same code, so a second delivery is a second copy and nothing worse. A code
//! that is no longer of use is not sent.

use super::{Failure, Worker, registry::Handle};
use askama::Template;
use entity::{id::InstanceId, kind::VerificationStatus};
use kernel::{
    caller::Instance,
    crypto::one_time_code::{OneTimeCode, one_time_code},
    outbox::SendVerificationEmail,
};
use lettre::{Address, message::Mailbox};
use outbound::mail::{self, Mail, Mailer, one_line};
use service::{
    dev_inbox::{self, Body},
    instance,
};
use store::verification;

/// The most characters of an application's name in a subject line.
const NAME_CHARACTERS: usize = 100;

impl Handle for SendVerificationEmail {
    async fn handle(self, worker: &Worker, instance: &InstanceId) -> Result<(), Failure> {
        let app = worker.app();
        let Some(recipient) = recipient(&self, worker, instance).await? else {
            return Ok(());
        };
        let instance = instance::by_id(app, instance)
            .await?
            .ok_or_else(|| Failure::permanent("the instance is gone"))?;
        let code = one_time_code(app.keyring(), &self.verification_id, self.serial);
        let message = Message::new(&instance, &code)?;
        match worker.mailer() {
            Mailer::Disabled if instance.is_development() => {
                let tx = app.begin(&instance.id).await?;
                let body = Body {
                    text: message.text,
                    code: Some(code.as_str().to_owned()),
                };
                dev_inbox::deliver(app, &tx, &recipient, &message.subject, &body).await?;
                tx.commit().await?;
            }
            mailer => {
                let mail = Mail {
                    from: sender(&instance, &app.config().mail.from)?,
                    to: address(&recipient)?,
                    // The same at every run, so that whoever gets the message twice can tell.
                    id: format!("{}.{}", self.verification_id, self.serial),
                    written_at: app.now(),
                    subject: message.subject,
                    text: message.text,
                    html: message.html,
                };
                mailer.send(&mail).await?;
            }
        }
        Ok(())
    }
}

/// Whom the code goes to; nobody when it is replaced, used up or expired.
async fn recipient(
    job: &SendVerificationEmail,
    worker: &Worker,
    instance: &InstanceId,
) -> Result<Option<String>, Failure> {
    let scope = worker.app().reader(instance);
    let Some(verification) = verification::find(scope, &job.verification_id).await? else {
        return Ok(None);
    };
    let Some(target) = &verification.target else {
        return Err(Failure::permanent("the verification goes to no identification"));
    };
    let is_present = verification.serial == job.serial
        && verification.status_at(worker.app().now()) == VerificationStatus::Unverified;
    if !is_present {
        return Ok(None);
    }
    // Deleted with its sign-up or by its owner in the meantime: nobody waits for the code.
    let identification = scope.find::<entity::identification::Entity>(target).await?;
    Ok(identification.map(|row| row.display))
}
/// What the message says.
struct Message {
    subject: String,
    text: String,
    html: String,
}

#[derive(Template)]
#[template(
    ext = "txt",
    source = "{{ code }} is your verification code for {{ application }}.\n\nIt is valid for 10 minutes after you asked \
              for it. If you did not ask for it, ignore this message, and tell the code to nobody.\n"
)]
struct PlainText<'a> {
    application: &'a str,
    code: &'a str,
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{{ application }}</title></head>
<body style="font-family: sans-serif">
<p>Your verification code for {{ application }}:</p>
<p style="font-size: 2em; font-family: monospace">{{ code }}</p>
<p>It is valid for 10 minutes after you asked for it. If you did not ask for it, ignore this message, and tell the code to nobody.</p>
</body>
</html>
"#
)]
struct Html<'a> {
    application: &'a str,
    code: &'a str,
}

impl Message {
    fn new(instance: &Instance, code: &OneTimeCode) -> Result<Self, Failure> {
        let application = &short(&instance.settings.application_name);
        let code = code.as_str();
        let cannot_render = |error: askama::Error| Failure::permanent("the message cannot be rendered").because(error);
        Ok(Self {
            subject: format!("{code} is your verification code for {application}"),
            text: PlainText { application, code }.render().map_err(cannot_render)?,
            html: Html { application, code }.render().map_err(cannot_render)?,
        })
    }
}

/// The sender that the instance's settings choose, else the configured one.
fn sender(instance: &Instance, configured: &str) -> Result<Mailbox, Failure> {
    let configured = mail::sender(configured)
        .ok_or_else(|| Failure::permanent("mail cannot be sent from the configured address"))?;
    let settings = &instance.settings.email;
    let name = settings.from_name.as_deref().map(short);
    let email = match settings.from_address.as_deref() {
        Some(text) => address(text)?,
        None => configured.email,
    };
    Ok(Mailbox::new(name.or(configured.name), email))
}

fn address(text: &str) -> Result<Address, Failure> {
    text.parse()
        .map_err(|_| Failure::permanent("an address cannot be written in a message"))
}

/// The name as one line of at most [`NAME_CHARACTERS`], for a subject or a sender.
fn short(name: &str) -> String {
    one_line(name).chars().take(NAME_CHARACTERS).collect()
}

#[cfg(test)]
mod tests;
