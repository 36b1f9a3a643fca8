//! Pages of lists, as Relay's specification of connections has them.
//!
//! Edges and where a page ends are the library's. The page itself is not: the library's own has plain lists, which nobody pays
//! for before they are resolved.

use super::{
    context::ContextExt as _,
    error::{Nullable, nullable},
    list::Items,
};
use async_graphql::{
    Context, Object, OutputType, TypeName,
    connection::{Edge, EmptyFields, PageInfo},
};
use domain::page::{self, End};
use futures_util::future::BoxFuture;
use kernel::{
    caller::Caller,
    error::{Code, Problem, Result},
};
use service::app::App;
use std::{borrow::Cow, fmt::Display, str::FromStr, sync::Arc};
use web_kit::input;

/// The size of a page when none is asked for.
pub(crate) const PAGE: u64 = 20;
pub(crate) use domain::page::MAXIMUM;

/// An object with its place in the list.
type Place<T> = Edge<String, T, EmptyFields>;
/// What counts the whole list, for whoever asks.
type Count = Box<dyn Fn(App, Arc<Caller>) -> BoxFuture<'static, Result<u64>> + Send + Sync>;

/// A page of a list; in the schema `<Object>Connection`.
pub struct Page<T: OutputType> {
    edges: Vec<Place<T>>,
    /// Whether there is something before it.
    continues: bool,
    /// Whether there is something behind it.
    goes_on: bool,
    count: Count,
}

/// The arguments of a connection.
#[derive(Clone, Debug, Default)]
pub(crate) struct Arguments {
    pub(crate) first: Option<i32>,
    pub(crate) after: Option<String>,
    pub(crate) last: Option<i32>,
    pub(crate) before: Option<String>,
}

/// Which part of a list was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Asked<I> {
    after: Option<I>,
    before: Option<I>,
    from: End,
    size: u64,
}

impl<I: FromStr<Err: Display>> Asked<I> {
    /// What the arguments say: the first so many, or the last so many, of what lies between two places.
    ///
    /// # Errors
    /// `form_param_format_invalid` for what is no cursor, `form_param_value_invalid` where both ends are asked for or too much.
    pub(crate) fn read(arguments: &Arguments) -> Result<Self> {
        let cursor = |given: &Option<String>, name| given.as_ref().map(|id| input::id(id, name)).transpose();
        let (from, size, name) = match (arguments.first, arguments.last) {
            (Some(_), Some(_)) => {
                let problem = Problem::of(Code::FormParamValueInvalid, "last");
                return Err(problem
                    .saying("Ask for the first ones or for the last ones, not for both.")
                    .into());
            }
            (None, Some(last)) => (End::Tail, u64::try_from(last), "last"),
            (Some(first), None) => (End::Head, u64::try_from(first), "first"),
            (None, None) => (End::Head, Ok(PAGE), "first"),
        };
        let Some(size) = size.ok().filter(|size| *size <= MAXIMUM) else {
            let problem = Problem::of(Code::FormParamValueInvalid, name).with_meta("maximum", MAXIMUM);
            return Err(problem
                .saying(format!("A page has at most {MAXIMUM} items, and not less than none."))
                .into());
        };
        Ok(Self {
            after: cursor(&arguments.after, "after")?,
            before: cursor(&arguments.before, "before")?,
            from,
            size,
        })
    }

    /// That part and one item more, which tells whether there is a further one.
    pub(crate) fn and_one_more(&self) -> page::Page<'_, I> {
        page::Page {
            after: self.after.as_ref(),
            before: self.before.as_ref(),
            from: self.from,
            limit: self.size + 1,
        }
    }
}

impl<T: OutputType> Page<T> {
    /// The page, cut from a list that was asked for one item more. `cursor` names an item's place, `count` counts all there are.
    pub(crate) fn cut<I, C: Into<T>>(
        mut items: Vec<C>,
        asked: &Asked<I>,
        cursor: impl Fn(&C) -> String,
        count: Count,
    ) -> Self {
        let size = usize::try_from(asked.size).unwrap_or(usize::MAX);
        let is_more = items.len() > size;
        if is_more && asked.from == End::Tail {
            items.drain(..items.len() - size);
        }
        items.truncate(size);
        let (continues, goes_on) = match asked.from {
            End::Head => (asked.after.is_some(), is_more),
            End::Tail => (is_more, asked.before.is_some()),
        };
        let edges = items.into_iter().map(|item| Edge::new(cursor(&item), item.into()));
        Self {
            edges: edges.collect(),
            continues,
            goes_on,
            count,
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

    /// How many there are in the whole list. They are counted only when this is asked for.
    async fn total_count(&self, context: &Context<'_>) -> Nullable<u64> {
        let caller = Arc::clone(&context.acting().caller);
        let count = (self.count)(context.app().clone(), caller).await;
        nullable(context, count.map(Some))
    }
}

#[cfg(test)]
mod tests {
    use super::{Arguments, Asked, End, Page};
    use kernel::error::Code;

    fn asked(from: End, after: Option<u8>, before: Option<u8>) -> Asked<u8> {
        Asked {
            after,
            before,
            from,
            size: 2,
        }
    }

    #[test]
    fn one_item_more_than_the_page_tells_that_there_is_a_next_one() {
        for (count, is_more) in [(0, false), (2, false), (3, true)] {
            for place in [None, Some(9)] {
                let page = |asked: &Asked<u8>| -> Page<i32> {
                    let items: Vec<i32> = (0..count).collect();
                    Page::cut(items, asked, ToString::to_string, Box::new(|_, _| unreachable!()))
                };
                let shown = |page: &Page<i32>| -> Vec<i32> { page.edges.iter().map(|edge| edge.node).collect() };
                let head = page(&asked(End::Head, place, None));
                let all: Vec<i32> = (0..count).collect();
                assert_eq!(shown(&head), all[..all.len().min(2)]);
                assert_eq!((head.continues, head.goes_on), (place.is_some(), is_more), "{count}");
                let tail = page(&asked(End::Tail, None, place));
                assert_eq!(shown(&tail), all[all.len().saturating_sub(2)..]);
                assert_eq!((tail.continues, tail.goes_on), (is_more, place.is_some()), "{count}");
                assert!(tail.edges.iter().all(|edge| edge.cursor == edge.node.to_string()));
            }
        }
    }

    #[test]
    fn a_page_is_asked_for_from_one_end() {
        let read = |first, last| {
            Asked::<u8>::read(&Arguments {
                first,
                last,
                after: Some("7".into()),
                ..Arguments::default()
            })
        };
        assert_eq!(read(None, None).unwrap().size, super::PAGE);
        assert_eq!(read(Some(0), None).unwrap().size, 0);
        let tail = read(None, Some(3)).unwrap();
        assert_eq!((tail.from, tail.size, tail.after), (End::Tail, 3, Some(7)));
        for (first, last, field) in [
            (Some(1), Some(1), "last"),
            (Some(101), None, "first"),
            (Some(-1), None, "first"),
            (None, Some(101), "last"),
        ] {
            let error = read(first, last).unwrap_err();
            assert_eq!(error.code(), Code::FormParamValueInvalid);
            assert_eq!(error.problems()[0].field.as_deref(), Some(field));
        }
        let no_cursor = Arguments {
            before: Some("x".into()),
            ..Arguments::default()
        };
        let error = Asked::<u8>::read(&no_cursor).unwrap_err();
        assert_eq!(error.problems()[0].field.as_deref(), Some("before"));
    }
}
