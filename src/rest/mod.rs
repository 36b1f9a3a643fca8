//! The REST face: wire forms in and out, never a decision.
//!
//! Lives here: reading bodies, rendering errors, and the spelling of methods and paths that SDKs use. Invariant: every
//! answer with a body carries exactly `Content-Type: application/json`, since SDKs compare that header as a string.

pub mod body;
pub mod effective_method;
pub mod error;

pub use body::{Fields, Presence, Reader};
pub use effective_method::EffectiveMethodLayer;
pub use error::{RestError, TraceId, json_response, render};
