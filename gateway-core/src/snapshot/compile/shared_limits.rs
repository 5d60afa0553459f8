//! Limits of all routes and of plans that no route gives anything to count by.

use crate::config::{AuthenticationMethod, Config, Issue, LimitBy};

/// Warns where a limit would count all requests as one, or by address, whoever calls: a limit on a
/// route that asks for nobody is an error there, but of these some route may ask.
pub(super) fn check_shared_limits(config: &Config, issues: &mut Vec<Issue>) {
    let methods = || {
        let routes = config.routes.iter().filter(|route| route.enabled);
        routes.flat_map(|route| &route.authentication.methods)
    };
    let names_anyone = methods().next().is_some();
    let takes_tokens = methods().any(|method| *method == AuthenticationMethod::Jwt);
    let mut check = |at: String, by: LimitBy| {
        let message = match by {
            LimitBy::Key | LimitBy::Consumer if !names_anyone => {
                "no route asks who calls, so each client address is counted"
            }
            LimitBy::Claim if !takes_tokens => {
                "no route takes tokens (`jwt`), so all requests are counted together"
            }
            _ => return,
        };
        issues.push(Issue::warning(format!("{at}.by"), message));
    };
    let limits = &config.limits;
    let everywhere = (
        "limits".to_owned(),
        &limits.rate_limits,
        &limits.quotas,
        &limits.concurrency,
    );
    let of_plans = config.plans.iter().enumerate().map(|(n, plan)| {
        let at = format!("plans[{n}]");
        (at, &plan.rate_limits, &plan.quotas, &plan.concurrency)
    });
    for (at, rates, quotas, concurrency) in std::iter::once(everywhere).chain(of_plans) {
        for (n, limit) in rates.iter().enumerate() {
            check(format!("{at}.rate_limits[{n}]"), limit.by);
        }
        for (n, limit) in quotas.iter().enumerate() {
            check(format!("{at}.quotas[{n}]"), limit.by);
        }
        for (n, limit) in concurrency.iter().enumerate() {
            check(format!("{at}.concurrency[{n}]"), limit.by);
        }
    }
}
