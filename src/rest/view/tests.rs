//! Rules that hide in views.
