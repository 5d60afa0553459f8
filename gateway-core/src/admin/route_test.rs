//! The route tester: which route and version would take a request, and why the other routes would
//! not. Asks the stages that requests go through, and sends nothing.

use std::net::Ipv4Addr;
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
use crate::ids::{RouteName, ServiceName, VersionName};
use crate::keys::KeyRing;
use crate::proxy::accept::{Accepted, accept};
use crate::proxy::answer::ambiguous;
use crate::proxy::authenticate::by_key_alone;
use crate::proxy::caller::Caller;
use crate::proxy::error::{ErrorCode, ProxyError};
use crate::proxy::match_route::lookup;
use crate::proxy::mock;
use crate::proxy::permit::{self, Permit};
use crate::proxy::resolve_version::{self, Asking, Resolved, Turn, resolve_version};
use crate::record::decision::{Facts, NamedBy};
use crate::saved_tests::{TestToSave, to_save};
use crate::snapshot::answer::OwnAnswer;
use crate::snapshot::compile::compile;
use crate::snapshot::key_places::KeyPlaces;
use crate::snapshot::matcher::predicates::{PredicateKind, misses, predicates};
use crate::snapshot::matcher::{Found, Lookup, Matched};
use crate::snapshot::{Backend, Route, Snapshot};

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
    /// Why the gateway would refuse it: it is not valid, no route takes it, no version of the route
    /// answers it, or its path cannot be rewritten in one way.
    pub refused: Option<RouteRefusal>,
    /// The host that was looked for, without port; absent where the request is not valid.
    pub host: Option<String>,
    /// The path that was looked for: decoded once, without doubled slashes.
    pub path: Option<String>,
    /// All other routes: first those that take it too but come later, in their order; then the
    /// rest, nearest first.
    pub candidates: Vec<RouteCandidate>,
    /// The request as a test to save: that it comes to this route and, where that is sure, this
    /// version, or to no route. Absent where it cannot be saved, since it is not valid or too long.
    pub to_save: Option<TestToSave>,
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
    /// The version that would answer; absent on a route without versions, and where the request
    /// would be refused before or for it.
    pub version: Option<RouteVersion>,
    /// Who would answer; absent where the request would be refused.
    pub answer: Option<RouteAnswer>,
}

