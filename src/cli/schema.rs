//! `vestibule schema`: prints the GraphQL schema.

use super::output;
use anyhow::Result;

pub(super) fn run() -> Result<()> {
    output::line(crate::graphql::schema::sdl().trim_end());
    Ok(())
}
