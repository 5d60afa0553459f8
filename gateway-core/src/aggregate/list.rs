//! A part that is asked for once for each entry of a list.

use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::{StreamExt as _, stream};
use serde_json::Value;

use super::ask::Ask;
use super::call::Known;
use super::merge::{Failed, Outcome, Why};
use super::plan::{ForEach, Part};
use super::reference::{Fault, Missing};
use super::run::{End, Running};

impl<A: Ask> Running<'_, A> {
    /// Asks once for each entry of a list, in its order, so many at a time.
    pub(super) async fn each(&self, index: usize, list: &ForEach, end: &End) -> Outcome {
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
