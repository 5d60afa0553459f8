//! Answers that are kept and given again (CA-1 to CA-5).

mod personal;
mod refreshing;
mod reuse;
mod storing;
mod throwing_away;

use http::{HeaderMap, Method, Response};

use crate::harness::{Body, TestGateway, Upstream, full, gateway};

/// A gateway with one route whose answers are kept as `terms` say, in the braces of `cache`.
async fn keeping(upstream: &Upstream, terms: &str) -> TestGateway {
    gateway(&config(upstream, terms, "")).await
}

fn config(upstream: &Upstream, terms: &str, rest: &str) -> String {
    format!(
        "{{version: 1, services: [{{name: shop, targets: [{{url: '{}'}}]}}],
          routes: [{{name: all, service: shop, cache: {{{terms}}}}}]{rest}}}",
        upstream.url()
    )
}

/// A service whose answers have these fields and say how many requests there were before.
async fn counting(fields: &'static [(&'static str, &'static str)]) -> Upstream {
    let asked = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    Upstream::start(move |_| {
        let n = asked.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        answer(200, fields, format!("answer {n}"))
    })
    .await
}

fn answer(status: u16, fields: &[(&str, &str)], body: impl Into<String>) -> Response<Body> {
    let mut answer = Response::builder().status(status);
    for (name, value) in fields {
        answer = answer.header(*name, *value);
    }
    answer.body(full(body.into())).unwrap()
}

/// What a caller got.
#[derive(Debug)]
pub(crate) struct Got {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Got {
    /// A field as text; empty where it is not there.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Whether it was kept, and is fresh or may be given all the same.
    pub(crate) fn is_hit(&self) -> bool {
        self.field("cache-status").starts_with("gatewright; hit")
    }
}

pub(crate) async fn ask(gateway: &TestGateway, path: &str, fields: &[(&str, &str)]) -> Got {
    send(gateway, Method::GET, path, fields).await
}

pub(crate) async fn send(
    gateway: &TestGateway,
    method: Method,
    path: &str,
    fields: &[(&str, &str)],
) -> Got {
    let mut request = gateway.client.request(method, gateway.url(path));
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.unwrap();
    Got {
        status: answer.status().as_u16(),
        headers: answer.headers().clone(),
        body: answer.text().await.unwrap(),
    }
}
