//! Config + previous snapshot → snapshot, or everything that is wrong.
//!
//! Pure: nothing is bound, saved or counted here, so an editor's "is this right?" is this function
//! with the result thrown away. Limiters of the previous snapshot are kept where nothing that they
//! count changed, so saving a config gives nobody a new bucket.

mod balance;
mod header_edits;
pub mod limits;
mod listen;
mod matching;
mod origin;
mod rewrites;
mod routes;
mod services;
mod versions;

use super::Snapshot;
use super::matcher::Matcher;
use crate::config::{Config, Issue, Severity};
use listen::check_listen;
use routes::compile_routes;
use services::compile_services;

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
        limits: _,
        plans: _,
        consumers: _,
        services,
        routes,
    } = config;
    check_listen(listen, echo.as_ref(), &mut issues);
    let services = compile_services(services, listen, previous, &mut issues);
    let routes = compile_routes(routes, &services, previous, &mut issues);
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
    };
    Ok(Compiled {
        snapshot,
        warnings: issues,
    })
}

#[cfg(test)]
mod tests;
