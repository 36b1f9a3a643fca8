//! Instances: how they begin, what they share (nothing), their settings and their keys.

mod bootstrap;
mod create;
mod remembered;
mod secret_key;
mod settings;
mod signing_key;
