//! A look at the bytes of a document before the parser sees them: how many tokens, how long their names, how deeply
//! nested.
//!
//! The parser recurses once for each open bracket before it checks anything, so that a few kilobytes of `[` would
//! overflow the stack and end the process. The invariant: what passes here, the parser reads with bounded recursion.

use super::{GraphqlCode, Limits, Refusal};

/// Refuses documents with too many bytes, tokens or open brackets, and too long names: errors repeat names.
///
/// # Errors
/// `DOCUMENT_TOO_LARGE`, `DOCUMENT_TOO_COMPLEX` for nesting, `GRAPHQL_PARSE_FAILED` for a string that does not end.
pub(super) fn check(document: &str, limits: &Limits) -> Result<(), Refusal> {
    if document.len() > limits.document_bytes {
        return Err(Refusal::from(GraphqlCode::DocumentTooLarge));
    }
    let (mut rest, mut tokens, mut open) = (document.as_bytes(), 0_usize, 0_usize);
    while let Some((&first, after)) = rest.split_first() {
        rest = match first {
            // Byte order marks are white space; their bytes count for nothing here.
            b' ' | b'\t' | b'\r' | b'\n' | b',' | 0xEF | 0xBB | 0xBF => {
                rest = after;
                continue;
            }
            b'#' => {
                rest = skip_while(after, |byte| byte != b'\n' && byte != b'\r');
                continue;
            }
            b'"' => after_string(rest).ok_or_else(|| {
                Refusal::from(GraphqlCode::GraphqlParseFailed).saying("A string of the document does not end.")
            })?,
            b'{' | b'[' | b'(' => {
                open += 1;
                after
            }
            b'}' | b']' | b')' => {
                open = open.saturating_sub(1);
                after
            }
            b'.' => skip_while(after, |byte| byte == b'.'),
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => {
                let behind = skip_while(after, |byte| byte == b'_' || byte.is_ascii_alphanumeric());
                if rest.len() - behind.len() > limits.name_bytes {
                    let message = format!("A name in a document may have {} bytes.", limits.name_bytes);
                    return Err(Refusal::from(GraphqlCode::DocumentTooLarge).saying(message));
                }
                behind
            }
            b'-' | b'0'..=b'9' => skip_while(after, |byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte)),
            _ => after,
        };
        tokens += 1;
        if tokens > limits.tokens {
            return Err(Refusal::from(GraphqlCode::DocumentTooLarge));
        }
        if open > limits.nesting {
            return Err(Refusal::from(GraphqlCode::DocumentTooComplex).saying("The document is nested too deeply."));
        }
    }
    Ok(())
}

fn skip_while(bytes: &[u8], skipped: impl Fn(u8) -> bool) -> &[u8] {
    let end = bytes.iter().position(|&byte| !skipped(byte)).unwrap_or(bytes.len());
    bytes.get(end..).unwrap_or_default()
}

/// What follows the string at the start, or nothing if it does not end. The parser reads an open `"""` as the empty
/// string and goes on behind it; were it skipped to the end of the document, brackets could hide in it.
fn after_string(bytes: &[u8]) -> Option<&[u8]> {
    if let Some(mut rest) = bytes.strip_prefix(b"\"\"\"") {
        loop {
            if let Some(after) = rest.strip_prefix(b"\"\"\"") {
                return Some(after);
            }
            rest = match rest.strip_prefix(b"\\\"\"\"") {
                Some(after) => after,
                None => rest.split_first()?.1,
            };
        }
    }
    let mut rest = bytes.get(1..)?;
    loop {
        let (&first, after) = rest.split_first()?;
        rest = match first {
            b'"' => return Some(after),
            b'\n' | b'\r' => return None,
            b'\\' => after.get(1..)?,
            _ => after,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::parser::parse_query;

    fn code(document: &str, limits: &Limits) -> Option<String> {
        check(document, limits).err().map(|refusal| refusal.code().to_owned())
    }

    #[test]
    fn tokens_are_counted_without_comments_commas_and_white_space() {
        let document = "query Q($a: [Int!] = -1.5e+3) { # { { {\n a(b: \"}}\\\"\", c: \"\"\"{ \" \\\"\"\" \"\"\"),,, ...F }\u{feff}";
        parse_query(document).expect("a document");
        // query Q ( $ a : [ Int ! ] = -1.5e+3 ) { a ( b : "" c : """""" ) ... F }
        let count = 26;
        let limits = |tokens| Limits {
            tokens,
            ..Limits::default()
        };
        assert_eq!(code(document, &limits(count)), None);
        assert_eq!(
            code(document, &limits(count - 1)).as_deref(),
            Some("DOCUMENT_TOO_LARGE")
        );
    }

    #[test]
    fn bytes_are_limited() {
        let limits = Limits {
            document_bytes: 4,
            ..Limits::default()
        };
        assert_eq!(code("{ab}", &limits), None);
        assert_eq!(code("{abc}", &limits).as_deref(), Some("DOCUMENT_TOO_LARGE"));
    }

    #[test]
    fn names_are_limited_wherever_they_stand() {
        let limits = Limits {
            name_bytes: 3,
            ..Limits::default()
        };
        assert_eq!(
            code("query abc($abc: Int) { abc: abc @abc ...abc }", &limits.clone()).as_deref(),
            Some("DOCUMENT_TOO_LARGE")
        );
        let limits = Limits {
            name_bytes: 5,
            ..limits
        };
        assert_eq!(
            code(
                "query abc($abc: Int) { abc: abc @abc ...abc \"abcdefg\" #abcdefg\n }",
                &limits
            ),
            None
        );
        for document in [
            "{abcdef}",
            "{abcdef:a}",
            "{a(abcdef:1)}",
            "{a(a:$abcdef)}",
            "{a@abcdef}",
            "{...abcdef}",
            "{a(a:{abcdef:1})}",
        ] {
            assert_eq!(
                code(document, &limits).as_deref(),
                Some("DOCUMENT_TOO_LARGE"),
                "{document}"
            );
        }
    }

    #[test]
    fn brackets_of_every_kind_are_limited_even_where_they_do_not_match() {
        let limits = Limits {
            tokens: usize::MAX,
            ..Limits::default()
        };
        for bracket in ["[", "{", "(", "{a(b:["] {
            let document = bracket.repeat(20_000);
            let limits = Limits {
                document_bytes: document.len(),
                ..limits.clone()
            };
            assert_eq!(
                code(&document, &limits).as_deref(),
                Some("DOCUMENT_TOO_COMPLEX"),
                "{bracket}"
            );
        }
    }

    #[test]
    fn brackets_cannot_hide_behind_a_string_that_does_not_end() {
        let limits = Limits::default();
        let brackets = "[".repeat(5_000);
        for opening in ["\"\"\"x\"", "\"x", "\"x\n\"", "\"\\"] {
            assert_eq!(
                code(&format!("{{a(b:[{opening}{brackets}"), &limits).as_deref(),
                Some("GRAPHQL_PARSE_FAILED"),
                "{opening}"
            );
        }
        // A string that ends is skipped, and what follows it counts.
        let after_a_comment = format!("{{ # \"\n a(b:{brackets}");
        assert_eq!(code(&after_a_comment, &limits).as_deref(), Some("DOCUMENT_TOO_COMPLEX"));
        assert_eq!(code(&format!("{{a(b:\"{brackets}\")}}"), &limits), None);
    }
}
