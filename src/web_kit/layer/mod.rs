//! Layers around every route, one file each.

pub mod cors;
pub mod host;
mod key_path;
pub mod request_id;
pub mod security_headers;
mod strict_transport;
