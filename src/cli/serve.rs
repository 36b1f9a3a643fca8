//! `vestibule serve`: the server, and by default the worker beside it.

use super::{
    arguments::ServeArguments,
    doctor::{EXPOSED, is_exposed},
    environment_block, output,
};
use crate::{
    app::App,
    boot,
    config::Config,
    http::{connection::descriptor, server},
    outbound::mail::Mailer,
    runtime::{clock::SystemClock, entropy::Entropy},
    service::{
        instance::{self, FirstInstance},
        signing_key,
    },
    store::listener::{self, Role},
    worker,
};
use anyhow::{Context as _, Result};
use std::{sync::Arc, time::Duration};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;

/// How often those who have spent nothing lately are forgotten.
const FORGETTING: Duration = Duration::from_mins(1);

pub(super) async fn run(config: Config, arguments: &ServeArguments) -> Result<()> {
    let listen = config.http.listen;
    descriptor::raise(config.http.connection.maximum, config.database.max_connections);
    let listener = TcpListener::bind(listen)
        .await
        .with_context(|| format!("{listen} cannot be listened on"))?;
    let app = boot::boot(config, Arc::new(SystemClock), Entropy::system()).await?;
    let origin = server::public_origin(&app.config.http, listener.local_addr()?);
    let configured = app
        .config
        .secret
        .secret_key
        .as_ref()
        .map(|secret| secret.expose().to_owned());
    let first = instance::bootstrap(&app, &origin, configured.as_deref()).await?;
    let shutdown = shutdown_signal()?;
    let mailer = Mailer::from_config(&app.config.mail)?;
    let notices = tokio::spawn(notices(app.clone(), Role::Server, shutdown.clone()));
    let jobs = (app.config.worker.enabled && !arguments.no_worker)
        .then(|| worker::start(app.clone(), mailer, shutdown.clone()));
    tokio::spawn(forget(app.clone(), shutdown.clone()));
    print(&app, &first).await?;
    server::serve(app, listener, shutdown.clone()).await?;
    shutdown.cancel();
    if let Some(jobs) = jobs {
        jobs.await?;
    }
    notices.await?;
    Ok(())
}

/// Forgets now and then who has spent nothing lately, so that passers-by leave no memory behind.
async fn forget(app: App, shutdown: CancellationToken) {
    let mut interval = tokio::time::interval(FORGETTING);
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = interval.tick() => app.rate_limiter.shrink(),
        }
    }
}

/// Hears what other processes change.
pub(super) async fn notices(app: App, role: Role, shutdown: CancellationToken) {
    let url = app.config.database.url.expose();
    Box::pin(listener::listen(
        &app.database,
        url,
        app.notices.clone(),
        role,
        shutdown,
    ))
    .await;
}

/// Cancelled when the process is asked to stop.
pub(super) fn shutdown_signal() -> Result<CancellationToken> {
    let token = CancellationToken::new();
    let cancelled = token.clone();
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        cancelled.cancel();
    });
    Ok(token)
}

/// Tells the person who started it where everything is, and what to paste into an application.
async fn print(app: &App, first: &FirstInstance) -> Result<()> {
    let instance = instance::by_id(app, &first.id)
        .await?
        .context("the first instance is gone")?;
    if is_exposed(&instance) {
        tracing::warn!(instance.slug, "{} {EXPOSED}", instance.slug);
    }
    let origin = &instance.origin;
    output::line(&format!("GraphQL          {origin}/graphql"));
    output::line(&format!("Frontend API     {origin}/v1"));
    if instance.is_development() {
        output::line(&format!("Inbox            {origin}/dev/inbox"));
    }
    output::line(&format!("Publishable key  {}", instance.publishable_key));
    if let Some(secret) = &first.generated_secret_key {
        output::line(&format!("Secret key       {secret} (shown this once)"));
    }
    output::line("");
    output::line("# Paste into your application's .env");
    let jwt_key = signing_key::key_set(app, &instance.id).await?.signer.public_line()?;
    for line in environment_block::lines(&instance, &jwt_key, first.generated_secret_key.as_deref()) {
        output::line(&line);
    }
    if app.config.http.npm_dir.is_none() {
        output::line(environment_block::NO_SCRIPTS);
    }
    Ok(())
}
