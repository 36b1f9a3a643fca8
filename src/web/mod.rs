//! Pages that the server renders itself. They are complete without scripts and load nothing from elsewhere.
//!
//! Lives here: one file a page, with its template in `template/`; `page` is the frame around all of them, `asset` what
//! they load. Invariant: no page of this server has a script or a style within it, so that nothing that somebody wrote can
//! become one.

mod asset;
mod endpoint;
mod inbox;
mod page;
mod start;
mod time;

use axum::Router;
use service::app::App;

pub use endpoint::without_graphiql;

/// The routes of all pages, and of what they load.
pub fn routes() -> Router<App> {
    Router::new()
        .merge(start::routes())
        .merge(inbox::routes())
        .merge(asset::routes())
}
