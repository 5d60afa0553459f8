//! Config + previous snapshot → snapshot, or everything that is wrong.
//!
//! Pure: nothing is bound, saved or counted here, so an editor's "is this right?" is this function
//! with the result thrown away. What limits have counted is taken over from the previous snapshot
//! where they did not change, so saving a config gives nobody a second helping.

mod balance;
mod header_edits;
mod limit_names;
mod limits;
mod listen;
mod matching;
mod origin;
mod rewrites;
mod routes;
mod services;
mod shared_limits;
mod versions;

use super::Snapshot;
use super::matcher::Matcher;
use crate::config::{Config, Issue, Severity};
use limits::LimitCompiler;
use listen::check_listen;
use routes::compile_routes;
use services::compile_services;
use shared_limits::check_shared_limits;

/// A snapshot, and what a person should look at though it was taken.
pub struct Compiled {
    /// What requests will read.
    pub snapshot: Snapshot,
    /// Issues of [`Severity::Warning`].
    pub warnings: Vec<Issue>,
}

/// Turns a config into the snapshot that serves it. `previous` lends the counters of what did not
/// change.
///
/// # Errors
/// Everything that is wrong, warnings too; at least one error.
pub fn compile(
    config: &Config,
    revision: u64,
    previous: &Snapshot,
) -> Result<Compiled, Vec<Issue>> {
    let mut issues = Vec::new();
    let Config {
        version: _,
        listen,
        recording: _,
        echo,
        api_keys: _,
        issuers: _,
        local_issuer: _,
        limits,
        plans,
        consumers: _,
        services,
        routes,
    } = config;
    check_listen(listen, echo.as_ref(), &mut issues);
    let services = compile_services(services, listen, previous, &mut issues);
    check_shared_limits(config, &mut issues);
    let mut limiting = LimitCompiler::new(limits, plans, &previous.limiting, &mut issues);
    let routes = compile_routes(routes, &services, &mut limiting, &mut issues);
    if issues.iter().any(|issue| issue.severity == Severity::Error) {
        return Err(issues);
    }
    let snapshot = Snapshot {
        revision,
        matcher: Matcher::new(&routes),
        routes,
        services,
        max_request_body_bytes: listen.max_request_body_bytes,
        limits: listen.limits.clone(),
        limiting: limiting.finish(limits.headers),
    };
    Ok(Compiled {
        snapshot,
        warnings: issues,
    })
}

#[cfg(test)]
mod limit_tests;
#[cfg(test)]
mod tests;
