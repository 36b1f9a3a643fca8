//! Whoever is signed in.

mod read;
