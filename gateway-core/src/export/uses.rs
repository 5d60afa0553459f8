//! What a configuration uses, each with the setting that says so. Config structs are taken apart by
//! name: a new setting does not compile until it is said here what it uses.

use super::feature::Feature;
use super::gate::{Gate, LimitKind, Route};
use super::patterns::{has_unicode_classes, portable};
use crate::config::{
    self, ActiveCheckKind, Algorithm, ApiKeys, AuthenticationMethod, Condition, ConditionTest,
    Config, HeaderEdits, LimitMode, PathKind, Protocol, Require, Service, Sticky, VersionScheme,
};
use crate::keys::KeyAccess;
use crate::snapshot::Backend;
use crate::snapshot::answer::OwnAnswer;

/// Something that is used.
pub(super) struct Use<'c> {
    /// What.
    pub(super) feature: Feature<'c>,
    /// The setting.
    pub(super) path: String,
    /// Index of the route that it is about; `None` for all.
    pub(super) route: Option<usize>,
}

struct Found<'c> {
    uses: Vec<Use<'c>>,
    route: Option<usize>,
}

impl<'c> Found<'c> {
    fn add(&mut self, feature: Feature<'c>, path: impl Into<String>) {
        self.uses.push(Use {
            feature,
            path: path.into(),
            route: self.route,
        });
    }

    fn add_if(&mut self, yes: bool, feature: Feature<'c>, path: impl Into<String>) {
        if yes {
            self.add(feature, path);
        }
    }
}

/// All that is used, in the order of the document.
pub(super) fn uses<'c>(gate: &Gate<'c>) -> Vec<Use<'c>> {
    let mut found = Found {
        uses: Vec::new(),
        route: None,
    };
    let Config {
        version: _,
        listen,
        recording,
        echo,
        api_keys,
        // Who issues tokens counts where tokens are taken, which is said there.
        issuers: _,
        local_issuer,
        limits,
        cache,
        // Their limits are among those of the gate.
        plans: _,
        consumers,
        services: _,
        routes: _,
    } = gate.config;
    listen_uses(listen, &mut found);
    found.add_if(
        *recording != config::Recording::default(),
        Feature::Recording,
        "recording",
    );
    found.add_if(echo.is_some(), Feature::Echo, "echo");
    found.add_if(local_issuer.is_some(), Feature::LocalIssuer, "local_issuer");
    let ApiKeys {
        headers,
        bearer: _,
        query,
        strip: _,
    } = api_keys;
    let asks = gate
        .routes
        .iter()
        .any(|route| route.callers != super::gate::Callers::Anyone);
    found.add_if(
        asks && query.is_some(),
        Feature::KeyInQuery,
        "api_keys.query",
    );
    found.add_if(
        asks && headers.iter().any(|name| is_odd(name)),
        Feature::OddHeaderName,
        "api_keys.headers",
    );
    found.add_if(
        !gate.limits.is_empty() && limits.headers != config::LimitHeaders::None,
        Feature::LimitHeaders,
        "limits.headers",
    );
    let keeps = |route: &Route<'_>| {
        route
            .config
            .cache
            .as_ref()
            .is_some_and(|cache| cache.enabled)
    };
    found.add_if(
        *cache != config::CacheBudget::default() && gate.routes.iter().any(keeps),
        Feature::CacheBudget,
        "cache",
    );
    for (n, consumer) in consumers.iter().enumerate() {
        let config::Consumer {
            name: _,
            labels,
            groups: _,
            scopes: _,
            plan: _,
            // Counts where passwords are taken.
            password_hash: _,
        } = consumer;
        found.add_if(
            !labels.is_empty(),
            Feature::Labels,
            format!("consumers[{n}].labels"),
        );
    }
    for (n, service) in gate.used_services() {
        service_uses(gate, n, service, &mut found);
    }
    for (n, route) in gate.routes.iter().enumerate() {
        found.route = Some(n);
        route_uses(gate, route, &mut found);
    }
    limit_uses(gate, &mut found);
    found.uses
}

fn listen_uses(listen: &config::Listen, found: &mut Found<'_>) {
    let config::Listen {
        address: _,
        port: _,
        https,
        max_request_body_bytes,
        limits,
    } = listen;
    found.add_if(https.is_some(), Feature::HttpsListener, "listen.https");
    found.add_if(
        max_request_body_bytes.is_some(),
        Feature::BodyLimit,
        "listen.max_request_body_bytes",
    );
    found.add_if(
        *limits != config::CallerLimits::default(),
        Feature::CallerLimits,
        "listen.limits",
    );
}

