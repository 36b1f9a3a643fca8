//! Rows: what is stored. No queries, no rules, no clock.

pub mod id;
pub mod kind;
