//! One answer of what came of the parts, and the rules for its status (AG-2).
//!
//! Parts are put together in the order of the config, and each has a place that no other may have, which
//! is checked when the config is saved. So neither the answer nor its status depends on which part came
//! first.

use bytes::Bytes;
use http::StatusCode;
use serde_json::{Map, Value, json};

use super::ask::TooLong;
use super::plan::Plan;
use super::reference::{Fault, Missing};
use super::reply::{NoReply, Reply};
use crate::proxy::error::ErrorCode;

/// Where an answer says itself what is missing.
pub const META: &str = "_meta";

/// What came of a part.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// An answer.
    There {
        /// As it stands in the whole.
        value: Value,
        /// As other parts need it, where that is something else.
        needed: Option<Value>,
    },
    /// A list of which some entries are missing.
    Partly {
        /// As it stands in the whole.
        value: Value,
        /// As other parts need it, where that is something else.
        needed: Option<Value>,
        /// Why, in one sentence without a full stop.
        reason: String,
    },
    /// None: it was asked and failed.
    Failed(Failed),
    /// None: it could not be asked.
    Skipped(Missing),
    /// None: the answer was decided without it.
    LetGo,
}

/// A part that failed.
#[derive(Clone, Debug)]
pub struct Failed {
    /// How.
    pub why: Why,
    /// Why, in one sentence without a full stop.
    pub reason: String,
    /// Its answer, for a status of 4xx.
    pub reply: Option<Box<Reply>>,
}

/// How a part failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// By the status of its answer.
    Status(StatusCode),
    /// It took too long.
    Late,
    /// Its answer is longer than the part's may be.
    PartTooLong,
    /// All answers together are longer than they may be.
    WholeTooLong,
    /// Its service gave no answer.
    NoAnswer(ErrorCode),
    /// Its answer cannot be used.
    Unusable,
}

/// What a caller is answered with.
#[derive(Clone, Debug)]
pub enum Merged {
    /// The parts in one object.
    Object {
        /// The object, as JSON.
        body: Bytes,
        /// Names of the parts that are missing, wholly or partly, in the order of the config.
        incomplete: Vec<String>,
    },
    /// The answer of a required part, as it is.
    Passed {
        /// The part.
        part: String,
        /// Its answer.
        reply: Box<Reply>,
    },
    /// None.
    Refused(Refused),
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// As a stable code.
    pub code: ErrorCode,
    /// The part that is to blame.
    pub part: String,
    /// What the caller is told, in one sentence.
    pub detail: String,
    /// What the log is told, in one sentence without a full stop.
    pub reason: String,
}

impl Failed {
    pub(super) fn of(why: NoReply, most: u64, most_of_all: u64) -> Self {
        let (why, reason) = match why {
            NoReply::Failed(
                code @ (ErrorCode::UpstreamTimeout | ErrorCode::UpstreamConnectTimeout),
                reason,
            ) => (Why::Late, format!("{}: {reason}", code.as_str())),
            NoReply::Failed(code, reason) => {
                (Why::NoAnswer(code), format!("{}: {reason}", code.as_str()))
            }
            NoReply::TooLong(TooLong::Part) => (
                Why::PartTooLong,
                format!("its answer is longer than {most} bytes (`max_bytes` of the part)"),
            ),
            NoReply::TooLong(TooLong::Whole) => (
                Why::WholeTooLong,
                format!("all answers together are longer than {most_of_all} bytes (`max_bytes`)"),
            ),
        };
        Self {
            why,
            reason,
            reply: None,
        }
    }
}

impl Outcome {
    /// Whether nothing of it is there.
    pub fn is_missing(&self) -> bool {
        match self {
            Self::There { .. } | Self::Partly { .. } => false,
            Self::Failed(_) | Self::Skipped(_) | Self::LetGo => true,
        }
    }

    /// Why it is not there, or not all of it.
    pub fn reason(&self) -> Option<String> {
        match self {
            Self::There { .. } => None,
            Self::Partly { reason, .. } => Some(reason.clone()),
            Self::Failed(failed) => Some(failed.reason.clone()),
            Self::Skipped(missing) => Some(missing.reason.clone()),
            Self::LetGo => Some("the answer was decided without it".to_owned()),
        }
    }
}

/// The answer, by what came of each part. A required part decides over those that come after it.
pub fn merge(plan: &Plan, outcomes: Vec<Outcome>) -> Merged {
    let too_long = outcomes.iter().position(
        |outcome| matches!(outcome, Outcome::Failed(failed) if failed.why == Why::WholeTooLong),
    );
    let required = |index: &&usize| {
        let part = &plan.parts[**index];
        part.required && outcomes[**index].is_missing()
    };
    let deciding = too_long.or_else(|| plan.order.iter().find(required).copied());
    match deciding {
        Some(index) => decided(plan, index, outcomes),
        None => whole(plan, outcomes),
    }
}

