//! `vestibule migrate`: brings the database to the current schema.

use super::output;
use crate::{boot, config::Config, store::schema};
use anyhow::{Context as _, Result};
use std::fs;

pub(super) async fn run(config: &Config) -> Result<()> {
    fs::create_dir_all(&config.data_dir)
        .with_context(|| format!("the data directory {} cannot be created", config.data_dir.display()))?;
    let database = boot::open_database(config).await?;
    schema::migrate(&database).await?;
    output::line("The database is up to date.");
    Ok(())
}
