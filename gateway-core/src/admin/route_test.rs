//! The route tester: which route would take a request, and why the others would not. Asks the same
//! checks and the same matcher that requests go through, and sends nothing.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use http::header::{HOST, HeaderName, HeaderValue};
use http::request::Parts;
use http::{HeaderMap, Method, Request, Uri};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::extract::JsonBody;
use super::problem::{Problem, ProblemCode};
use crate::config::{Config, HeaderLine, schema};
use crate::gateway::Gateway;
use crate::ids::{RouteName, ServiceName};
use crate::proxy::accept::accept;
use crate::proxy::answer::ambiguous;
use crate::proxy::error::{ErrorCode, ProxyError};
use crate::proxy::match_route::lookup;
use crate::snapshot::answer::OwnAnswer;
use crate::snapshot::compile::compile;
use crate::snapshot::matcher::predicates::{PredicateKind, misses, predicates};
use crate::snapshot::matcher::{Found, Lookup, Matched};
use crate::snapshot::rewrite::{Address, Paths};
use crate::snapshot::{Backend, Snapshot};

/// A request to try.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RouteTest {
    /// Its method. Absent: `GET`.
    #[serde(default = "get")]
    #[schema(example = "GET")]
    pub method: String,
    /// Its path and query, or a whole URL, whose host is asked for unless `headers` has a `Host`.
    /// Without either the host is `localhost`.
    #[schema(example = "http://shop.localhost:8080/orders/7?full=yes")]
    pub url: String,
    /// Its headers.
    #[serde(default)]
    pub headers: Vec<HeaderLine>,
    /// The whole configuration to try it on, such as one that is being edited. Absent: the one in
    /// force.
    #[serde(default)]
    #[schema(value_type = Option<Config>)]
    pub config: Option<Value>,
}

fn get() -> String {
    "GET".to_owned()
}

/// What would become of a request.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RouteTested {
    /// The route that takes it; absent where none does.
    pub matched: Option<RouteTaking>,
    /// Why the gateway would refuse it: it is not valid, no route takes it, or its path cannot be
    /// rewritten in one way.
    pub refused: Option<RouteRefusal>,
    /// The host that was looked for, without port; absent where the request is not valid.
    pub host: Option<String>,
    /// The path that was looked for: decoded once, without doubled slashes.
    pub path: Option<String>,
    /// All other routes: first those that take it too but come later, in their order; then the
    /// rest, nearest first.
    pub candidates: Vec<RouteCandidate>,
}

/// The route that takes a request.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RouteTaking {
    /// The route.
    pub route: RouteName,
    /// Its priority.
    pub priority: i32,
    /// What it asks of requests, all of which holds.
    pub predicates: Vec<RoutePredicate>,
    /// The first segment of the path, where it was taken for a version.
    pub version_segment: Option<String>,
    /// Who would answer; absent where the request would be refused.
    pub answer: Option<RouteAnswer>,
}

/// One thing that a route asks, and how a request meets it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RoutePredicate {
    /// What it is about.
    pub kind: PredicateKind,
    /// How it stands, such as ``path `/orders/7` is under `/orders` ``.
    pub sentence: String,
}

/// Who would answer.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum RouteAnswer {
    /// A service.
    Service {
        /// Its name.
        service: ServiceName,
        /// The path and query it would be asked for, without the path of the target's URL.
        upstream_path: String,
    },
    /// The gateway, by sending the caller elsewhere.
    Redirect {
        /// With this status.
        status: u16,
        /// To there.
        location: String,
    },
    /// The gateway, with the route's fixed answer.
    Respond {
        /// Its status.
        status: u16,
    },
}

/// Why a request would be refused.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RouteRefusal {
    /// With this status.
    pub status: u16,
    /// Why, for programs.
    pub code: ErrorCode,
    /// Why, in one sentence.
    pub reason: String,
    /// Methods that would be taken, for 405.
    pub allowed_methods: Vec<String>,
}

/// A route that does not get a request.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RouteCandidate {
    /// The route.
    pub route: RouteName,
    /// Its priority.
    pub priority: i32,
    /// The first thing that keeps it from taking the request. Absent: it would take it, but another
    /// route comes first.
    pub reason: Option<String>,
    /// What that is about; absent also for a route that is switched off.
    pub failed: Option<PredicateKind>,
}