fn service_uses<'c>(gate: &Gate<'c>, n: usize, service: &'c Service, found: &mut Found<'c>) {
    let at = format!("services[{n}]");
    let Service {
        name,
        targets,
        protocol,
        tls,
        balance,
        health,
        breaker,
        retries,
        hold_ms,
        timeouts,
        process,
    } = service;
    let many = targets.len() > 1;
    let https = targets
        .iter()
        .any(|target| target.url.starts_with("https:"));
    let mut add = |yes: bool, feature: Feature<'c>, field: &str| {
        if !yes {
            return;
        }
        let path = format!("{at}.{field}");
        match feature.guards() {
            false => found.add(feature, path),
            true => {
                for route in gate.routes_of(name) {
                    found.uses.push(Use {
                        feature: feature.clone(),
                        path: path.clone(),
                        route: Some(route),
                    });
                }
            }
        }
    };
    add(
        !crate::export::gate::alike(targets),
        Feature::MixedTargets,
        "targets",
    );
    add(
        *protocol == Protocol::Http2,
        Feature::Http2Targets,
        "protocol",
    );
    let config::Tls {
        ca_file: _,
        server_name: _,
        skip_verify,
    } = tls;
    add(https && !skip_verify, Feature::TlsTargets, "tls");
    add(
        https && *skip_verify,
        Feature::TlsUnchecked,
        "tls.skip_verify",
    );
    let config::Balance {
        algorithm,
        hash_by,
        hash_name,
        sticky_cookie,
    } = balance;
    let odd = hash_name.as_deref().is_some_and(is_odd);
    add(many && odd, Feature::OddHeaderName, "balance.hash_name");
    match algorithm {
        Algorithm::RoundRobin => {}
        Algorithm::LeastInFlight => add(many, Feature::LeastInFlight, "balance.algorithm"),
        Algorithm::PowerOfTwo => add(many, Feature::PowerOfTwo, "balance.algorithm"),
        Algorithm::ConsistentHash => {
            add(many, Feature::ConsistentHash(*hash_by), "balance.algorithm")
        }
    }
    add(
        many && sticky_cookie.is_some(),
        Feature::StickyCookie,
        "balance.sticky_cookie",
    );
    let config::Health {
        active,
        passive,
        panic_percent,
    } = health;
    if let Some(active) = active {
        let feature = match active.kind {
            ActiveCheckKind::Http => Feature::ActiveHttp,
            ActiveCheckKind::Tcp => Feature::ActiveTcp,
        };
        add(true, feature, "health.active");
    }
    if let Some(config::PassiveCheck {
        failures,
        statuses: _,
        eject_ms,
    }) = passive
    {
        add(
            many,
            Feature::Passive(*failures, *eject_ms),
            "health.passive",
        );
    }
    add(*panic_percent > 0, Feature::Panic, "health.panic_percent");
    add(breaker.is_some(), Feature::Breaker, "breaker");
    let config::Retries {
        attempts,
        statuses,
        budget_percent: _,
    } = retries;
    add(*attempts > 0, Feature::Retries(*attempts), "retries");
    add(
        *attempts > 0 && !statuses.is_empty(),
        Feature::RetryStatuses,
        "retries.statuses",
    );
    add(*hold_ms > 0, Feature::Hold, "hold_ms");
    add(process.is_some(), Feature::ManagedProcess, "process");
    let config::Timeouts {
        connect_ms: _,
        first_byte_ms,
        idle_ms,
        total_ms,
    } = timeouts;
    add(
        true,
        Feature::FirstByteTimeout(*first_byte_ms),
        "timeouts.first_byte_ms",
    );
    if let Some(idle) = idle_ms {
        add(true, Feature::IdleTimeout(*idle), "timeouts.idle_ms");
    }
    if let Some(total) = total_ms {
        add(true, Feature::TotalTimeout(*total), "timeouts.total_ms");
    }
}

