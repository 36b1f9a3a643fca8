//! Pages that the server renders itself. They are complete without scripts and load nothing from elsewhere.

pub mod inbox;