/// Says which route would take a request and why, and what kept each other route from it. Sends
/// nothing.
#[utoipa::path(
    post, path = "/route-test", tag = "config", operation_id = "test_route",
    request_body = RouteTest,
    responses(
        (status = 200, body = RouteTested),
        (status = 400, body = Problem, description = "The method, the URL or a header cannot be sent at all."),
        (status = 422, body = Problem, description = "Everything that is wrong with `config`."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn test(
    State(gateway): State<Gateway>,
    JsonBody(wanted): JsonBody<RouteTest>,
) -> Result<Json<RouteTested>, Problem> {
    let head = head(&wanted)?;
    let tested = match &wanted.config {
        None => tested(&gateway.snapshot(), &gateway.current().config, &head),
        Some(draft) => {
            let config = schema::check(draft).map_err(Problem::refused)?;
            let compiled = compile(&config, 0, &Snapshot::default()).map_err(Problem::refused)?;
            tested(&compiled.snapshot, &config, &head)
        }
    };
    Ok(Json(tested))
}

/// The request as it would arrive.
fn head(wanted: &RouteTest) -> Result<Parts, Problem> {
    let invalid = |detail: String| Problem::new(ProblemCode::RequestInvalid, detail);
    let method: Method = wanted
        .method
        .parse()
        .map_err(|_| invalid(format!("`{}` is no method.", wanted.method)))?;
    let uri: Uri = wanted
        .url
        .parse()
        .map_err(|_| invalid(format!("`{}` is no URL or path.", wanted.url)))?;
    let mut headers = HeaderMap::new();
    for HeaderLine { name, value } in &wanted.headers {
        let parsed = (name.parse::<HeaderName>(), value.parse::<HeaderValue>());
        let (Ok(name), Ok(value)) = parsed else {
            return Err(invalid(format!("The header `{name}` cannot be sent.")));
        };
        headers.append(name, value);
    }
    if !headers.contains_key(HOST) {
        let host = uri.authority().map_or("localhost", |host| host.as_str());
        let host = host
            .parse()
            .map_err(|_| invalid(format!("`{host}` is no host.")))?;
        headers.insert(HOST, host);
    }
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let mut request = Request::builder().method(method).uri(target);
    if let Some(into) = request.headers_mut() {
        *into = headers;
    }
    let request = request
        .body(())
        .map_err(|_| invalid(format!("`{}` has no path.", wanted.url)))?;
    Ok(request.into_parts().0)
}

fn tested(snapshot: &Snapshot, config: &Config, head: &Parts) -> RouteTested {
    let accepted = match accept(head, &snapshot.limits) {
        Ok(accepted) => accepted,
        Err(error) => {
            return RouteTested {
                matched: None,
                refused: Some(RouteRefusal::of(&error)),
                host: None,
                path: None,
                candidates: Vec::new(),
            };
        }
    };
    let lookup = lookup(&accepted, head);
    let (matched, refused) = match snapshot.matcher.find(&lookup) {
        Matched::Route(found) => {
            let answer = answer(&found, head.uri.path(), &lookup);
            let refused = answer.as_ref().err().map(RouteRefusal::of);
            (Some(RouteTaking::of(&found, answer.ok(), &lookup)), refused)
        }
        Matched::OtherMethods(methods) => {
            let error = ProxyError::MethodNotAllowed(methods);
            (None, Some(RouteRefusal::of(&error)))
        }
        Matched::Nothing => (None, Some(RouteRefusal::of(&ProxyError::RouteNotFound))),
    };
    RouteTested {
        matched,
        refused,
        host: Some(lookup.host.to_owned()),
        path: Some(lookup.path.to_owned()),
        candidates: candidates(snapshot, config, &lookup),
    }
}

/// All routes but the one that takes it.
fn candidates(snapshot: &Snapshot, config: &Config, lookup: &Lookup<'_>) -> Vec<RouteCandidate> {
    let later = snapshot.matcher.all(lookup).into_iter().skip(1);
    let later = later.map(|found| RouteCandidate {
        route: found.route.name.clone(),
        priority: found.route.priority,
        reason: None,
        failed: None,
    });
    let misses = misses(snapshot.routes.iter().map(Arc::as_ref), lookup).into_iter();
    let misses = misses.map(|(route, predicate)| RouteCandidate {
        route: route.name.clone(),
        priority: route.priority,
        reason: Some(predicate.sentence),
        failed: Some(predicate.kind),
    });
    let off = config.routes.iter().filter(|route| !route.enabled);
    let off = off.map(|route| RouteCandidate {
        route: route.name.clone(),
        priority: route.priority,
        reason: Some("the route is switched off".to_owned()),
        failed: None,
    });
    later.chain(misses).chain(off).collect()
}

/// Who would answer, as the pipeline would have it.
fn answer(found: &Found, raw: &str, lookup: &Lookup<'_>) -> Result<RouteAnswer, ProxyError> {
    let paths = Paths {
        raw,
        normalised: lookup.path,
    };
    let route = &found.route;
    let paths = paths.of(found).map_err(ambiguous)?;
    match &route.backend {
        Backend::Service(service) => {
            let path = route.path_change.apply(route, paths).map_err(ambiguous)?;
            Ok(RouteAnswer::Service {
                service: service.name.clone(),
                upstream_path: match lookup.query {
                    Some(query) => format!("{path}?{query}"),
                    None => path.into_owned(),
                },
            })
        }
        Backend::Own(OwnAnswer::Redirect(redirect)) => {
            let address = Address {
                host: lookup.host,
                query: lookup.query,
            };
            let location = redirect.to.location(route, paths, address);
            Ok(RouteAnswer::Redirect {
                status: redirect.status.as_u16(),
                location: location.map_err(ambiguous)?,
            })
        }
        Backend::Own(OwnAnswer::Fixed(fixed)) => Ok(RouteAnswer::Respond {
            status: fixed.status.as_u16(),
        }),
    }
}

impl RouteTaking {
    fn of(found: &Found, answer: Option<RouteAnswer>, lookup: &Lookup<'_>) -> Self {
        let predicates = predicates(&found.route, lookup).into_iter();
        Self {
            route: found.route.name.clone(),
            priority: found.route.priority,
            predicates: predicates
                .map(|predicate| RoutePredicate {
                    kind: predicate.kind,
                    sentence: predicate.sentence,
                })
                .collect(),
            version_segment: found.version_segment.clone(),
            answer,
        }
    }
}

impl RouteRefusal {
    fn of(error: &ProxyError) -> Self {
        let code = error.code();
        Self {
            status: code.status().as_u16(),
            code,
            reason: error.detail().into_owned(),
            allowed_methods: match error {
                ProxyError::MethodNotAllowed(methods) => methods.clone(),
                _ => Vec::new(),
            },
        }
    }
}
