//! What pages need to know.

mod read;
