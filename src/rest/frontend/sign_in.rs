//! `/v1/client/sign_ins`.
//!
//! Invariant: every answer but a refusal carries the client, because SDKs take their pending sign-in from it.

use super::{
    parameter::{self, PathId, collected, finished},
    riding::Riding,
};
use crate::{
    answer::{Answer, Refused},
    body::{Fields, Reader},
    view::SignInView,
};
use axum::extract::State;
use domain::proof::{Given, Level};
use entity::id::SignInId;
use kernel::{caller::Caller, error::Result};
use service::{
    app::App,
    client::Changed,
    sign_in::{self, CreateSignIn, PrepareFactor, SignInState},
};
use web_kit::{
    caller::Call,
    input::{self, RawSignIn},
};

/// What SDKs can send to begin a sign-in in ways that no instance has.
const SWITCHED_OFF: [&str; 5] = ["ticket", "transfer", "token", "code", "enterprise_connection_id"];
/// Where codes cannot be sent to, or proofs not be asked of.
const SWITCHED_OFF_TARGETS: [&str; 3] = ["phone_number_id", "web3_wallet_id", "passkey_id"];
/// The proofs that belong to strategies which no instance has.
const SWITCHED_OFF_PROOFS: [&str; 4] = ["signature", "token", "ticket", "public_key_credential"];

/// `POST /v1/client/sign_ins`.
pub(crate) async fn create(State(app): State<App>, Call(caller): Call, fields: Fields) -> Result<Answer, Refused> {
    let input = given(&caller, fields);
    let changed = sign_in::create(&app, &caller, input).await?;
    answer(&app, changed).await
}

/// `GET /v1/client/sign_ins/{id}`.
pub(crate) async fn read(
    State(app): State<App>,
    Call(caller): Call,
    PathId(id): PathId<SignInId>,
) -> Result<Answer, Refused> {
    let state = sign_in::read(&app, &caller, &id).await?;
    let riding = Riding::reading(&app, &caller).await?;
    Ok(riding.answer(&SignInView::of(&state)))
}

/// `POST /v1/client/sign_ins/{id}/prepare_first_factor`.
pub(crate) async fn prepare_first_factor(
    State(app): State<App>,
    Call(caller): Call,
    PathId(id): PathId<SignInId>,
    fields: Fields,
) -> Result<Answer, Refused> {
    let prepare = preparation(parameter::reader(&caller, fields), Level::First)?;
    let changed = sign_in::prepare_factor(&app, &caller, &id, prepare).await?;
    answer(&app, changed).await
}

/// `POST /v1/client/sign_ins/{id}/attempt_first_factor`.
pub(crate) async fn attempt_first_factor(
    State(app): State<App>,
    Call(caller): Call,
    PathId(id): PathId<SignInId>,
    fields: Fields,
) -> Result<Answer, Refused> {
    let given = proof(parameter::reader(&caller, fields), Level::First)?;
    let changed = sign_in::attempt_factor(&app, &caller, &id, Level::First, given).await?;
    answer(&app, changed).await
}

/// `POST /v1/client/sign_ins/{id}/prepare_second_factor`.
pub(crate) async fn prepare_second_factor(
    State(app): State<App>,
    Call(caller): Call,
    PathId(id): PathId<SignInId>,
    fields: Fields,
) -> Result<Answer, Refused> {
    let prepare = preparation(parameter::reader(&caller, fields), Level::Second)?;
    let changed = sign_in::prepare_factor(&app, &caller, &id, prepare).await?;
    answer(&app, changed).await
}

/// `POST /v1/client/sign_ins/{id}/attempt_second_factor`.
pub(crate) async fn attempt_second_factor(
    State(app): State<App>,
    Call(caller): Call,
    PathId(id): PathId<SignInId>,
    fields: Fields,
) -> Result<Answer, Refused> {
    let given = proof(parameter::reader(&caller, fields), Level::Second)?;
    let changed = sign_in::attempt_factor(&app, &caller, &id, Level::Second, given).await?;
    answer(&app, changed).await
}

/// What a sign-in begins with, with every problem found on the way.
fn given(caller: &Caller, fields: Fields) -> CreateSignIn {
    let mut reader = parameter::reader(caller, fields);
    let mut input = input::sign_in(RawSignIn {
        identifier: reader.text("identifier").given(),
        strategy: reader.text("strategy").given(),
        password: reader.text("password").given(),
    });
    reader.switched_off(&SWITCHED_OFF);
    collected(reader, &mut input.problems);
    input
}

fn preparation(mut reader: Reader, level: Level) -> Result<PrepareFactor> {
    let strategy = parameter::required_strategy(&mut reader);
    let target = reader.text("email_address_id").given();
    let target = target.and_then(|text| parameter::reported(&mut reader, input::id(&text, "email_address_id")));
    reader.switched_off(&SWITCHED_OFF_TARGETS);
    let strategy = finished(reader, strategy)?;
    Ok(PrepareFactor {
        level,
        strategy,
        target,
    })
}

fn proof(mut reader: Reader, level: Level) -> Result<Given> {
    let given = parameter::required_proof(&mut reader, Some(level), None);
    reader.switched_off(&SWITCHED_OFF_PROOFS);
    finished(reader, given)
}

async fn answer(app: &App, changed: Changed<SignInState>) -> Result<Answer, Refused> {
    let (state, riding) = Riding::after(app, changed).await?;
    Ok(riding.answer(&SignInView::of(&state)))
}
