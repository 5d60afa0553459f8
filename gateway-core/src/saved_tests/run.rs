//! Where saved tests come to.

use std::net::Ipv4Addr;

use http::request::Parts;
use serde::Serialize;
use utoipa::ToSchema;

use super::request::{Wrong, clause, head};
use crate::config::{Config, SavedTest};
use crate::ids::{RouteName, VersionName};
use crate::proxy::accept::{Accepted, accept};
use crate::proxy::caller::Caller;
use crate::proxy::error::ProxyError;
use crate::proxy::match_route::match_route;
use crate::proxy::permit;
use crate::proxy::resolve_version::{Asking, Turn, resolve_version, why};
use crate::record::decision::{Facts, NamedBy};
use crate::snapshot::Snapshot;
use crate::snapshot::matcher::Found;
use crate::snapshot::versions::{Unnamed, Versions};

/// All saved tests of a configuration, tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SavedTestRun {
    /// How many pass.
    pub passed: usize,
    /// How many do not.
    pub failed: usize,
    /// Each of them: those of the routes in the order of the document, then those of no route.
    pub results: Vec<SavedTestResult>,
}

/// A saved test, tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SavedTestResult {
    /// Its place in the document, such as `routes[2].tests[0]`.
    pub path: String,
    /// The route that it belongs to; absent where no route is to take it.
    pub route: Option<RouteName>,
    /// The test.
    pub test: SavedTest,
    /// Whether it passes, and if not, in what way.
    pub outcome: Outcome,
    /// The route that it comes to now, if any.
    pub now: Option<RouteName>,
    /// The version it comes to now; absent on a route without versions, and where callers who name
    /// none are spread over several.
    pub now_version: Option<VersionName>,
    /// What becomes of it now, after the request: ``matches `catch-all` ``.
    pub sentence: String,
}

/// How a saved test turned out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SavedTestOutcome)]
pub enum Outcome {
    /// It comes to where it belongs.
    Passes,
    /// It comes to another route, or to one at all.
    OtherRoute,
    /// No route takes it.
    NoRoute,
    /// It comes to its route, but not for sure to the version that is asked for.
    OtherVersion,
    /// It is refused before a route is looked for.
    Refused,
}

/// Tries all saved tests of `config` on the snapshot that was compiled of it. `now_s`: seconds since
/// 1970-01-01 UTC, for versions that stop.
pub fn run(snapshot: &Snapshot, config: &Config, now_s: i64) -> SavedTestRun {
    let mut results = Vec::new();
    for (n, route) in config.routes.iter().enumerate() {
        for (m, test) in route.tests.iter().enumerate() {
            let path = format!("routes[{n}].tests[{m}]");
            let trial = Trial {
                snapshot,
                route: Some(&route.name),
                off: !route.enabled,
                test,
                now_s,
            };
            results.push(trial.result(path));
        }
    }
    for (m, test) in config.no_route_tests.iter().enumerate() {
        let trial = Trial {
            snapshot,
            route: None,
            off: false,
            test,
            now_s,
        };
        results.push(trial.result(format!("no_route_tests[{m}]")));
    }
    let passes = |result: &&SavedTestResult| result.outcome == Outcome::Passes;
    let passed = results.iter().filter(passes).count();
    SavedTestRun {
        passed,
        failed: results.len() - passed,
        results,
    }
}

/// One test that is tried.
struct Trial<'a> {
    snapshot: &'a Snapshot,
    /// Where it belongs.
    route: Option<&'a RouteName>,
    /// Whether that is switched off.
    off: bool,
    test: &'a SavedTest,
    now_s: i64,
}

/// Where it came to.
struct Arrival {
    outcome: Outcome,
    now: Option<RouteName>,
    now_version: Option<VersionName>,
    sentence: String,
}

