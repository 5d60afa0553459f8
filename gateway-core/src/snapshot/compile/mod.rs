//! Config + previous snapshot → snapshot, or everything that is wrong.
//!
//! Pure: nothing is bound, saved or counted here, so an editor's "is this right?" is this function
//! with the result thrown away. What limits have counted is taken over from the previous snapshot
//! where they did not change, so saving a config gives nobody a second helping.

mod access;
mod aggregate;
mod api_keys;
mod authentication;
mod balance;
mod cache;
mod consumers;
mod cors;
mod header_edits;
mod issuers;
mod limit_names;
mod limits;
mod listen;
mod matching;
mod mocks;
mod origin;
mod parts_together;
mod process;
mod rewrites;
mod routes;
mod saved_tests;
mod services;
mod shared_limits;
mod versions;

use super::Snapshot;
use super::callers::CallerLimits;
use super::matcher::Matcher;
use crate::config::{Config, Issue, Severity};
use api_keys::compile_api_keys;
use authentication::Around;
use cache::CacheCompiler;
use consumers::compile_consumers;
use issuers::compile_issuers;
use limits::LimitCompiler;
use listen::check_listen;
use routes::compile_routes;
use saved_tests::check_saved_tests;
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
        api_keys,
        issuers,
        local_issuer,
        limits,
        cache,
        plans,
        consumers,
        services,
        routes,
        no_route_tests: _,
    } = config;
    check_listen(listen, echo.as_ref(), local_issuer.as_ref(), &mut issues);
    let local_issuer = local_issuer.as_ref();
    let issuers = compile_issuers(issuers, local_issuer, listen, previous, &mut issues);
    let key_places = compile_api_keys(api_keys, routes, &mut issues);
    let around = Around {
        issuers: &issuers,
        listen,
        passwords: consumers.iter().any(|one| one.password_hash.is_some()),
    };
    let services = compile_services(services, listen, previous, &mut issues);
    check_shared_limits(config, &mut issues);
    let mut limiting = LimitCompiler::new(limits, plans, &previous.limiting, &mut issues);
    let caching = CacheCompiler::new(config, previous, &mut issues);
    let routes = compile_routes(
        routes,
        &services,
        &around,
        &mut limiting,
        &caching,
        &mut issues,
    );
    let consumers = compile_consumers(consumers, plans, &mut issues);
    check_saved_tests(config, &mut issues);
    if issues.iter().any(|issue| issue.severity == Severity::Error) {
        return Err(issues);
    }
    let snapshot = Snapshot {
        revision,
        matcher: Matcher::new(&routes),
        routes,
        services,
        consumers,
        issuers,
        key_places,
        max_request_body_bytes: listen.max_request_body_bytes,
        limits: CallerLimits::from(&listen.limits),
        limiting: limiting.finish(limits.headers),
        cache: *cache,
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
