//! `vestibule key list`: what an instance has by way of keys, and the public ones as they are pasted elsewhere.
//!
//! Invariant: no secret is among it. Of secret keys only hashes are stored, so there is nothing of them to show.

use super::output;
use anyhow::Result;
use kernel::caller::Instance;
use service::{app::App, instance, signing_key};

/// Prints the keys of an instance, and of each signing key its public half in PEM and in the one line of `CLERK_JWT_KEY`.
pub(super) async fn print(app: &App, instance: &Instance) -> Result<()> {
    output::line(&format!("publishable key  {}", instance.publishable_key));
    for key in instance::list_secret_keys(app, &instance.id).await? {
        let state = if key.revoked_at.is_some() { "revoked" } else { "in use" };
        output::line(&format!(
            "secret key       {}  {state} (only its hash is stored)",
            key.id
        ));
    }
    let keys = signing_key::list_public(app, &instance.id).await?;
    for key in &keys {
        let state = if key.retired_at.is_some() { "retired" } else { "in use" };
        output::line(&format!("signing key      {}  {state}  kid {}", key.id, key.kid));
    }
    for key in keys {
        output::line("");
        output::line(&format!("# Public half of {}, kid {}", key.id, key.kid));
        output::line(key.pem.trim_end());
        // What is retired is not to be pasted anywhere any more: it verifies nothing new.
        if key.retired_at.is_none() {
            output::line(&format!("CLERK_JWT_KEY={}", key.line));
        }
    }
    Ok(())
}
