//! What a caller would see of an answer made of several, for every combination of parts that fail.

use std::collections::BTreeMap;

use http::{HeaderMap, Response};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{aggregate_of, answered};
use crate::aggregate::lanes::Lanes;
use crate::aggregate::plan::Plan;
use crate::aggregate::simulate::{self, FailureKind, Simulated};
use crate::config::Config;
use crate::gateway::{Gateway, WontDo};
use crate::ids::{ExchangeId, RouteName};
use crate::proxy::aggregate::aggregate;
use crate::proxy::body::AnswerBody;
use crate::proxy::decided::Decided;
use crate::proxy::error::ErrorCode;
use crate::proxy::problem::Asked;

/// Most parts for which every combination of failures is told.
const MOST_COMBINED: usize = 8;
/// Most bytes that are told of a body in the table of failures.
const MOST_TOLD: usize = 2 * 1024;

/// What a caller would see, for every combination of parts that fail.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct FailureTable {
    /// The parts, in the order of the configuration.
    pub parts: Vec<String>,
    /// One row for each combination: first none of them, then one, then more.
    pub rows: Vec<FailureRow>,
    /// Whether all combinations are there. Of more than eight parts, at most two fail at the same time.
    pub all: bool,
}

/// What a caller would see where these parts fail.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct FailureRow {
    /// The parts that fail.
    pub failed: Vec<String>,
    /// Those that are not asked because of that.
    pub not_asked: Vec<String>,
    /// Status of the answer.
    pub status: u16,
    /// Why the gateway refuses it, where it does.
    pub code: Option<ErrorCode>,
    /// The part that decides, where one does.
    pub decided: Option<String>,
    /// What `X-Gateway-Completed` says; absent where the answer has none.
    pub completed: Option<bool>,
    /// The parts that `X-Gateway-Incomplete` names.
    pub incomplete: Vec<String>,
    /// The beginning of its body, at most 2 KiB.
    pub body: String,
}

impl Gateway {
    /// Says what a caller would see of a route's answer, for every combination of parts that fail as
    /// `how` says. No service is asked. A part that does not fail answers with its sample, or else with
    /// one that has what the others need of it.
    ///
    /// # Errors
    /// The configuration is wrong.
    pub async fn aggregate_failures(
        &self,
        config: &Config,
        route: &RouteName,
        how: FailureKind,
        given: &BTreeMap<String, Value>,
    ) -> Result<FailureTable, WontDo> {
        let snapshot = self.compiled(config, route)?;
        let (_, plan) = aggregate_of(&snapshot, route)?;
        let mut samples = simulate::samples(&plan);
        for (part, sample) in plan.parts.iter().zip(&mut samples) {
            if let Some(given) = given.get(&part.name) {
                *sample = given.clone();
            }
        }
        let input = simulate::input(&plan);
        let all = plan.parts.len() <= MOST_COMBINED;
        let mut rows = Vec::new();
        for failing in combinations(plan.parts.len(), all) {
            let simulated = Simulated {
                samples: &samples,
                failing: &failing,
                how,
            };
            let clock = &self.0.clock;
            let started_ns = clock.monotonic_ns();
            let lanes = Lanes::new(&plan, clock, started_ns);
            let aggregating = aggregate(&plan, &input, &simulated, clock, &lanes, started_ns);
            let aggregated = Box::pin(aggregating).await;
            rows.push(row(&plan, &failing, aggregated).await);
        }
        Ok(FailureTable {
            parts: plan.parts.iter().map(|part| part.name.clone()).collect(),
            rows,
            all,
        })
    }
}

async fn row(
    plan: &Plan,
    failing: &[bool],
    aggregated: Decided<Response<AnswerBody>>,
) -> FailureRow {
    let headers = HeaderMap::new();
    let asked = Asked {
        headers: &headers,
        exchange: ExchangeId(Uuid::nil()),
        request_id: "example",
    };
    let answered = answered(aggregated, &asked).await;
    let text = |name: &str| answered.headers.get(name)?.to_str().ok().map(str::to_owned);
    let incomplete = text("x-gateway-incomplete").unwrap_or_default();
    let names = plan.parts.iter().zip(failing);
    let body = String::from_utf8_lossy(&answered.body);
    FailureRow {
        failed: names
            .filter(|(_, fails)| **fails)
            .map(|(part, _)| part.name.clone())
            .collect(),
        not_asked: answered
            .parts
            .iter()
            .filter(|part| part.asked == 0)
            .map(|part| part.name.clone())
            .collect(),
        status: answered.status,
        code: answered.error,
        decided: answered.decided,
        completed: text("x-gateway-completed").map(|text| text == "true"),
        incomplete: match incomplete.as_str() {
            "" => Vec::new(),
            names => names.split(", ").map(str::to_owned).collect(),
        },
        body: body.chars().take(MOST_TOLD).collect(),
    }
}

/// Which parts fail: none, each one, then more at a time.
fn combinations(parts: usize, all: bool) -> Vec<Vec<bool>> {
    let mut combinations: Vec<Vec<bool>> = match all {
        true => (0..1_usize << parts)
            .map(|set| (0..parts).map(|n| set >> n & 1 == 1).collect())
            .collect(),
        false => {
            let pairs = (0..parts).flat_map(|one| (one..parts).map(move |other| [one, other]));
            let some = pairs.map(|pair| (0..parts).map(|n| pair.contains(&n)).collect());
            std::iter::once(vec![false; parts]).chain(some).collect()
        }
    };
    let failing = |set: &Vec<bool>| set.iter().filter(|fails| **fails).count();
    combinations.sort_by_key(|set| (failing(set), std::cmp::Reverse(set.clone())));
    combinations
}

#[cfg(test)]
mod tests {
    use super::combinations;

    #[test]
    fn every_combination_of_few_parts_comes_once_and_of_many_no_more_than_two_fail() {
        let of_three = combinations(3, true);
        assert_eq!(of_three.len(), 8);
        assert_eq!(of_three[0], [false; 3]);
        assert_eq!(of_three[1], [true, false, false]);
        assert_eq!(of_three[4], [true, true, false]);
        assert_eq!(of_three[7], [true; 3]);
        let of_many = combinations(10, false);
        assert_eq!(of_many.len(), 1 + 10 + 45);
        assert!(
            of_many
                .iter()
                .all(|set| set.iter().filter(|one| **one).count() <= 2)
        );
    }
}
