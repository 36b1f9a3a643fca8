//! `/v1/environment`: what pages need to know. Bare, since SDKs read it without an envelope.
//!
//! Invariant: the answer is the instance's present settings, whoever asks.

use super::{answer::respond, parameter};
use crate::{
    app::App,
    http::caller::Call,
    rest::{body::Fields, error::json_response, view},
    service::instance,
};
use axum::{extract::State, http::StatusCode, response::Response};

/// `GET /v1/environment`.
pub(super) async fn read(Call(caller): Call) -> Response {
    json_response(StatusCode::OK, &view::environment::environment(&caller.instance))
}

/// `PATCH /v1/environment`: the SDK says where the application runs.
pub(super) async fn update(State(app): State<App>, Call(caller): Call, fields: Fields) -> Response {
    respond(&caller, async {
        parameter::none(&caller, fields)?;
        let instance = instance::record_home_origin(&app, &caller).await?;
        Ok(json_response(
            StatusCode::OK,
            &view::environment::environment(&instance),
        ))
    })
    .await
}
