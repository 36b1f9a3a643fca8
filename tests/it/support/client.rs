//! A client as a browser or a backend would be: keeps its cookies, and speaks REST and GraphQL.

use super::record;
use reqwest::{Method, header};
use serde_json::{Map, Value, json};
use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex},
};
use tokio::runtime;

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: header::HeaderMap,
    pub body: Value,
    pub text: String,
}

impl Reply {
    /// The `code`s of a REST error or of a GraphQL payload's `userErrors` or top-level errors, as REST spells them.
    pub fn codes(&self) -> Vec<String> {
        codes_in(&self.body)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// Every `Set-Cookie` of that name.
    pub fn set_cookies(&self, name: &str) -> Vec<&str> {
        self.headers
            .get_all(header::SET_COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .filter(|cookie| cookie.split_once('=').is_some_and(|(key, _)| key == name))
            .collect()
    }
}

/// The codes anywhere in an answer or a message, as REST spells them.
pub fn codes_in(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    collect_codes(value, &mut found);
    found
}

fn collect_codes(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (key, value) in object {
                match (key.as_str(), value) {
                    ("errors" | "userErrors", Value::Array(errors)) => {
                        for error in errors {
                            let code = error["code"].as_str().or_else(|| error["extensions"]["code"].as_str());
                            found.extend(code.map(str::to_lowercase));
                        }
                    }
                    _ => collect_codes(value, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect_codes(value, found)),
        _ => {}
    }
}

/// The connections of all callers of a test. What tells callers apart are cookies and headers, which each has for itself;
/// a set of roots and a pool for each of them would be made anew hundreds of times. A pool belongs to the runtime that
/// drives it, and each test has a runtime of its own.
pub fn shared() -> reqwest::Client {
    static POOLS: LazyLock<Mutex<HashMap<runtime::Id, reqwest::Client>>> = LazyLock::new(Mutex::default);
    let runtime = runtime::Handle::current().id();
    let make = || {
        reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap()
    };
    POOLS.lock().unwrap().entry(runtime).or_insert_with(make).clone()
}

/// A caller with its own cookies.
#[derive(Clone)]
pub struct TestClient {
    http: reqwest::Client,
    pub base: String,
    cookies: Arc<Mutex<Map<String, Value>>>,
    pub headers: header::HeaderMap,
    pub query: Vec<(String, String)>,
}

impl TestClient {
    pub fn new(base: &str) -> Self {
        let http = shared();
        // The listener is on 127.0.0.1; `localhost` may resolve to ::1 first.
        let base = base.replace("localhost", "127.0.0.1");
        let mut client = Self {
            http,
            base,
            cookies: Arc::default(),
            headers: header::HeaderMap::new(),
            query: Vec::new(),
        };
        let port = url::Url::parse(&client.base).unwrap().port().unwrap();
        client = client.with_header("host", &format!("localhost:{port}"));
        client
    }

    /// A clone that shares nothing with this one afterwards.
    pub fn forked(&self) -> Self {
        let cookies = self.cookies.lock().unwrap().clone();
        Self {
            cookies: Arc::new(Mutex::new(cookies)),
            ..self.clone()
        }
    }

    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.insert(
            header::HeaderName::from_bytes(name.as_bytes()).unwrap(),
            value.parse().unwrap(),
        );
        self
    }

    pub fn with_query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn with_secret_key(self, key: &str) -> Self {
        self.with_header("authorization", &format!("Bearer {key}"))
    }

    /// The same caller at another instance of the server.
    pub fn at_host(self, host: &str) -> Self {
        self.with_header("host", host)
    }

    pub fn cookie(&self, name: &str) -> Option<String> {
        self.cookies
            .lock()
            .unwrap()
            .get(name)
            .and_then(Value::as_str)
            .map(str::to_owned)
    }

    pub fn set_cookie(&self, name: &str, value: &str) {
        self.cookies.lock().unwrap().insert(name.to_owned(), json!(value));
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.send(Method::GET, path, None, Vec::new()).await
    }

    /// A request with a form body, the way that clerk-js writes it.
    pub async fn form(&self, method: &str, path: &str, fields: &[(&str, &str)]) -> Reply {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let content_type = Some("application/x-www-form-urlencoded");
        self.send(method.parse().unwrap(), path, content_type, body.into_bytes())
            .await
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Reply {
        self.form("POST", path, fields).await
    }

    pub async fn json(&self, method: &str, path: &str, body: &Value) -> Reply {
        self.send(
            method.parse().unwrap(),
            path,
            Some("application/json"),
            body.to_string().into_bytes(),
        )
        .await
    }

    pub async fn graphql(&self, query: &str, variables: Value) -> Reply {
        let body = json!({ "query": query, "variables": variables });
        self.json("POST", "/graphql", &body).await
    }

    /// As [`TestClient::json`]; nothing when the server does not answer.
    pub async fn try_json(&self, method: &str, path: &str, body: &Value) -> Option<Reply> {
        let body = body.to_string().into_bytes();
        self.try_send(method.parse().unwrap(), path, Some("application/json"), body)
            .await
            .ok()
    }

    /// As [`TestClient::form`]; nothing when the server does not answer.
    pub async fn try_form(&self, method: &str, path: &str, fields: &[(&str, &str)]) -> Option<Reply> {
        let body = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let content_type = Some("application/x-www-form-urlencoded");
        self.try_send(method.parse().unwrap(), path, content_type, body.into_bytes())
            .await
            .ok()
    }

    pub async fn send(&self, method: Method, path: &str, content_type: Option<&str>, body: Vec<u8>) -> Reply {
        self.try_send(method, path, content_type, body).await.unwrap()
    }

    async fn try_send(
        &self,
        method: Method,
        path: &str,
        content_type: Option<&str>,
        body: Vec<u8>,
    ) -> reqwest::Result<Reply> {
        let mut url = url::Url::parse(&format!("{}{path}", self.base)).unwrap();
        if !self.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.query);
        }
        let mut request = self.http.request(method.clone(), url).headers(self.headers.clone());
        if let Some(content_type) = content_type {
            request = request.header(header::CONTENT_TYPE, content_type);
        }
        let cookies: Vec<_> = {
            let cookies = self.cookies.lock().unwrap();
            cookies
                .iter()
                .map(|(name, value)| format!("{name}={}", value.as_str().unwrap()))
                .collect()
        };
        if !cookies.is_empty() {
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        // Looked at again beside its answer.
        let document = (path.split('?').next() == Some("/graphql")).then(|| body.clone());
        let response = request.body(body).send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        self.keep_cookies(&headers);
        let text = response.text().await?;
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        let reply = Reply {
            status,
            headers,
            body,
            text,
        };
        record::told(&reply.body);
        if let Some(document) = document {
            record::mutations(&document, &reply.body);
        }
        record::exchange(self, &method, path, &reply);
        Ok(reply)
    }

    fn keep_cookies(&self, headers: &header::HeaderMap) {
        let mut cookies = self.cookies.lock().unwrap();
        for value in headers.get_all(header::SET_COOKIE) {
            let parsed = cookie::Cookie::parse(value.to_str().unwrap().to_owned()).unwrap();
            if parsed.max_age().is_some_and(cookie::time::Duration::is_zero) {
                cookies.remove(parsed.name());
            } else {
                cookies.insert(parsed.name().to_owned(), json!(parsed.value()));
            }
        }
    }
}
