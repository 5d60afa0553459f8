//! What a configuration uses, each with the setting that says so. Config structs are taken apart by
//! name: a new setting does not compile until it is said here what it uses.

mod authentication;
mod limit;
mod route;
mod service;
mod version;

use super::feature::Feature;
use super::gate::{Gate, Route};
use crate::config::{self, ApiKeys, Config};
use limit::limit_uses;
use route::route_uses;
use service::service_uses;

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
        // They change nothing.
        no_route_tests: _,
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

/// Whether a header's name has characters that products cannot refer to as a variable.
pub(super) fn is_odd(name: &str) -> bool {
    !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}
