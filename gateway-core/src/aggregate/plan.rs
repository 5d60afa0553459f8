//! How an answer is made of several, as compiled.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, Method};
use serde_json::Value;

use super::reference::Reference;
use super::shape::Shape;
use super::template::{Json, Text};
use crate::snapshot::Service;

/// How an answer is made of several.
#[derive(Clone)]
pub struct Plan {
    /// Its parts, in the order of the config.
    pub parts: Vec<Part>,
    /// Indices of the parts, each after those it needs.
    pub order: Vec<usize>,
    /// How long it may take, from the request's arrival.
    pub deadline: Duration,
    /// Most bytes of all parts together.
    pub max_bytes: u64,
    /// Whether the answer itself says what is missing.
    pub meta: bool,
    /// Whether a part needs the body of the caller's request.
    pub needs_body: bool,
}

/// One part of an answer.
#[derive(Clone)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Who is asked.
    pub service: Arc<Service>,
    /// Method of the request.
    pub method: Method,
    /// Path.
    pub path: Text,
    /// Parameters of the query.
    pub query: Vec<(String, Text)>,
    /// Headers that it sets.
    pub headers: Vec<(HeaderName, Text)>,
    /// Body.
    pub body: Option<Json>,
    /// How long it may take in all.
    pub timeout: Duration,
    /// Whether there is no answer without it.
    pub required: bool,
    /// How many times it is tried again at most, where that is not up to the service.
    pub retries: Option<u8>,
    /// Where it stands in the answer; `None` where it does not.
    pub mount: Option<Vec<String>>,
    /// Whether its answer has to be an object: it shares its place with others.
    pub must_be_object: bool,
    /// What of its answer is kept, and under which names.
    pub shape: Shape,
    /// What stands in its place where it fails.
    pub default: Option<Value>,
    /// Most bytes of one of its answers.
    pub max_bytes: u64,
    /// The list for each entry of which it is asked.
    pub for_each: Option<ForEach>,
    /// The parts that it needs, in rising order.
    pub needs: Vec<usize>,
    /// Whether another part needs its answer.
    pub is_needed: bool,
}

impl Plan {
    /// The parts in the order in which they are asked, with their services, in words.
    pub fn told(&self) -> Vec<String> {
        let parts = self.order.iter().map(|index| &self.parts[*index]);
        parts
            .map(|part| format!("`{}` of service `{}`", part.name, part.service.name))
            .collect()
    }
}

impl Part {
    /// What stands for the whole of it where it fails. Of a list, entries have that each.
    pub fn stand_in(&self) -> Option<&Value> {
        self.default.as_ref().filter(|_| self.for_each.is_none())
    }

    /// Whether its answer is kept as it came, beside what becomes of it: others may need what does not
    /// stand in the answer.
    pub fn keeps_whole(&self) -> bool {
        self.is_needed && self.shape != Shape::default()
    }
}

/// A request for each entry of a list.
#[derive(Clone)]
pub struct ForEach {
    /// The list.
    pub list: Reference,
    /// How many are asked at the same time.
    pub concurrency: usize,
    /// Most entries.
    pub max_items: usize,
}
