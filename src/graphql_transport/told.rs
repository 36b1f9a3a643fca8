//! A response as it is told where more than one comes: on an event stream or a socket. Written once, whoever it is told.

use super::document::prefix::Prefixed;
use super::response;
use async_graphql::Response;

/// A response in JSON.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Told {
    /// All of it.
    pub body: String,
    /// Its errors, where nothing was executed.
    pub refusal: Option<String>,
}

/// What is said with each response of an operation, whatever it is.
#[derive(Debug, Default)]
pub(super) struct Telling {
    /// What the operation costs, and what it might have.
    pub price: Option<(u64, u64)>,
    /// How types are named.
    pub prefixed: Option<Prefixed>,
}

impl Telling {
    /// Completes a response and writes it.
    pub(super) fn tell(&self, mut response: Response) -> Told {
        response::complete(&mut response);
        response::report(&mut response, self.price);
        if let Some(prefixed) = &self.prefixed {
            prefixed.put(&mut response.data);
        }
        Told::of(&response)
    }
}

impl Told {
    /// A response that is complete.
    pub(super) fn of(response: &Response) -> Self {
        let is_refusal = response::is_request_error(response);
        Self {
            body: response::body(response),
            refusal: is_refusal.then(|| serde_json::json!(response.errors).to_string()),
        }
    }
}
