//! `/v1/me`: the person who is signed in.
//!
//! Invariant: whose it is, is for the acting session to say, never for a parameter.

use super::answer::{Riding, respond};
use crate::{app::App, http::caller::Call, rest::view::UserView, service::user};
use axum::{extract::State, response::Response};

/// `GET /v1/me`. The client rides along, because SDKs that reload the person take it from there.
pub(super) async fn read(State(app): State<App>, Call(caller): Call) -> Response {
    respond(&caller, async {
        let viewer = user::viewer(&app, &caller).await?;
        let riding = Riding::reading(&app, &caller).await?;
        Ok(riding.answer(&UserView::of(&viewer, &riding.viewing())))
    })
    .await
}
