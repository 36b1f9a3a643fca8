//! Documents that repeat things: everything that the grammar of GraphQL lets a document repeat, multiplied by everything
//! else that it lets it repeat, at every nesting. A seed makes the same documents again.

use rand::{RngExt as _, rngs::StdRng};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// The most bytes of a document.
const BYTES: usize = 64 * 1024;
/// The most bytes of its variables; with the document they stay below the limit of a body.
const VARIABLE_BYTES: usize = 128 * 1024;

/// A request with such a document.
#[derive(Clone, Debug)]
pub struct Hostile {
    /// What it is made of.
    pub label: String,
    pub query: String,
    pub variables: Value,
    pub operation_name: Option<String>,
}

/// What a document is put together from.
#[derive(Default)]
struct Parts {
    /// Definitions of variables.
    variables: String,
    values: Map<String, Value>,
    /// Directives of the operation.
    directives: String,
    /// Fragments, and further operations.
    definitions: String,
    operation: Option<&'static str>,
    operation_name: Option<String>,
}

/// Where a selection set is: how to get there, and leaves and lists that its type has.
struct Place {
    open: &'static str,
    close: &'static str,
    of: &'static str,
    leaves: &'static [&'static str],
    inner: &'static [&'static str],
}

const PLACES: &[Place] = &[
    Place {
        open: "",
        close: "",
        of: "Query",
        leaves: &["__typename"],
        inner: &["client", "viewer", "environment", "__schema", "node(id: \"client_x\")"],
    },
    Place {
        open: "client {",
        close: "}",
        of: "Client",
        leaves: &["id", "status", "createdAt", "updatedAt"],
        inner: &["sessions", "signIn", "signUp"],
    },
    Place {
        open: "client { sessions {",
        close: "} }",
        of: "Session",
        leaves: &["id", "status", "createdAt"],
        inner: &["client", "user", "lastActiveToken"],
    },
    Place {
        open: "client { sessions { client { sessions {",
        close: "} } } }",
        of: "Session",
        leaves: &["id", "status"],
        inner: &["client", "user", "lastActiveToken"],
    },
    Place {
        open: "viewer {",
        close: "}",
        of: "User",
        leaves: &["id", "firstName", "publicMetadata", "unsafeMetadata"],
        inner: &["emailAddresses"],
    },
    Place {
        open: "node(id: \"client_x\") {",
        close: "}",
        of: "Node",
        leaves: &["id", "__typename"],
        inner: &["... on Client", "... on Session", "... on User", "... on Node"],
    },
    Place {
        open: "nodes(ids: [\"client_x\", \"sess_x\", \"user_x\"]) {",
        close: "}",
        of: "Node",
        leaves: &["id", "__typename"],
        inner: &["... on Client", "... on Session", "... on Node"],
    },
    Place {
        open: "__schema { types {",
        close: "} }",
        of: "__Type",
        leaves: &["name", "kind", "description"],
        inner: &[
            "fields",
            "interfaces",
            "possibleTypes",
            "inputFields",
            "enumValues",
            "ofType",
        ],
    },
    Place {
        open: "__schema { types { fields { type {",
        close: "} } } }",
        of: "__Type",
        leaves: &["name", "kind", "description"],
        inner: &["fields { type", "interfaces", "possibleTypes", "ofType"],
    },
    Place {
        open: "__type(name: \"Query\") {",
        close: "}",
        of: "__Type",
        leaves: &["name", "kind"],
        inner: &["fields { type", "fields { args { type", "possibleTypes", "ofType"],
    },
];

/// Within sessions, wherever a cycle has led.
const IN_CYCLE: Place = Place {
    open: "__typename",
    close: "",
    of: "Session",
    leaves: &["id", "__typename"],
    inner: &["client { sessions", "user", "lastActiveToken"],
};

const COUNTS: &[usize] = &[
    1, 1, 2, 2, 3, 5, 8, 10, 15, 19, 25, 40, 60, 100, 300, 700, 1_300, 2_000, 4_000,
];
const DEPTHS: &[usize] = &[0, 0, 0, 0, 0, 1, 1, 2, 5, 10, 19, 40, 55, 200];
/// Ways into a type, each a number of times: the last ones lead back to where they began.
const AROUND: &[(&str, bool)] = &[
    ("... {", false),
    ("... @include(if: true) {", false),
    ("client { sessions {", true),
    ("client { sessions { client { signIn { id } sessions {", true),
];

/// A way to repeat something in a selection set. Some have selection sets of their own, which the next way fills.
type Repeater = fn(&mut Parts, &Place, usize, &str, &mut StdRng) -> String;

