//! Both faces show the same fields of the same objects. Each resource is read through GraphQL (every field of its type, by
//! introspection) and through REST (every member of its JSON) and compared; what is not alike stands in [`table`] with its
//! reason, and a line there that nothing needs any more fails as well.
//!
//! A field that comes to both faces under one name needs nothing here.

mod sample;
mod table;

use crate::support::{
    SchemaView,
    face::milliseconds,
    face::snake_case,
    introspection::{is_required, named},
};
use serde_json::{Value, json};
use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};
use table::{RESOURCES, Resource};

/// What a path of a GraphQL type leads to.
enum End {
    /// A scalar or an enum, by its type.
    Leaf(String),
    /// A type that has a table of its own.
    Resource(&'static Resource),
}

/// What was met of a type, over all samples.
#[derive(Default)]
struct Met {
    objects: usize,
    /// Paths of members that REST sent.
    rest: BTreeSet<String>,
    /// Paths that had a value on both faces.
    valued: BTreeSet<String>,
}

/// How many relations deep a client is until an address of its people has been read.
const WHOLE: usize = 4;

/// A type, and how many relations deep it was read.
type Read = (&'static Resource, usize);

/// Which value is compared.
#[derive(Clone, Copy)]
struct Here<'a> {
    resource: &'a Resource,
    /// Where its owner was read.
    place: &'a str,
    path: &'a str,
}

pub(super) struct Comparison {
    schema: SchemaView,
    met: BTreeMap<&'static str, Met>,
    /// All of them, to be told at once.
    problems: Vec<String>,
    /// What the schema says of a type, which does not change while it is compared.
    paths: RefCell<BTreeMap<&'static str, Rc<Paths>>>,
    selections: RefCell<BTreeMap<&'static str, String>>,
}

/// Every path of a type, and what it leads to.
type Paths = Vec<(String, End)>;

fn resource(name: &str) -> Option<&'static Resource> {
    RESOURCES.iter().find(|resource| resource.graphql == name)
}

/// Whether a path is that of an ancestor or lies below it; segments of the ancestor may be `*` or `one|another`.
fn is_below(path: &str, ancestor: &str) -> bool {
    if !ancestor.contains(['*', '|']) {
        let rest = path.strip_prefix(ancestor);
        return rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
    }
    let mut names = path.split('.');
    ancestor.split('.').all(|wanted| {
        let name = names.next();
        name.is_some_and(|name| wanted == "*" || wanted.split('|').any(|word| word == name))
    })
}

/// The value at a dotted path; null where nothing is.
fn at<'a>(value: &'a Value, path: &str) -> &'a Value {
    path.split('.').fold(value, |value, name| &value[name])
}

/// Paths of everything in an object that is no object itself, or an empty one.
fn leaves(value: &Value, path: &str, found: &mut BTreeSet<String>) {
    match value.as_object() {
        Some(object) if !object.is_empty() => {
            for (name, value) in object {
                let separator = if path.is_empty() { "" } else { "." };
                leaves(value, &format!("{path}{separator}{name}"), found);
            }
        }
        _ => {
            found.insert(path.to_owned());
        }
    }
}

impl Resource {
    /// Where REST shows what GraphQL has at that path.
    fn rest_path(&self, path: &str) -> String {
        let renamed = self.renamed.iter().filter(|(graphql, _)| is_below(path, graphql));
        match renamed.max_by_key(|(graphql, _)| graphql.len()) {
            Some((graphql, rest)) => snake_case(&format!("{rest}{}", &path[graphql.len()..])),
            None => snake_case(path),
        }
    }

    /// Where a path should be in REST, if nothing was sent there.
    fn unsent(&self, path: &str, sent: &BTreeSet<String>) -> Option<String> {
        let rest = self.rest_path(path);
        (!sent.iter().any(|sent| is_below(sent, &rest))).then_some(rest)
    }

