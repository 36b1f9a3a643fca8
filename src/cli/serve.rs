//! `vestibule serve`: the server, and by default the worker beside it.

use super::{
    arguments::ServeArguments,
    doctor::{EXPOSED, is_exposed},
    environment_block,
    instance::described,
    output,
};
use crate::{
    boot,
    server::{self, connection::descriptor},
    worker,
};
use anyhow::{Context as _, Result, bail};
use kernel::{
    caller::Instance,
    config::{Config, authority::Authority},
    runtime::{clock::SystemClock, entropy::Entropy},
};
use outbound::mail::Mailer;
use service::{
    app::App,
    instance::{self, FirstInstance, FirstOrigin},
    signing_key,
};
use std::{io, net::SocketAddr, sync::Arc, time::Duration};
use store::listener::{self, Role};
use tokio::{
    net::TcpListener,
    signal::unix::{SignalKind, signal},
};
use tokio_util::sync::CancellationToken;
use url::{Host, Url};

/// How often those who have spent nothing lately are forgotten.
const FORGETTING: Duration = Duration::from_mins(1);

pub(super) async fn run(config: Config, arguments: &ServeArguments) -> Result<()> {
    let listen = config.http.listen;
    descriptor::raise(config.http.connection.maximum, config.database.max_connections);
    let listener = match TcpListener::bind(listen).await {
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => bail!(
            "{listen} is taken by another process; stop that one, or choose another port by `vestibule serve --port` or VESTIBULE_LISTEN"
        ),
        bound => bound.with_context(|| format!("{listen} cannot be listened on"))?,
    };
    // Before anything is made that says https.
    let tls = server::load_tls(&config.http).await?;
    let app = boot::boot(config, Arc::new(SystemClock), Entropy::system()).await?;
    let listening = listener.local_addr()?;
    let origin = server::public_origin(&app.config().http, listening);
    let configured = app
        .config()
        .secret
        .secret_key
        .as_ref()
        .map(|secret| secret.expose().to_owned());
    let first = match app.config().http.public_url {
        Some(_) => FirstOrigin::Configured(&origin),
        None => FirstOrigin::Assumed(&origin),
    };
    let first = instance::bootstrap(&app, first, configured.as_deref())
        .await
        .map_err(|error| described(&error))?;
    let shutdown = shutdown_signal()?;
    let mailer = Mailer::from_config(&app.config().mail, public_host(&app).await?.as_ref())?;
    let notices = tokio::spawn(notices(app.clone(), Role::Server(listening), shutdown.clone()));
    let jobs = (app.config().worker.enabled && !arguments.no_worker)
        .then(|| worker::start(app.clone(), mailer, shutdown.clone()));
    tokio::spawn(forget(app.clone(), shutdown.clone()));
    print(&app, &first, listening).await?;
    server::serve(app, listener, tls, shutdown.clone()).await?;
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
            _ = interval.tick() => app.rate_limiter().shrink(),
        }
    }
}

/// Hears what other processes change.
pub(super) async fn notices(app: App, role: Role, shutdown: CancellationToken) {
    let url = app.config().database.url.expose();
    Box::pin(listener::listen(app.pool(), url, app.notices().clone(), role, shutdown)).await;
}

/// The host that this server is reached at: the configured one, else that of the first production instance, else that of the
/// first instance.
pub(super) async fn public_host(app: &App) -> Result<Option<Host>> {
    if let Some(url) = &app.config().http.public_url {
        return Ok(url.host().map(|host| host.to_owned()));
    }
    let directory = instance::all(app).await?;
    let production = directory.instances.iter().find(|instance| !instance.is_development());
    let found = production.or(directory.instances.first());
    let url = found.and_then(|instance| Url::parse(&instance.origin).ok());
    Ok(url.and_then(|url| url.host().map(|host| host.to_owned())))
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

/// Warns of what is unexpected about where the first instance is and who reaches it.
fn warn_of_place(app: &App, instance: &Instance, listening: SocketAddr) {
    if is_exposed(instance) {
        tracing::warn!(instance.slug, "{} {EXPOSED}", instance.slug);
    }
    if instance.is_development() && !listening.ip().is_loopback() {
        tracing::warn!(
            "this server listens on {listening}, and {} is a development instance: whoever reaches this machine by it reads its inbox",
            instance.slug
        );
    }
    let origin = &instance.origin;
    let here = server::public_origin(&app.config().http, listening);
    if is_elsewhere(instance, &here) {
        tracing::warn!(
            "this server listens at {here}, but the instance {} is at {origin}, which its tokens go on naming; if no other server \
             is there any more, set VESTIBULE_PUBLIC_URL={here} to move it",
            instance.slug
        );
    }
}

/// Tells the person who started it where everything is, and what to paste into an application.
async fn print(app: &App, first: &FirstInstance, listening: SocketAddr) -> Result<()> {
    let instance = instance::by_id(app, &first.id)
        .await?
        .context("the first instance is gone")?;
    warn_of_place(app, &instance, listening);
    let origin = &instance.origin;
    let scheme = server::scheme(&app.config().http);
    output::line(&format!("Listening        {scheme}://{listening}"));
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
    if !has_scripts(app) {
        output::line(environment_block::NO_SCRIPTS);
    }
    for other in instance::all(app)
        .await?
        .instances
        .iter()
        .filter(|other| other.id != first.id)
    {
        let (slug, environment) = (&other.slug, other.environment);
        output::line(&format!(
            "# Also served: {slug} ({environment}) at {}; `vestibule key list --instance {slug}` shows its keys.",
            other.origin
        ));
    }
    if first.generated_secret_key.is_none() && app.config().secret.secret_key.is_none() {
        output::line(
            "# The secret key was shown when it was made, and only its hash is kept; `vestibule key create` makes another one.",
        );
    }
    Ok(())
}

/// Whether the folder of SDK files is there and has what the printed addresses lead to.
fn has_scripts(app: &App) -> bool {
    let modules = app.config().http.npm_dir.as_ref();
    modules.is_some_and(|modules| modules.join("@clerk/clerk-js/package.json").is_file())
}

/// Whether the instance lives on this machine and not where this server is found: by the port of another one. An origin on
/// another host is that of a proxy, which knows where this server is.
fn is_elsewhere(instance: &Instance, here: &str) -> bool {
    instance.origin != here && instance.authority.as_ref().is_some_and(Authority::is_loopback)
}
