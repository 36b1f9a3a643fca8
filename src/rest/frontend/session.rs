//! `/v1/client/sessions/{id}`.
//!
//! Invariant: tokens are answered bare; SDKs that find an envelope there sign the person out without a word.

use super::{
    parameter::{self, PathId},
    riding::{Riding, unchanged},
};
use crate::{
    answer::{Answer, Refused},
    body::Fields,
    view::{SessionView, TokenView, Viewing},
};
use axum::extract::State;
use domain::session::Session;
use entity::id::SessionId;
use service::{app::App, client::Changed, loader::Loaders, session};
use std::sync::Arc;
use web_kit::caller::Call;

/// `GET /v1/client/sessions/{id}`.
pub(crate) async fn read(
    State(app): State<App>,
    Call(caller): Call,
    PathId(id): PathId<SessionId>,
) -> Result<Answer, Refused> {
    let loaders = Loaders::new(app, Arc::new(caller));
    let state = session::read(&loaders, &id).await?;
    let viewing = Viewing {
        instance: &loaders.caller().instance,
        now: loaders.app().now(),
    };
    Ok(unchanged(&SessionView::of(&state, &viewing)))
}

/// `POST /v1/client/sessions/{id}/touch`.
pub(crate) async fn touch(
    State(app): State<App>,
    Call(caller): Call,
    PathId(id): PathId<SessionId>,
    fields: Fields,
) -> Result<Answer, Refused> {
    parameter::no_organization(&caller, fields, "active_organization_id")?;
    let changed = session::touch(&app, &caller, &id).await?;
    answer(&app, changed).await
}

/// `POST /v1/client/sessions/{id}/end`.
pub(crate) async fn end(
    State(app): State<App>,
    Call(caller): Call,
    PathId(id): PathId<SessionId>,
    fields: Fields,
) -> Result<Answer, Refused> {
    parameter::none(&caller, fields)?;
    let changed = session::end(&app, &caller, &id).await?;
    answer(&app, changed).await
}

/// `POST /v1/client/sessions/{id}/remove`.
pub(crate) async fn remove(
    State(app): State<App>,
    Call(caller): Call,
    PathId(id): PathId<SessionId>,
    fields: Fields,
) -> Result<Answer, Refused> {
    parameter::none(&caller, fields)?;
    let changed = session::remove(&app, &caller, &id).await?;
    answer(&app, changed).await
}

/// `POST /v1/client/sessions/{id}/tokens`.
pub(crate) async fn create_token(
    State(app): State<App>,
    Call(caller): Call,
    PathId(id): PathId<SessionId>,
    fields: Fields,
) -> Result<Answer, Refused> {
    parameter::no_organization(&caller, fields, "organization_id")?;
    let token = session::mint_token(&app, &caller, &id).await?;
    Ok(Answer::bare(&TokenView::of(&token.jwt)))
}

async fn answer(app: &App, changed: Changed<Session>) -> Result<Answer, Refused> {
    let (session, riding) = Riding::after(app, changed).await?;
    Ok(riding.answer_session(session).await?)
}
