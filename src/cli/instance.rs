//! `vestibule instance …`: creating, listing and configuring instances, on the machine itself and without a key.

use super::{
    arguments::{CreateInstanceArguments, InstanceCommand, InstanceSettingsCommand},
    output,
};
use crate::boot;
use anyhow::{Context as _, Result, bail};
use kernel::{
    caller::Instance,
    config::Config,
    error::Problem,
    runtime::{clock::SystemClock, entropy::Entropy},
};
use serde_json::Value;
use service::{
    app::App,
    instance::{self, CreateInstance},
};
use std::{fs, sync::Arc};

pub(super) async fn run(config: Config, command: InstanceCommand) -> Result<()> {
    let app = boot::open(config, Arc::new(SystemClock), Entropy::system()).await?;
    match command {
        InstanceCommand::Create(arguments) => create(&app, arguments).await,
        InstanceCommand::List => list(&app).await,
        InstanceCommand::Settings(InstanceSettingsCommand::Get { instance }) => {
            let instance = named(&app, instance.as_deref()).await?;
            output::line(&serde_json::to_string_pretty(&*instance.settings)?);
            Ok(())
        }
        InstanceCommand::Settings(InstanceSettingsCommand::Set { file, instance }) => {
            let text = fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
            let patch: Value = serde_json::from_str(&text).with_context(|| format!("{} is no JSON", file.display()))?;
            let instance = named(&app, instance.as_deref()).await?;
            set(&app, &instance, &patch).await
        }
    }
}

async fn create(app: &App, arguments: CreateInstanceArguments) -> Result<()> {
    let created = instance::create(
        app,
        CreateInstance {
            slug: arguments.slug,
            environment: arguments.environment,
            origin: arguments.origin,
            port: app.config().http.listen.port(),
        },
    )
    .await
    .map_err(|error| described(&error))?;
    output::line(&format!("instance         {}", created.id));
    output::line(&format!("origin           {}", created.origin));
    output::line(&format!("publishable key  {}", created.publishable_key));
    output::line(&format!("secret key       {} (shown this once)", created.secret_key));
    Ok(())
}

async fn list(app: &App) -> Result<()> {
    for instance in &instance::all(app).await?.instances {
        output::line(&format!(
            "{}  {}  {}  {}  {}",
            instance.id, instance.environment, instance.slug, instance.origin, instance.publishable_key
        ));
    }
    Ok(())
}

async fn set(app: &App, instance: &Instance, patch: &Value) -> Result<()> {
    let changed = instance::patch_settings(app, &instance.id, patch, None)
        .await
        .map_err(|error| described(&error))?;
    output::line(&format!(
        "Settings of {} are at version {}.",
        changed.id, changed.settings_version
    ));
    Ok(())
}

/// The instance named by identifier or slug, else the only one.
pub(super) async fn named(app: &App, name: Option<&str>) -> Result<Arc<Instance>> {
    let directory = instance::all(app).await?;
    let slugs: Vec<_> = directory.instances.iter().map(|instance| &*instance.slug).collect();
    let slugs = slugs.join(", ");
    match (name, directory.instances.as_slice()) {
        (None, [only]) => Ok(Arc::clone(only)),
        (None, []) => bail!("there is no instance yet: start the server once"),
        (None, _) => bail!("name the instance with --instance: there are {slugs}"),
        (Some(name), instances) => instances
            .iter()
            .find(|instance| instance.slug == name || instance.id.to_string() == name)
            .cloned()
            .with_context(|| format!("there is no instance {name}; there are {slugs}")),
    }
}

/// Every problem with the sentence that people get to read, after the name of what it is about, and before those facts that an
/// operator needs to mend it.
pub(super) fn described(error: &kernel::error::Error) -> anyhow::Error {
    let lines: Vec<_> = error.problems().iter().map(line).collect();
    match error.cause() {
        Some(cause) => anyhow::anyhow!("{} ({cause:#})", lines.join("\n")),
        None => anyhow::anyhow!(lines.join("\n")),
    }
}

fn line(problem: &Problem) -> String {
    let fact = |key: &str, before: &str, after: &str| {
        let words = match problem.meta.get(key)? {
            Value::Array(words) => words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
            word => word.as_str()?.to_owned(),
        };
        Some(format!("{before}{words}{after}"))
    };
    let parts = [
        problem.field.as_ref().map(|field| format!("{field}:")),
        Some(problem.long_message().to_owned()),
        fact("nearest", "Did you mean ", "?"),
        fact("allowed", "There are: ", "."),
        fact("setting", "The setting is ", "."),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::described;
    use kernel::error::{Code, Error, Problem};

    #[test]
    fn an_operator_reads_which_setting_it_is_and_what_it_may_be() {
        let error = Error::from_problems(vec![
            Problem::of(Code::FormParamUnknown, "pasword")
                .saying("There is no such setting.")
                .with_meta("nearest", "password"),
            Problem::of(Code::FormParamValueInvalid, "sign_up.mode")
                .saying("The value must be one of those that there are.")
                .with_meta("allowed", vec!["public", "restricted"]),
            Problem::new(Code::FeatureNotEnabled)
                .saying("Set a master key.")
                .with_meta("setting", "VESTIBULE_MASTER_KEY"),
        ]);
        assert_eq!(
            described(&error).to_string(),
            "pasword: There is no such setting. Did you mean password?\n\
             sign_up.mode: The value must be one of those that there are. There are: public, restricted.\n\
             Set a master key. The setting is VESTIBULE_MASTER_KEY."
        );
    }
}
