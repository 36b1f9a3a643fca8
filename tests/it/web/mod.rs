//! Pages that the server renders itself, as a browser is given them.

mod asset;
mod endpoint;
mod frame;
mod inbox;
mod start;
