//! Asks for the parts: at the same time, but for those that need another's answer, and no longer than
//! they and the whole may take.
//!
//! All of it is one future. Whoever lets go of it, as when the caller leaves, lets go of every request
//! that is under way.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream;
use http::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use http::{Method, StatusCode};
use serde_json::Value;

use super::lanes::Lanes;
use super::merge::{Failed, Outcome, Why};
use super::plan::{ForEach, Part, Plan};
use super::read::{self, Unreadable};
use super::reference::{Fault, Input, Missing, Values};
use super::template::encoded;
use crate::clock::Clock;
use crate::proxy::error::ErrorCode;
use crate::record::decision::Try;
use crate::record::parts::PartEnd;
use crate::snapshot::path;

/// A request for a part.
#[derive(Clone, Debug)]
pub struct Call {
    /// Index of the part.
    pub part: usize,
    /// The entry of its list, if it has one.
    pub entry: Option<usize>,
    /// Method.
    pub method: Method,
    /// Path, percent-encoded.
    pub path: String,
    /// Query, without `?`.
    pub query: Option<String>,
    /// Headers that the part sets.
    pub headers: HeaderMap,
    /// Body.
    pub body: Option<Bytes>,
}

impl Call {
    /// Path and query.
    pub fn target(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.clone(),
        }
    }
}

/// A service's answer, read whole.
#[derive(Clone, Debug)]
pub struct Reply {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body, as it came.
    pub body: Bytes,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoReply {
    /// There was none, for this reason.
    Failed(ErrorCode, String),
    /// It is longer than it may be.
    TooLong(TooLong),
}

/// Which bound was passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TooLong {
    /// That of the part.
    Part,
    /// That of all parts together.
    Whole,
}

/// Who is asked.
pub trait Ask: Sync {
    /// Asks, and reads the answer whole, `room` allowing. Each try is written to `tries`.
    fn ask(
        &self,
        call: Call,
        room: &Room<'_>,
        tries: &mut Vec<Try>,
    ) -> impl Future<Output = Result<Reply, NoReply>> + Send;
}

/// How long an answer may be.
pub struct Room<'t> {
    most: u64,
    read: AtomicU64,
    all: &'t AtomicU64,
    most_of_all: u64,
}

impl Room<'_> {
    /// Makes room for so many bytes more.
    ///
    /// # Errors
    /// There is none.
    pub fn take(&self, bytes: usize) -> Result<(), TooLong> {
        let bytes = bytes as u64;
        if self.read.fetch_add(bytes, Ordering::Relaxed) + bytes > self.most {
            return Err(TooLong::Part);
        }
        match self.all.fetch_add(bytes, Ordering::Relaxed) + bytes > self.most_of_all {
            true => Err(TooLong::Whole),
            false => Ok(()),
        }
    }
}

/// Asks for all parts. `started_ns` is when the request arrived. What comes of each is told in the order
/// of the plan; once the answer is decided, what could not change it is let go of.
pub async fn run<A: Ask>(
    plan: &Plan,
    input: &Input,
    ask: &A,
    clock: &Clock,
    lanes: &Lanes,
    started_ns: u64,
) -> Vec<Outcome> {
    let running = Running {
        plan,
        input,
        ask,
        clock,
        lanes,
        deadline_ns: started_ns.saturating_add(nanos(plan.deadline)),
        bytes: AtomicU64::new(0),
        outcomes: plan.parts.iter().map(|_| OnceLock::new()).collect(),
    };
    running.all().await;
    let outcomes = running.outcomes.into_iter();
    outcomes
        .map(|outcome| outcome.into_inner().unwrap_or(Outcome::LetGo))
        .collect()
}

struct Running<'r, A> {
    plan: &'r Plan,
    input: &'r Input,
    ask: &'r A,
    clock: &'r Clock,
    lanes: &'r Lanes,
    /// When all of it has to be there, on the clock's monotonic scale.
    deadline_ns: u64,
    /// Read so far of all parts.
    bytes: AtomicU64,
    /// What came of each part, once something did.
    outcomes: Vec<OnceLock<Outcome>>,
}

/// What a request for a part may refer to.
struct Known<'r> {
    plan: &'r Plan,
    outcomes: &'r [OnceLock<Outcome>],
    item: Option<&'r Value>,
    input: &'r Input,
}