    /// Whether GraphQL shows nothing of what REST sent, and no line says why.
    fn is_unshown(&self, sent: &str, paths: &[String]) -> bool {
        let mut shown = paths.iter().map(|path| self.rest_path(path));
        let is_shown = shown.any(|path| is_below(sent, &path) || is_below(&path, sent));
        let also = self.also.iter().map(|(_, rest)| rest);
        let mut known = also.chain(self.rest_only.iter().map(|(only, _)| only));
        !is_shown && !known.any(|known| is_below(sent, known))
    }

    fn is_graphql_only(&self, path: &str) -> bool {
        self.graphql_only.iter().any(|(only, _)| is_below(path, only))
    }
}

impl Comparison {
    pub(super) fn new(schema: SchemaView) -> Self {
        Self {
            schema,
            met: BTreeMap::new(),
            problems: Vec::new(),
            paths: RefCell::default(),
            selections: RefCell::default(),
        }
    }

    pub(super) const fn schema(&self) -> &SchemaView {
        &self.schema
    }

    /// A selection of everything of a type that is compared, with relations; nothing where the table has no such type.
    pub(super) fn selection_of(&self, name: &str) -> Option<String> {
        let resource = resource(name)?;
        let mut known = self.selections.borrow_mut();
        let selection = known
            .entry(resource.graphql)
            .or_insert_with(|| self.selection(resource, WHOLE));
        Some(selection.clone())
    }

    /// In what two readings of one thing differ. Neither may be there.
    pub(super) fn differences(&mut self, name: &str, graphql: &Value, rest: &Value) -> Vec<String> {
        match (graphql, rest) {
            (Value::Object(_), Value::Object(_)) => self.compare((resource(name).unwrap(), WHOLE), graphql, rest, name),
            (Value::Null, Value::Null) => {}
            _ => self
                .problems
                .push(format!("{name}: {graphql} through GraphQL and {rest} through REST")),
        }
        std::mem::take(&mut self.problems)
    }

    /// Every path of a type that a person may ask for and that REST is to show as well.
    fn paths(&self, resource: &'static Resource) -> Rc<Paths> {
        let mut known = self.paths.borrow_mut();
        let paths = known.entry(resource.graphql).or_insert_with(|| {
            let mut paths = Vec::new();
            self.descend(resource, resource.graphql, "", &mut paths);
            Rc::new(paths)
        });
        Rc::clone(paths)
    }

    fn descend(&self, resource: &'static Resource, owner: &str, prefix: &str, paths: &mut Paths) {
        for field in self.schema.fields(owner) {
            let path = format!("{prefix}{}", field["name"].as_str().unwrap());
            let target = named(&field["type"]);
            let needs_argument = field["args"].as_array().unwrap().iter().any(is_required);
            assert!(!needs_argument, "{owner}.{path} cannot be read without an argument");
            // A relation of which REST shows a part alone.
            let parts: Vec<_> = resource.renamed.iter().map(|(graphql, _)| *graphql).collect();
            let parts = parts.into_iter().filter(|part| is_below(part, &path) && *part != path);
            let parts: Vec<_> = parts.map(str::to_owned).collect();
            let kind = &self.schema.type_named(target)["kind"];
            let is_object = kind == "OBJECT" || kind == "INTERFACE";
            if resource.is_graphql_only(&path) {
                continue;
            }
            if !is_object {
                paths.push((path, End::Leaf(target.to_owned())));
            } else if let Some(inner) = self::resource(target).filter(|_| parts.is_empty()) {
                paths.push((path, End::Resource(inner)));
            } else if self::resource(target).is_some() {
                let leaf = |part: String| (End::Leaf(self.scalar_at(resource, &part)), part);
                paths.extend(parts.into_iter().map(leaf).map(|(end, part)| (part, end)));
            } else {
                self.descend(resource, target, &format!("{path}."), paths);
            }
        }
    }