fn repeated(count: usize, text: impl FnMut(usize) -> String) -> String {
    (0..count).map(text).collect::<Vec<_>>().join(" ")
}

fn one<'a>(of: &[&'a str], random: &mut StdRng) -> &'a str {
    of[random.random_range(0..of.len())]
}

/// Closes what a text left open.
fn closed(text: &str) -> String {
    let open = text.matches('{').count() - text.matches('}').count();
    format!("{text}{}", " }".repeat(open))
}

const REPEATERS: &[(&str, Repeater)] = &[
    ("leaf", |_, place, count, _, random| {
        let leaf = one(place.leaves, random);
        repeated(count, |_| leaf.to_owned())
    }),
    ("aliased leaf", |_, place, count, _, random| {
        let leaf = one(place.leaves, random);
        repeated(count, |index| format!("a{index}: {leaf}"))
    }),
    ("unknown field", |_, _, count, _, _| {
        repeated(count, |index| format!("idd{index}"))
    }),
    ("long name", |_, _, count, _, _| {
        let name = "n".repeat(120);
        repeated(count, |index| format!("{name}{index}"))
    }),
    ("unknown field with a selection", |_, _, count, inner, _| {
        repeated(count.min(40), |index| format!("x{index} {{ {inner} }}"))
    }),
    ("argument", |_, place, count, _, random| {
        let leaf = one(place.leaves, random);
        format!("{leaf}({})", repeated(count, |index| format!("a{index}: 1")))
    }),
    ("same argument", |_, place, count, _, random| {
        format!(
            "{}({})",
            one(place.leaves, random),
            repeated(count, |_| "a: 1".to_owned())
        )
    }),
    ("field with arguments", |_, place, count, _, random| {
        let leaf = one(place.leaves, random);
        let arguments = repeated(random.random_range(1..20), |index| format!("a{index}: 1"));
        repeated(count, |_| format!("{leaf}({arguments})"))
    }),
    ("conflict", |_, place, count, _, random| {
        let keys = random.random_range(1..30);
        repeated(count, |index| {
            format!("k{}: {}", index % keys, one(place.leaves, random))
        })
    }),
    ("conflict of arguments", |_, place, count, _, random| {
        let leaf = one(place.leaves, random);
        repeated(count, |index| format!("{leaf}(a: {index}, b: {index})"))
    }),
    ("directive", |_, place, count, _, random| {
        let leaf = one(place.leaves, random);
        format!("{leaf} {}", repeated(count, |_| "@include(if: true)".to_owned()))
    }),
    ("unknown directive", |_, place, count, _, random| {
        let leaf = one(place.leaves, random);
        repeated(count, |index| format!("{leaf} @x{index}(a: 1)"))
    }),
    ("nested inline fragment", |_, _, count, inner, _| {
        let count = count.min(200);
        format!("{} {inner} {}", "... {".repeat(count), "}".repeat(count))
    }),
    ("nested typed fragment", |_, place, count, inner, _| {
        let count = count.min(200);
        let open = format!("... on {} {{", place.of).repeat(count);
        format!("{open} {inner} {}", "}".repeat(count))
    }),
    ("inline fragment", |_, place, count, inner, random| {
        let on = one(&["", "on Client", "on Session", "on Nobody"], random);
        let on = if on.is_empty() {
            format!("on {}", place.of)
        } else {
            on.to_owned()
        };
        repeated(count.min(300), |_| format!("... {on} {{ {inner} }}"))
    }),
    ("spread", |parts, place, count, inner, random| {
        let name = format!("S{}", random.random_range(0..1_000_000));
        write!(parts.definitions, " fragment {name} on {} {{ {inner} }}", place.of).unwrap();
        repeated(count, |_| format!("...{name}"))
    }),
    ("unknown spread", |_, _, count, _, _| {
        repeated(count, |index| format!("...U{index}"))
    }),
    ("unused fragment", |parts, place, count, inner, random| {
        let seed = random.random_range(0..1_000_000);
        for index in 0..count.min(500) {
            write!(
                parts.definitions,
                " fragment U{seed}x{index} on {} {{ {inner} }}",
                place.of
            )
            .unwrap();
        }
        inner.to_owned()
    }),
    ("chain of fragments", |parts, place, count, inner, random| {
        chain(parts, place, Links { count, width: 1 }, inner, random)
    }),
    ("doubling fragments", |parts, place, count, inner, random| {
        chain(parts, place, Links { count, width: 2 }, inner, random)
    }),
    ("cycle of fragments", |parts, place, count, inner, random| {
        let seed = random.random_range(0..1_000_000);
        let count = count.min(500);
        for index in 0..count {
            let next = (index + 1) % count;
            write!(
                parts.definitions,
                " fragment C{seed}x{index} on {} {{ {inner} ...C{seed}x{next} }}",
                place.of
            )
            .unwrap();
        }
        format!("...C{seed}x0")
    }),
    ("aliased object", |_, place, count, inner, random| {
        let object = one(place.inner, random);
        let named = !object.starts_with("...");
        repeated(count.min(500), |index| {
            let alias = if named { format!("o{index}: ") } else { String::new() };
            closed(&format!("{alias}{object} {{ {inner}"))
        })
    }),
    ("object", |_, place, count, inner, random| {
        let object = one(place.inner, random);
        repeated(count.min(500), |_| closed(&format!("{object} {{ {inner}")))
    }),
    ("list of identifiers", |_, _, count, inner, _| {
        let items = repeated(count, |index| format!("\"sess_{index}\""));
        format!("nodes(ids: [{items}]) {{ {inner} }}")
    }),
    ("variable of identifiers", |parts, _, count, inner, random| {
        let name = format!("v{}", random.random_range(0..1_000_000));
        let uses = random.random_range(1..120);
        write!(parts.variables, " ${name}: [ID!]!").unwrap();
        let items: Vec<_> = (0..count * 5).map(|index| format!("user_{index}")).collect();
        parts.values.insert(name.clone(), json!(items));
        repeated(uses, |index| format!("n{index}: nodes(ids: ${name}) {{ {inner} }}"))
    }),
    ("variable in a list", |parts, place, count, _, random| {
        let name = format!("l{}", random.random_range(0..1_000_000));
        let items: Vec<_> = (0..random.random_range(1..9_000)).collect();
        parts.values.insert(name.clone(), json!(items));
        format!(
            "{}(a: [{}])",
            one(place.leaves, random),
            repeated(count, |_| format!("${name}"))
        )
    }),
    ("nested literal", |_, place, count, _, random| {
        let literal = format!("{}1{}", "[{a: ".repeat(count), "}]".repeat(count));
        format!("{}(a: {literal})", one(place.leaves, random))
    }),
    ("wide literal", |_, place, count, _, random| {
        format!(
            "{}(a: {{{}}})",
            one(place.leaves, random),
            repeated(count, |index| format!("k{index}: 1"))
        )
    }),
    ("long string", |_, _, count, inner, random| {
        let text = "\u{e9}".repeat(count * 8);
        repeated(random.random_range(1..60), |index| {
            format!("t{index}: node(id: \"{text}\") {{ {inner} }}")
        })
    }),
    ("operation", |parts, _, count, inner, _| {
        for index in 0..count.min(500) {
            write!(parts.definitions, " query O{index} {{ {inner} }}").unwrap();
        }
        parts.operation_name = Some("Main".to_owned());
        inner.to_owned()
    }),
    ("unused variable", |parts, _, count, inner, random| {
        let seed = random.random_range(0..1_000_000);
        parts.variables += &repeated(count, |index| format!("$u{seed}x{index}: Int = 1"));
        inner.to_owned()
    }),
    ("undefined variable", |_, place, count, _, random| {
        let leaf = one(place.leaves, random);
        repeated(count, |index| format!("w{index}: {leaf}(a: $w{index})"))
    }),
    ("type of lists", |parts, _, count, inner, random| {
        let name = format!("y{}", random.random_range(0..1_000_000));
        write!(
            parts.variables,
            " ${name}: {}Int{}",
            "[".repeat(count),
            "]".repeat(count)
        )
        .unwrap();
        inner.to_owned()
    }),
    ("directive of the operation", |parts, _, count, inner, _| {
        parts.directives += &repeated(count, |index| format!("@d{index}"));
        inner.to_owned()
    }),
    ("comment", |_, _, count, inner, _| {
        format!("#{}\n{inner} #{}\n", "#\n".repeat(count), ",".repeat(count))
    }),
    ("unused variable value", |parts, _, count, inner, _| {
        for index in 0..count {
            parts.values.insert(format!("z{index}"), json!([index, { "a": index }]));
        }
        inner.to_owned()
    }),
    ("deep variable", |parts, _, count, inner, _| {
        let deep = (0..count.min(120)).fold(json!(1), |inner, _| json!([inner]));
        parts.values.insert("deep".to_owned(), deep);
        inner.to_owned()
    }),
    ("token", |_, _, count, _, _| {
        repeated(count, |index| format!("t{index}: lastActiveToken {{ jwt }}"))
    }),
    ("mutation", |parts, _, count, inner, random| {
        parts.operation = Some("mutation");
        let field = one(
            &[
                "signUpCreate(input: { emailAddress: \"a@example.com\", password: \"correct horse battery staple\" })",
                "clientReplace(input: {})",
                "sessionEnd(input: { sessionId: \"sess_x\" })",
                "signInPrepareFirstFactor(input: { signInId: \"sia_x\", strategy: EMAIL_CODE })",
            ],
            random,
        );
        repeated(count.min(40), |index| {
            format!("m{index}: {field} {{ client {{ {inner} }} userErrors {{ code message }} }}")
        })
    }),
    ("subscription", |parts, _, count, inner, _| {
        parts.operation = Some("subscription");
        repeated(count, |index| {
            format!("s{index}: clientUpdated {{ client {{ {inner} }} }}")
        })
    }),
];

