//! `/v1/client/sign_ups`.
//!
//! Invariant: every answer but a refusal carries the client, because SDKs take their pending sign-up from it.

use super::{
    parameter::{self, PathId, change, collected, finished},
    riding::Riding,
};
use crate::{
    answer::{Answer, Refused},
    body::{Fields, Reader},
    view::SignUpView,
};
use axum::extract::State;
use domain::proof::{Given, Parameter};
use entity::id::SignUpId;
use kernel::{caller::Caller, error::Result};
use service::{
    app::App,
    client::Changed,
    sign_up::{self, SignUpFields, SignUpState},
};
use web_kit::{
    caller::Call,
    input::{self, RawSignUp},
};

/// What SDKs can send of identifiers, proofs and consents that no instance has.
const SWITCHED_OFF: [&str; 9] = [
    "phone_number",
    "email_address_or_phone_number",
    "web3_wallet",
    "external_account_strategy",
    "ticket",
    "transfer",
    "token",
    "code",
    "legal_accepted",
];
/// The proofs that belong to strategies which no instance has.
const SWITCHED_OFF_PROOFS: [&str; 2] = ["signature", "token"];

/// `POST /v1/client/sign_ups`.
pub(crate) async fn create(State(app): State<App>, Call(caller): Call, fields: Fields) -> Result<Answer, Refused> {
    let mut reader = parameter::reader(&caller, fields);
    let strategy = parameter::strategy(&mut reader);
    let input = given(&caller, reader);
    let changed = sign_up::create(&app, &caller, input, strategy).await?;
    answer(&app, changed).await
}

/// `GET /v1/client/sign_ups/{id}`.
pub(crate) async fn read(
    State(app): State<App>,
    Call(caller): Call,
    PathId(id): PathId<SignUpId>,
) -> Result<Answer, Refused> {
    let state = sign_up::read(&app, &caller, &id).await?;
    let riding = Riding::reading(&app, &caller).await?;
    Ok(riding.answer(&SignUpView::of(&state)))
}

/// `PATCH /v1/client/sign_ups/{id}`.
pub(crate) async fn update(
    State(app): State<App>,
    Call(caller): Call,
    PathId(id): PathId<SignUpId>,
    fields: Fields,
) -> Result<Answer, Refused> {
    let input = given(&caller, parameter::reader(&caller, fields));
    let changed = sign_up::update(&app, &caller, &id, input).await?;
    answer(&app, changed).await
}

/// `POST /v1/client/sign_ups/{id}/prepare_verification`.
pub(crate) async fn prepare_verification(
    State(app): State<App>,
    Call(caller): Call,
    PathId(id): PathId<SignUpId>,
    fields: Fields,
) -> Result<Answer, Refused> {
    let mut reader = parameter::reader(&caller, fields);
    let strategy = parameter::required_strategy(&mut reader);
    let strategy = finished(reader, strategy)?;
    let changed = sign_up::prepare_verification(&app, &caller, &id, strategy).await?;
    answer(&app, changed).await
}

/// `POST /v1/client/sign_ups/{id}/attempt_verification`.
pub(crate) async fn attempt_verification(
    State(app): State<App>,
    Call(caller): Call,
    PathId(id): PathId<SignUpId>,
    fields: Fields,
) -> Result<Answer, Refused> {
    let given = proof(parameter::reader(&caller, fields))?;
    let changed = sign_up::attempt_verification(&app, &caller, &id, given).await?;
    answer(&app, changed).await
}

/// The fields of a sign-up, with every problem found on the way.
fn given(caller: &Caller, mut reader: Reader) -> SignUpFields {
    let raw = RawSignUp {
        fields: RawSignUp::read(|field| change(reader.text(field.as_str()))),
        unsafe_metadata: change(reader.object("unsafe_metadata")),
    };
    reader.switched_off(&SWITCHED_OFF);
    let mut input = input::sign_up(raw, caller.settings());
    collected(reader, &mut input.problems);
    input
}

fn proof(mut reader: Reader) -> Result<Given> {
    let given = parameter::required_proof(&mut reader, None, Some(Parameter::Code));
    reader.switched_off(&SWITCHED_OFF_PROOFS);
    finished(reader, given)
}

async fn answer(app: &App, changed: Changed<SignUpState>) -> Result<Answer, Refused> {
    let (state, riding) = Riding::after(app, changed).await?;
    Ok(riding.answer(&SignUpView::of(&state)))
}
