//! What must never happen, each named after the rule or the advisory that it comes from.

mod crash;
mod cross_tenant;
mod graphql_limits;
