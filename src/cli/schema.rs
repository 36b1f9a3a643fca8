//! `vestibule schema`: prints the GraphQL schema, or the one that a gateway composes.

use super::{arguments::SchemaArguments, output};
use anyhow::Result;

pub(super) fn run(arguments: &SchemaArguments) -> Result<()> {
    let text = match arguments.federation {
        true => graphql::federation::sdl(&arguments.type_prefix)?,
        false => graphql::schema::sdl(),
    };
    output::line(text.trim_end());
    Ok(())
}
