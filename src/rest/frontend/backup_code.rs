//! `/v1/me/backup_codes`: the codes of the person who is signed in.

use super::{parameter, riding::Riding};
use crate::{
    answer::{Answer, Refused},
    body::Fields,
    view::BackupCodeView,
};
use axum::extract::State;
use service::{app::App, backup_code};
use web_kit::caller::Call;

/// `POST /v1/me/backup_codes`.
pub(crate) async fn create(State(app): State<App>, Call(caller): Call, fields: Fields) -> Result<Answer, Refused> {
    parameter::none(&caller, fields)?;
    let state = backup_code::create(&app, &caller).await?;
    let riding = Riding::reading(&app, &caller).await?;
    Ok(riding.answer(&BackupCodeView::of(&state)))
}
