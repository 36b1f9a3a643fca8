//! A client as a browser or a backend would be: keeps its cookies, speaks REST and GraphQL, and records its REST exchanges
//! when asked to.

use reqwest::{Method, header};
use serde_json::{Map, Value, json};
use std::{
    fs::{self, OpenOptions},
    hash::{Hash as _, Hasher as _},
    io::Write as _,
    path::PathBuf,
    sync::{Arc, Mutex},
};

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
        let mut found = Vec::new();
        collect_codes(&self.body, &mut found);
        found
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
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
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
        self.record(&method, path, &reply);
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

    /// Writes the exchange into the directory that `VESTIBULE_TEST_RECORD` names: one file for each shape of an answer to
    /// an operation, whichever process meets it first, since a thousand alike would prove no more.
    fn record(&self, method: &Method, path: &str, reply: &Reply) {
        let Ok(directory) = std::env::var("VESTIBULE_TEST_RECORD") else {
            return;
        };
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let is_rest = path.starts_with("/v1/") || path.starts_with("/.well-known/");
        // The reference knows no callers by session token, and no answers to preflights; a test that breaks the server on
        // purpose says so by a header.
        let by_session_token = self.headers.get(header::AUTHORIZATION).is_some_and(|value| {
            value
                .to_str()
                .is_ok_and(|value| value.strip_prefix("Bearer ").is_some_and(|token| token.contains('.')))
        });
        let is_documented = matches!(
            *method,
            Method::GET | Method::POST | Method::PUT | Method::PATCH | Method::DELETE
        );
        if !is_rest || by_session_token || !is_documented || self.headers.contains_key("x-unrecorded") {
            return;
        }
        let tunnelled = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "_method");
        let tunnelled = tunnelled.filter(|_| *method == Method::POST);
        let method = tunnelled.map_or_else(|| method.to_string(), |(_, method)| method.into_owned());
        let exchange = json!({
            "family": "frontend", "method": method, "path": path, "status": reply.status, "body": reply.body,
        });
        let mut hasher = std::hash::DefaultHasher::new();
        let operation: Vec<_> = path
            .split('/')
            .map(|part| part.split('_').next().unwrap_or_default())
            .collect();
        (method, operation, reply.status, shape(&reply.body)).hash(&mut hasher);
        fs::create_dir_all(&directory).unwrap();
        let file = PathBuf::from(directory).join(format!("{:016x}.jsonl", hasher.finish()));
        if let Ok(mut file) = OpenOptions::new().create_new(true).write(true).open(file) {
            writeln!(file, "{exchange}").unwrap();
        }
    }
}

/// What a JSON value looks like: its keys and kinds, without its values.
fn shape(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "flag".to_owned(),
        Value::Number(_) => "number".to_owned(),
        Value::String(_) => "text".to_owned(),
        Value::Array(values) => values
            .iter()
            .map(shape)
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect(),
        Value::Object(object) => object
            .iter()
            .map(|(key, value)| format!("{key}:{};", shape(value)))
            .collect(),
    }
}
