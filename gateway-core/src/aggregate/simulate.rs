//! Parts that are only imagined: each answers with a sample or fails as told. Everything else is as in
//! earnest, so what it says of an answer is what a caller would see.

use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

use super::ask::{Ask, Room};
use super::call::Call;
use super::plan::{Part, Plan};
use super::reference::{Input, Reference, Root, Step};
use super::reply::{NoReply, Reply};
use crate::proxy::error::ErrorCode;
use crate::record::decision::Try;

/// How a part fails that is only imagined.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// Its service answers 404.
    NotFound,
    /// Its service answers 500.
    #[default]
    ServerError,
    /// Its service does not answer in time.
    Timeout,
}

/// Parts that are only imagined.
pub struct Simulated<'s> {
    /// What each part answers, by its index.
    pub samples: &'s [Value],
    /// Which parts fail.
    pub failing: &'s [bool],
    /// How they do.
    pub how: FailureKind,
}

impl Ask for Simulated<'_> {
    async fn ask(&self, call: Call, room: &Room<'_>, _: &mut Vec<Try>) -> Result<Reply, NoReply> {
        // Whatever can be asked at the same time is, as in earnest.
        tokio::task::yield_now().await;
        let (status, value) = match (self.failing[call.part], self.how) {
            (false, _) => (StatusCode::OK, self.samples[call.part].clone()),
            (true, FailureKind::NotFound) => (StatusCode::NOT_FOUND, json!({"error": "not found"})),
            (true, FailureKind::ServerError) => (
                StatusCode::INTERNAL_SERVER_ERROR,
                json!({"error": "failed"}),
            ),
            (true, FailureKind::Timeout) => {
                let reason = "no answer".to_owned();
                return Err(NoReply::Failed(ErrorCode::UpstreamTimeout, reason));
            }
        };
        let body = Bytes::from(value.to_string());
        room.take(body.len()).map_err(NoReply::TooLong)?;
        let mut headers = HeaderMap::new();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        Ok(Reply {
            status,
            headers,
            body,
        })
    }
}

/// What is written where a value is needed and none is known.
const EXAMPLE: &str = "example";

/// An answer for each part that has whatever other parts need of it and what is selected.
pub fn samples(plan: &Plan) -> Vec<Value> {
    let mut samples: Vec<Value> = plan.parts.iter().map(plain).collect();
    for part in &plan.parts {
        for reference in references(part) {
            if let Root::Part(index) = reference.root {
                put(&mut samples[index], &reference.path, json!(EXAMPLE));
            }
        }
    }
    for part in &plan.parts {
        let Some(list) = &part.for_each else {
            continue;
        };
        if let Root::Part(index) = list.list.root {
            put(&mut samples[index], &list.list.path, entries(part));
        }
    }
    samples
}

/// A request that has whatever parts need of it.
pub fn input(plan: &Plan) -> Input {
    let mut input = Input::default();
    let mut body = Value::Null;
    for part in &plan.parts {
        for reference in references(part) {
            let example = || EXAMPLE.to_owned();
            match &reference.root {
                Root::Path(name) => input.path.push((name.clone(), example())),
                Root::Query(name) => input.query.push((name.clone(), example())),
                Root::Header(name) => {
                    let value = HeaderValue::from_static(EXAMPLE);
                    input.headers.insert(name, value);
                }
                Root::Body => put(&mut body, &reference.path, json!(EXAMPLE)),
                Root::Part(_) | Root::Item => {}
            }
        }
    }
    for part in &plan.parts {
        if let Some(list) = &part.for_each
            && list.list.root == Root::Body
        {
            put(&mut body, &list.list.path, entries(part));
        }
    }
    input.body = plan.needs_body.then_some(body);
    input
}

/// The list for which a part is asked: one entry, with what the part needs of it.
fn entries(part: &Part) -> Value {
    let mut entry = Value::Null;
    let items = references(part).into_iter();
    for item in items.filter(|reference| reference.root == Root::Item) {
        put(&mut entry, &item.path, json!(EXAMPLE));
    }
    if entry.is_null() {
        entry = json!(EXAMPLE);
    }
    json!([entry])
}

/// An answer that shows whose it is.
fn plain(part: &Part) -> Value {
    let mut sample = json!({});
    for path in &part.shape.select {
        let steps: Vec<_> = path.iter().cloned().map(Step::Field).collect();
        put(&mut sample, &steps, json!(EXAMPLE));
    }
    if part.shape.select.is_empty() {
        put(
            &mut sample,
            &[Step::Field(format!("of_{}", part.name))],
            json!(EXAMPLE),
        );
    }
    sample
}

fn references(part: &Part) -> Vec<&Reference> {
    let mut all: Vec<&Reference> = part.path.references().collect();
    all.extend(part.query.iter().flat_map(|(_, text)| text.references()));
    all.extend(part.headers.iter().flat_map(|(_, text)| text.references()));
    if let Some(body) = &part.body {
        body.references(&mut all);
    }
    all.extend(part.for_each.iter().map(|list| &list.list));
    all
}

/// Puts a value where the steps lead, unless something is there that has more in it.
fn put(into: &mut Value, steps: &[Step], value: Value) {
    let Some((first, rest)) = steps.split_first() else {
        if !matches!(into, Value::Object(_) | Value::Array(_)) || value.is_array() {
            *into = value;
        }
        return;
    };
    match first {
        Step::Field(name) => {
            if !into.is_object() {
                *into = Value::Object(Map::new());
            }
            if let Value::Object(object) = into {
                put(
                    object.entry(name.clone()).or_insert(Value::Null),
                    rest,
                    value,
                );
            }
        }
        Step::Entry(_) | Step::Each => {
            let n = match first {
                Step::Entry(n) => (*n).min(99),
                _ => 0,
            };
            if !into.is_array() {
                *into = json!([]);
            }
            if let Value::Array(items) = into {
                while items.len() <= n {
                    items.push(Value::Null);
                }
                put(&mut items[n], rest, value);
                // Whoever refers to each of them must find it in each.
                for item in items.iter_mut().filter(|item| item.is_null()) {
                    *item = json!(EXAMPLE);
                }
            }
        }
    }
}
