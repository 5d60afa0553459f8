//! What a person is told of saved tests that do not pass: one warning a route.

use super::run::{Outcome, SavedTestResult, SavedTestRun};
use crate::config::Issue;

/// How many tests a warning names.
const NAMED: usize = 3;

/// A warning for each route whose saved tests do not all pass, at `routes[2].tests`, and one for those
/// of no route.
pub fn warnings(run: &SavedTestRun) -> Vec<Issue> {
    let mut warnings = Vec::new();
    for results in run
        .results
        .chunk_by(|one, next| list_of(one) == list_of(next))
    {
        let failing: Vec<_> = results
            .iter()
            .filter(|result| result.outcome != Outcome::Passes)
            .collect();
        if let Some(first) = failing.first() {
            let message = told(&failing, results.len());
            warnings.push(Issue::warning(list_of(first), message));
        }
    }
    warnings
}

/// `routes[2].tests` of `routes[2].tests[0]`.
fn list_of(result: &SavedTestResult) -> &str {
    let path = result.path.as_str();
    path.rsplit_once('[').map_or(path, |(list, _)| list)
}

/// ``2 of 14 saved tests now match another route: `GET /v1/orders/8123` matches `catch-all`, …``
fn told(failing: &[&SavedTestResult], all: usize) -> String {
    let outcome = failing[0].outcome;
    let alike = failing.iter().all(|result| result.outcome == outcome);
    let one = failing.len() == 1;
    let what = match (outcome, failing[0].route.is_none()) {
        _ if !alike => "no longer pass",
        (Outcome::OtherRoute, true) if one => "now matches a route",
        (Outcome::OtherRoute, true) => "now match a route",
        (Outcome::OtherRoute, false) if one => "now matches another route",
        (Outcome::OtherRoute, false) => "now match another route",
        (Outcome::NoRoute, _) if one => "now matches no route",
        (Outcome::NoRoute, _) => "now match no route",
        (Outcome::OtherVersion, _) if one => "now comes to another version",
        (Outcome::OtherVersion, _) => "now come to another version",
        (Outcome::Refused | Outcome::Passes, _) if one => "is now refused",
        (Outcome::Refused | Outcome::Passes, _) => "are now refused",
    };
    let count = match (failing.len(), all) {
        (1, 1) => "the saved test".to_owned(),
        (some, all) => format!("{some} of {all} saved tests"),
    };
    let named = failing.iter().take(NAMED);
    let named: Vec<_> = named
        .map(|result| format!("{} {}", result.test, result.sentence))
        .collect();
    let more = match failing.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    format!("{count} {what}: {}{more}", named.join("; "))
}
