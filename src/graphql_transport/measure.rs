//! How many errors an answer has, and how long they are: what causes them may be repeated, and they repeat what causes them.

use async_graphql::{PathSegment, ServerError};

/// The most errors of one answer.
const ERRORS: usize = 20;
/// The most characters of one error's message.
const MESSAGE_CHARACTERS: usize = 300;
/// The most places in the document that one error names.
const LOCATIONS: usize = 2;
/// The most bytes that the errors of one answer may have together, roughly.
const ERROR_BYTES: usize = 32 * 1024;

/// Leaves of the errors as many, and of each as much, as an answer may have.
pub(super) fn cut(errors: &mut Vec<ServerError>) {
    errors.truncate(ERRORS);
    let mut bytes = 0;
    let mut kept = 0;
    for error in errors.iter_mut() {
        shorten(&mut error.message);
        error.locations.truncate(LOCATIONS);
        bytes += error.message.len() + error.path.iter().map(path_bytes).sum::<usize>();
        if kept > 0 && bytes > ERROR_BYTES {
            break;
        }
        kept += 1;
    }
    errors.truncate(kept);
}

/// Cuts a sentence for people to 300 characters.
pub(super) fn shorten(message: &mut String) {
    if let Some((end, _)) = message.char_indices().nth(MESSAGE_CHARACTERS) {
        message.truncate(end);
        message.push('…');
    }
}

fn path_bytes(segment: &PathSegment) -> usize {
    match segment {
        PathSegment::Field(name) => name.len() + 3,
        PathSegment::Index(_) => 8,
    }
}
