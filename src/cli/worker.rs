//! `vestibule worker`: background jobs only.

use super::serve::{notices, public_host, shutdown_signal};
use crate::{boot, worker};
use anyhow::Result;
use kernel::{
    config::Config,
    runtime::{clock::SystemClock, entropy::Entropy},
};
use outbound::mail::Mailer;
use std::sync::Arc;
use store::listener::Role;

pub(super) async fn run(config: Config) -> Result<()> {
    // It works on what a server has made, and a wrong directory must not become a second installation.
    boot::require_database_file(&config)?;
    let app = boot::boot(config, Arc::new(SystemClock), Entropy::system()).await?;
    let mailer = Mailer::from_config(&app.config().mail, public_host(&app).await?.as_ref())?;
    let shutdown = shutdown_signal()?;
    let notices = tokio::spawn(notices(app.clone(), Role::Worker, shutdown.clone()));
    worker::start(app, mailer, shutdown).await?;
    notices.await?;
    Ok(())
}
