//! The Frontend API: what SDKs in browsers and on devices speak. A handler parses, calls one verb, and shows the result.
//!
//! Invariant: no handler decides anything about the product; what it may refuse by itself is only what it cannot read.

mod answer;
mod avatar;
mod backup_code;
mod client;
mod dev_browser;
mod environment;
mod me;
mod parameter;
mod session;
mod sign_in;
mod sign_up;
mod totp;

use axum::{
    Router,
    routing::{delete, get, post},
};
use service::app::App;

/// The routes below `/v1`.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/environment", get(environment::read).patch(environment::update))
        .route("/dev_browser", post(dev_browser::create))
        .route("/avatars/{user_id}", get(avatar::read))
        .route("/me", get(me::read))
        .route("/me/backup_codes", post(backup_code::create))
        .route("/me/totp", post(totp::create).delete(totp::delete))
        .route("/me/totp/attempt_verification", post(totp::attempt_verification))
        .merge(client_routes())
        .merge(sign_up_routes())
        .merge(sign_in_routes())
        .merge(session_routes())
}

fn client_routes() -> Router<App> {
    let one = get(client::read)
        .put(client::replace)
        .post(client::replace)
        .delete(client::delete);
    Router::new()
        .route("/client", one)
        .route("/client/sessions", delete(client::remove_sessions))
}

fn sign_up_routes() -> Router<App> {
    let one = "/client/sign_ups/{sign_up_id}";
    Router::new()
        .route("/client/sign_ups", post(sign_up::create))
        .route(one, get(sign_up::read).patch(sign_up::update))
        .route(
            &format!("{one}/prepare_verification"),
            post(sign_up::prepare_verification),
        )
        .route(
            &format!("{one}/attempt_verification"),
            post(sign_up::attempt_verification),
        )
}

fn sign_in_routes() -> Router<App> {
    let one = "/client/sign_ins/{sign_in_id}";
    Router::new()
        .route("/client/sign_ins", post(sign_in::create))
        .route(one, get(sign_in::read))
        .route(
            &format!("{one}/prepare_first_factor"),
            post(sign_in::prepare_first_factor),
        )
        .route(
            &format!("{one}/attempt_first_factor"),
            post(sign_in::attempt_first_factor),
        )
        .route(
            &format!("{one}/prepare_second_factor"),
            post(sign_in::prepare_second_factor),
        )
        .route(
            &format!("{one}/attempt_second_factor"),
            post(sign_in::attempt_second_factor),
        )
}

fn session_routes() -> Router<App> {
    let one = "/client/sessions/{session_id}";
    Router::new()
        .route(one, get(session::read))
        .route(&format!("{one}/touch"), post(session::touch))
        .route(&format!("{one}/end"), post(session::end))
        .route(&format!("{one}/remove"), post(session::remove))
        .route(&format!("{one}/tokens"), post(session::create_token))
}
