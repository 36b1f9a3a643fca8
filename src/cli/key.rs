//! `vestibule key …`: listing keys and rotating the signing key.

use super::{
    arguments::KeyCommand,
    instance::{described, named},
    key_list, output,
};
use crate::{
    boot,
    config::Config,
    runtime::{clock::SystemClock, entropy::Entropy},
    service::signing_key,
};
use anyhow::Result;
use std::sync::Arc;

pub(super) async fn run(config: Config, command: KeyCommand) -> Result<()> {
    let app = boot::boot(config, Arc::new(SystemClock), Entropy::system()).await?;
    match command {
        KeyCommand::List { instance: id } => {
            let instance = named(&app, id.as_ref()).await?;
            key_list::print(&app, &instance).await?;
        }
        KeyCommand::Rotate { instance: id } => {
            let instance = named(&app, id.as_ref()).await?;
            let key = signing_key::rotate(&app, &instance.id)
                .await
                .map_err(|error| described(&error))?;
            output::line(&format!("{key} signs from now on; the keys before it still verify."));
        }
    }
    Ok(())
}
