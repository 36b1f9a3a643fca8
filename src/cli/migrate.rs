//! `vestibule migrate`: brings the database to the current schema.

use super::output;
use crate::{boot, config::Config, store::connect};
use anyhow::{Context as _, Result};

pub(super) async fn run(config: &Config) -> Result<()> {
    boot::prepare_directory(&config.data_dir)?;
    let database = boot::open_database(config).await?;
    connect::migrate(&database)
        .await
        .context("the database cannot be brought up to date")?;
    output::line("The database is up to date.");
    Ok(())
}
