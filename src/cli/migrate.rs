//! `vestibule migrate`: brings the database to the current schema.

use super::output;
use crate::boot;
use anyhow::Result;
use kernel::config::Config;
use store::schema;

pub(super) async fn run(config: &Config) -> Result<()> {
    boot::prepare_directory(&config.data_dir)?;
    let database = boot::open_database(config).await?;
    schema::migrate(&database).await?;
    output::line("The database is up to date.");
    Ok(())
}
