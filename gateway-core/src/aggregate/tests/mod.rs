//! The rules of an answer made of several, with services that are played: no sockets, no time but one
//! that is moved by hand.

mod lists;
mod merging;
mod refused;
mod statuses;
mod timing;
mod values;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http::header::{CONTENT_TYPE, HeaderMap};
use parking_lot::Mutex;
use serde_json::{Value, json};
use tokio::sync::Notify;

use super::ask::{Ask, Room};
use super::call::Call;
use super::lanes::Lanes;
use super::merge::{Merged, merge};
use super::plan::Plan;
use super::reference::Input;
use super::reply::{NoReply, Reply};
use super::run::run;
use crate::clock::{Clock, ManualClock};
use crate::config::{Config, file};
use crate::proxy::error::ErrorCode;
use crate::record::decision::Try;
use crate::record::parts::{PartEnd, PartFact};
use crate::snapshot::compile::compile;
use crate::snapshot::{Backend, Snapshot};

/// The config of a route at `/x/{id}` with this answer, of two services.
fn config(aggregate: &Value) -> Config {
    let document = json!({
        "version": 1,
        "services": [
            {"name": "one", "targets": [{"url": "http://127.0.0.1:1"}]},
            {"name": "two", "targets": [{"url": "http://127.0.0.1:2"}]},
        ],
        "routes": [{
            "name": "r", "aggregate": aggregate,
            "match": {"path": "/x/{id}", "path_kind": "template"},
        }],
    });
    file::parse(&document.to_string()).unwrap_or_else(|issues| panic!("{issues:#?}"))
}

fn compiled(aggregate: &Value) -> Result<Arc<Plan>, Vec<String>> {
    match compile(&config(aggregate), 1, &Snapshot::default()) {
        Ok(compiled) => match &compiled.snapshot.routes[0].backend {
            Backend::Aggregate(plan) => Ok(plan.clone()),
            _ => panic!("the route's answer is made of several"),
        },
        Err(issues) => Err(issues
            .iter()
            .map(|issue| format!("{}: {}", issue.path, issue.message))
            .collect()),
    }
}

fn plan(aggregate: &Value) -> Arc<Plan> {
    compiled(aggregate).unwrap_or_else(|issues| panic!("{issues:#?}"))
}

/// A part of service `one`, whose other settings are these.
fn part(name: &str, more: Value) -> Value {
    let mut part = json!({"name": name, "service": "one", "path": format!("/{name}")});
    let (Value::Object(part_of), Value::Object(more)) = (&mut part, more) else {
        unreachable!("both are objects");
    };
    part_of.extend(more);
    part
}

/// Answers by the path that is asked for.
struct Played<F> {
    answer: F,
    asked: Mutex<Vec<String>>,
    /// How many are under way, and the most there ever were.
    running: AtomicUsize,
    most: AtomicUsize,
}

/// Counts a request as under way.
struct Under<'p>(&'p AtomicUsize);

impl Drop for Under<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

impl<F, G> Played<F>
where
    F: Fn(&Call) -> G + Sync,
    G: Future<Output = Result<Reply, NoReply>> + Send,
{
    fn new(answer: F) -> Self {
        Self {
            answer,
            asked: Mutex::default(),
            running: AtomicUsize::new(0),
            most: AtomicUsize::new(0),
        }
    }
}

impl<F, G> Ask for Played<F>
where
    F: Fn(&Call) -> G + Sync,
    G: Future<Output = Result<Reply, NoReply>> + Send,
{
    async fn ask(&self, call: Call, room: &Room<'_>, _: &mut Vec<Try>) -> Result<Reply, NoReply> {
        let running = self.running.fetch_add(1, Ordering::SeqCst) + 1;
        let _under = Under(&self.running);
        self.most.fetch_max(running, Ordering::SeqCst);
        self.asked.lock().push(call.target());
        let reply = (self.answer)(&call).await?;
        room.take(reply.body.len()).map_err(NoReply::TooLong)?;
        Ok(reply)
    }
}

fn reply(status: u16, value: &Value) -> Result<Reply, NoReply> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, "application/json".parse().unwrap());
    Ok(Reply {
        status: StatusCode::from_u16(status).unwrap(),
        headers,
        body: Bytes::from(value.to_string()),
    })
}

struct Made {
    merged: Merged,
    parts: Vec<PartFact>,
}

async fn made<A: Ask>(plan: &Plan, ask: &A, input: &Input) -> Made {
    let (clock, _) = Clock::manual(0);
    made_by(plan, ask, input, &clock).await
}

async fn made_by<A: Ask>(plan: &Plan, ask: &A, input: &Input, clock: &Clock) -> Made {
    let lanes = Lanes::new(plan, clock, 0);
    let outcomes = run(plan, input, ask, clock, &lanes, 0).await;
    Made {
        merged: merge(plan, outcomes),
        parts: lanes.facts(),
    }
}

impl Made {
    /// Status, completeness and what the answer is about, as a table has it.
    fn told(&self) -> (u16, String) {
        match &self.merged {
            Merged::Object { body, incomplete } => {
                let body: Value = serde_json::from_slice(body).unwrap();
                (
                    200,
                    format!("{body} {}", incomplete.join("+")).trim().to_owned(),
                )
            }
            Merged::Passed { part, reply } => (reply.status.as_u16(), format!("{part} passed on")),
            Merged::Refused(refused) => (
                refused.code.status().as_u16(),
                format!("{} {}", refused.part, refused.code.as_str()),
            ),
        }
    }

    fn ends(&self) -> Vec<PartEnd> {
        self.parts.iter().map(|part| part.end).collect()
    }
}
