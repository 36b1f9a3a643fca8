//! Trusted documents: how a request that names one gets its text.
//!
//! The invariant: the text that is found passes every check of one that was sent.

use super::request::{Asked, Body, Wanted};
use super::{Asker, Endpoint, GraphqlCode, Refusal};

/// The request with the text of the document that it is about.
///
/// # Errors
/// `PERSISTED_QUERY_NOT_FOUND` and `PERSISTED_QUERY_NOT_SUPPORTED` for an identifier that is not known, `DOCUMENT_NOT_TRUSTED` for a
/// text where none is taken, and what the endpoint refuses with whom it cannot find out.
pub(super) async fn find<E: Endpoint>(
    endpoint: &E,
    asker: Asker<'_, E::Caller>,
    mut request: Asked,
) -> Result<Body, Refusal> {
    let wanted = std::mem::replace(&mut request.wanted, Wanted::Known(None));
    let text = match wanted {
        Wanted::Text(text) => {
            endpoint.admit_text(asker).await?;
            text
        }
        Wanted::Known(id) => endpoint.document(asker, id).await?,
        // Whoever sends both is a client that was told that the identifier is not known.
        Wanted::Both(text, id) => {
            if let Err(refusal) = endpoint.admit_text(asker).await {
                endpoint.document(asker, Some(id)).await.map_err(|_| refusal)?;
            }
            text
        }
    };
    Ok(request.about(text))
}

/// Whether a refusal is about a request that is well-formed, of a document that is not here: its sender has to read it, wherever
/// answers are read.
pub(super) fn is_of_document(refusal: &Refusal) -> bool {
    matches!(
        GraphqlCode::of_wire(refusal.code()),
        Some(
            GraphqlCode::PersistedQueryNotFound
                | GraphqlCode::PersistedQueryNotSupported
                | GraphqlCode::DocumentNotTrusted
        )
    )
}

#[cfg(test)]
mod tests {
    use crate::DocumentId;
    use crate::double::Double;

    /// `{hello}` is what it trusts.
    fn trusting() -> Double {
        let mut double = Double::default();
        double.trust("{hello}");
        double.trust("mutation{bump}");
        double
    }

    #[tokio::test]
    async fn a_document_runs_by_its_identifier_and_passes_the_checks_of_one_that_is_sent() {
        let double = trusting();
        let id = DocumentId::of("{hello}");
        for accept in ["application/json", "application/graphql-response+json"] {
            let posted = double.post(&format!(r#"{{"documentId":"sha256:{id}"}}"#), accept).await;
            assert_eq!(
                (posted.status, posted.body.as_str()),
                (200, r#"{"data":{"hello":"world"}}"#)
            );
            let got = double.get(&format!("documentId={id}"), accept).await;
            assert_eq!((got.status, &got.body), (200, &posted.body));
        }
        let bump = DocumentId::of("mutation{bump}");
        let got = double.get(&format!("documentId={bump}"), "*/*").await;
        assert_eq!((got.status, got.code(), double.bumps()), (405, "METHOD_NOT_ALLOWED", 0));
        let posted = double.post(&format!(r#"{{"documentId":"{bump}"}}"#), "*/*").await;
        assert_eq!((posted.status, double.bumps()), (200, 1));
    }

    #[tokio::test]
    async fn what_is_not_known_is_told_in_the_words_that_clients_know() {
        let id = DocumentId::of("{never}");
        for (double, code, word) in [
            (trusting(), "PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound"),
            (
                Double::default(),
                "PERSISTED_QUERY_NOT_SUPPORTED",
                "PersistedQueryNotSupported",
            ),
        ] {
            for id in [id.to_string(), "0123456789abcdef0123456789abcdef".to_owned()] {
                let body = format!(r#"{{"documentId":"{id}"}}"#);
                for (accept, status) in [("application/json", 200), ("application/graphql-response+json", 400)] {
                    let reply = double.post(&body, accept).await;
                    assert_eq!((reply.status, reply.code()), (status, code));
                    assert_eq!(reply.json()["errors"][0]["message"], word);
                }
                let events = double.post(&body, "text/event-stream").await;
                assert!(
                    events.body.starts_with("event: next") && events.body.contains(word),
                    "{}",
                    events.body
                );
            }
        }
    }

    #[tokio::test]
    async fn where_no_text_is_taken_one_that_is_trusted_passes_with_its_identifier() {
        let mut double = trusting();
        double.takes_text = false;
        for (accept, status) in [("application/json", 200), ("application/graphql-response+json", 403)] {
            let reply = double.post(r#"{"query":"{hello}"}"#, accept).await;
            assert_eq!((reply.status, reply.code()), (status, "DOCUMENT_NOT_TRUSTED"));
        }
        let other = DocumentId::of("{never}");
        let reply = double
            .post(&format!(r#"{{"query":"{{never}}","documentId":"{other}"}}"#), "*/*")
            .await;
        assert_eq!(reply.code(), "DOCUMENT_NOT_TRUSTED");
        let id = DocumentId::of("{hello}");
        let reply = double
            .post(&format!(r#"{{"query":"{{hello}}","documentId":"{id}"}}"#), "*/*")
            .await;
        assert_eq!(reply.body, r#"{"data":{"hello":"world"}}"#);
    }
}
