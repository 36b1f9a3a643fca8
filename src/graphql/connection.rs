//! Pages of lists, as Relay's specification of connections has them.
//!
//! Edges and where a page ends are the library's. The page itself is not: the library's own has plain lists, which nobody pays
//! for before they are resolved.

use super::list::Items;
use async_graphql::{
    Object, OutputType, TypeName,
    connection::{Edge, EmptyFields, PageInfo},
};
use std::borrow::Cow;

/// An object with its place in the list.
type Place<T> = Edge<String, T, EmptyFields>;

/// A page of a list; in the schema `<Object>Connection`.
pub struct Page<T: OutputType> {
    edges: Vec<Place<T>>,
    /// Whether there is something before it.
    continues: bool,
    /// Whether there is something behind it.
    goes_on: bool,
}

/// Which part of a list was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    /// The most items.
    pub(crate) size: usize,
    /// Whether it is to begin behind an item, so that there is something before it.
    pub(crate) continues: bool,
}

impl<T: OutputType> Page<T> {
    /// The page, cut from a list that was asked for one item more. `cursor` names an item's place.
    pub(crate) fn cut<I: Into<T>>(mut items: Vec<I>, asked: Asked, cursor: impl Fn(&I) -> String) -> Self {
        let goes_on = items.len() > asked.size;
        items.truncate(asked.size);
        let edges = items.into_iter().map(|item| Edge::new(cursor(&item), item.into()));
        Self {
            edges: edges.collect(),
            continues: asked.continues,
            goes_on,
        }
    }
}

impl<T: OutputType> TypeName for Page<T> {
    fn type_name() -> Cow<'static, str> {
        format!("{}Connection", T::type_name()).into()
    }
}

/// A page of a list.
#[Object(name_type)]
impl<T: OutputType> Page<T> {
    /// The objects, each with its cursor.
    async fn edges(&self) -> Items<&Place<T>> {
        self.edges.iter().collect()
    }

    /// The objects.
    async fn nodes(&self) -> Items<&T> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }

    /// Where the page begins and ends; `endCursor` is what to pass as `after` for the next page.
    async fn page_info(&self) -> PageInfo {
        let cursor = |edge: Option<&Place<T>>| edge.map(|edge| edge.cursor.clone());
        PageInfo {
            has_previous_page: self.continues,
            has_next_page: self.goes_on,
            start_cursor: cursor(self.edges.first()),
            end_cursor: cursor(self.edges.last()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Asked, Page};

    #[test]
    fn one_item_more_than_the_page_tells_that_there_is_a_next_one() {
        for (count, kept, goes_on) in [(0, 0, false), (2, 2, false), (3, 2, true)] {
            for continues in [false, true] {
                let asked = Asked { size: 2, continues };
                let items: Vec<i32> = (0..count).collect();
                let page: Page<i32> = Page::cut(items, asked, ToString::to_string);
                assert_eq!((page.edges.len(), page.goes_on), (kept, goes_on), "{count}");
                assert_eq!(page.continues, continues);
                assert!(page.edges.iter().all(|edge| edge.cursor == edge.node.to_string()));
            }
        }
    }
}
