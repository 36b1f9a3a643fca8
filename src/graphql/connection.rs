//! Pages of lists: where one ends and how to ask for the next.

use async_graphql::SimpleObject;

/// Where a page of a list ends.
#[derive(Clone, Debug, PartialEq, Eq, SimpleObject)]
pub struct PageInfo {
    /// Whether there is more after this page.
    pub has_next_page: bool,
    /// What to pass as `after` for the next page; null for an empty page.
    pub end_cursor: Option<String>,
}

impl PageInfo {
    /// The end of a page of at most `size` items, cut from a list that was asked for one more.
    pub(crate) fn cut<T>(items: &mut Vec<T>, size: usize, cursor: impl Fn(&T) -> String) -> Self {
        let has_next_page = items.len() > size;
        items.truncate(size);
        Self {
            has_next_page,
            end_cursor: items.last().map(cursor),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::PageInfo;

    #[test]
    fn one_item_more_than_the_page_tells_that_there_is_a_next_one() {
        for (count, kept, has_next_page) in [(0, 0, false), (2, 2, false), (3, 2, true)] {
            let mut items: Vec<_> = (0..count).collect();
            let page = PageInfo::cut(&mut items, 2, ToString::to_string);
            assert_eq!((items.len(), page.has_next_page), (kept, has_next_page), "{count}");
            assert_eq!(page.end_cursor, items.last().map(ToString::to_string));
        }
    }
}
