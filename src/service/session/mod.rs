//! Sessions: how they begin, act, are touched and end, and the tokens that they mint.

mod authenticate;
mod create;
mod end;
mod find;
mod follow;
mod listed;
mod mint_token;
mod read;
pub mod token;
mod touch;

pub use authenticate::{acting, authenticate_token};
pub use end::{end, remove};
pub use find::{find, find_all};
pub use follow::{Following, follow, followed, is_shown};
pub use mint_token::{mint_token, next_token, token_of};
pub use read::{read, with_users};
pub use token::Token;
pub use touch::touch;

pub(crate) use create::{NewSession, create_in, refuse_second_session};
pub(crate) use end::end_all_in;

use domain::session::Session;
use kernel::outbox::SessionPayload;

fn payload(session: &Session) -> SessionPayload {
    SessionPayload {
        id: session.id,
        client_id: session.client_id,
        user_id: session.user_id,
        status: session.status,
        expire_at: session.expire_at,
        created_at: session.created_at,
    }
}
