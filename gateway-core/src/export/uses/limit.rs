//! What the limits use.

use super::{Found, is_odd};
use crate::config::{self, LimitMode};
use crate::export::feature::Feature;
use crate::export::gate::{Gate, LimitKind, Scope};

pub(super) fn limit_uses<'c>(gate: &Gate<'c>, found: &mut Found<'c>) {
    for limit in &gate.limits {
        found.route = match &limit.scope {
            Scope::All | Scope::Slots(_) => None,
            Scope::Route(route) | Scope::Version(route, _) => Some(*route),
        };
        let feature = match &limit.kind {
            LimitKind::Rate(shape) => Feature::Rate(shape.clone()),
            LimitKind::Quota => Feature::Quota,
            LimitKind::Concurrency(_) => Feature::Concurrency(limit.by),
        };
        found.add(feature, limit.at.clone());
        let odd = limit.by == config::LimitBy::Header && limit.of.is_some_and(is_odd);
        found.add_if(odd, Feature::OddHeaderName, format!("{}.of", limit.at));
    }
    for (n, route) in gate.routes.iter().enumerate() {
        let rates = gate
            .limits_of(n)
            .into_iter()
            .filter(|limit| matches!(gate.limits[*limit].kind, LimitKind::Rate(_)));
        found.route = Some(n);
        found.add_if(
            rates.count() > 3,
            Feature::ManyLimits,
            format!("{}.rate_limits", route.at),
        );
    }
    found.route = None;
    for (n, limit) in gate.config.limits.rate_limits.iter().enumerate() {
        found.add_if(
            limit.mode == LimitMode::Shadow,
            Feature::ShadowLimit,
            format!("limits.rate_limits[{n}].mode"),
        );
    }
    for route in &gate.routes {
        for (n, limit) in route.config.rate_limits.iter().enumerate() {
            found.add_if(
                limit.mode == LimitMode::Shadow,
                Feature::ShadowLimit,
                format!("{}.rate_limits[{n}].mode", route.at),
            );
        }
    }
}