/// How many fragments lead into each other, and how many times each into the next.
#[derive(Clone, Copy)]
struct Links {
    count: usize,
    width: usize,
}

/// Fragments that lead into each other, first to last or last to first, used or not.
fn chain(parts: &mut Parts, place: &Place, links: Links, inner: &str, random: &mut StdRng) -> String {
    let (seed, count, width) = (random.random_range(0..1_000_000), links.count.min(500), links.width);
    let of = place.of;
    let mut fragments: Vec<_> = (0..count)
        .map(|index| {
            let next = repeated(width, |_| format!("...L{seed}x{}", index + 1));
            format!(" fragment L{seed}x{index} on {of} {{ {next} }}")
        })
        .collect();
    fragments.push(format!(" fragment L{seed}x{count} on {of} {{ {inner} }}"));
    if random.random_bool(0.5) {
        fragments.reverse();
    }
    parts.definitions += &fragments.concat();
    if random.random_bool(0.5) {
        format!("...L{seed}x0")
    } else {
        "__typename".to_owned()
    }
}

impl Parts {
    /// The document with a selection at a place below what was opened.
    fn query(&self, opened: &str, place: &Place, set: &str) -> String {
        let levels = opened.matches('{').count();
        let variables = match self.variables.as_str() {
            "" => String::new(),
            variables => format!("({variables})"),
        };
        format!(
            "{} Main{variables} {} {{ {opened} {} {set} {} {} }}{}",
            self.operation.unwrap_or("query"),
            self.directives,
            place.open,
            place.close,
            "}".repeat(levels),
            self.definitions
        )
    }
}