fn route_uses<'c>(gate: &Gate<'c>, route: &Route<'c>, found: &mut Found<'c>) {
    let at = &route.at;
    let config::Route {
        name: _,
        enabled: _,
        priority: _,
        matches,
        service: _,
        redirect,
        respond,
        mock,
        aggregate,
        strip_prefix: _,
        rewrite,
        host_header: _,
        request_headers,
        response_headers,
        max_request_body_bytes,
        authentication,
        authorization,
        cors,
        // Among those of the gate.
        rate_limits: _,
        quotas: _,
        concurrency: _,
        cache,
        versions,
    } = route.config;
    match_uses(matches, at, found);
    found.add_if(
        redirect.is_some(),
        Feature::Redirect,
        format!("{at}.redirect"),
    );
    found.add_if(
        respond.is_some(),
        Feature::FixedAnswer,
        format!("{at}.respond"),
    );
    if let Some(mock) = mock {
        let only = matches!(route.compiled.backend, Backend::Own(OwnAnswer::OnlyMock));
        mock_use(mock, only, at, found);
    }
    // Whatever it says of its parts: where one is missing, none of the others can be had.
    found.add_if(
        aggregate.is_some(),
        Feature::Aggregate,
        format!("{at}.aggregate"),
    );
    let is_regex = matches.path_kind == PathKind::Regex;
    let fills = |text: &Option<String>| text.as_deref().is_some_and(|text| text.contains('{'));
    found.add_if(
        is_regex && fills(rewrite),
        Feature::RewriteByRegex,
        format!("{at}.rewrite"),
    );
    edit_uses(request_headers, &format!("{at}.request_headers"), found);
    edit_uses(response_headers, &format!("{at}.response_headers"), found);
    found.add_if(
        max_request_body_bytes.is_some(),
        Feature::BodyLimit,
        format!("{at}.max_request_body_bytes"),
    );
    authentication_uses(gate, authentication, at, found);
    for n in 0..authorization.len() {
        found.add(Feature::AccessRule, format!("{at}.authorization[{n}]"));
    }
    found.add_if(cors.is_some(), Feature::Cors, format!("{at}.cors"));
    let keeps = cache.as_ref().is_some_and(|cache| cache.enabled);
    found.add_if(keeps, Feature::Cache, format!("{at}.cache"));
    if let Some(versions) = versions {
        version_uses(versions, is_regex, &format!("{at}.versions"), found);
    }
}

/// `only`: nothing else answers on the route.
fn mock_use(mock: &config::Mock, only: bool, at: &str, found: &mut Found<'_>) {
    // What the rules say stays here.
    let config::Mock { enabled, rules: _ } = mock;
    let at = format!("{at}.mock");
    found.add_if(*enabled && !only, Feature::Mock, at.clone());
    found.add_if(only, Feature::OnlyMock, at);
}

fn match_uses<'c>(matches: &'c config::Match, at: &str, found: &mut Found<'c>) {
    let config::Match {
        hosts: _,
        path,
        path_kind,
        methods: _,
        headers,
        query,
    } = matches;
    if *path_kind == PathKind::Regex {
        let at = format!("{at}.match.path");
        regex_use(path, Feature::RegexPath, at, found);
    }
    for (n, condition) in headers.iter().enumerate() {
        let at = format!("{at}.match.headers[{n}]");
        let Condition { name, test, value } = condition;
        found.add_if(is_odd(name), Feature::OddHeaderName, at.clone());
        match test {
            ConditionTest::Equals => {}
            ConditionTest::Present | ConditionTest::Absent => {
                found.add(Feature::HeaderCondition, at);
            }
            ConditionTest::Matches => {
                let pattern = value.as_deref().unwrap_or_default();
                regex_use(pattern, Feature::HeaderCondition, at, found);
            }
        }
    }
    for (n, condition) in query.iter().enumerate() {
        let Condition {
            name: _,
            test,
            value,
        } = condition;
        if *test == ConditionTest::Matches {
            let pattern = value.as_deref().unwrap_or_default();
            let at = format!("{at}.match.query[{n}]");
            regex_use(pattern, Feature::QueryMatches, at, found);
        }
    }
}

fn regex_use<'c>(pattern: &str, feature: Feature<'c>, at: String, found: &mut Found<'c>) {
    match portable(pattern) {
        Err(_) => found.add(Feature::UnportableRegex, at),
        Ok(_) if feature != Feature::RegexPath || has_unicode_classes(pattern) => {
            found.add(feature, at);
        }
        Ok(_) => {}
    }
}

fn edit_uses(edits: &HeaderEdits, at: &str, found: &mut Found<'_>) {
    let HeaderEdits {
        remove: _,
        set,
        add,
    } = edits;
    for (n, line) in set.iter().enumerate() {
        found.add_if(
            line.value.contains("${"),
            Feature::HeaderVariable,
            format!("{at}.set[{n}]"),
        );
    }
    for (n, line) in add.iter().enumerate() {
        found.add(Feature::HeaderBeside, format!("{at}.add[{n}]"));
        found.add_if(
            line.value.contains("${"),
            Feature::HeaderVariable,
            format!("{at}.add[{n}]"),
        );
    }
}

