//! Kong's services and upstreams, as services here.

use super::super::fields::Fields;
use super::super::finding::{Findings, Grade};
use super::super::names::Names;
use super::entities::{Entities, Entity, UpstreamEntity};
use crate::config::{
    ActiveCheck, ActiveCheckKind, Algorithm, Balance, HashBy, Health, PassiveCheck, Protocol,
    Service, Target, Timeouts, Tls,
};
use crate::ids::ServiceName;

/// A service that routes can be sent to.
pub(super) struct Written {
    pub name: ServiceName,
    /// The `Host` its upstream wants instead of that of the target.
    pub host_header: Option<String>,
    /// Whether requests are put behind a path.
    pub has_path: bool,
    /// Switched off: its routes are too.
    pub off: bool,
}

/// Writes every service; one that cannot be said here is `None`.
pub(super) fn write(
    entities: &Entities<'_>,
    out: &mut Vec<Service>,
    findings: &mut Findings,
) -> Vec<Option<Written>> {
    let mut names = Names::default();
    let services = entities.services.iter();
    services
        .map(|entity| write_service(entity, &entities.upstreams, &mut names, out, findings))
        .collect()
}

fn write_service(
    entity: &Entity<'_>,
    upstreams: &[UpstreamEntity<'_>],
    names: &mut Names,
    out: &mut Vec<Service>,
    findings: &mut Findings,
) -> Option<Written> {
    let fields = &entity.fields;
    let name = ServiceName::new(names.give(&entity.name, "service"));
    let address = Address::read(fields, findings);
    let timeouts = timeouts(fields, findings);
    let retries = fields.number("retries", findings);
    let on = fields.truth("enabled", findings).unwrap_or(true);
    let mut tls = Tls::default();
    match fields.truth("tls_verify", findings) {
        Some(false) => tls.skip_verify = address.tls,
        None if address.tls => fields.find(
            "tls_verify",
            Grade::Approximate,
            "the target's certificate is checked here; Kong checks none unless it is told to",
            findings,
        ),
        Some(true) | None => {}
    }
    for (field, what) in [
        ("ca_certificates", "name a file in `tls.ca_file`"),
        (
            "client_certificate",
            "the gateway shows no certificate to services",
        ),
    ] {
        let message = format!("certificates are not taken over: {what}");
        fields.tell(field, Grade::LeftOut, &message, findings);
    }
    fields.tell(
        "tls_verify_depth",
        Grade::LeftOut,
        "the depth is not limited here",
        findings,
    );
    fields.tell(
        "tags",
        Grade::LeftOut,
        "services have no tags here",
        findings,
    );
    if !matches!(
        address.scheme.as_str(),
        "http" | "https" | "grpc" | "grpcs" | "ws" | "wss"
    ) {
        let message = format!(
            "`{}` is not passed on here, only HTTP; the service and its routes were left out",
            address.scheme
        );
        fields.find("protocol", Grade::NotExpressible, message, findings);
        return None;
    }
    let upstream = upstreams.iter().find(|one| one.entity.name == address.host);
    let scheme = if address.tls { "https" } else { "http" };
    let mut service = plain(name.clone(), &address);
    service.tls = tls;
    service.timeouts = timeouts;
    if let Some(retries) = retries {
        service.retries.attempts = u8::try_from(retries.min(10)).unwrap_or(10);
        if retries > 10 {
            let message = format!("10 retries are the most here; Kong made {retries}");
            fields.find("retries", Grade::Approximate, message, findings);
        }
    }
    if fields.get("connect_timeout").is_none() || retries.is_none() {
        findings.of_many(
            Grade::Approximate,
            fields.place("", ""),
            "what the file leaves open is as usual here: 2 s for a connection and one retry; \
             Kong waits 60 s and tries 5 times more",
        );
    }
    let mut host_header = None;
    if let Some(upstream) = upstream {
        host_header = write_upstream(upstream, scheme, &address.path, &mut service, findings);
    }
    if service.targets.is_empty() {
        fields.find(
            "host",
            Grade::LeftOut,
            "its upstream has no targets; its routes were left out",
            findings,
        );
        return None;
    }
    out.push(service);
    Some(Written {
        name,
        host_header,
        has_path: !address.path.is_empty(),
        off: !on,
    })
}

fn plain(name: ServiceName, address: &Address) -> Service {
    let scheme = if address.tls { "https" } else { "http" };
    let url = format!(
        "{scheme}://{}{}{}",
        address.host,
        address.port_text(),
        address.path
    );
    let target = Target { url, weight: 1 };
    Service {
        name,
        targets: vec![target],
        protocol: match address.scheme.as_str() {
            "grpc" | "grpcs" => Protocol::Http2,
            _ => Protocol::default(),
        },
        tls: Tls::default(),
        balance: Balance::default(),
        health: Health::default(),
        breaker: None,
        retries: Default::default(),
        process: None,
        hold_ms: 0,
        timeouts: Timeouts::default(),
    }
}

struct Address {
    scheme: String,
    tls: bool,
    host: String,
    port: u64,
    /// Without a slash at its end; empty for `/`.
    path: String,
}

impl Address {
    fn read(fields: &Fields<'_>, findings: &mut Findings) -> Self {
        let url = fields.text("url", findings);
        let protocol = fields.text("protocol", findings);
        let host = fields.text("host", findings);
        let port = fields.number("port", findings);
        let path = fields.text("path", findings);
        fields.ignore(&["created_at", "updated_at"]);
        if let Some(url) = url {
            let (scheme, rest) = url.split_once("://").unwrap_or(("http", url.as_str()));
            let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
            // A name and password in a URL are credentials.
            let authority = match authority.rsplit_once('@') {
                Some((_, authority)) => {
                    let message = "a name and password in the address were not taken over";
                    fields.find("url", Grade::NeedsValue, message, findings);
                    authority
                }
                None => authority,
            };
            let tls = is_tls(scheme);
            let (host, port) = match authority.rsplit_once(':') {
                Some((host, port)) if !port.ends_with(']') && port.parse::<u64>().is_ok() => {
                    (host, port.parse().unwrap_or_default())
                }
                _ => (authority, if tls { 443 } else { 80 }),
            };
            return Self::new(scheme, host, port, path);
        }
        let scheme = protocol.unwrap_or_else(|| "http".to_owned());
        let host = host.unwrap_or_else(|| {
            fields.find(
                "host",
                Grade::NeedsValue,
                "the file gives no address: say where it listens",
                findings,
            );
            "upstream.invalid".to_owned()
        });
        Self::new(
            &scheme,
            &host,
            port.unwrap_or(80),
            path.as_deref().unwrap_or_default(),
        )
    }

    fn new(scheme: &str, host: &str, port: u64, path: &str) -> Self {
        let path = path.split(['?', '#']).next().unwrap_or_default();
        Self {
            scheme: scheme.to_ascii_lowercase(),
            tls: is_tls(scheme),
            host: host.to_owned(),
            port,
            path: path.trim_end_matches('/').to_owned(),
        }
    }

    fn port_text(&self) -> String {
        let usual = if self.tls { 443 } else { 80 };
        if self.port == usual {
            String::new()
        } else {
            format!(":{}", self.port)
        }
    }
}

fn is_tls(scheme: &str) -> bool {
    matches!(
        scheme.to_ascii_lowercase().as_str(),
        "https" | "grpcs" | "wss"
    )
}

fn timeouts(fields: &Fields<'_>, findings: &mut Findings) -> Timeouts {
    let mut timeouts = Timeouts::default();
    let milliseconds = |name, most: u32, findings: &mut Findings| {
        let given = fields.number(name, findings)?;
        let most_text = format!("at most {most} ms here");
        let taken = u32::try_from(given).unwrap_or(u32::MAX).clamp(1, most);
        if u64::from(taken) != given {
            fields.find(name, Grade::Approximate, most_text, findings);
        }
        Some(taken)
    };
    if let Some(ms) = milliseconds("connect_timeout", 600_000, findings) {
        timeouts.connect_ms = ms;
    }
    if let Some(ms) = milliseconds("read_timeout", 3_600_000, findings) {
        // Kong waits as long between any two pieces of an answer.
        timeouts.first_byte_ms = ms;
        timeouts.idle_ms = Some(ms);
    }
    if fields.get("write_timeout").is_some() {
        findings.of_many(
            Grade::LeftOut,
            fields.place("write_timeout", "write_timeout"),
            "there is no time limit on sending a request to a service here",
        );
    }
    timeouts
}

/// Puts an upstream's targets and rules on a service. Gives the `Host` that it wants.
fn write_upstream(
    upstream: &UpstreamEntity<'_>,
    scheme: &str,
    path: &str,
    service: &mut Service,
    findings: &mut Findings,
) -> Option<String> {
    let fields = &upstream.entity.fields;
    let most = upstream
        .targets
        .iter()
        .map(|target| target.weight)
        .max()
        .unwrap_or(1);
    let same = upstream.targets.iter().all(|target| target.weight == most);
    let scaled = |weight: u64| match (same, most) {
        (true, 1..) => 1,
        (false, 1_001..) => (weight * 1_000).div_ceil(most),
        _ => weight,
    };
    if !same && most > 1_000 {
        let message = format!("weights are at most 1000 here; they were scaled down from {most}");
        fields.find("targets", Grade::Approximate, message, findings);
    }
    service.targets = upstream
        .targets
        .iter()
        .map(|target| {
            let has_port = target
                .address
                .rsplit_once(':')
                .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
            let port = if has_port { "" } else { ":8000" };
            Target {
                url: format!("{scheme}://{}{port}{path}", target.address),
                weight: u16::try_from(scaled(target.weight)).unwrap_or(1_000),
            }
        })
        .collect();
    service.balance = balance(fields, findings);
    service.health = health(fields, findings);
    fields.text("host_header", findings)
}

fn balance(fields: &Fields<'_>, findings: &mut Findings) -> Balance {
    let mut balance = Balance::default();
    let algorithm = fields.text("algorithm", findings).unwrap_or_default();
    let hash_on = fields.text("hash_on", findings).unwrap_or_default();
    let header = fields.text("hash_on_header", findings);
    let cookie = fields.text("hash_on_cookie", findings);
    balance.algorithm = match algorithm.as_str() {
        "" | "round-robin" => Algorithm::RoundRobin,
        "least-connections" => Algorithm::LeastInFlight,
        "consistent-hashing" => Algorithm::ConsistentHash,
        other => {
            let message = format!("`{other}` is the better of two by running requests here");
            fields.find("algorithm", Grade::Approximate, message, findings);
            Algorithm::PowerOfTwo
        }
    };
    if balance.algorithm == Algorithm::ConsistentHash {
        (balance.hash_by, balance.hash_name) = match (hash_on.as_str(), header, cookie) {
            ("header", Some(name), _) => (HashBy::Header, Some(name)),
            ("cookie", _, Some(name)) => (HashBy::Cookie, Some(name)),
            ("consumer", _, _) => (HashBy::Consumer, None),
            ("ip" | "" | "none", _, _) => (HashBy::Ip, None),
            (other, _, _) => {
                let message = format!("`{other}` cannot be hashed here; the caller's address is");
                fields.find("hash_on", Grade::Approximate, message, findings);
                (HashBy::Ip, None)
            }
        };
    }
    let fallback = fields.text("hash_fallback", findings);
    if fallback.is_some_and(|fallback| !matches!(fallback.as_str(), "none" | "ip")) {
        let message = "what a request does not have is replaced by the caller's address here";
        fields.find("hash_fallback", Grade::Approximate, message, findings);
    }
    fields.tell(
        "tags",
        Grade::LeftOut,
        "services have no tags here",
        findings,
    );
    let inner = [
        "hash_fallback_header",
        "hash_on_cookie_path",
        "hash_fallback_query_arg",
    ];
    fields.ignore(&inner);
    fields.ignore(&[
        "slots",
        "created_at",
        "updated_at",
        "use_srv_name",
        "hash_on_query_arg",
    ]);
    fields.ignore(&["hash_on_uri_capture", "hash_fallback_uri_capture"]);
    balance
}

fn health(around: &Fields<'_>, findings: &mut Findings) -> Health {
    let mut health = Health::default();
    let Some(node) = around.get("healthchecks") else {
        return health;
    };
    let about = around.about.clone();
    let fields = Fields::within(node, about.clone(), "healthchecks.", findings);
    if let Some(node) = fields.get("active") {
        let active = Fields::within(node, about.clone(), "healthchecks.active.", findings);
        health.active = active_check(active, findings);
    }
    if let Some(node) = fields.get("passive") {
        let passive = Fields::within(node, about, "healthchecks.passive.", findings);
        health.passive = passive_check(passive, findings);
    }
    if fields.number("threshold", findings).unwrap_or(0) > 0 {
        let message = "it is not taken over; see `health.panic_percent` for something like it";
        fields.find("threshold", Grade::NotExpressible, message, findings);
    }
    fields.finish(findings);
    health
}

/// Numbers of a part of a health check, and its statuses.
struct Part {
    interval_s: u64,
    successes: u64,
    /// The least of the numbers of failures that are not 0.
    failures: u64,
    statuses: Vec<u16>,
}

fn part(around: &Fields<'_>, name: &'static str, findings: &mut Findings) -> Part {
    let mut part = Part {
        interval_s: 0,
        successes: 0,
        failures: 0,
        statuses: Vec::new(),
    };
    let Some(node) = around.get(name) else {
        return part;
    };
    let prefix = format!("{}.", around.field(name));
    let fields = Fields::within(node, around.about.clone(), &prefix, findings);
    part.interval_s = fields.number("interval", findings).unwrap_or(0);
    part.successes = fields.number("successes", findings).unwrap_or(0);
    let failures = ["http_failures", "tcp_failures", "timeouts"]
        .map(|name| fields.number(name, findings).unwrap_or(0));
    part.failures = failures.into_iter().filter(|n| *n > 0).min().unwrap_or(0);
    if failures.iter().any(|n| *n > 0 && *n != part.failures) {
        let message = format!(
            "failures of all kinds count together here: {} in a row",
            part.failures
        );
        fields.find("http_failures", Grade::Approximate, message, findings);
    }
    part.statuses = fields
        .texts("http_statuses", findings)
        .into_iter()
        .filter_map(|(status, _)| status.parse().ok())
        .collect();
    fields.finish(findings);
    part
}

fn active_check(fields: Fields<'_>, findings: &mut Findings) -> Option<ActiveCheck> {
    let kind = fields
        .text("type", findings)
        .unwrap_or_else(|| "http".to_owned());
    let path = fields
        .text("http_path", findings)
        .unwrap_or_else(|| "/".to_owned());
    let timeout_s = fields.number("timeout", findings).unwrap_or(1);
    let (healthy, unhealthy) = (
        part(&fields, "healthy", findings),
        part(&fields, "unhealthy", findings),
    );
    for name in ["https_sni", "headers"] {
        fields.tell(
            name,
            Grade::NotExpressible,
            "checks are sent without it",
            findings,
        );
    }
    fields.ignore(&["concurrency", "https_verify_certificate"]);
    let intervals = [healthy.interval_s, unhealthy.interval_s];
    let interval = intervals.into_iter().filter(|n| *n > 0).min();
    if let Some(interval) = interval
        && intervals.iter().any(|n| *n != interval)
    {
        let message = format!("targets are asked every {interval} s here, well or not");
        fields.find("healthy.interval", Grade::Approximate, message, findings);
    }
    fields.finish(findings);
    let interval = interval?;
    let ms = |s: u64, most: u64| u32::try_from((s * 1_000).clamp(100, most)).unwrap_or(1_000);
    let count = |n: u64| u16::try_from(n.clamp(1, 100)).unwrap_or(1);
    Some(ActiveCheck {
        kind: if kind == "tcp" {
            ActiveCheckKind::Tcp
        } else {
            ActiveCheckKind::Http
        },
        path,
        statuses: if kind == "tcp" {
            Vec::new()
        } else {
            healthy.statuses
        },
        interval_ms: ms(interval, 3_600_000),
        timeout_ms: ms(timeout_s, 60_000),
        healthy_after: count(healthy.successes),
        unhealthy_after: count(unhealthy.failures),
    })
}

fn passive_check(fields: Fields<'_>, findings: &mut Findings) -> Option<PassiveCheck> {
    let unhealthy = part(&fields, "unhealthy", findings);
    part(&fields, "healthy", findings);
    fields.ignore(&["type"]);
    let check = (unhealthy.failures > 0).then(|| PassiveCheck {
        failures: u16::try_from(unhealthy.failures.min(1_000)).unwrap_or(1_000),
        statuses: match unhealthy.statuses.is_empty() {
            true => vec![429, 500, 503],
            false => unhealthy.statuses,
        },
        ..PassiveCheck::default()
    });
    if let Some(PassiveCheck { eject_ms, .. }) = check {
        let message = format!(
            "a target that is left out is tried again after {} s here; in Kong an active check or a \
             person brings it back",
            eject_ms / 1_000
        );
        fields.find("", Grade::Approximate, message, findings);
    }
    fields.finish(findings);
    check
}