/// The version of a route that would answer.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct RouteVersion {
    /// Its name. Where callers are spread over versions it is the one for the API key among the
    /// headers, for the address 127.0.0.1, or for whoever comes next; whose turn it stays.
    pub name: VersionName,
    /// Whether the request names it.
    pub named: bool,
    /// How the request comes by it.
    pub by: NamedBy,
    /// The same in words, such as ``named in the header `x-api-version` ``, `the default` or
    /// `share of the split: v1 90 %, v2 10 %`.
    pub why: String,
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
    /// Several services together.
    Aggregate {
        /// The parts, in the order in which they would be asked, with their services.
        parts: Vec<String>,
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
    /// A mock in the place of a service.
    Mock {
        /// The rule that would, from 1.
        rule: u32,
        /// Its status.
        status: u16,
    },
    /// Nobody: there is nothing but a mock, and none of its rules fits.
    Nothing,
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

/// Says which route and version would take a request and why, and what kept each other route from it. Sends
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
    let now_s = gateway.clock().now().epoch_us.div_euclid(1_000_000);
    let keys = gateway.keys();
    let tried = Tried {
        head: &head,
        keys: &keys,
        now_s,
    };
    let tested = match &wanted.config {
        None => tried.on(&gateway.snapshot(), &gateway.current().config),
        Some(draft) => {
            let config = schema::check(draft).map_err(Problem::refused)?;
            let compiled = compile(&config, 0, &Snapshot::default()).map_err(Problem::refused)?;
            tried.on(&compiled.snapshot, &config)
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

/// A request that is tried.
struct Tried<'a> {
    head: &'a Parts,
    keys: &'a KeyRing,
    /// Seconds since 1970-01-01 UTC.
    now_s: i64,
}

impl Tried<'_> {
    /// What would become of it where this is in force.
    fn on(&self, snapshot: &Snapshot, config: &Config) -> RouteTested {
        let accepted = match accept(self.head, &snapshot.limits) {
            Ok(accepted) => accepted,
            Err(error) => {
                return RouteTested {
                    matched: None,
                    refused: Some(RouteRefusal::of(&error)),
                    host: None,
                    path: None,
                    candidates: Vec::new(),
                    to_save: None,
                };
            }
        };
        let lookup = lookup(&accepted, self.head);
        let mut tested = RouteTested {
            matched: None,
            refused: None,
            host: Some(lookup.host.to_owned()),
            path: Some(lookup.path.to_owned()),
            candidates: candidates(snapshot, config, &lookup),
            to_save: None,
        };
        let refused = match snapshot.matcher.find(&lookup) {
            Matched::Route(found) => {
                let mut taking = RouteTaking::of(&found, &lookup);
                let places = &snapshot.key_places;
                let result = self.answer(accepted.clone(), found, places, &mut taking);
                tested.matched = Some(taking);
                result.err()
            }
            Matched::OtherMethods(methods) => Some(ProxyError::MethodNotAllowed(methods)),
            Matched::Nothing => Some(ProxyError::RouteNotFound),
        };
        tested.refused = refused.as_ref().map(RouteRefusal::of);
        let version = tested.matched.as_ref().and_then(RouteTaking::sure_version);
        tested.to_save = to_save(self.head, version, snapshot, config);
        tested
    }

    /// Says in `taking` which version would answer, and who, as the pipeline would have it.
    fn answer(
        &self,
        accepted: Accepted,
        found: Found,
        places: &KeyPlaces,
        taking: &mut RouteTaking,
    ) -> Result<(), ProxyError> {
        let route = found.route.clone();
        // Whether callers may pass is another question. But a version can stay with a key.
        let caller = by_key_alone(&route.authentication, self.head, places, self.keys);
        let caller = caller.unwrap_or_default();
        let resolved = self.version(&accepted, &found, &caller)?;
        taking.version = resolved
            .as_ref()
            .and_then(|resolved| told(&route, resolved));
        let version = match resolved {
            None => None,
            Some(resolved) => {
                resolved.result?;
                resolved.version.map(|version| (version, resolved.named))
            }
        };
        let permit = Permit {
            head: self.head,
            accepted,
            found,
            version,
            caller,
            client: Ipv4Addr::LOCALHOST.into(),
            scheme: "http",
            upgrade: None,
        };
        taking.answer = Some(RouteAnswer::of(&permit)?);
        Ok(())
    }

    fn version(
        &self,
        accepted: &Accepted,
        found: &Found,
        caller: &Caller,
    ) -> Result<Option<Resolved>, ProxyError> {
        let paths = permit::paths(self.head, accepted, found)?;
        let asking = Asking {
            found,
            head: self.head,
            paths,
            host: accepted.host_name(),
            caller,
            client: Ipv4Addr::LOCALHOST.into(),
            now_s: self.now_s,
            turn: Turn::Look,
        };
        let versions = found.route.versions.as_ref();
        Ok(versions.map(|versions| resolve_version(&found.route, versions, &asking)))
    }
}

/// The version that was chosen, if one was.
fn told(route: &Route, resolved: &Resolved) -> Option<RouteVersion> {
    match (&resolved.facts, &route.versions) {
        (Facts::VersionChosen { version, by }, Some(versions)) => Some(RouteVersion {
            name: version.clone(),
            named: resolved.named,
            by: *by,
            why: resolve_version::why(versions, *by),
        }),
        _ => None,
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

impl RouteAnswer {
    fn of(permit: &Permit<'_>) -> Result<Self, ProxyError> {
        let route = &permit.found.route;
        if let Some((rule, mock)) = mock::rule(permit)? {
            let status = mock.status.as_u16();
            return Ok(Self::Mock { rule, status });
        }
        Ok(match (permit.service(), &route.backend) {
            (Some(service), _) => Self::Service {
                service: service.name.clone(),
                upstream_path: permit.path_and_query()?,
            },
            (None, Backend::Own(OwnAnswer::Redirect(redirect))) => {
                let to = &redirect.to;
                let location = to.location(route, permit.paths()?, permit.address());
                Self::Redirect {
                    status: redirect.status.as_u16(),
                    location: location.map_err(ambiguous)?,
                }
            }
            (None, Backend::Own(OwnAnswer::Fixed(fixed))) => Self::Respond {
                status: fixed.status.as_u16(),
            },
            (None, Backend::Own(OwnAnswer::OnlyMock)) => Self::Nothing,
            (None, Backend::Aggregate(plan)) => Self::Aggregate { parts: plan.told() },
            (None, Backend::Service(_)) => unreachable!("a route's service is one"),
        })
    }
}

impl RouteTaking {
    /// The version that everyone gets who sends the request.
    fn sure_version(&self) -> Option<VersionName> {
        let version = self.version.as_ref()?;
        let by_chance = matches!(version.by, NamedBy::Split | NamedBy::Cookie);
        (!by_chance).then(|| version.name.clone())
    }

    /// Without version and answer.
    fn of(found: &Found, lookup: &Lookup<'_>) -> Self {
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
            version: None,
            answer: None,
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
