//! Sessions and their tokens.

mod end;
mod mint_token;
mod node;
mod riding_token;
mod touch;
