//! `vestibule doctor`: what an operator should know before people depend on this installation.

use super::output;
use crate::boot;
use anyhow::{Result, bail};
use domain::settings::is_insecure;
use kernel::{
    caller::Instance,
    config::{Config, authority::Authority, database::Synchronous},
    runtime::{clock::SystemClock, entropy::Entropy},
};
use outbound::mail;
use service::{app::App, instance};
use std::sync::Arc;
use store::job;

/// What was found.
enum Finding {
    Good(String),
    Warning(String),
}

pub(super) async fn run(config: Config) -> Result<()> {
    let app = boot::open(config, Arc::new(SystemClock), Entropy::system()).await?;
    let mut findings = vec![Finding::Good("the database is reachable and up to date".to_owned())];
    files(&app, &mut findings)?;
    configuration(&app, &mut findings);
    instances(&app, &mut findings).await?;
    jobs(&app, &mut findings).await?;
    let mut warnings = 0;
    for finding in findings {
        match finding {
            Finding::Good(text) => output::line(&format!("ok       {text}")),
            Finding::Warning(text) => {
                warnings += 1;
                output::line(&format!("warning  {text}"));
            }
        }
    }
    if warnings > 0 {
        bail!("{warnings} warning(s)");
    }
    Ok(())
}

fn files(app: &App, findings: &mut Vec<Finding>) -> Result<()> {
    let exposed = boot::exposed_files(app.config())?;
    if exposed.is_empty() {
        findings.push(Finding::Good(
            "nobody else on this machine can read what is stored".to_owned(),
        ));
    }
    let warnings = exposed.iter().map(|exposed| Finding::Warning(exposed.to_string()));
    findings.extend(warnings);
    Ok(())
}

fn configuration(app: &App, findings: &mut Vec<Finding>) {
    let config = app.config();
    findings.push(if config.secret.master_key.is_some() {
        Finding::Good("the master key is configured".to_owned())
    } else {
        Finding::Warning("the master key lies in the data directory; set VESTIBULE_MASTER_KEY".to_owned())
    });
    findings.push(if config.mail.smtp_url.is_some() {
        Finding::Good("a mail server is configured".to_owned())
    } else {
        Finding::Warning("no mail server: production instances cannot send codes; set VESTIBULE_SMTP_URL".to_owned())
    });
    if config.database.synchronous == Synchronous::Normal {
        findings.push(Finding::Warning(
            "synchronous = \"normal\": a power loss may take the last writes".to_owned(),
        ));
    }
}

/// What is wrong with a development instance that others than its developer can reach.
pub(super) const EXPOSED: &str = "is a development instance and not on this machine: whoever reaches it reads its inbox, and \
    424242 is the code of every +clerk_test address; make a production instance for real users";

/// Whether an instance that is for building an application is reached by a name that is not this machine's.
pub(super) fn is_exposed(instance: &Instance) -> bool {
    let is_local = instance.authority.as_ref().is_some_and(Authority::is_loopback);
    instance.is_development() && !is_local
}

/// What a production instance should not be left with.
fn leftovers(app: &App, findings: &mut Vec<Finding>) {
    let config = app.config();
    let sender = mail::sender(&config.mail.from).map(|sender| sender.email);
    if config.mail.smtp_url.is_some()
        && let Some(sender) = sender.filter(|sender| sender.domain() == "localhost")
    {
        findings.push(Finding::Warning(format!(
            "mail is sent from {sender}, which most mail servers refuse; set mail.from"
        )));
    }
    let file = config.data_dir.join("master.key");
    if config.secret.master_key.is_some() && file.exists() {
        findings.push(Finding::Warning(format!(
            "{} still lies beside the database: keep the master key elsewhere and delete the file",
            file.display()
        )));
    }
}

async fn instances(app: &App, findings: &mut Vec<Finding>) -> Result<()> {
    let directory = instance::all(app).await?;
    if directory.instances.iter().any(|instance| !instance.is_development()) {
        leftovers(app, findings);
    }
    if directory.instances.is_empty() {
        findings.push(Finding::Warning(
            "there is no instance yet; start the server once".to_owned(),
        ));
    }
    // A server that speaks plain http and is reached by https has a proxy before it.
    let http = &app.config().http;
    let is_proxied = http.tls_cert.is_none() && directory.instances.iter().any(|instance| instance.is_secure());
    if is_proxied && http.trusted_proxies.is_empty() {
        findings.push(Finding::Warning(
            "no proxy is trusted: everybody behind one is counted as one network, which one attacker puts out for all; set \
             VESTIBULE_HTTP_TRUSTED_PROXIES"
                .to_owned(),
        ));
    }
    if directory.instances.len() > 1 && !http.allowed_hosts.is_empty() {
        findings.push(Finding::Warning(
            "http.allowed_hosts has no effect while there are several instances: each answers to its own host alone"
                .to_owned(),
        ));
    }
    for instance in &directory.instances {
        if is_exposed(instance) {
            findings.push(Finding::Warning(format!("the instance {} {EXPOSED}", instance.slug)));
        }
        if !instance.is_development() {
            let insecure = instance.settings.insecure().into_iter();
            findings.extend(insecure.map(|problem| {
                let (name, message) = (problem.param_name, problem.message);
                Finding::Warning(format!("the production instance {}: {name}: {message}", instance.slug))
            }));
        }
        if !instance.is_development() && is_insecure(&instance.origin) {
            findings.push(Finding::Warning(format!(
                "the production instance {} is not reached by https",
                instance.slug
            )));
        } else {
            findings.push(Finding::Good(format!(
                "instance {} at {}",
                instance.slug, instance.origin
            )));
        }
    }
    Ok(())
}

async fn jobs(app: &App, findings: &mut Vec<Finding>) -> Result<()> {
    findings.push(match job::count_dead(app.pool()).await? {
        0 => Finding::Good("no job was given up".to_owned()),
        dead => Finding::Warning(format!("{dead} job(s) were given up after their last attempt")),
    });
    Ok(())
}