impl Trial<'_> {
    fn result(&self, path: String) -> SavedTestResult {
        let Arrival {
            outcome,
            now,
            now_version,
            sentence,
        } = self.arrival();
        SavedTestResult {
            path,
            route: self.route.cloned(),
            test: self.test.clone(),
            outcome,
            now,
            now_version,
            sentence,
        }
    }

    fn arrival(&self) -> Arrival {
        let head = match head(self.test) {
            Ok(head) => head,
            Err(Wrong { message, .. }) => return refused(&message),
        };
        let accepted = match accept(&head, &self.snapshot.limits) {
            Ok(accepted) => accepted,
            Err(error) => return refused(&clause(&error.detail())),
        };
        let matched = match_route(self.snapshot, &accepted, &head);
        match matched.result {
            Ok(found) => self.at_route(&head, &accepted, &found),
            Err(error) => self.at_none(&error, &matched.facts),
        }
    }

    fn at_none(&self, error: &ProxyError, facts: &Facts) -> Arrival {
        let why = match (error, facts) {
            _ if self.off => format!(
                ": `{}` is switched off",
                self.route.map_or("", |r| r.as_str())
            ),
            (ProxyError::MethodNotAllowed(methods), _) => {
                format!(": only {} is taken there", methods.join(", "))
            }
            (_, Facts::NoRoute { near_misses, .. }) => {
                let own = |route: &RouteName| Some(route) == self.route;
                let misses = near_misses.iter();
                let nearest = misses.clone().find(|miss| own(&miss.route));
                let nearest = nearest.or_else(|| misses.clone().next());
                nearest.map_or(String::new(), |miss| format!(": {}", miss.reason))
            }
            _ => String::new(),
        };
        Arrival {
            outcome: match self.route {
                None => Outcome::Passes,
                Some(_) => Outcome::NoRoute,
            },
            now: None,
            now_version: None,
            sentence: format!("matches no route{why}"),
        }
    }

    fn at_route(&self, head: &Parts, accepted: &Accepted, found: &Found) -> Arrival {
        let now = &found.route.name;
        let versions = found.route.versions.as_ref();
        let reached = versions.map(|versions| self.version(head, accepted, found, versions));
        let (now_version, told) = match &reached {
            None => (None, String::new()),
            Some(Reached::Surely(version)) => (Some(version.clone()), format!(" `{version}`")),
            Some(Reached::Unsure(why)) => (None, format!(" ({why})")),
            Some(Reached::Refused(why)) => (None, format!(", where it is refused: {why}")),
        };
        let outcome = match &self.test.version {
            _ if self.route != Some(now) => Outcome::OtherRoute,
            Some(wanted) if now_version.as_ref() != Some(wanted) => Outcome::OtherVersion,
            _ => Outcome::Passes,
        };
        let none = match (outcome, &reached) {
            (Outcome::OtherVersion, None) => ", which has no versions",
            _ => "",
        };
        let off = match (self.off, self.route) {
            (true, Some(route)) => format!("; `{route}` is switched off"),
            _ => String::new(),
        };
        Arrival {
            outcome,
            sentence: format!("matches `{now}`{told}{none}{off}"),
            now: Some(now.clone()),
            now_version,
        }
    }

    /// The version for a caller of whom nothing is known but the request.
    fn version(
        &self,
        head: &Parts,
        accepted: &Accepted,
        found: &Found,
        versions: &Versions,
    ) -> Reached {
        let refused = |error: &ProxyError| Reached::Refused(clause(&error.detail()));
        let paths = match permit::paths(head, accepted, found) {
            Ok(paths) => paths,
            Err(error) => return refused(&error),
        };
        let resolved = resolve_version(
            &found.route,
            versions,
            &Asking {
                found,
                head,
                paths,
                host: accepted.host_name(),
                caller: &Caller::default(),
                client: Ipv4Addr::LOCALHOST.into(),
                now_s: self.now_s,
                turn: Turn::Look,
            },
        );
        if let Err(error) = &resolved.result {
            return refused(error);
        }
        match (&resolved.facts, &versions.unnamed) {
            (Facts::VersionChosen { by, .. }, Unnamed::Split(split))
                if matches!(by, NamedBy::Split | NamedBy::Cookie) && split.only().is_none() =>
            {
                Reached::Unsure(why(versions, *by))
            }
            (Facts::VersionChosen { version, .. }, _) => Reached::Surely(version.clone()),
            _ => Reached::Unsure("no version".to_owned()),
        }
    }
}

/// The version that a request gets.
enum Reached {
    /// This one, whoever sends it.
    Surely(VersionName),
    /// It depends on who sends it, or when.
    Unsure(String),
    /// None, because of this.
    Refused(String),
}

fn refused(why: &str) -> Arrival {
    Arrival {
        outcome: Outcome::Refused,
        now: None,
        now_version: None,
        sentence: format!("is refused: {why}"),
    }
}
