//! One operation: what it costs its caller, and of an event stream or socket the stream of its responses.
//!
//! The invariant: a query ends by the deadline, and dropping the stream drops the execution.

use super::document::Checked;
use super::{Endpoint, GraphqlCode, Refusal, response};
use async_graphql::Response;
use async_graphql::parser::types::OperationType;
use futures_util::stream::{self, BoxStream, StreamExt};
use std::sync::Arc;
use tokio::time::{Instant, timeout_at};

/// What the operation costs, and what it might cost of this caller.
pub(super) fn price<E: Endpoint>(endpoint: &E, caller: &E::Caller, checked: &Checked) -> Option<(u64, u64)> {
    checked.cost.map(|cost| (cost.objects, endpoint.cost_limit(caller)))
}

/// The responses of a checked operation: one of a query, any number of a subscription.
pub(super) fn run<E: Endpoint>(
    endpoint: &E,
    caller: &Arc<E::Caller>,
    checked: Checked,
) -> BoxStream<'static, Response> {
    let price = price(endpoint, caller.as_ref(), &checked);
    let Checked {
        request,
        kind,
        prefixed,
        ..
    } = checked;
    let responses = if kind == OperationType::Subscription {
        endpoint.stream(caller, request)
    } else {
        let (endpoint, caller) = (endpoint.clone(), Arc::clone(caller));
        let execution = async move {
            let deadline = Instant::now() + endpoint.limits().deadline;
            let response = timeout_at(deadline, endpoint.execute(&caller, request, deadline)).await;
            response.unwrap_or_else(|_| Refusal::from(GraphqlCode::DeadlineExceeded).into_response())
        };
        stream::once(execution).boxed()
    };
    let completed = responses.map(move |mut response| {
        response::complete(&mut response);
        response::report(&mut response, price);
        if let Some(prefixed) = &prefixed {
            prefixed.put(&mut response.data);
        }
        response
    });
    completed.boxed()
}
