//! Sessions and their tokens.

mod end;
mod mint_token;
mod node;
mod touch;
