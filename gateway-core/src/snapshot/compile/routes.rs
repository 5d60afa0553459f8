//! Routes, compiled, and those that would tie refused.

use std::collections::HashMap;
use std::sync::Arc;

use super::access::compile_access;
use super::aggregate::compile_aggregate;
use super::authentication::{self, compile_authentication};
use super::cache::CacheCompiler;
use super::cors::compile_cors;
use super::header_edits::{compile_answer, compile_header_edits, compile_host_header};
use super::limits::{LimitCompiler, Written};
use super::matching::{
    compile_conditions, compile_first_segment, compile_hosts, compile_methods, compile_path,
};
use super::mocks::compile_mock;
use super::rewrites::{compile_path_change, compile_redirect};
use super::versions::{Around, compile_versions};
use crate::config::{self, Issue};
use crate::ids::ServiceName;
use crate::record::decision::LimitOwner;
use crate::snapshot::answer::OwnAnswer;
use crate::snapshot::matcher::paths::PathPattern;
use crate::snapshot::{Backend, Route, Service, overlap};

/// All routes that are switched on, in the order of the config.
pub(super) fn compile_routes(
    routes: &[config::Route],
    services: &HashMap<ServiceName, Arc<Service>>,
    around: &authentication::Around<'_>,
    limiting: &mut LimitCompiler<'_>,
    caching: &CacheCompiler<'_>,
    issues: &mut Vec<Issue>,
) -> Vec<Arc<Route>> {
    let mut places = HashMap::new();
    let mut compiled = Vec::new();
    for (index, route) in routes.iter().enumerate() {
        let at = format!("routes[{index}]");
        if places.insert(&route.name, index).is_some() {
            let message = format!("another route is named `{}` too", route.name);
            issues.push(Issue::error(format!("{at}.name"), message));
        }
        if let Some(route) = compile_route(route, &at, services, around, limiting, caching, issues)
        {
            compiled.push(Arc::new(route));
        }
    }
    let place = |route: &Route| places[&route.name];
    for overlap::Tie {
        one,
        other,
        example,
    } in overlap::ties(&compiled)
    {
        let mut pair = [one, other];
        pair.sort_by_key(|route| place(route));
        let message = overlap::message(&pair[0].name, &pair[1].name, &example);
        let at = format!("routes[{}].match", place(&pair[1]));
        issues.push(Issue::error(at, message));
    }
    for overlap::Shadow { route, by } in overlap::shadows(&compiled) {
        let message = format!(
            "no request reaches this route: `{}` has a higher priority and takes them all",
            by.name
        );
        issues.push(Issue::warning(
            format!("routes[{}].match", place(&route)),
            message,
        ));
    }
    compiled
}

/// A route, or `None` if it is switched off or wrong.
fn compile_route(
    route: &config::Route,
    at: &str,
    services: &HashMap<ServiceName, Arc<Service>>,
    who: &authentication::Around<'_>,
    limiting: &mut LimitCompiler<'_>,
    caching: &CacheCompiler<'_>,
    issues: &mut Vec<Issue>,
) -> Option<Route> {
    // No `..`: a new field does not compile until it is said what becomes of it.
    let config::Route {
        name,
        enabled,
        priority,
        matches,
        service: _,
        redirect: _,
        respond: _,
        mock,
        aggregate: _,
        strip_prefix,
        rewrite,
        host_header,
        request_headers,
        response_headers,
        max_request_body_bytes,
        authentication,
        authorization: _,
        cors,
        rate_limits,
        quotas,
        concurrency,
        cache: _,
        versions,
        tests: _,
    } = route;
    let hosts = compile_hosts(&matches.hosts, at, issues);
    let path = compile_path(&matches.path, matches.path_kind, at, issues);
    let methods = compile_methods(&matches.methods, at, issues);
    let conditions = compile_conditions(matches, at, issues);
    let backend = compile_backend(route, path.as_ref(), at, services, issues);
    let path_change =
        compile_path_change(*strip_prefix, rewrite.as_deref(), path.as_ref(), at, issues);
    let host_header = compile_host_header(host_header, at, issues);
    let mock = mock
        .as_ref()
        .and_then(|mock| compile_mock(mock, at, issues));
    let edits = |edits, list: &str, issues: &mut _| {
        compile_header_edits(edits, &format!("{at}.{list}"), issues)
    };
    let request_headers = edits(request_headers, "request_headers", issues);
    let response_headers = edits(response_headers, "response_headers", issues);
    let wanted = compile_authentication(authentication, at, who, issues);
    let written = Written {
        owner: &LimitOwner::Route {
            route: name.clone(),
        },
        at,
        rates: rate_limits,
        quotas,
        concurrency,
        authentication: Some(authentication),
    };
    let limits = limiting.compile(&written, &[], issues);
    let access = compile_access(route, at, issues);
    let cors = cors.as_ref().map(|cors| compile_cors(cors, at, issues));
    let parts = match &backend {
        Some(Backend::Aggregate(plan)) => Some(&**plan),
        Some(Backend::Service(_) | Backend::Own(_)) | None => None,
    };
    let cache = caching.compile(route, parts, at, issues);
    let first_segment = compile_first_segment(versions.as_ref());
    let around = Around {
        route,
        at,
        path: path.as_ref(),
        services,
        limits: &written,
    };
    let compiled_versions = compile_versions(&around, limiting, issues);
    let (backend, path) = (backend?, path?);
    match &backend {
        Backend::Service(_) => {}
        Backend::Aggregate(_) => {
            let why = "each part has a path of its own";
            warn_of_no_effect(route, at, &["strip_prefix", "rewrite"], why, issues);
        }
        Backend::Own(_) => {
            let why = "the gateway answers by itself and sends nothing on";
            let all = [
                "strip_prefix",
                "rewrite",
                "host_header",
                "request_headers",
                "cache",
            ];
            warn_of_no_effect(route, at, &all, why, issues);
        }
    }
    enabled.then(|| Route {
        name: name.clone(),
        priority: *priority,
        hosts,
        path,
        methods,
        conditions,
        first_segment,
        versions: compiled_versions,
        path_change,
        host_header,
        request_headers,
        response_headers,
        max_request_body_bytes: *max_request_body_bytes,
        cors,
        cache,
        access,
        authentication: wanted,
        limits,
        mock,
        backend,
    })
}

