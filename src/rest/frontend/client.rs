//! `/v1/client`: reading, replacing and deleting the caller's client.
//!
//! Invariant: the client is the resource here, so none rides along.

use super::{parameter, riding::Riding};
use crate::{
    answer::{Answer, Refused},
    body::Fields,
};
use axum::extract::State;
use service::{app::App, client};
use web_kit::caller::Call;

/// `GET /v1/client`: `null` for somebody who has none.
pub(crate) async fn read(State(app): State<App>, Call(caller): Call) -> Result<Answer, Refused> {
    Ok(Riding::reading(&app, &caller).await?.answer_client())
}

/// `PUT /v1/client`, `POST /v1/client`: a new client in place of the old one.
pub(crate) async fn replace(State(app): State<App>, Call(caller): Call, fields: Fields) -> Result<Answer, Refused> {
    parameter::none(&caller, fields)?;
    let changed = client::replace(&app, &caller).await?;
    let (_, riding) = Riding::after(&app, changed).await?;
    Ok(riding.answer_client())
}

/// `DELETE /v1/client`: signs out of everything, and forgets the client.
pub(crate) async fn delete(State(app): State<App>, Call(caller): Call, fields: Fields) -> Result<Answer, Refused> {
    parameter::none(&caller, fields)?;
    let changed = client::delete(&app, &caller).await?;
    let (_, riding) = Riding::after(&app, changed).await?;
    Ok(riding.answer_client())
}

/// `DELETE /v1/client/sessions`: signs out of everything, and keeps the client.
pub(crate) async fn remove_sessions(
    State(app): State<App>,
    Call(caller): Call,
    fields: Fields,
) -> Result<Answer, Refused> {
    parameter::none(&caller, fields)?;
    let changed = client::remove_sessions(&app, &caller).await?;
    let (_, riding) = Riding::after(&app, changed).await?;
    Ok(riding.answer_client())
}
