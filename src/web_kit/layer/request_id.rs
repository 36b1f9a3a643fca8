//! A name for each request, made here: what a caller sends could carry anything into the log.

use axum::http::{HeaderName, HeaderValue, Request};
use kernel::runtime::entropy::Entropy;
use tower_http::request_id::{MakeRequestId, RequestId, SetRequestIdLayer};

/// Makes names of 128 random bits.
#[derive(Clone, Debug)]
pub struct RandomRequestId(Entropy);

impl MakeRequestId for RandomRequestId {
    fn make_request_id<B>(&mut self, _: &Request<B>) -> Option<RequestId> {
        HeaderValue::from_str(&hex::encode(self.0.bytes::<16>()))
            .ok()
            .map(RequestId::new)
    }
}

/// The header that the layer sets on the request. One that came with the request is to be taken off before, since the
/// layer keeps what it finds.
pub const HEADER: HeaderName = HeaderName::from_static("vestibule-trace-id");

/// The layer.
#[must_use]
pub fn layer(entropy: Entropy) -> SetRequestIdLayer<RandomRequestId> {
    SetRequestIdLayer::new(HEADER, RandomRequestId(entropy))
}
