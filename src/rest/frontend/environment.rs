//! `/v1/environment`: what pages need to know. Bare, since SDKs read it without an envelope.
//!
//! Invariant: the answer is the instance's present settings, whoever asks; only where the application is may differ by the
//! origin of a page that asks.

use super::{answer::respond, parameter};
use crate::{body::Fields, view};
use axum::{extract::State, http::StatusCode, response::Response};
use kernel::caller::{Caller, Instance};
use service::{app::App, instance};
use web_kit::{caller::Call, refusal::json_response};

/// `GET /v1/environment`.
pub(super) async fn read(Call(caller): Call) -> Response {
    shown(&caller, &caller.instance)
}

/// `PATCH /v1/environment`: the SDK says where the application runs.
pub(super) async fn update(State(app): State<App>, Call(caller): Call, fields: Fields) -> Response {
    respond(&caller, async {
        parameter::none(&caller, fields)?;
        let instance = instance::record_home_origin(&app, &caller).await?;
        Ok(shown(&caller, &instance))
    })
    .await
}

fn shown(caller: &Caller, instance: &Instance) -> Response {
    let asking = caller.request.origin.as_deref();
    json_response(StatusCode::OK, &view::environment::environment(instance, asking))
}
