//! What is left to say of something that was deleted.

use serde::Serialize;

/// Something that is gone.
#[derive(Clone, Debug, Serialize)]
pub struct DeletedView<'a> {
    object: &'static str,
    id: &'a str,
    deleted: bool,
}

impl<'a> DeletedView<'a> {
    /// A resource of this kind and identifier.
    #[must_use]
    pub const fn of(object: &'static str, id: &'a str) -> Self {
        Self {
            object,
            id,
            deleted: true,
        }
    }
}
