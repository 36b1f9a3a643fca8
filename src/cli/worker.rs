//! `vestibule worker`: background jobs only.

use super::serve::shutdown_signal;
use crate::{
    boot,
    config::Config,
    outbound::mail::Mailer,
    runtime::{clock::SystemClock, entropy::Entropy},
    worker,
};
use anyhow::Result;
use std::sync::Arc;

pub(super) async fn run(config: Config) -> Result<()> {
    let app = boot::boot(config, Arc::new(SystemClock), Entropy::system()).await?;
    let mailer = Mailer::from_config(&app.config.mail)?;
    let shutdown = shutdown_signal()?;
    worker::start(app, mailer, shutdown).await?;
    Ok(())
}
