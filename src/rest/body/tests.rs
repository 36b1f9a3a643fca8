//! What bodies decode to, what is refused, and that both encodings say the same.

use super::{Fields, Presence, Reader};
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{HeaderMap, HeaderValue};
use axum::{Router, routing::post};
use http_body_util::BodyExt;
use kernel::error::{Code, Error};
use proptest::prelude::*;
use serde_json::{Value, json};
use tower::ServiceExt;

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

fn read(content_type: &str, body: impl AsRef<[u8]>) -> Result<Fields, Error> {
    let mut headers = HeaderMap::new();
    headers.insert("content-type", HeaderValue::from_str(content_type).unwrap());
    Fields::read(&headers, body.as_ref())
}

fn form(body: &str) -> Reader {
    read(FORM, body).unwrap().reader(false)
}

fn json(body: &Value) -> Reader {
    read(JSON, body.to_string()).unwrap().reader(false)
}

/// Every problem as `code name`.
fn problems(reader: Reader) -> Vec<String> {
    let Err(error) = reader.finish() else { return Vec::new() };
    let line = |problem: &kernel::error::Problem| {
        format!("{} {}", problem.code.wire(), problem.field.as_deref().unwrap_or("-"))
    };
    error.problems().iter().map(line).collect()
}

fn given(texts: &[&str]) -> Presence<Vec<String>> {
    Presence::Given(texts.iter().map(|text| (*text).to_owned()).collect())
}

