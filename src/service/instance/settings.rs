//! Reading and changing the settings of an instance.

use crate::{app::App, authorise, internal, rate_limit::Budget};
use domain::{
    permission::Action,
    settings::{InstanceSettings, SettingProblem},
};
use entity::{id::InstanceId, kind::InstanceEnvironment};
use kernel::{
    caller::{Caller, Instance},
    error::{Code, Error, Problem, Result},
    outbox::{Event, InstancePayload},
};
use serde_json::Value;
use std::sync::Arc;

/// What pages need to know about the caller's instance.
///
/// # Errors
/// None of today's callers is refused.
pub fn environment(caller: &Caller) -> Result<Arc<Instance>> {
    authorise(caller, Action::ReadEnvironment)?;
    Ok(Arc::clone(&caller.instance))
}

/// The settings of the caller's instance.
///
/// # Errors
/// `authorization_invalid` without a secret key.
pub fn settings(caller: &Caller) -> Result<Arc<Instance>> {
    authorise(caller, Action::ReadInstanceSettings)?;
    Ok(Arc::clone(&caller.instance))
}

/// Changes settings by a JSON merge patch (RFC 7396). With `expected_version`, only if nobody changed them meanwhile.
///
/// # Errors
/// `authorization_invalid` without a secret key, `version_conflict`, and every problem of the patch at once:
/// `form_param_unknown` for a key that does not exist, `form_param_value_invalid` for the rest.
pub async fn update_settings(
    app: &App,
    caller: &Caller,
    patch: &Value,
    expected_version: Option<i64>,
) -> Result<Arc<Instance>> {
    authorise(caller, Action::UpdateInstanceSettings)?;
    patch_settings(app, &caller.instance.id, patch, expected_version).await
}

/// The change itself, for an operator on the machine who needs no key.
///
/// # Errors
/// As [`update_settings`], without the authorisation.
pub async fn patch_settings(
    app: &App,
    instance: &InstanceId,
    patch: &Value,
    expected_version: Option<i64>,
) -> Result<Arc<Instance>> {
    let mut tx = app.begin(instance).await?;
    let row = store::instance::lock(&tx).await?.ok_or(Code::ResourceNotFound)?;
    if expected_version.is_some_and(|expected| expected != row.settings_version) {
        return Err(Code::VersionConflict.into());
    }
    let current = InstanceSettings::read(row.settings.clone()).map_err(internal)?;
    let next = current.patched(patch).map_err(refuse)?;
    if row.environment == InstanceEnvironment::Production {
        // What an older version let in keeps nobody from changing something else; `doctor` names it.
        let known = current.insecure();
        let added: Vec<_> = next.insecure().into_iter().filter(|one| !known.contains(one)).collect();
        if !added.is_empty() {
            return Err(refuse(added));
        }
    }
    if next.graphql.documents_only && row.document_count == 0 {
        return Err(Problem::of(Code::FormParamValueInvalid, "graphql.documents_only")
            .saying("The instance trusts no documents yet, so that nobody could use it. Set a manifest of them first.")
            .into());
    }
    if next == current {
        // What comes next may need a connection, while this one would hold the lock.
        drop(tx);
    } else {
        let document = next.write_over(row.settings).map_err(internal)?;
        if !store::instance::update_settings(&mut tx, row.settings_version, document).await? {
            return Err(Code::VersionConflict.into());
        }
        let payload = InstancePayload {
            id: *instance,
            settings_version: row.settings_version + 1,
        };
        tx.emit(&Event::InstanceUpdated(payload))?;
        tx.commit().await?;
    }
    super::by_id(app, instance)
        .await?
        .ok_or_else(|| Code::ResourceNotFound.into())
}

fn refuse(problems: Vec<SettingProblem>) -> Error {
    let told = |problem: SettingProblem| {
        let code = if problem.is_unknown {
            Code::FormParamUnknown
        } else {
            Code::FormParamValueInvalid
        };
        let mut told = Problem::of(code, problem.param_name).saying(problem.message);
        for (fact, bound) in [("minimum", problem.minimum), ("maximum", problem.maximum)] {
            if let Some(bound) = bound {
                told = told.with_meta(fact, bound);
            }
        }
        if !problem.allowed.is_empty() {
            told = told.with_meta("allowed", problem.allowed);
        }
        match problem.nearest {
            Some(nearest) => told.with_meta("nearest", nearest),
            None => told,
        }
    };
    Error::from_problems(problems.into_iter().map(told).collect())
}

/// Records where a development instance's application runs, as its SDK reports it from an allowed origin. A no-op
/// elsewhere, for our own pages, and for an `Origin` that pages cannot be led back to (an extension).
///
/// Which origins are believed says [`Instance::can_be_remembered`]; whoever asks is told of the own application all the same
/// ([`Instance::pages`]).
///
/// # Errors
/// `authorization_invalid` for those who hold only a session token or a secret key, `too_many_requests`.
pub async fn record_home_origin(app: &App, caller: &Caller) -> Result<Arc<Instance>> {
    authorise(caller, Action::UpdateEnvironment)?;
    let instance = &caller.instance;
    if let Some(origin) = &caller.request.origin
        && instance.is_development()
        && instance.home_origin.as_ref() != Some(origin)
        && instance.can_be_remembered(origin)
    {
        app.rate_limiter().spend(caller, Budget::EnvironmentUpdate)?;
        let mut tx = app.begin(&instance.id).await?;
        store::instance::update_home_origin(&mut tx, origin).await?;
        tx.commit().await?;
        return super::by_id(app, &instance.id)
            .await?
            .ok_or_else(|| Code::ResourceNotFound.into());
    }
    Ok(Arc::clone(instance))
}
