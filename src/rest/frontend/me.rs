//! `/v1/me`: the person who is signed in.
//!
//! Invariant: whose it is, is for the acting session to say, never for a parameter.

use super::riding::Riding;
use crate::{
    answer::{Answer, Refused},
    view::UserView,
};
use axum::extract::State;
use service::{app::App, loader::Loaders, user};
use std::sync::Arc;
use web_kit::caller::Call;

/// `GET /v1/me`. The client rides along, because SDKs that reload the person take it from there.
pub(crate) async fn read(State(app): State<App>, Call(caller): Call) -> Result<Answer, Refused> {
    let loaders = Loaders::new(app, Arc::new(caller));
    let viewer = user::viewer(&loaders).await?;
    let riding = Riding::read_by(loaders).await?;
    Ok(riding.answer(&UserView::of(&viewer, &riding.viewing())))
}
