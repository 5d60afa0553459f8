//! What routes say of the answers that are kept, compiled.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Arc;

use http::{HeaderName, Method};

use super::matching::compile_condition;
use crate::aggregate::plan::Plan;
use crate::cache::Policy;
use crate::cache::counters::Counters;
use crate::config::{self, CacheAudience, CacheQuery, Config, Issue, RouteCache};
use crate::ids::{RouteName, ServiceName};
use crate::snapshot::Snapshot;

/// What the terms of routes are compiled with.
pub(super) struct CacheCompiler<'c> {
    config: &'c Config,
    counters: HashMap<&'c RouteName, Arc<Counters>>,
}

impl<'c> CacheCompiler<'c> {
    /// Checks how much may be kept, and finds what was counted before.
    pub(super) fn new(config: &'c Config, previous: &'c Snapshot, issues: &mut Vec<Issue>) -> Self {
        let config::CacheBudget {
            max_bytes,
            max_answer_bytes,
        } = config.cache;
        if max_answer_bytes > max_bytes {
            let message = format!("one answer cannot be longer than all together: {max_bytes}");
            issues.push(Issue::error("cache.max_answer_bytes", message));
        }
        let before = previous.routes.iter();
        let before = before.filter_map(|route| {
            let policy = route.cache.as_ref()?;
            Some((&route.name, policy.counters.clone()))
        });
        Self {
            config,
            counters: before.collect(),
        }
    }

    /// The terms of a route; `None` where nothing of it is kept. `parts`: its answer is made of these.
    pub(super) fn compile(
        &self,
        route: &config::Route,
        parts: Option<&Plan>,
        at: &str,
        issues: &mut Vec<Issue>,
    ) -> Option<Arc<Policy>> {
        let cache = route.cache.as_ref()?;
        let RouteCache {
            enabled,
            ttl_s,
            override_answer,
            heuristic,
            audience,
            methods,
            statuses,
            query,
            query_names,
            headers,
            bypass,
            obey_callers,
            store_set_cookie,
            stale_while_revalidate_s,
            stale_if_error_s,
        } = cache;
        let at = format!("{at}.cache");
        if *override_answer && ttl_s.is_none() {
            let message = "say for how long answers are fresh: `ttl_s`";
            issues.push(Issue::error(format!("{at}.override_answer"), message));
        }
        let names_counted = matches!(query, CacheQuery::Only | CacheQuery::Except);
        if names_counted && query_names.is_empty() {
            let message = "name the parameters";
            issues.push(Issue::error(format!("{at}.query_names"), message));
        }
        if !names_counted && !query_names.is_empty() {
            let message = "`query` speaks of no names; say `only` or `except`";
            issues.push(Issue::error(format!("{at}.query_names"), message));
        }
        if *audience == CacheAudience::Shared && !route.authentication.methods.is_empty() {
            let message = "callers who have shown who they are get each other's answers; leave it at \
                           `per_caller` unless all of them may see the same";
            issues.push(Issue::warning(format!("{at}.audience"), message));
        }
        if let Some(plan) = parts {
            warn_of_parts(plan, cache, &at, issues);
        }
        let methods = compile_methods(methods, &at, issues);
        check_statuses(statuses, &at, issues);
        let headers = compile_headers(headers, &at, issues);
        let bypass = compile_bypass(bypass, &at, issues);
        let counters = self.counters.get(&route.name).cloned().unwrap_or_default();
        enabled.then(|| {
            Arc::new(Policy {
                generation: self.generation(route),
                ttl_s: ttl_s.map(u64::from),
                override_answer: *override_answer,
                heuristic: *heuristic,
                audience: *audience,
                methods,
                statuses: statuses.clone(),
                query: *query,
                query_names: query_names.clone(),
                headers,
                reads: parts.map(Plan::reads).unwrap_or_default(),
                bypass,
                obey_callers: *obey_callers,
                store_set_cookie: *store_set_cookie,
                stale_while_revalidate_s: stale_while_revalidate_s.map(u64::from),
                stale_if_error_s: stale_if_error_s.map(u64::from),
                max_answer_bytes: self.config.cache.max_answer_bytes,
                counters,
            })
        })
    }

