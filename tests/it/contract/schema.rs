//! schema.graphql is what the server serves, so that a change of the API is seen as a change of that file.

use super::repository;
use std::fs;

#[test]
fn the_committed_schema_is_current() {
    let committed = fs::read_to_string(repository("schema.graphql")).unwrap_or_default();
    let served = vestibule::graphql::schema::sdl();
    // `vestibule schema`, which writes the file, ends it with one line break.
    assert!(
        committed == format!("{}\n", served.trim_end()),
        "schema.graphql is out of date: run scripts/schema and commit what it writes"
    );
}