impl Values for Known<'_> {
    fn part(&self, index: usize) -> Result<&Value, Missing> {
        let name = &self.plan.parts[index].name;
        let missing = |how: &str, fault| Missing {
            reason: format!("part `{name}` {how}"),
            fault,
        };
        let outcome = self.outcomes[index].get();
        match outcome {
            Some(Outcome::There { value, needed } | Outcome::Partly { value, needed, .. }) => {
                Ok(needed.as_ref().unwrap_or(value))
            }
            Some(Outcome::Failed(failed)) => match self.plan.parts[index].stand_in() {
                Some(default) => Ok(default),
                None if failed.why == Why::Late => Err(missing("took too long", Fault::Late)),
                None => Err(missing("failed", Fault::Part)),
            },
            Some(Outcome::Skipped(skipped)) => match self.plan.parts[index].stand_in() {
                Some(default) => Ok(default),
                None => Err(missing("was not asked", skipped.fault)),
            },
            Some(Outcome::LetGo) | None => Err(missing("was not asked", Fault::Part)),
        }
    }

    fn item(&self) -> Option<&Value> {
        self.item
    }

    fn input(&self) -> &Input {
        self.input
    }
}

/// A part that is being asked.
type Asked<'f> = Option<Pin<Box<dyn Future<Output = Outcome> + Send + 'f>>>;

