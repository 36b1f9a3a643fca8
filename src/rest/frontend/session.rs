//! `/v1/client/sessions/{id}`.
//!
//! Invariant: tokens are answered bare; SDKs that find an envelope there sign the person out without a word.

use super::{
    answer::{Refused, Riding, respond, unchanged},
    parameter::{self, PathId},
};
use crate::{
    body::Fields,
    view::{SessionView, TokenView, Viewing},
};
use axum::{extract::State, http::StatusCode, response::Response};
use domain::session::Session;
use entity::id::SessionId;
use kernel::error::Result;
use service::{app::App, client::Changed, session};
use web_kit::{caller::Call, refusal::json_response};

/// `GET /v1/client/sessions/{id}`.
pub(super) async fn read(State(app): State<App>, Call(caller): Call, PathId(id): PathId<SessionId>) -> Response {
    respond(&caller, async {
        let state = session::read(&app, &caller, &id).await?;
        let viewing = Viewing {
            instance: &caller.instance,
            now: app.now(),
        };
        Ok(unchanged(&SessionView::of(&state, &viewing)))
    })
    .await
}

/// `POST /v1/client/sessions/{id}/touch`.
pub(super) async fn touch(
    State(app): State<App>,
    Call(caller): Call,
    PathId(id): PathId<SessionId>,
    fields: Fields,
) -> Response {
    respond(&caller, async {
        parameter::no_organization(&caller, fields, "active_organization_id")?;
        let changed = session::touch(&app, &caller, &id).await?;
        answer(&app, changed).await
    })
    .await
}

/// `POST /v1/client/sessions/{id}/end`.
pub(super) async fn end(
    State(app): State<App>,
    Call(caller): Call,
    PathId(id): PathId<SessionId>,
    fields: Fields,
) -> Response {
    respond(&caller, async {
        parameter::none(&caller, fields)?;
        let changed = session::end(&app, &caller, &id).await?;
        answer(&app, changed).await
    })
    .await
}

/// `POST /v1/client/sessions/{id}/remove`.
pub(super) async fn remove(
    State(app): State<App>,
    Call(caller): Call,
    PathId(id): PathId<SessionId>,
    fields: Fields,
) -> Response {
    respond(&caller, async {
        parameter::none(&caller, fields)?;
        let changed = session::remove(&app, &caller, &id).await?;
        answer(&app, changed).await
    })
    .await
}

/// `POST /v1/client/sessions/{id}/tokens`.
pub(super) async fn create_token(
    State(app): State<App>,
    Call(caller): Call,
    PathId(id): PathId<SessionId>,
    fields: Fields,
) -> Response {
    respond(&caller, async {
        parameter::no_organization(&caller, fields, "organization_id")?;
        let token = session::mint_token(&app, &caller, &id).await?;
        Ok(json_response(StatusCode::OK, &TokenView::of(&token.jwt)))
    })
    .await
}

async fn answer(app: &App, changed: Changed<Session>) -> Result<Response, Refused> {
    let (session, riding) = Riding::after_sessions(app, changed).await?;
    Ok(riding.answer_session(app, session).await?)
}
