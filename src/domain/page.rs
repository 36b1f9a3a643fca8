//! Lists that are read a page at a time.

/// The most that a page may have.
pub const MAXIMUM: u64 = 100;

/// Which part of a list is read.
#[derive(Clone, Copy, Debug)]
pub struct Page<'a, I> {
    /// Only what comes behind this one.
    pub after: Option<&'a I>,
    /// Only what comes ahead of this one.
    pub before: Option<&'a I>,
    /// From which end of what is left.
    pub from: End,
    /// How many at most.
    pub limit: u64,
}

/// An end of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// Where it begins.
    Head,
    /// Where it ends.
    Tail,
}

impl<I> Page<'_, I> {
    /// What comes first.
    #[must_use]
    pub const fn first(limit: u64) -> Self {
        Self {
            after: None,
            before: None,
            from: End::Head,
            limit,
        }
    }

    /// The same with no more than a page and the one item that tells whether there is another.
    #[must_use]
    pub fn within_bounds(self) -> Self {
        Self {
            limit: self.limit.min(MAXIMUM + 1),
            ..self
        }
    }
}
