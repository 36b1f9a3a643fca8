//! What pages need to know.

mod pages;
mod read;
