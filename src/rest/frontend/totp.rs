//! `/v1/me/totp`: the authenticator app of the person who is signed in.
//!
//! Invariant: every answer is enveloped; SDKs take a bare one for empty without a word.

use super::{
    answer::{Riding, respond},
    parameter::{self, finished},
};
use crate::{
    body::Fields,
    view::{DeletedView, TotpView},
};
use axum::{extract::State, response::Response};
use entity::id::TypedId as _;
use service::{app::App, totp};
use web_kit::{caller::Call, input};

/// `POST /v1/me/totp`.
pub(super) async fn create(State(app): State<App>, Call(caller): Call, fields: Fields) -> Response {
    respond(&caller, async {
        parameter::none(&caller, fields)?;
        let state = totp::create(&app, &caller).await?;
        let riding = Riding::reading(&app, &caller).await?;
        Ok(riding.answer(&TotpView::of(&state)))
    })
    .await
}

/// `POST /v1/me/totp/attempt_verification`.
pub(super) async fn attempt_verification(State(app): State<App>, Call(caller): Call, fields: Fields) -> Response {
    respond(&caller, async {
        let mut reader = parameter::reader(&caller, fields);
        let text = reader.required_text("code");
        let code = match text.is_empty() {
            true => None,
            false => parameter::reported(&mut reader, input::totp(text)),
        };
        let state = totp::attempt_verification(&app, &caller, finished(reader, code)?).await?;
        let riding = Riding::reading(&app, &caller).await?;
        Ok(riding.answer(&TotpView::of(&state)))
    })
    .await
}

/// `DELETE /v1/me/totp`.
pub(super) async fn delete(State(app): State<App>, Call(caller): Call, fields: Fields) -> Response {
    respond(&caller, async {
        parameter::none(&caller, fields)?;
        let id = totp::delete(&app, &caller).await?;
        let riding = Riding::reading(&app, &caller).await?;
        Ok(riding.answer(&DeletedView::of("totp", id.as_str())))
    })
    .await
}
