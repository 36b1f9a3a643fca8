//! Whether a document could ever run.
//!
//! Invariant: it passes the checks of one that is sent, the transport's and then the library's, and nothing of it is carried out.

use async_graphql::{Request, Response};
use futures_util::future::BoxFuture;
use graphql_transport::{Limits, document::examine};
use std::fmt;

/// Characters of a reason that are told; it may repeat what the document says.
const REASON_CHARACTERS: usize = 300;

/// How a request is validated and not carried out.
type Validate = Box<dyn Fn(Request) -> BoxFuture<'static, Response> + Send + Sync>;

/// What judges documents before they are trusted.
pub(crate) struct Judge {
    limits: Limits,
    validate: Validate,
}

impl fmt::Debug for Judge {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Judge").finish_non_exhaustive()
    }
}

impl Judge {
    /// A judge by these limits and the schema that validates.
    pub(crate) fn new(limits: Limits, validate: Validate) -> Self {
        Self { limits, validate }
    }

    /// Why a document could never run; nothing where it could.
    pub(crate) async fn reason_against(&self, text: &str) -> Option<String> {
        let errors = match examine(text, &self.limits) {
            Ok(name) => {
                let mut request = Request::new(text);
                request.operation_name = name;
                (self.validate)(request).await.errors
            }
            Err(refusal) => refusal.errors,
        };
        let first = errors.into_iter().next()?;
        let place = first.locations.first();
        let place = place.map_or(String::new(), |at| format!(" (line {}, column {})", at.line, at.column));
        let said: String = first.message.chars().take(REASON_CHARACTERS).collect();
        Some(format!("{said}{place}"))
    }
}
