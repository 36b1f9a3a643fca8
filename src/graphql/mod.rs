//! The GraphQL face. `transport` carries operations and knows no schema.

pub mod transport;