    /// What a path of a type leads to.
    fn scalar_at(&self, resource: &Resource, path: &str) -> String {
        let step = |owner: &str, name: &str| named(&self.schema.field(owner, name)["type"]).to_owned();
        let names = path.split('.');
        names.fold(resource.graphql.to_owned(), |owner, name| step(&owner, name))
    }

    /// Whether objects of a type are read on their own too, so that their identifier is enough where they lie too deep.
    fn has_id(&self, resource: &Resource) -> bool {
        let mut fields = self.schema.fields(resource.graphql).iter();
        fields.any(|field| field["name"] == "id")
    }

    /// A selection of everything that is compared, relations `depth` deep.
    fn selection(&self, resource: &'static Resource, depth: usize) -> String {
        if depth == 0 && self.has_id(resource) {
            return "id".to_owned();
        }
        let paths = self.paths(resource);
        let paths = paths.iter().map(|(path, end)| {
            let (mut inner, mut names) = (String::new(), path.split('.').rev());
            if let End::Resource(target) = end {
                inner = format!("{{ {} }}", self.selection(target, depth.saturating_sub(1)));
            }
            inner = format!("{} {inner}", names.next().unwrap());
            names.fold(inner, |inner, name| format!("{name} {{ {inner} }}"))
        });
        let also = resource.also.iter().map(|(path, _)| {
            let mut names = path.split('.').rev();
            let last = names.next().unwrap().to_owned();
            names.fold(last, |inner, name| format!("{name} {{ {inner} }}"))
        });
        paths.chain(also).collect::<Vec<_>>().join(" ")
    }

    /// Compares an object that was read through both faces, and relations `depth` deep.
    fn compare(&mut self, (resource, depth): Read, graphql: &Value, rest: &Value, place: &str) {
        assert!(graphql.is_object() && rest.is_object(), "{place}: {graphql} and {rest}");
        if depth == 0 && self.has_id(resource) {
            let path = "id";
            return self.agree(Here { resource, place, path }, "ID", &graphql[path], &rest[path]);
        }
        let paths = self.paths(resource);
        for (path, rest_path) in resource.also {
            let theirs = at(rest, rest_path);
            self.agree(Here { resource, place, path }, "ID", at(graphql, path), theirs);
        }
        let (mut sent, mut valued) = (BTreeSet::new(), BTreeSet::new());
        leaves(rest, "", &mut sent);
        for (path, end) in paths.iter() {
            let rest_path = resource.rest_path(path);
            let (ours, theirs) = (at(graphql, path), at(rest, &rest_path));
            let here = Here { resource, place, path };
            match end {
                End::Leaf(scalar) => self.agree(here, scalar, ours, theirs),
                End::Resource(target) => {
                    let target = (*target, depth.saturating_sub(1));
                    self.compare_relation(here, target, ours, theirs);
                }
            }
            if !ours.is_null() && !theirs.is_null() {
                valued.insert(path.clone());
            }
        }
        let met = self.met.entry(resource.graphql).or_default();
        met.objects += 1;
        met.rest.extend(sent);
        met.valued.extend(valued);
    }

    /// Compares one value.
    fn agree(&mut self, here: Here<'_>, scalar: &str, ours: &Value, theirs: &Value) {
        let Here { resource, place, path } = here;
        let alike = match resource.otherwise.iter().find(|(known, ..)| *known == path) {
            Some((_, alike, _)) => alike(ours, theirs),
            None => comparable(scalar, ours) == *theirs,
        };
        if !alike {
            self.problems.push(format!(
                "{place}.{path}: {ours} through GraphQL and {theirs} through REST"
            ));
        }
    }

    fn compare_relation(&mut self, here: Here<'_>, target: Read, ours: &Value, theirs: &Value) {
        let place = format!("{}.{}", here.place, here.path);
        match (ours, theirs) {
            (Value::Array(ours), Value::Array(theirs)) if ours.len() == theirs.len() => {
                for (ours, theirs) in ours.iter().zip(theirs) {
                    self.compare(target, ours, theirs, &place);
                }
            }
            (Value::Object(_), Value::Object(_)) => self.compare(target, ours, theirs, &place),
            _ => self.agree(here, target.0.graphql, ours, theirs),
        }
    }

