//! What a caller wants done to one field of something that exists.
//!
//! Lives here and not in a face, because "absent", "null" and "empty" are spelt differently in GraphQL, JSON and form
//! bodies. Invariant: a field that nobody mentioned is [`Change::Keep`], and keeping changes nothing.

/// A change to a field that may be empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Change<T> {
    /// Not mentioned: stays as it is.
    #[default]
    Keep,
    /// Mentioned as empty: loses its value.
    Clear,
    /// Gets this value.
    Set(T),
}

impl<T> Change<T> {
    /// What the field holds after the change.
    #[must_use]
    pub fn apply(self, current: Option<T>) -> Option<T> {
        match self {
            Self::Keep => current,
            Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }

    /// Whether the field was mentioned at all.
    #[must_use]
    pub const fn is_mentioned(&self) -> bool {
        !matches!(self, Self::Keep)
    }

    /// The value to be set, if there is one.
    pub const fn value(&self) -> Option<&T> {
        match self {
            Self::Set(value) => Some(value),
            Self::Keep | Self::Clear => None,
        }
    }

    /// The same change of another type.
    #[must_use]
    pub fn map<U>(self, convert: impl FnOnce(T) -> U) -> Change<U> {
        match self {
            Self::Keep => Change::Keep,
            Self::Clear => Change::Clear,
            Self::Set(value) => Change::Set(convert(value)),
        }
    }

    /// The same change of another type, unless its value cannot be converted.
    ///
    /// # Errors
    /// What `convert` returns.
    pub fn try_map<U, E>(self, convert: impl FnOnce(T) -> Result<U, E>) -> Result<Change<U>, E> {
        Ok(match self {
            Self::Keep => Change::Keep,
            Self::Clear => Change::Clear,
            Self::Set(value) => Change::Set(convert(value)?),
        })
    }
}

/// Absent keeps, present-but-empty clears: the form of a deserialised `Option<Option<T>>`.
impl<T> From<Option<Option<T>>> for Change<T> {
    fn from(field: Option<Option<T>>) -> Self {
        match field {
            None => Self::Keep,
            Some(None) => Self::Clear,
            Some(Some(value)) => Self::Set(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Change;

    #[test]
    fn each_change_does_what_it_says() {
        for (change, current, after) in [
            (Change::Keep, Some(1), Some(1)),
            (Change::Keep, None, None),
            (Change::Clear, Some(1), None),
            (Change::Clear, None, None),
            (Change::Set(2), Some(1), Some(2)),
            (Change::Set(2), None, Some(2)),
        ] {
            assert_eq!(change.apply(current), after, "{change:?} of {current:?}");
        }
    }

    #[test]
    fn the_default_keeps() {
        assert_eq!(Change::<u8>::default(), Change::Keep);
    }

    #[test]
    fn only_keep_is_no_mention() {
        assert!(!Change::<u8>::Keep.is_mentioned());
        assert!(Change::<u8>::Clear.is_mentioned());
        assert!(Change::Set(1).is_mentioned());
    }

    #[test]
    fn only_set_has_a_value() {
        assert_eq!(Change::<u8>::Keep.value(), None);
        assert_eq!(Change::<u8>::Clear.value(), None);
        assert_eq!(Change::Set(1).value(), Some(&1));
    }

    #[test]
    fn mapping_touches_only_a_value() {
        assert_eq!(Change::<u8>::Keep.map(|value| value + 1), Change::Keep);
        assert_eq!(Change::<u8>::Clear.map(|value| value + 1), Change::Clear);
        assert_eq!(Change::Set(1).map(|value| value + 1), Change::Set(2));
    }

    #[test]
    fn mapping_that_fails_fails_only_for_a_value() {
        let refuse = |_: u8| Err::<u8, &str>("no");
        assert_eq!(Change::Keep.try_map(refuse), Ok(Change::Keep));
        assert_eq!(Change::Clear.try_map(refuse), Ok(Change::Clear));
        assert_eq!(Change::Set(1).try_map(refuse), Err("no"));
        assert_eq!(
            Change::Set(1).try_map(|value| Ok::<u8, ()>(value + 1)),
            Ok(Change::Set(2))
        );
    }

    #[test]
    fn a_field_that_may_be_absent_or_null_becomes_a_change() {
        assert_eq!(Change::<u8>::from(None), Change::Keep);
        assert_eq!(Change::<u8>::from(Some(None)), Change::Clear);
        assert_eq!(Change::from(Some(Some(1))), Change::Set(1));
    }
}
