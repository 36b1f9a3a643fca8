//! `/v1/me/totp`: the authenticator app of the person who is signed in.
//!
//! Invariant: every answer is enveloped; SDKs take a bare one for empty without a word.

use super::{
    parameter::{self, finished},
    riding::Riding,
};
use crate::{
    answer::{Answer, Refused},
    body::Fields,
    view::{DeletedView, TotpView},
};
use axum::extract::State;
use entity::id::TypedId as _;
use service::{app::App, totp};
use web_kit::{caller::Call, input};

/// `POST /v1/me/totp`.
pub(crate) async fn create(State(app): State<App>, Call(caller): Call, fields: Fields) -> Result<Answer, Refused> {
    parameter::none(&caller, fields)?;
    let state = totp::create(&app, &caller).await?;
    let riding = Riding::reading(&app, &caller).await?;
    Ok(riding.answer(&TotpView::of(&state)))
}

/// `POST /v1/me/totp/attempt_verification`.
pub(crate) async fn attempt_verification(
    State(app): State<App>,
    Call(caller): Call,
    fields: Fields,
) -> Result<Answer, Refused> {
    let mut reader = parameter::reader(&caller, fields);
    let text = reader.required_text("code");
    let code = match text.is_empty() {
        true => None,
        false => parameter::reported(&mut reader, input::totp(text)),
    };
    let state = totp::attempt_verification(&app, &caller, finished(reader, code)?).await?;
    let riding = Riding::reading(&app, &caller).await?;
    Ok(riding.answer(&TotpView::of(&state)))
}

/// `DELETE /v1/me/totp`.
pub(crate) async fn delete(State(app): State<App>, Call(caller): Call, fields: Fields) -> Result<Answer, Refused> {
    parameter::none(&caller, fields)?;
    let id = totp::delete(&app, &caller).await?;
    let riding = Riding::reading(&app, &caller).await?;
    Ok(riding.answer(&DeletedView::of("totp", id.as_str())))
}
