//! The audits of the npm package `graphql-http` 1.23, by their ids: MUST, SHOULD and MAY alike.
//!
//! Each row is one audit: what it sends, and what it demands of the answer.

use super::double::{Double, Reply};
use serde_json::{Value, json};

const JSON: &str = "application/json";
const RESPONSE: &str = "application/graphql-response+json";

/// What an audit looks at beside the status.
enum Demand {
    Nothing,
    /// The content type contains this.
    Type(&'static str),
    NoErrors,
    NoData,
}

async fn post(accept: Option<&str>, content_type: Option<&str>, body: &str) -> Reply {
    let accept = accept.map(|accept| ("accept", accept));
    let content_type = content_type.map(|content_type| ("content-type", content_type));
    let headers: Vec<_> = accept.into_iter().chain(content_type).collect();
    Double::default()
        .send("POST", "/graphql", &headers, body.to_owned())
        .await
}

fn judge(id: &str, reply: &Reply, status: u16, demand: &Demand) {
    assert_eq!(reply.status, status, "{id}: {}", reply.body);
    let holds = match demand {
        Demand::Nothing => true,
        Demand::Type(expected) => reply.header("content-type").contains(expected),
        Demand::NoErrors => reply.json().is_object() && reply.json().get("errors").is_none(),
        Demand::NoData => reply.json().is_object() && reply.json().get("data").is_none(),
    };
    assert!(holds, "{id}: {:?} {}", reply.headers, reply.body);
}

async fn audit(id: &str, accept: Option<&str>, body: &Value, status: u16, demand: Demand) {
    judge(id, &post(accept, Some(JSON), &body.to_string()).await, status, &demand);
}

#[tokio::test]
async fn media_types() {
    let typename = json!({ "query": "{ __typename }" });
    audit("22EB", Some(RESPONSE), &typename, 200, Demand::Type(RESPONSE)).await;
    audit("4655", Some(JSON), &typename, 200, Demand::Type(JSON)).await;
    audit("47DE", Some("*/*"), &typename, 200, Demand::Type(JSON)).await;
    audit("80D8", None, &typename, 200, Demand::Type(JSON)).await;
    // 82A3 is in `Double::send`, which reads every answer as UTF-8.
    audit("82A3", None, &typename, 200, Demand::Nothing).await;
    let runner = json!({ "query": "{ __type(name: \"Run🏃Swim🏊\") { name } }" }).to_string();
    judge(
        "BF61",
        &post(None, Some("application/json; charset=utf-8"), &runner).await,
        200,
        &Demand::Nothing,
    );
    audit("78D5", None, &typename, 200, Demand::Nothing).await;
}

#[tokio::test]
async fn methods_and_bodies() {
    let typename = json!({ "query": "{ __typename }" });
    let double = Double::default();
    audit("2C94", None, &typename, 200, Demand::Nothing).await;
    audit("03D4", None, &typename, 200, Demand::Nothing).await;
    judge(
        "5A70",
        &double.get("query={__typename}", "*/*").await,
        200,
        &Demand::Nothing,
    );
    judge(
        "9C48",
        &double.get("query=mutation{__typename}", RESPONSE).await,
        405,
        &Demand::Nothing,
    );
    let typed_by_nobody = post(None, None, &typename.to_string()).await;
    judge("9ABE", &typed_by_nobody, 415, &Demand::Nothing);
    judge("A5BF", &post(None, Some(JSON), "").await, 400, &Demand::Nothing);
    for (id, accept) in [("B6DC, BCF8", JSON), ("B7N8", RESPONSE)] {
        let broken = post(Some(accept), Some(JSON), "{ \"not a JSON").await;
        judge(id, &broken, 400, &Demand::Nothing);
    }
}

#[tokio::test]
async fn parameters_of_the_wrong_type() {
    audit(
        "423L",
        Some(RESPONSE),
        &json!({ "notquery": "{ __typename }" }),
        400,
        Demand::Nothing,
    )
    .await;
    audit(
        "8764, 3E3A",
        None,
        &json!({ "qeury": "{ __typename }" }),
        400,
        Demand::Nothing,
    )
    .await;
    for (index, invalid) in [json!({ "obj": "ect" }), json!(0), json!(false), json!(["array"])]
        .iter()
        .enumerate()
    {
        audit(
            &format!("LKJ{index}"),
            None,
            &json!({ "query": invalid }),
            400,
            Demand::Nothing,
        )
        .await;
        let body = json!({ "operationName": invalid, "query": "{ __typename }" });
        audit(&format!("6C0{index}"), None, &body, 400, Demand::Nothing).await;
    }
    for (index, invalid) in [json!("string"), json!(0), json!(false), json!(["array"])]
        .iter()
        .enumerate()
    {
        let variables = json!({ "query": "{ __typename }", "variables": invalid });
        audit(&format!("476{index}"), None, &variables, 400, Demand::Nothing).await;
        let extensions = json!({ "query": "{ __typename }", "extensions": invalid });
        audit(&format!("58B{index}"), None, &extensions, 400, Demand::Nothing).await;
    }
}

#[tokio::test]
async fn parameters_of_the_right_type() {
    let name = json!({ "operationName": "Query", "query": "query Query { __typename }" });
    let extensions = json!({ "query": "{ __typename }", "extensions": { "some": "value" } });
    let of_type = "query Type($name: String!) { __type(name: $name) { name } }";
    let variables = json!({ "query": of_type, "variables": { "name": "sometype" } });
    let typename = json!({ "query": "{ __typename }" });
    for (ids, body) in [
        (["34A2", "13EE"], typename),
        (["8161", "B8B3"], name),
        (["2EA1", "28B9"], variables),
        (["428F", "1B7A"], extensions),
        (
            ["94B0", "0220"],
            json!({ "query": "{ __typename }", "variables": null }),
        ),
        (
            ["94B1", "0221"],
            json!({ "query": "{ __typename }", "operationName": null }),
        ),
        (
            ["94B2", "0222"],
            json!({ "query": "{ __typename }", "extensions": null }),
        ),
    ] {
        audit(ids[0], Some(RESPONSE), &body, 200, Demand::NoErrors).await;
        audit(ids[1], Some(JSON), &body, 200, Demand::NoErrors).await;
    }
    let uri = "query=query+Type(%24name:String!)%7B__type(name:%24name)%7Bname%7D%7D&variables=%7B%22name%22:%22sometype%22%7D";
    judge(
        "D6D5",
        &Double::default().get(uri, RESPONSE).await,
        200,
        &Demand::NoErrors,
    );
    judge("6A70", &Double::default().get(uri, JSON).await, 200, &Demand::NoErrors);
}

#[tokio::test]
async fn documents_that_fail() {
    let unparsed = json!({ "query": "{" });
    let invalid = json!({ "query": "{ 8f31403dfe404bccbb0e835f2629c6a7 }" });
    let uncoerced = json!({ "query": "query CoerceFailure($id: ID!){ __typename }", "variables": { "id": null } });
    audit("572B", Some(JSON), &unparsed, 200, Demand::Nothing).await;
    audit("FDE2", Some(JSON), &invalid, 200, Demand::Nothing).await;
    audit("7B9B", Some(JSON), &uncoerced, 200, Demand::Nothing).await;
    audit("865D, 556A, D586", Some(RESPONSE), &unparsed, 400, Demand::NoData).await;
    audit("51FE, 74FF, 5E5B", Some(RESPONSE), &invalid, 400, Demand::NoData).await;
    audit("86EE", Some(RESPONSE), &uncoerced, 400, Demand::Nothing).await;
    // The same with a name that is a name: the audit's begins with a digit, which is a matter of the parser.
    audit(
        "74FF",
        Some(RESPONSE),
        &json!({ "query": "{ unknown }" }),
        400,
        Demand::NoData,
    )
    .await;
}
