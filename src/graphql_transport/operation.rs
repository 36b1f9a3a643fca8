//! One operation: what it costs its caller, and of an event stream or socket the stream of its responses.
//!
//! The invariant: a query ends by the deadline, and dropping the stream drops the execution, unless others are told what comes of it.

use super::audience::Common;
use super::document::Checked;
use super::told::{Telling, Told};
use super::{Endpoint, GraphqlCode, Refusal};
use async_graphql::parser::types::OperationType;
use futures_util::stream::{self, BoxStream, StreamExt as _};
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
) -> BoxStream<'static, Arc<Told>> {
    let price = price(endpoint, caller.as_ref(), &checked);
    let Checked {
        request,
        kind,
        weight,
        prefixed,
        ..
    } = checked;
    let telling = Telling { price, prefixed };
    if kind == OperationType::Subscription {
        let common = match &telling.prefixed {
            None => endpoint
                .likeness(caller)
                .and_then(|likeness| Common::of(&likeness, &request)),
            Some(_) => None,
        };
        let subscribed = endpoint.stream(caller, request, weight);
        return endpoint.limits().audiences.follow(common, subscribed, telling).boxed();
    }
    let (endpoint, caller) = (endpoint.clone(), Arc::clone(caller));
    let execution = async move {
        let deadline = Instant::now() + endpoint.limits().deadline;
        let response = timeout_at(deadline, endpoint.execute(&caller, request, deadline)).await;
        let response = response.unwrap_or_else(|_| Refusal::from(GraphqlCode::DeadlineExceeded).into_response());
        Arc::new(telling.tell(response))
    };
    stream::once(execution).boxed()
}