/// What a caller is told of a required part that is missing.
fn decided(plan: &Plan, index: usize, mut outcomes: Vec<Outcome>) -> Merged {
    let part = &plan.parts[index];
    let name = part.name.clone();
    let outcome = outcomes.swap_remove(index);
    let reason = outcome.reason().unwrap_or_default();
    let failed = match outcome {
        Outcome::Failed(Failed {
            reply: Some(reply), ..
        }) => return Merged::Passed { part: name, reply },
        Outcome::Failed(failed) => Ok(failed.why),
        Outcome::Skipped(missing) => Err(missing.fault),
        Outcome::There { .. } | Outcome::Partly { .. } | Outcome::LetGo => Err(Fault::Part),
    };
    let (code, detail) = match failed {
        Ok(Why::Status(status)) => (
            ErrorCode::PartFailed,
            format!("Part `{name}` was answered with {}.", status.as_u16()),
        ),
        Ok(Why::Late) => (
            ErrorCode::PartTimeout,
            format!("Part `{name}` did not come in time."),
        ),
        Ok(Why::PartTooLong) => (
            ErrorCode::AggregateTooLarge,
            format!(
                "Part `{name}` is longer than the {} bytes that it may have.",
                part.max_bytes
            ),
        ),
        Ok(Why::WholeTooLong) => (
            ErrorCode::AggregateTooLarge,
            format!(
                "All parts together are longer than the {} bytes that they may have.",
                plan.max_bytes
            ),
        ),
        Ok(Why::NoAnswer(why)) => (
            ErrorCode::PartFailed,
            format!(
                "Part `{name}` could not be had: {}",
                lower_first(why.title())
            ),
        ),
        Ok(Why::Unusable) => (
            ErrorCode::PartFailed,
            format!("The answer of part `{name}` cannot be used."),
        ),
        Err(Fault::Caller) => (
            ErrorCode::PartNeedsValue,
            format!("Part `{name}` needs more: {reason}."),
        ),
        Err(Fault::Late) => (
            ErrorCode::PartTimeout,
            format!("Part `{name}` needs another that did not come in time."),
        ),
        Err(Fault::Part) => (
            ErrorCode::PartFailed,
            format!("Part `{name}` needs a value that another did not give."),
        ),
    };
    Merged::Refused(Refused {
        code,
        part: name,
        detail,
        reason,
    })
}

fn lower_first(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_lowercase());
    first.into_iter().chain(letters).collect()
}

/// All parts in one object.
fn whole(plan: &Plan, outcomes: Vec<Outcome>) -> Merged {
    let mut object = Map::new();
    let mut incomplete = Vec::new();
    let mut reasons = Vec::new();
    for (part, outcome) in plan.parts.iter().zip(outcomes) {
        if let Some(reason) = outcome.reason() {
            incomplete.push(part.name.clone());
            // What the log says of targets is not for callers.
            let told = match &outcome {
                Outcome::Failed(Failed {
                    why: Why::NoAnswer(code),
                    ..
                }) => lower_first(code.title()).trim_end_matches('.').to_owned(),
                Outcome::Failed(Failed { why: Why::Late, .. }) => {
                    "it did not come in time".to_owned()
                }
                _ => reason,
            };
            reasons.push(json!({ "part": part.name, "reason": told }));
        }
        let value = match outcome {
            Outcome::There { value, .. } | Outcome::Partly { value, .. } => Some(value),
            Outcome::Failed(_) | Outcome::Skipped(_) | Outcome::LetGo => part.stand_in().cloned(),
        };
        if let (Some(mount), Some(value)) = (&part.mount, value) {
            put(&mut object, mount, value);
        }
    }
    if plan.meta {
        let meta = json!({ "completed": incomplete.is_empty(), "incomplete": reasons });
        object.insert(META.to_owned(), meta);
    }
    Merged::Object {
        body: Value::Object(object).to_string().into(),
        incomplete,
    }
}

/// Puts a value where it stands. What is there already is no other part's, as was checked beforehand,
/// but it may be an object that others have a place in.
fn put(object: &mut Map<String, Value>, mount: &[String], value: Value) {
    let Some((first, rest)) = mount.split_first() else {
        if let Value::Object(members) = value {
            for (name, member) in members {
                join(object, name, member);
            }
        }
        return;
    };
    if rest.is_empty() {
        return join(object, first.clone(), value);
    }
    let below = object.entry(first.clone()).or_insert_with(|| json!({}));
    if let Value::Object(below) = below {
        put(below, rest, value);
    }
}

fn join(object: &mut Map<String, Value>, name: String, value: Value) {
    match (object.get_mut(&name), value) {
        (Some(Value::Object(there)), Value::Object(members)) => {
            for (name, member) in members {
                join(there, name, member);
            }
        }
        (_, value) => drop(object.insert(name, value)),
    }
}
