//! Holds what a configuration uses against what a product has.

use std::collections::{BTreeMap, BTreeSet};

use super::gate::Gate;
use super::product::{Exporter, Together};
use super::support::Support;
use super::{ExportError, Finding, Grade, Options, Source, exporter, uses};
use crate::ids::RouteName;

/// How a product stands to something that a configuration uses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// What is used, by its name in [`Feature`](super::feature::Feature).
    pub feature: String,
    /// How it fares; absent where it is carried over exactly.
    pub grade: Option<Grade>,
    /// Whether it is that of a route that is exported closed.
    pub closed: bool,
}

/// How a product stands to everything that a configuration uses.
///
/// # Errors
/// There is no such product, or the configuration is wrong.
pub fn coverage(
    product: &str,
    source: &Source<'_>,
    options: &Options,
) -> Result<Vec<Standing>, ExportError> {
    let exporter = exporter(product)?;
    let mut gate = Gate::of(source).map_err(ExportError::Wrong)?;
    judge(exporter, &mut gate, options);
    let all = uses::uses(&gate).into_iter().map(|used| {
        let mut feature = format!("{:?}", used.feature);
        feature.truncate(feature.find('(').unwrap_or(feature.len()));
        Standing {
            feature,
            grade: match exporter.support(&used.feature) {
                Support::Exact => None,
                Support::Approximated(_) => Some(Grade::Approximated),
                Support::NotExpressible(_) => Some(Grade::NotExpressible),
                Support::NeedsPaid(_) => Some(Grade::NeedsPaid),
                Support::FillIn(_) => Some(Grade::FillIn),
                Support::LeftOut(_) => Some(Grade::LeftOut),
            },
            closed: used
                .route
                .is_some_and(|route| gate.routes[route].closed.is_some()),
        }
    });
    Ok(all.collect())
}

/// What became of the settings.
pub(super) struct Judged {
    pub(super) findings: Vec<Finding>,
    pub(super) exact: usize,
    pub(super) closed: BTreeMap<RouteName, String>,
}

/// Holds what is used against what the product has, and closes routes that would be less strict.
pub(super) fn judge(exporter: &dyn Exporter, gate: &mut Gate<'_>, options: &Options) -> Judged {
    let mut findings = Vec::new();
    let mut exact = 0;
    let mut closed: BTreeMap<usize, String> = BTreeMap::new();
    let alone = uses::uses(gate).into_iter().map(|used| Together {
        support: exporter.support(&used.feature),
        guards: used.feature.guards(),
        path: used.path,
        route: used.route,
    });
    for used in alone.chain(exporter.together(gate)) {
        let (grade, note) = match used.support {
            Support::Exact => {
                exact += 1;
                continue;
            }
            Support::Approximated(note) => (Grade::Approximated, note),
            Support::FillIn(note) => (Grade::FillIn, note),
            Support::LeftOut(note) => (Grade::LeftOut, note),
            Support::NotExpressible(note) => (Grade::NotExpressible, note),
            Support::NeedsPaid(note) => (Grade::NeedsPaid, note),
        };
        let missing = matches!(grade, Grade::NotExpressible | Grade::NeedsPaid);
        if !(missing && used.guards) {
            findings.push(Finding {
                path: used.path,
                grade,
                note,
                place: None,
                closed: false,
            });
            continue;
        }
        let concerned: BTreeSet<usize> = match used.route {
            Some(route) => [route].into(),
            None => (0..gate.routes.len()).collect(),
        };
        for route in concerned {
            let name = gate.routes[route].config.name.clone();
            let open = options.open.contains(&name);
            if !open {
                closed.entry(route).or_insert_with(|| used.path.clone());
            }
            let consequence = match open {
                true => "exported open, as you said",
                false => "exported closed (403)",
            };
            findings.push(Finding {
                path: used.path.clone(),
                grade: Grade::LessStrict,
                note: format!("{note}: route `{name}` is {consequence}"),
                place: None,
                closed: !open,
            });
        }
    }
    for (route, path) in &closed {
        gate.routes[*route].closed = Some(path.clone());
    }
    Judged {
        findings,
        exact,
        closed: closed
            .into_iter()
            .map(|(route, path)| (gate.routes[route].config.name.clone(), path))
            .collect(),
    }
}
