//! What must never happen, each named after the rule or the advisory that it comes from.

mod crash;
