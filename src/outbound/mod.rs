//! What talks to other servers. Every call is bounded in time, and its errors say nothing about what was sent.

pub mod mail;
