//! The command line.
//!
//! What is written there is parsed completely before anything is done.

pub mod arguments;