/// Who answers: exactly one has to be named.
fn compile_backend(
    route: &config::Route,
    path: Option<&PathPattern>,
    at: &str,
    services: &HashMap<ServiceName, Arc<Service>>,
    issues: &mut Vec<Issue>,
) -> Option<Backend> {
    let one_only = |field: &str, issues: &mut Vec<Issue>| {
        let message = "one answers: give either `service`, `redirect`, `respond` or `aggregate`";
        issues.push(Issue::error(format!("{at}.{field}"), message));
        None
    };
    if let Some(aggregate) = &route.aggregate {
        return match (&route.service, &route.redirect, &route.respond) {
            (None, None, None) => compile_aggregate(aggregate, path, at, services, issues)
                .map(|plan| Backend::Aggregate(Arc::new(plan))),
            _ => one_only("aggregate", issues),
        };
    }
    match (&route.service, &route.redirect, &route.respond) {
        (None, None, None) if route.mock.is_some() => Some(Backend::Own(OwnAnswer::OnlyMock)),
        (None, None, None) => {
            let message = "say who answers: `service`, `redirect`, `respond` or `aggregate`";
            issues.push(Issue::error(format!("{at}.service"), message));
            None
        }
        (Some(service), None, None) => {
            find_service(service, at, services, issues).map(Backend::Service)
        }
        (None, Some(redirect), None) => compile_redirect(redirect, path, at, issues)
            .map(|redirect| Backend::Own(OwnAnswer::Redirect(redirect))),
        (None, None, Some(answer)) => {
            compile_answer(answer, at, issues).map(|answer| Backend::Own(OwnAnswer::Fixed(answer)))
        }
        (_, Some(_), Some(_)) | (Some(_), None, Some(_)) => one_only("respond", issues),
        (Some(_), Some(_), None) => one_only("redirect", issues),
    }
}

/// Settings of what is sent on, where nothing is.
fn warn_of_no_effect(
    route: &config::Route,
    at: &str,
    fields: &[&str],
    why: &str,
    issues: &mut Vec<Issue>,
) {
    let given = [
        ("strip_prefix", route.strip_prefix),
        ("cache", route.cache.is_some()),
        ("rewrite", route.rewrite.is_some()),
        ("host_header", route.host_header != Default::default()),
        (
            "request_headers",
            route.request_headers != Default::default(),
        ),
    ];
    let given = given
        .iter()
        .filter(|(field, given)| *given && fields.contains(field));
    for (field, _) in given {
        let message = format!("it has no effect: {why}");
        issues.push(Issue::warning(format!("{at}.{field}"), message));
    }
}

pub(super) fn find_service(
    name: &ServiceName,
    at: &str,
    services: &HashMap<ServiceName, Arc<Service>>,
    issues: &mut Vec<Issue>,
) -> Option<Arc<Service>> {
    let service = services.get(name).cloned();
    if service.is_none() {
        let message = format!("no service is named `{name}`");
        issues.push(Issue::error(format!("{at}.service"), message));
    }
    service
}