impl<A: Ask> Running<'_, A> {
    /// Starts each part once what it needs is there.
    async fn all(&self) {
        let mut waiting: Vec<usize> = self.plan.order.clone();
        let mut asked: Vec<Asked<'_>> = self.plan.parts.iter().map(|_| None).collect();
        loop {
            waiting.retain(|index| {
                let needs = &self.plan.parts[*index].needs;
                let ready = needs
                    .iter()
                    .all(|need| self.outcomes[*need].get().is_some());
                if ready {
                    asked[*index] = Some(Box::pin(self.part(*index)));
                }
                !ready
            });
            if asked.iter().all(Option::is_none) {
                return;
            }
            let (index, outcome) = poll_fn(|context| {
                for index in &self.plan.order {
                    if let Some(part) = &mut asked[*index]
                        && let Poll::Ready(outcome) = part.as_mut().poll(context)
                    {
                        return Poll::Ready((*index, outcome));
                    }
                }
                Poll::Pending
            })
            .await;
            asked[index] = None;
            self.lanes.end(index, outcome.end(), outcome.reason());
            let too_long =
                matches!(&outcome, Outcome::Failed(failed) if failed.why == Why::WholeTooLong);
            let fatal = outcome.is_missing() && self.plan.parts[index].required;
            self.outcomes[index].get_or_init(|| outcome);
            if too_long {
                return;
            }
            if fatal {
                // Only a part that comes before this one could still decide otherwise, so that what
                // decides never depends on which answer comes first.
                let place = |wanted: usize| self.plan.order.iter().position(|one| *one == wanted);
                let later = |one: usize| place(one) > place(index);
                waiting.retain(|one| !later(*one));
                for (one, part) in asked.iter_mut().enumerate() {
                    if later(one) {
                        *part = None;
                    }
                }
            }
        }
    }

    async fn part(&self, index: usize) -> Outcome {
        let part = &self.plan.parts[index];
        self.lanes.begin(index);
        let end_ns = self
            .clock
            .monotonic_ns()
            .saturating_add(nanos(part.timeout));
        let end = match end_ns > self.deadline_ns {
            true => End {
                at_ns: self.deadline_ns,
                setting: format!("`deadline_ms` of {} ms", self.plan.deadline.as_millis()),
            },
            false => End {
                at_ns: end_ns,
                setting: format!("`timeout_ms` of {} ms", part.timeout.as_millis()),
            },
        };
        let outcome = match &part.for_each {
            None => self.one(index, None, &end).await,
            Some(list) => self.each(index, list, &end).await,
        };
        match outcome {
            Outcome::There { value, .. } if part.must_be_object && !value.is_object() => {
                Outcome::Failed(Failed {
                    why: Why::Unusable,
                    reason: "its answer is no object, and others stand in the same place"
                        .to_owned(),
                    reply: None,
                })
            }
            other => other,
        }
    }

    /// Asks once.
    async fn one(&self, index: usize, entry: Option<(usize, &Value)>, end: &End) -> Outcome {
        let part = &self.plan.parts[index];
        let known = Known {
            plan: self.plan,
            outcomes: &self.outcomes,
            item: entry.map(|(_, item)| item),
            input: self.input,
        };
        let call = match call(index, part, entry.map(|(n, _)| n), &known) {
            Ok(call) => call,
            Err(missing) => return Outcome::Skipped(missing),
        };
        let lane = self.lanes.call(&call);
        let mut tries = Vec::new();
        let room = Room {
            most: part.max_bytes,
            read: AtomicU64::new(0),
            all: &self.bytes,
            most_of_all: self.plan.max_bytes,
        };
        let reply = {
            let late = self.clock.sleep_until(end.at_ns);
            let asking = self.ask.ask(call, &room, &mut tries);
            tokio::select! {
                biased;
                reply = asking => Some(reply),
                () = late => None,
            }
        };
        let status = match &reply {
            Some(Ok(reply)) => Some(reply.status),
            _ => None,
        };
        let outcome = match reply {
            None => Outcome::Failed(end.late()),
            Some(Ok(reply)) => taken(part, reply),
            Some(Err(why)) => Outcome::Failed(Failed::of(why, part.max_bytes, self.plan.max_bytes)),
        };
        let bytes = room.read.load(Ordering::Relaxed);
        self.lanes
            .answered(lane, status, bytes, outcome.reason(), tries);
        outcome
    }

    /// Asks once for each entry of a list, in its order, so many at a time.
    async fn each(&self, index: usize, list: &ForEach, end: &End) -> Outcome {
        let part = &self.plan.parts[index];
        let known = Known {
            plan: self.plan,
            outcomes: &self.outcomes,
            item: None,
            input: self.input,
        };
        let items = match list.list.find(&known) {
            Ok(Value::Array(items)) => items,
            Ok(_) => {
                return Outcome::Skipped(Missing {
                    reason: format!("`{}` is no list", list.list.written),
                    fault: Fault::Part,
                });
            }
            Err(missing) => return Outcome::Skipped(missing),
        };
        if items.len() > list.max_items {
            return Outcome::Failed(Failed {
                why: Why::Unusable,
                reason: format!(
                    "`{}` has {} entries, and at most {} are asked for (`for_each.max_items`)",
                    list.list.written,
                    items.len(),
                    list.max_items
                ),
                reply: None,
            });
        }
        // In a required part the first entry that fails decides, so none behind it need be asked.
        let first_failed = AtomicUsize::new(usize::MAX);
        let mut outcomes: Vec<_> = stream::iter(0..items.len())
            .map(|n| self.entry(index, (n, &items[n]), end, &first_failed))
            .buffer_unordered(list.concurrency)
            .collect()
            .await;
        outcomes.sort_by_key(|(n, _)| *n);
        gathered(part, outcomes.into_iter().map(|(_, outcome)| outcome))
    }

    /// Asks for one entry of a list, unless one has failed that decides.
    async fn entry(
        &self,
        index: usize,
        (n, item): (usize, &Value),
        end: &End,
        first_failed: &AtomicUsize,
    ) -> (usize, Outcome) {
        if n > first_failed.load(Ordering::Relaxed) {
            return (n, Outcome::LetGo);
        }
        let outcome = self.one(index, Some((n, item)), end).await;
        let too_long =
            matches!(&outcome, Outcome::Failed(failed) if failed.why == Why::WholeTooLong);
        if too_long {
            first_failed.store(0, Ordering::Relaxed);
        } else if self.plan.parts[index].required && outcome.is_missing() {
            first_failed.fetch_min(n, Ordering::Relaxed);
        }
        (n, outcome)
    }
}