fn authentication_uses<'c>(
    gate: &Gate<'c>,
    authentication: &'c config::Authentication,
    at: &str,
    found: &mut Found<'c>,
) {
    let at = format!("{at}.authentication");
    let config::Authentication {
        methods,
        require,
        anonymous: _,
        issuers: _,
        forward: _,
    } = authentication;
    let by_key = methods.contains(&AuthenticationMethod::ApiKey);
    let mut others = Vec::new();
    for method in methods {
        match method {
            AuthenticationMethod::ApiKey => {
                found.add(Feature::ApiKeys, format!("{at}.methods"));
                let limited = gate
                    .slots
                    .iter()
                    .any(|slot| slot.key.access != KeyAccess::All);
                found.add_if(limited, Feature::KeyAccess, "api_keys");
            }
            AuthenticationMethod::Basic => others.push(Feature::Basic),
            AuthenticationMethod::Jwt => others.push(Feature::Jwt),
            AuthenticationMethod::Forward => others.push(Feature::ForwardAuth),
        }
    }
    // Where a key alone is enough, callers with something else are refused: stricter, not less so.
    match by_key && *require == Require::Any {
        true => found.add_if(
            !others.is_empty(),
            Feature::OtherWaysToo,
            format!("{at}.methods"),
        ),
        false => {
            for other in others {
                found.add(other, format!("{at}.methods"));
            }
        }
    }
}

fn version_uses<'c>(
    versions: &'c config::Versions,
    is_regex: bool,
    at: &str,
    found: &mut Found<'c>,
) {
    let config::Versions {
        by,
        name,
        place: _,
        pattern,
        strip: _,
        default: _,
        split,
        list,
    } = versions;
    let feature = match by {
        VersionScheme::Path => Feature::VersionByPath,
        VersionScheme::Header => Feature::VersionByHeader,
        VersionScheme::Query => Feature::VersionByQuery,
        VersionScheme::Accept => Feature::VersionByAccept,
        VersionScheme::Host => Feature::VersionByHost,
    };
    found.add(feature, format!("{at}.by"));
    let odd = *by == VersionScheme::Header && name.as_deref().is_some_and(is_odd);
    found.add_if(odd, Feature::OddHeaderName, format!("{at}.name"));
    if let Some(pattern) = pattern
        && portable(pattern).is_err()
    {
        found.add(Feature::UnportableRegex, format!("{at}.pattern"));
    }
    if let Some(config::Split {
        sticky,
        cookie: _,
        weights: _,
    }) = split
    {
        let at = match sticky {
            Sticky::None => format!("{at}.split.weights"),
            Sticky::Key | Sticky::Consumer | Sticky::Ip | Sticky::Cookie => {
                format!("{at}.split.sticky")
            }
        };
        found.add(Feature::Split(*sticky), at);
    }
    for (n, version) in list.iter().enumerate() {
        let at = format!("{at}.list[{n}]");
        let config::Version {
            name: _,
            value: _,
            service: _,
            mock,
            rewrite,
            request_headers,
            response_headers,
            // Among those of the gate.
            rate_limits: _,
            quotas: _,
            concurrency: _,
            deprecated_at,
            sunset_at,
            enforce_sunset,
            deprecation_link,
            sunset_link,
            successor,
        } = version;
        if let Some(mock) = mock {
            mock_use(mock, false, &at, found);
        }
        let fills = rewrite.as_deref().is_some_and(|text| text.contains('{'));
        found.add_if(
            is_regex && fills,
            Feature::RewriteByRegex,
            format!("{at}.rewrite"),
        );
        edit_uses(request_headers, &format!("{at}.request_headers"), found);
        edit_uses(response_headers, &format!("{at}.response_headers"), found);
        let told = [deprecated_at, sunset_at, deprecation_link, sunset_link];
        found.add_if(
            told.iter().any(|one| one.is_some()) || successor.is_some(),
            Feature::Lifecycle,
            format!("{at}.deprecated_at"),
        );
        found.add_if(
            *enforce_sunset && sunset_at.is_some(),
            Feature::SunsetEnforced,
            format!("{at}.enforce_sunset"),
        );
    }
}

fn limit_uses<'c>(gate: &Gate<'c>, found: &mut Found<'c>) {
    for limit in &gate.limits {
        found.route = match &limit.scope {
            super::gate::Scope::All | super::gate::Scope::Slots(_) => None,
            super::gate::Scope::Route(route) | super::gate::Scope::Version(route, _) => {
                Some(*route)
            }
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

/// Whether a header's name has characters that products cannot refer to as a variable.
pub(super) fn is_odd(name: &str) -> bool {
    !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