#[test]
fn content_types_decide_how_a_body_is_read() {
    for (content_type, body, expected) in [
        (FORM, "a=1", Ok(1)),
        ("Application/X-WWW-Form-URLEncoded ; charset=UTF-8", "a=1&b=2", Ok(2)),
        (FORM, "", Ok(0)),
        (FORM, "&&", Ok(0)),
        (JSON, r#"{"a":1}"#, Ok(1)),
        ("application/json; charset=utf-8", " {} ", Ok(0)),
        (JSON, "", Ok(0)),
        (JSON, " \r\n", Ok(0)),
        (JSON, "null", Ok(0)),
        ("", "", Ok(0)),
        ("", "a=1", Err(Code::UnsupportedContentType)),
        (
            "multipart/form-data; boundary=x",
            "--x--",
            Err(Code::UnsupportedContentType),
        ),
        ("multipart/form-data; boundary=x", "", Err(Code::UnsupportedContentType)),
        ("text/plain", "a=1", Err(Code::UnsupportedContentType)),
        ("application/jsonp", "{}", Err(Code::UnsupportedContentType)),
        ("application/octet-stream", "{}", Err(Code::UnsupportedContentType)),
    ] {
        let read = read(content_type, body)
            .map(|fields| fields.given.len())
            .map_err(|error| error.code());
        assert_eq!(read, expected, "{content_type:?} {body:?}");
    }
    assert_eq!(Fields::read(&HeaderMap::new(), b"").unwrap().given.len(), 0);
    let refused = Fields::read(&HeaderMap::new(), b"a=1")
        .map(drop)
        .map_err(|error| error.code());
    assert_eq!(refused, Err(Code::UnsupportedContentType));
}

#[test]
fn what_cannot_be_decoded_is_refused() {
    let many = (0..201)
        .map(|index| format!("a{index}=1"))
        .collect::<Vec<_>>()
        .join("&");
    let repeated = vec!["a=1"; 201].join("&");
    let members = (0..201)
        .map(|index| format!(r#""a{index}":1"#))
        .collect::<Vec<_>>()
        .join(",");
    let bodies: Vec<(&str, Vec<u8>)> = vec![
        (FORM, b"a=%".to_vec()),
        (FORM, b"a=%4".to_vec()),
        (FORM, b"a=%zz".to_vec()),
        (FORM, b"%a=1".to_vec()),
        (FORM, b"a=%ff".to_vec()),
        (FORM, b"a=\xc3\x28".to_vec()),
        (FORM, b"a=%ED%A0%80".to_vec()),
        (FORM, many.into_bytes()),
        (FORM, repeated.into_bytes()),
        (FORM, format!("a{}=1", "[b]".repeat(33)).into_bytes()),
        (JSON, b"[]".to_vec()),
        (JSON, b"1".to_vec()),
        (JSON, br#""text""#.to_vec()),
        (JSON, b"true".to_vec()),
        (JSON, b"{".to_vec()),
        (JSON, b"{} {}".to_vec()),
        (JSON, b"nul".to_vec()),
        (JSON, b"a=1".to_vec()),
        (JSON, b"{\"a\":\"\xff\"}".to_vec()),
        (JSON, br#"{"a":"\ud800"}"#.to_vec()),
        (JSON, br#"{"a":1e999}"#.to_vec()),
        (JSON, format!("{{{members}}}").into_bytes()),
        (
            JSON,
            format!(r#"{{"a":{}{}}}"#, "[".repeat(133), "]".repeat(133)).into_bytes(),
        ),
        (JSON, format!(r#"{{"a":{}"#, "[".repeat(100_000)).into_bytes()),
        (JSON, r#"{"a":"#.repeat(100_000).into_bytes()),
    ];
    for (content_type, body) in bodies {
        let code = read(content_type, &body).map_err(|error| error.code()).unwrap_err();
        assert_eq!(
            code,
            Code::RequestBodyInvalid,
            "{}",
            String::from_utf8_lossy(&body[..body.len().min(60)])
        );
    }
}

#[test]
fn a_refused_body_is_not_quoted() {
    let error = read(JSON, r#""hunter2""#).unwrap_err();
    assert!(!error.problems()[0].long_message().contains("hunter2"));
}

#[test]
fn texts_are_decoded_in_every_spelling_of_a_space() {
    let mut reader = form("plus=a+b&percent=a%20b&sign=a%2Bb&accent=%C3%A9t%c3%a9&raw=été&equals=a=b&bare");
    for (name, expected) in [
        ("plus", "a b"),
        ("percent", "a b"),
        ("sign", "a+b"),
        ("accent", "été"),
        ("raw", "été"),
        ("equals", "a=b"),
    ] {
        assert_eq!(reader.text(name), Presence::Given(expected.to_owned()), "{name}");
    }
    assert_eq!(reader.text("bare"), Presence::Empty);
    assert_eq!(reader.text("other"), Presence::Absent);
    assert_eq!(problems(reader), [""; 0]);
}

#[test]
fn empty_and_null_are_empty_for_every_type() {
    let form_body = "a=&b=&c=&d=&e=";
    for mut reader in [
        form(form_body),
        json(&json!({ "a": "", "b": "", "c": "", "d": "", "e": "" })),
        json(&json!({ "a": null, "b": null, "c": null, "d": null, "e": null })),
    ] {
        assert_eq!(reader.text("a"), Presence::Empty);
        assert_eq!(reader.flag("b"), Presence::Empty);
        assert_eq!(reader.number("c"), Presence::Empty);
        assert_eq!(reader.object("d"), Presence::Empty);
        assert_eq!(reader.texts("e"), Presence::Empty);
        assert_eq!(problems(reader), [""; 0]);
    }
}

#[test]
fn the_wrong_type_is_named() {
    let values = json!({ "a": 1, "b": true, "c": [], "d": {}, "e": "text", "f": 1.5, "g": ["a", 1], "h": "1e3" });
    let mut reader = json(&values);
    for name in ["a", "b", "c", "d"] {
        assert_eq!(reader.text(name), Presence::Absent);
    }
    assert_eq!(reader.flag("e"), Presence::Absent);
    assert_eq!(reader.number("f"), Presence::Absent);
    assert_eq!(reader.texts("g"), Presence::Absent);
    assert_eq!(reader.number("h"), Presence::Absent);
    let expected: Vec<_> = "abcdefgh"
        .chars()
        .map(|name| format!("form_param_type_invalid {name}"))
        .collect();
    assert_eq!(problems(reader), expected);
}

#[test]
fn flags_are_the_words_true_and_false() {
    for (mut reader, expected) in [
        (form("flag=true"), Presence::Given(true)),
        (form("flag=false"), Presence::Given(false)),
        (json(&json!({ "flag": true })), Presence::Given(true)),
        (json(&json!({ "flag": "false" })), Presence::Given(false)),
        (form("other="), Presence::Absent),
    ] {
        assert_eq!(reader.flag("flag"), expected);
    }
    for body in ["flag=1", "flag=True", "flag=yes", "flag=+true", "flag[]=true"] {
        let mut reader = form(body);
        assert_eq!(reader.flag("flag"), Presence::Absent, "{body}");
        assert_eq!(problems(reader), ["form_param_type_invalid flag"], "{body}");
    }
}

#[test]
fn numbers_are_whole() {
    for (text, expected) in [
        ("7", Some(7)),
        ("-7", Some(-7)),
        ("9223372036854775807", Some(i64::MAX)),
    ] {
        assert_eq!(form(&format!("n={text}")).number("n").given(), expected);
        assert_eq!(
            read(JSON, format!(r#"{{"n":{text}}}"#))
                .unwrap()
                .reader(false)
                .number("n")
                .given(),
            expected
        );
    }
    for text in ["%2B7", "1.0", "9223372036854775808", "0x7", "7+", "seven"] {
        let mut reader = form(&format!("n={text}"));
        assert_eq!(reader.number("n"), Presence::Absent, "{text}");
        assert_eq!(problems(reader), ["form_param_type_invalid n"], "{text}");
    }
}

#[test]
fn lists_are_read_in_every_spelling() {
    for body in [
        "l=a&l=b",
        "l[]=a&l[]=b",
        "l[0]=a&l[1]=b",
        "l[1]=b&l[0]=a",
        "l%5B0%5D=a&l%5b1%5d=b",
        "l[2]=a&l[10]=b",
    ] {
        let mut reader = form(body);
        assert_eq!(reader.texts("l"), given(&["a", "b"]), "{body}");
        assert_eq!(problems(reader), [""; 0]);
    }
    assert_eq!(json(&json!({ "l": ["a", "b"] })).texts("l"), given(&["a", "b"]));
    assert_eq!(json(&json!({ "l": [] })).texts("l"), given(&[]));
    assert_eq!(form("l=a").texts("l"), given(&["a"]));
    for (body, problem) in [
        ("l=a&l[]=b", "form_param_duplicate l"),
        ("l[]=a&l[1]=b", "form_param_duplicate l"),
        ("l[1]=a&l[1]=b", "form_param_duplicate l"),
        ("l[a]=a", "form_param_type_invalid l"),
        ("l[0][a]=a", "form_param_type_invalid l"),
        ("l[99999999999]=a", "form_param_type_invalid l"),
    ] {
        let mut reader = form(body);
        assert_eq!(reader.texts("l"), Presence::Absent, "{body}");
        assert_eq!(problems(reader), [problem], "{body}");
    }
}

#[test]
fn objects_are_read_in_every_spelling() {
    let expected = json!({ "plan": "gold", "tags": ["a", "b"], "deep": { "x": "1" } });
    let text = form_urlencoded::byte_serialize(expected.to_string().as_bytes()).collect::<String>();
    for mut reader in [
        form(&format!("o={text}")),
        form("o[plan]=gold&o[tags][]=a&o[tags][]=b&o[deep][x]=1"),
        form("o[plan]=gold&o[tags][1]=b&o[tags][0]=a&o[deep][x]=1"),
        json(&json!({ "o": expected })),
        json(&json!({ "o": expected.to_string() })),
    ] {
        assert_eq!(reader.object("o").given().map(Value::Object), Some(expected.clone()));
        assert_eq!(problems(reader), [""; 0]);
    }
    let deep = format!("{}1{}", r#"{"a":"#.repeat(33), "}".repeat(33));
    for (body, problem) in [
        ("o={\"a\":1", "form_param_format_invalid o"),
        ("o=gold", "form_param_format_invalid o"),
        ("o={\"a\":\"\\u0000\"}", "form_param_format_invalid o"),
        ("o[%00]=1", "form_param_format_invalid o"),
        (&format!("o={deep}"), "form_param_format_invalid o"),
        ("o=[]", "form_param_type_invalid o"),
        ("o=1", "form_param_type_invalid o"),
        ("o=\"{}\"", "form_param_type_invalid o"),
        ("o[]=1", "form_param_type_invalid o"),
        ("o={}&o={}", "form_param_duplicate o"),
        ("o={}&o[a]=1", "form_param_duplicate o"),
        ("o[a]=1&o[a]=2", "form_param_duplicate o"),
        ("o[a]=1&o[a][b]=2", "form_param_duplicate o"),
        ("o[a][b]=2&o[a]=1", "form_param_duplicate o"),
    ] {
        let mut reader = form(body);
        assert_eq!(reader.object("o"), Presence::Absent, "{body}");
        assert_eq!(problems(reader), [problem], "{body}");
    }
    assert_eq!(form("o=null").object("o"), Presence::Empty);
}

#[test]
fn a_scalar_given_twice_is_a_duplicate_in_both_encodings() {
    for mut reader in [
        form("a=1&b=2&a=1"),
        form("a=1&b=2&a[]=1"),
        read(JSON, r#"{"a":"1","b":"2","a":"1"}"#).unwrap().reader(false),
        read(JSON, r#"{"a":"1","b":"2","\u0061":null}"#).unwrap().reader(false),
    ] {
        assert_eq!(reader.text("a"), Presence::Absent);
        assert_eq!(reader.text("b"), Presence::Given("2".to_owned()));
        assert_eq!(problems(reader), ["form_param_duplicate a"]);
    }
}

#[test]
fn a_key_with_stray_brackets_is_a_name_as_a_whole() {
    for key in ["a[", "a]", "[a]", "a[b", "a[b]c", "a[[b]]", "a[b][", "[", "[]", ""] {
        let mut reader = form(&format!("{key}=1"));
        assert_eq!(reader.texts("a"), Presence::Absent, "{key}");
        assert_eq!(problems(reader), [format!("form_param_unknown {key}")]);
    }
}

#[test]
fn nul_is_refused_and_other_control_characters_are_left_to_the_domain() {
    let mut reader = form("a=x%00&password=%00&c=%01%0D%0A&l=x&l=%00");
    assert_eq!(reader.text("a"), Presence::Absent);
    assert_eq!(reader.text("password"), Presence::Absent);
    assert_eq!(reader.text("c"), Presence::Given("\u{1}\r\n".to_owned()));
    assert_eq!(reader.texts("l"), Presence::Absent);
    let expected = [
        "form_param_format_invalid a",
        "form_param_format_invalid password",
        "form_param_format_invalid l",
    ];
    assert_eq!(problems(reader), expected);
}

#[test]
fn long_texts_are_refused_but_for_passwords() {
    let (just, over) = ("é".repeat(10_000), "é".repeat(10_001));
    let mut reader = json(&json!({
        "just": just, "over": over, "password": over, "new_password": over, "current_password": over, "list": [over],
    }));
    assert_eq!(reader.text("just").given(), Some(just));
    assert_eq!(reader.text("over"), Presence::Absent);
    for name in ["password", "new_password", "current_password"] {
        assert_eq!(reader.text(name).given().as_ref(), Some(&over));
    }
    assert_eq!(reader.texts("list"), Presence::Absent);
    assert_eq!(
        problems(reader),
        [
            "form_param_max_length_exceeded over",
            "form_param_max_length_exceeded list"
        ]
    );
}

#[test]
fn required_texts_tell_missing_from_empty_from_unusable() {
    let mut reader = form("empty=&twice=1&twice=2&there=x");
    assert_eq!(reader.required_text("there"), "x");
    for name in ["missing", "empty", "twice"] {
        assert_eq!(reader.required_text(name), "");
    }
    let expected = [
        "form_param_missing missing",
        "form_param_nil empty",
        "form_param_duplicate twice",
    ];
    assert_eq!(problems(reader), expected);
}

#[test]
fn every_problem_is_reported_at_once_with_unknown_parameters_last() {
    let body = json!({ "z": 1, "first_name": 1, "code": "", "y": 2 });
    let mut reader = json(&body);
    reader.required_text("code");
    reader.text("first_name");
    reader.required_text("strategy");
    reader.report(kernel::error::Problem::of(
        Code::FormParamValueInvalid,
        "found_by_the_caller",
    ));
    let expected = [
        "form_param_nil code",
        "form_param_type_invalid first_name",
        "form_param_missing strategy",
        "form_param_value_invalid found_by_the_caller",
        "form_param_unknown y",
        "form_param_unknown z",
    ];
    assert_eq!(problems(reader), expected);
}

#[test]
fn unknown_parameters_pass_when_lenient_ignored_or_known_everywhere() {
    let body = "odd=1&odd=2&locale=en&timezone=UTC&captcha_token=t&captcha_error=e&captcha_action=a\
        &captcha_widget_type=smart&intent=i&tab_state=s";
    let lenient = read(FORM, body).unwrap().reader(true);
    assert_eq!(problems(lenient), [""; 0]);
    let strict = read(FORM, body).unwrap().reader(false);
    assert_eq!(problems(strict), ["form_param_unknown odd"]);
    let mut ignoring = read(FORM, body).unwrap().reader(false);
    ignoring.ignore(&["odd"]);
    assert_eq!(problems(ignoring), [""; 0]);
    let mut reading = form("locale=en");
    assert_eq!(reading.text("locale"), Presence::Given("en".to_owned()));
}

#[test]
fn leniency_towards_unknown_parameters_forgives_nothing_else() {
    let mut reader = read(FORM, "a=1&a=2&odd=1").unwrap().reader(true);
    assert_eq!(reader.text("a"), Presence::Absent);
    assert_eq!(problems(reader), ["form_param_duplicate a"]);
}

#[test]
fn debug_output_has_names_and_no_values() {
    let fields = read(FORM, "password=hunter2").unwrap();
    assert_eq!(format!("{fields:?}"), r#"{"password"}"#);
}

#[tokio::test]
async fn the_extractor_reads_bodies_not_queries_and_answers_in_the_envelope() {
    let handler = |fields: Fields| async move { format!("{fields:?}") };
    let router = Router::new().route("/", post(handler)).layer(DefaultBodyLimit::max(64));
    let long = "a=".to_owned() + &"x".repeat(64);
    for (content_type, body, status, expected) in [
        (FORM, "a=1", 200, r#"{"a"}"#),
        (JSON, "", 200, "{}"),
        (JSON, "{", 400, "request_body_invalid"),
        ("text/plain", "a", 415, "unsupported_content_type"),
        (FORM, long.as_str(), 413, "request_body_too_large"),
    ] {
        let request = Request::post("/?b=2")
            .header("content-type", content_type)
            .body(Body::from(body.to_owned()));
        let response = router.clone().oneshot(request.unwrap()).await.unwrap();
        assert_eq!(response.status().as_u16(), status, "{content_type} {body}");
        let bytes = response.into_body().collect().await.unwrap().to_bytes();
        let answer = std::str::from_utf8(&bytes).unwrap();
        if status == 200 {
            assert_eq!(answer, expected);
        } else {
            assert_eq!(
                serde_json::from_str::<Value>(answer).unwrap()["errors"][0]["code"],
                expected
            );
        }
    }
}

/// Reads everything in every way: nothing may panic.
fn read_in_every_way(content_type: &str, body: &[u8]) {
    for type_of_read in 0..5 {
        let Ok(fields) = read(content_type, body) else { return };
        let names: Vec<String> = fields.given.keys().cloned().collect();
        let mut reader = fields.reader(false);
        for name in &names {
            match type_of_read {
                0 => drop(reader.text(name)),
                1 => drop(reader.object(name)),
                2 => drop(reader.texts(name)),
                3 => assert_ne!(
                    reader.flag(name),
                    Presence::Given(true),
                    "no generated body has this word"
                ),
                _ => drop(reader.number(name).given()),
            }
        }
        // All names were read, so none can be unknown.
        assert!(
            !problems(reader)
                .iter()
                .any(|problem| problem.starts_with("form_param_unknown"))
        );
    }
}

proptest! {
    #[test]
    fn no_bytes_make_the_readers_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        read_in_every_way(FORM, &bytes);
        read_in_every_way(JSON, &bytes);
    }

    #[test]
    fn no_form_like_text_makes_the_reader_panic(body in r"([ab]{0,2}(\[[ab01\[\]]{0,2}\]?){0,4}=?[ab0%+{}]{0,3}&?){0,12}") {
        read_in_every_way(FORM, body.as_bytes());
    }

    #[test]
    fn texts_mean_the_same_in_a_form_and_in_json(
        values in prop::collection::btree_map("[a-z_]{1,8}", any::<String>(), 0..8)
    ) {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&values).finish();
        let (mut form, mut json) = (form(&body), json(&json!(values)));
        for name in values.keys() {
            prop_assert_eq!(form.text(name), json.text(name));
        }
        prop_assert_eq!(problems(form), problems(json));
    }

    #[test]
    fn lists_mean_the_same_in_every_spelling(values in prop::collection::vec("[^\0]{1,5}", 1..8)) {
        let spell = |key: &dyn Fn(usize) -> String| {
            let pairs = values.iter().enumerate().map(|(index, value)| (key(index), value));
            form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
        };
        let expected = Presence::Given(values.clone());
        prop_assert_eq!(form(&spell(&|_| "l".to_owned())).texts("l"), expected.clone());
        prop_assert_eq!(form(&spell(&|_| "l[]".to_owned())).texts("l"), expected.clone());
        prop_assert_eq!(form(&spell(&|index| format!("l[{index}]"))).texts("l"), expected.clone());
        prop_assert_eq!(json(&json!({ "l": values })).texts("l"), expected);
    }
}
