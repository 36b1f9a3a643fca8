//! The documents by which others verify tokens.

mod jwks;
mod openid_configuration;
