//! `vestibule key …`: listing keys, making secret keys and rotating the signing key.

use super::{
    arguments::KeyCommand,
    instance::{described, named},
    key_list, output,
};
use crate::boot;
use anyhow::Result;
use kernel::{
    config::Config,
    runtime::{clock::SystemClock, entropy::Entropy},
};
use service::{instance, signing_key};
use std::sync::Arc;

pub(super) async fn run(config: Config, command: KeyCommand) -> Result<()> {
    let app = boot::open(config, Arc::new(SystemClock), Entropy::system()).await?;
    match command {
        KeyCommand::List { instance: id } => {
            let instance = named(&app, id.as_deref()).await?;
            key_list::print(&app, &instance).await?;
        }
        KeyCommand::Create { instance: id } => {
            let instance = named(&app, id.as_deref()).await?;
            let secret = instance::create_secret_key(&app, &instance)
                .await
                .map_err(|error| described(&error))?;
            output::line(&format!("secret key       {secret} (shown this once)"));
        }
        KeyCommand::Rotate { instance: id } => {
            let instance = named(&app, id.as_deref()).await?;
            let key = signing_key::rotate(&app, &instance.id)
                .await
                .map_err(|error| described(&error))?;
            output::line(&format!("{key} signs from now on; the keys before it still verify."));
        }
    }
    Ok(())
}
