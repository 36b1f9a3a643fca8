//! `vestibule schema`: prints the GraphQL schema.

use super::output;

pub(super) fn run() {
    output::line(graphql::schema::sdl().trim_end());
}
