//! What operators do and meet: several servers on the same data, commands in the wrong place, mistakes at the start.

mod command_line;
mod mistake;
mod neighbour;
mod proxy;
mod wrong_directory;
