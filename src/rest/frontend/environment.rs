//! `/v1/environment`: what pages need to know. Bare, since SDKs read it without an envelope.
//!
//! Invariant: the answer is the instance's present settings, whoever asks; only where the application is may differ by the
//! origin of a page that asks.

use super::parameter;
use crate::{
    answer::{Answer, Refused},
    body::Fields,
    view,
};
use axum::extract::State;
use kernel::caller::{Caller, Instance};
use service::{app::App, instance};
use web_kit::caller::Call;

/// `GET /v1/environment`.
pub(crate) async fn read(Call(caller): Call) -> Result<Answer, Refused> {
    Ok(shown(&caller, &*instance::environment(&caller)?))
}

/// `PATCH /v1/environment`: the SDK says where the application runs.
pub(crate) async fn update(State(app): State<App>, Call(caller): Call, fields: Fields) -> Result<Answer, Refused> {
    parameter::none(&caller, fields)?;
    let instance = instance::record_home_origin(&app, &caller).await?;
    Ok(shown(&caller, &instance))
}

fn shown(caller: &Caller, instance: &Instance) -> Answer {
    let asking = caller.request.origin.as_deref();
    Answer::bare(&view::environment::environment(instance, asking))
}
