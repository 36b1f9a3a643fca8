//! Binding the address, the layers around all routes, and the graceful stop.