    /// A number that differs where anything of the route or its services does (CA-5).
    fn generation(&self, route: &config::Route) -> u64 {
        let versions = route.versions.iter().flat_map(|versions| &versions.list);
        let of_versions = versions.filter_map(|version| version.service.as_ref());
        let parts = route.aggregate.iter().flat_map(|whole| &whole.parts);
        let of_parts = parts.map(|part| &part.service);
        let names = route.service.iter().chain(of_versions).chain(of_parts);
        let names: Vec<&ServiceName> = names.collect();
        let services = self.config.services.iter();
        let services: Vec<_> = services
            .filter(|service| names.contains(&&service.name))
            .collect();
        let text = serde_json::to_string(&(route, services));
        let mut hasher = DefaultHasher::new();
        text.expect("settings are plain JSON").hash(&mut hasher);
        hasher.finish()
    }
}

/// Where an answer is made of several, and what the route says of keeping it does nothing.
fn warn_of_parts(plan: &Plan, cache: &RouteCache, at: &str, issues: &mut Vec<Issue>) {
    if let Some(part) = plan.changing() {
        let message = format!(
            "nothing of it is kept: part `{}` is asked for with {}, which may change something each time",
            part.name, part.method
        );
        issues.push(Issue::warning(at.to_owned(), message));
    }
    let reads = plan.reads();
    if let Some(name) = reads.headers.iter().find(|name| is_new_each_time(name)) {
        let message = format!(
            "nothing is given again: a part is asked for with `request.header.{name}`, which is another \
             one in each request"
        );
        issues.push(Issue::warning(at.to_owned(), message));
    }
    if cache.stale_while_revalidate_s.is_some_and(|most| most > 0) {
        let message = "an answer that is made of several is not fetched anew in the background: once it \
                       is stale, callers wait for another one";
        let at = format!("{at}.stale_while_revalidate_s");
        issues.push(Issue::warning(at, message));
    }
}

/// Headers that the gateway gives each request anew.
fn is_new_each_time(name: &HeaderName) -> bool {
    matches!(name.as_str(), "x-request-id" | "traceparent")
}

fn compile_methods(methods: &[String], at: &str, issues: &mut Vec<Issue>) -> Vec<Method> {
    if methods.is_empty() {
        let message = "name `GET`, `HEAD` or both, or switch it off with `enabled`";
        issues.push(Issue::error(format!("{at}.methods"), message));
    }
    let mut compiled = Vec::new();
    for (n, method) in methods.iter().enumerate() {
        match method.as_str() {
            "GET" => compiled.push(Method::GET),
            "HEAD" => compiled.push(Method::HEAD),
            _ => {
                let message =
                    format!("answers to `{method}` are not kept; only to `GET` and `HEAD`");
                issues.push(Issue::error(format!("{at}.methods[{n}]"), message));
            }
        }
    }
    compiled
}

fn check_statuses(statuses: &[u16], at: &str, issues: &mut Vec<Issue>) {
    for (n, status) in statuses.iter().enumerate() {
        let message = match status {
            206 | 304 => format!("a {status} is no whole answer and is not kept"),
            200..=599 => continue,
            _ => format!("{status} is no status of an answer: 200 to 599"),
        };
        issues.push(Issue::error(format!("{at}.statuses[{n}]"), message));
    }
}

fn compile_headers(headers: &[String], at: &str, issues: &mut Vec<Issue>) -> Vec<HeaderName> {
    let mut compiled: Vec<HeaderName> = Vec::new();
    for (n, name) in headers.iter().enumerate() {
        let message = match name.parse() {
            Ok(name) if compiled.contains(&name) => "it stands here twice".to_owned(),
            Ok(name) => {
                compiled.push(name);
                continue;
            }
            Err(_) => format!("`{name}` is no name of a header"),
        };
        issues.push(Issue::error(format!("{at}.headers[{n}]"), message));
    }
    compiled
}

fn compile_bypass(
    bypass: &config::CacheBypass,
    at: &str,
    issues: &mut Vec<Issue>,
) -> Vec<crate::snapshot::matcher::conditions::Condition> {
    let config::CacheBypass { headers, query } = bypass;
    let mut compiled = Vec::new();
    for (list, conditions) in [("headers", headers), ("query", query)] {
        for (n, condition) in conditions.iter().enumerate() {
            let at = format!("{at}.bypass.{list}[{n}]");
            compiled.extend(compile_condition(condition, list, &at, issues));
        }
    }
    compiled
}