/// The next such request: one or two or three ways to repeat, within each other or side by side, somewhere.
pub fn next(random: &mut StdRng) -> Hostile {
    let (around, is_cycle) = AROUND[random.random_range(0..AROUND.len())];
    let place = if is_cycle {
        &IN_CYCLE
    } else {
        &PLACES[random.random_range(0..PLACES.len())]
    };
    let depth = DEPTHS[random.random_range(0..DEPTHS.len())].max(usize::from(is_cycle));
    let ways: Vec<_> = (0..random.random_range(1..4))
        .map(|_| REPEATERS[random.random_range(0..REPEATERS.len())])
        .collect();
    let mut counts: Vec<usize> = ways
        .iter()
        .map(|_| COUNTS[random.random_range(0..COUNTS.len())])
        .collect();
    let beside = random.random_bool(0.3);
    loop {
        let mut parts = Parts::default();
        let leaf = one(place.leaves, random).to_owned();
        let mut set = leaf.clone();
        for ((_, repeat), count) in ways.iter().zip(&counts).rev() {
            let filled = repeat(&mut parts, place, *count, if beside { &leaf } else { &set }, random);
            set = if beside { format!("{set} {filled}") } else { filled };
            if set.len() > 4 * BYTES {
                break;
            }
        }
        let query = parts.query(&around.repeat(depth), place, &set);
        let is_small = query.len() <= BYTES && json!(parts.values).to_string().len() <= VARIABLE_BYTES;
        if is_small {
            let names: Vec<_> = ways
                .iter()
                .zip(&counts)
                .map(|((name, _), count)| format!("{name} x {count}"))
                .collect();
            return Hostile {
                label: format!(
                    "{} in {} under {around} x {depth}",
                    names.join(if beside { " and " } else { " of " }),
                    place.of
                ),
                query,
                variables: Value::Object(parts.values),
                operation_name: parts.operation_name,
            };
        }
        if counts.iter().all(|count| *count <= 1) {
            // Ways that repeat by themselves, too often within each other.
            return next(random);
        }
        let largest = counts.iter_mut().max().unwrap();
        *largest = (*largest / 2).max(1);
    }
}

impl Hostile {
    /// The body of a `POST`.
    pub fn body(&self) -> Value {
        json!({ "query": self.query, "variables": self.variables, "operationName": self.operation_name })
    }
}