    /// What was met of a type and its table does not say, or the other way round.
    fn judge(&self, resource: &'static Resource) -> Vec<String> {
        let name = resource.graphql;
        let Some(met) = self.met.get(name) else {
            return vec![format!("{name}: no sample has one")];
        };
        let paths: Vec<_> = self.paths(resource).iter().map(|(path, _)| path.clone()).collect();
        let mut problems = Vec::new();
        for path in &paths {
            if let Some(rest) = resource.unsent(path, &met.rest) {
                problems.push(format!("{name}.{path}: REST sends no {rest}"));
            }
            let is_unvalued = resource.unvalued.iter().any(|(known, _)| known == path);
            if met.valued.contains(path) == is_unvalued {
                let said = if is_unvalued { "some" } else { "no" };
                problems.push(format!("{name}.{path}: {said} sample has a value on both faces"));
            }
        }
        let unshown = met.rest.iter().filter(|sent| resource.is_unshown(sent, &paths));
        problems.extend(unshown.map(|sent| format!("{name}: GraphQL has no {sent}")));
        for (only, _) in resource.rest_only {
            let is_sent = met.rest.iter().any(|sent| is_below(sent, only));
            if !is_sent || paths.iter().any(|path| is_below(&resource.rest_path(path), only)) {
                problems.push(format!("{name}: {only} is not what REST alone shows"));
            }
        }
        problems.extend(self.needless(resource, &paths));
        problems
    }

    /// The fields whose loss by one face would not be noticed: each is taken away in turn, from what REST sent and from what
    /// GraphQL has.
    fn unguarded(&self) -> Vec<String> {
        let mut unguarded = Vec::new();
        for resource in RESOURCES {
            let sent = &self.met[resource.graphql].rest;
            let paths: Vec<_> = self.paths(resource).iter().map(|(path, _)| path.clone()).collect();
            for lost in &paths {
                let rest = resource.rest_path(lost);
                let (gone, kept): (BTreeSet<_>, _) = sent.iter().cloned().partition(|sent| is_below(sent, &rest));
                let others: Vec<_> = paths.iter().filter(|path| *path != lost).cloned().collect();
                if resource.unsent(lost, &kept).is_none() || !gone.iter().any(|sent| resource.is_unshown(sent, &others))
                {
                    unguarded.push(format!("{}.{lost}", resource.graphql));
                }
            }
        }
        unguarded
    }

    /// Lines about GraphQL's fields that are about none.
    fn needless(&self, resource: &'static Resource, paths: &[String]) -> Vec<String> {
        let otherwise = resource.otherwise.iter().map(|(path, ..)| *path);
        let renamed = resource.renamed.iter().map(|(path, _)| *path);
        let unvalued = resource.unvalued.iter().map(|(path, _)| *path);
        let known = otherwise.chain(renamed).chain(unvalued);
        let unknown = known.filter(|line| !paths.iter().any(|path| is_below(path, line)));
        let only = resource.graphql_only.iter().map(|(path, _)| *path);
        let owner = resource.graphql;
        let gone = only.filter(|only| {
            let names = self.schema.fields(owner).iter();
            !names
                .clone()
                .any(|field| only.split('.').next() == field["name"].as_str())
        });
        unknown
            .chain(gone)
            .map(|line| format!("{owner}: there is no {line}"))
            .collect()
    }
}

/// A value of GraphQL as REST writes it: times in milliseconds, words in small letters.
fn comparable(scalar: &str, value: &Value) -> Value {
    match value {
        Value::Array(values) => values.iter().map(|value| comparable(scalar, value)).collect(),
        Value::String(text) => match scalar {
            "DateTime" => json!(milliseconds(text)),
            "String" | "ID" | "JSON" => json!(text),
            _ => json!(text.to_lowercase()),
        },
        other => other.clone(),
    }
}
