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

impl<'a, I> Page<'a, I> {
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

    /// The same for what is stored, with no more than a page and the one item that tells whether there is another.
    pub(crate) fn stored(self) -> store::page::Page<'a, I> {
        store::page::Page {
            after: self.after,
            before: self.before,
            from: match self.from {
                End::Head => store::page::End::Head,
                End::Tail => store::page::End::Tail,
            },
            limit: self.limit.min(MAXIMUM + 1),
        }
    }
}
