//! `/v1/client`: reading, replacing and deleting the caller's client.
//!
//! Invariant: the client is the resource here, so none rides along.

use super::{
    answer::{Riding, respond},
    parameter,
};
use crate::body::Fields;
use axum::{extract::State, response::Response};
use service::{app::App, client};
use web_kit::caller::Call;

/// `GET /v1/client`: `null` for somebody who has none.
pub(super) async fn read(State(app): State<App>, Call(caller): Call) -> Response {
    respond(&caller, async {
        Ok(Riding::reading(&app, &caller).await?.answer_client())
    })
    .await
}

/// `PUT /v1/client`, `POST /v1/client`: a new client in place of the old one.
pub(super) async fn replace(State(app): State<App>, Call(caller): Call, fields: Fields) -> Response {
    respond(&caller, async {
        parameter::none(&caller, fields)?;
        let changed = client::replace(&app, &caller).await?;
        let (_, riding) = Riding::after_sessions(&app, changed).await?;
        Ok(riding.answer_client())
    })
    .await
}

/// `DELETE /v1/client`: signs out of everything, and forgets the client.
pub(super) async fn delete(State(app): State<App>, Call(caller): Call, fields: Fields) -> Response {
    respond(&caller, async {
        parameter::none(&caller, fields)?;
        let changed = client::delete(&app, &caller).await?;
        let (_, riding) = Riding::after_sessions(&app, changed).await?;
        Ok(riding.answer_client())
    })
    .await
}

/// `DELETE /v1/client/sessions`: signs out of everything, and keeps the client.
pub(super) async fn remove_sessions(State(app): State<App>, Call(caller): Call, fields: Fields) -> Response {
    respond(&caller, async {
        parameter::none(&caller, fields)?;
        let changed = client::remove_sessions(&app, &caller).await?;
        let (_, riding) = Riding::after_sessions(&app, changed).await?;
        Ok(riding.answer_client())
    })
    .await
}