/// The list of what came of each entry.
fn gathered(part: &Part, outcomes: impl ExactSizeIterator<Item = Outcome>) -> Outcome {
    let all = outcomes.len();
    let mut values = Vec::with_capacity(all);
    let mut needed = Vec::with_capacity(all);
    let mut first: Option<(usize, Outcome)> = None;
    let mut missing = 0;
    for (n, outcome) in outcomes.enumerate() {
        match outcome {
            Outcome::There {
                value,
                needed: whole,
            } => {
                needed.extend(whole);
                values.push(value);
            }
            outcome => {
                let default = part.default.clone().unwrap_or(Value::Null);
                if part.keeps_whole() {
                    needed.push(default.clone());
                }
                values.push(default);
                missing += 1;
                let whole = |outcome: &Outcome| matches!(outcome, Outcome::Failed(failed) if failed.why == Why::WholeTooLong);
                if first.is_none() || whole(&outcome) {
                    first = Some((n, outcome));
                }
            }
        }
    }
    let value = Value::Array(values);
    let needed = part.keeps_whole().then_some(Value::Array(needed));
    let Some((n, outcome)) = first else {
        return Outcome::There { value, needed };
    };
    let reason = outcome.reason().unwrap_or_default();
    let reason = match all {
        1 => reason,
        _ => {
            let are = if missing == 1 { "is" } else { "are" };
            let number = n + 1;
            format!("{missing} of {all} entries {are} missing; entry {number}: {reason}")
        }
    };
    match outcome {
        Outcome::Failed(failed) if part.required || failed.why == Why::WholeTooLong => {
            Outcome::Failed(Failed { reason, ..failed })
        }
        Outcome::Skipped(skipped) if part.required => {
            Outcome::Skipped(Missing { reason, ..skipped })
        }
        _ => Outcome::Partly {
            value,
            needed,
            reason,
        },
    }
}

/// When a part has to be there, and what says so.
struct End {
    at_ns: u64,
    setting: String,
}

impl End {
    fn late(&self) -> Failed {
        Failed {
            why: Why::Late,
            reason: format!("no answer within its {}", self.setting),
            reply: None,
        }
    }
}

/// The request for a part.
fn call(
    index: usize,
    part: &Part,
    entry: Option<usize>,
    known: &Known<'_>,
) -> Result<Call, Missing> {
    let target = part.path.encoded(known)?;
    path::normalise(&target).map_err(|reason| Missing {
        reason: format!("the path `{target}` cannot be asked for: {reason}"),
        fault: Fault::Part,
    })?;
    let mut query = Vec::new();
    for (name, value) in &part.query {
        query.push(format!("{}={}", encoded(name), value.encoded(known)?));
    }
    let mut headers = HeaderMap::new();
    for (name, value) in &part.headers {
        headers.insert(name, value.header(known)?);
    }
    let body = match &part.body {
        None => None,
        Some(body) => {
            headers
                .entry(CONTENT_TYPE)
                .or_insert(HeaderValue::from_static("application/json"));
            Some(Bytes::from(body.fill(known)?.to_string()))
        }
    };
    Ok(Call {
        part: index,
        entry,
        method: part.method.clone(),
        path: target,
        query: (!query.is_empty()).then(|| query.join("&")),
        headers,
        body,
    })
}

/// What an answer is to its part.
fn taken(part: &Part, reply: Reply) -> Outcome {
    let failed = |why, reason: String| {
        Outcome::Failed(Failed {
            why,
            reason,
            reply: None,
        })
    };
    let status = reply.status;
    if !status.is_success() {
        let reason = match status.is_redirection() {
            true => format!(
                "it answered {}, and is not followed elsewhere",
                status.as_u16()
            ),
            false => format!("it answered {}", status.as_u16()),
        };
        return Outcome::Failed(Failed {
            why: Why::Status(status),
            reason,
            reply: status.is_client_error().then(|| Box::new(reply)),
        });
    }
    let most = usize::try_from(part.max_bytes).unwrap_or(usize::MAX);
    match read::value(&reply.headers, &reply.body, most) {
        Ok(whole) => {
            let needed = part.keeps_whole().then(|| whole.clone());
            Outcome::There {
                value: part.shape.apply(whole),
                needed,
            }
        }
        Err(why @ Unreadable::TooLong) => failed(Why::PartTooLong, why.to_string()),
        Err(why) => failed(Why::Unusable, why.to_string()),
    }
}

impl Outcome {
    /// How its lane ends.
    pub(super) fn end(&self) -> PartEnd {
        match self {
            Self::There { .. } => PartEnd::Ok,
            Self::Failed(failed) if failed.why == Why::Late => PartEnd::TimedOut,
            Self::Failed(_) => PartEnd::Failed,
            Self::Partly { .. } => PartEnd::Partly,
            Self::Skipped(_) => PartEnd::Skipped,
            Self::LetGo => PartEnd::Cancelled,
        }
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}
