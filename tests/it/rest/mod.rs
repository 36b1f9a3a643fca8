//! What every REST request has in common: bodies, methods, paths, headers.

mod body;
mod caller;
mod header;
mod key_path;
mod method;
mod not_found;
mod npm;
mod unknown_field;
