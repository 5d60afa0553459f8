//! What a Kong route asks of requests.

use super::super::fields::Fields;
use super::super::finding::{Findings, Grade};
use super::entities::RouteEntity;
use super::paths::KongPath;
use super::rank::Rank;
use super::services;
use crate::config::{Condition, ConditionTest, HostHeader, HostHeaderKind, Route};
use crate::snapshot::matcher::paths::whole;

/// What a Kong route asks of requests.
pub(super) struct Asks {
    pub(super) hosts: Vec<String>,
    pub(super) methods: Vec<String>,
    pub(super) headers: Vec<Condition>,
    pub(super) paths: Vec<(KongPath, u32)>,
    pub(super) regex_priority: i64,
    pub(super) kinds: Vec<&'static str>,
    pub(super) strip: bool,
    pub(super) host_header: HostHeader,
    /// It asks for something that cannot be asked here.
    pub(super) off: bool,
}

/// Reads what a route of Kong's asks of requests.
pub(super) fn read(
    route: &RouteEntity<'_>,
    services: &[Option<services::Written>],
    old: bool,
    findings: &mut Findings,
) -> Asks {
    let fields = &route.entity.fields;
    let mut asks = Asks {
        hosts: Vec::new(),
        methods: Vec::new(),
        headers: Vec::new(),
        paths: Vec::new(),
        regex_priority: 0,
        kinds: Vec::new(),
        strip: fields.truth("strip_path", findings).unwrap_or(true),
        host_header: HostHeader::default(),
        off: false,
    };
    asks.host_header = host_header(route, services, findings);
    asks.read_hosts(fields, findings);
    asks.read_methods(fields, findings);
    asks.read_headers(fields, findings);
    let texts = fields.texts("paths", findings);
    if !texts.is_empty() {
        asks.kinds.push("paths");
    }
    asks.paths = texts
        .iter()
        .map(|(text, line)| (KongPath::read(text, !old), *line))
        .collect();
    if texts.is_empty() {
        asks.paths
            .push((KongPath::Prefix("/".to_owned()), fields.line));
    }
    asks.regex_priority = fields
        .number("regex_priority", findings)
        .and_then(|n| i64::try_from(n).ok())
        .unwrap_or(0);
    asks.read_protocols(fields, findings);
    for (field, message) in [
        (
            "snis",
            "names of TLS are not asked for here: the route was imported switched off",
        ),
        (
            "sources",
            "connections without HTTP are not passed on here: the route was imported switched off",
        ),
        (
            "destinations",
            "connections without HTTP are not passed on here: the route was imported switched off",
        ),
        (
            "expression",
            "expressions are not read here: the route was imported switched off",
        ),
    ] {
        if fields.get(field).is_some() {
            fields.find_less_strict(field, Grade::NotExpressible, message, findings);
            asks.off = true;
        }
    }
    fields.tell("tags", Grade::LeftOut, "routes have no tags here", findings);
    if fields
        .text("path_handling", findings)
        .is_some_and(|one| one == "v1")
    {
        let message = "slashes between the service's path and the rest are put together as in `v0`";
        fields.find("path_handling", Grade::Approximate, message, findings);
    }
    fields.ignore(&[
        "created_at",
        "updated_at",
        "request_buffering",
        "response_buffering",
        "priority",
    ]);
    asks
}

fn host_header(
    route: &RouteEntity<'_>,
    services: &[Option<services::Written>],
    findings: &mut Findings,
) -> HostHeader {
    let keeps = route
        .entity
        .fields
        .truth("preserve_host", findings)
        .unwrap_or(false);
    let service = route.service.and_then(|index| services[index].as_ref());
    match service {
        _ if keeps => HostHeader::default(),
        Some(services::Written {
            host_header: Some(host),
            ..
        }) => HostHeader {
            kind: HostHeaderKind::Fixed,
            value: Some(host.clone()),
        },
        Some(_) => HostHeader {
            kind: HostHeaderKind::Target,
            value: None,
        },
        None => HostHeader::default(),
    }
}

impl Asks {
    fn read_hosts(&mut self, fields: &Fields<'_>, findings: &mut Findings) {
        let texts = fields.texts("hosts", findings);
        if texts.is_empty() {
            return;
        }
        self.kinds.push("hosts");
        for (host, _) in texts {
            if host.ends_with(".*") {
                let message =
                    format!("`{host}`: a wildcard stands at the front here; the host was left out");
                fields.find("hosts", Grade::NotExpressible, message, findings);
                continue;
            }
            let name = match host.rsplit_once(':') {
                Some((name, port)) if port.parse::<u16>().is_ok() => {
                    let message = format!("`{host}`: the port is not asked for here");
                    fields.find("hosts", Grade::Approximate, message, findings);
                    name.to_owned()
                }
                _ => host,
            };
            let name = name.to_ascii_lowercase();
            if !self.hosts.contains(&name) {
                self.hosts.push(name);
            }
        }
        if self.hosts.is_empty() {
            let message = "none of its hosts can be said here: it was imported switched off";
            fields.find_less_strict("hosts", Grade::NotExpressible, message, findings);
            self.off = true;
        }
    }

    fn read_methods(&mut self, fields: &Fields<'_>, findings: &mut Findings) {
        let texts = fields.texts("methods", findings);
        if texts.is_empty() {
            return;
        }
        self.kinds.push("methods");
        for (method, _) in texts {
            let method = method.to_ascii_uppercase();
            if matches!(method.as_str(), "CONNECT" | "TRACE") {
                let message = format!("{method} is never proxied here");
                fields.find("methods", Grade::NotExpressible, message, findings);
            } else if !self.methods.contains(&method) {
                self.methods.push(method);
            }
        }
        if self.methods.is_empty() {
            self.off = true;
        }
    }

    fn read_headers(&mut self, fields: &Fields<'_>, findings: &mut Findings) {
        let Some(node) = fields.get("headers") else {
            return;
        };
        for (key, node) in node.members() {
            let values: Vec<_> = match node.text() {
                Some(text) => vec![text],
                None => node
                    .items()
                    .iter()
                    .filter_map(super::super::tree::Node::text)
                    .collect(),
            };
            let (test, value) = match &values[..] {
                [] => continue,
                [one] if one.starts_with("~*") => {
                    (ConditionTest::Matches, format!("(?i).*(?:{}).*", &one[2..]))
                }
                [one] if !one.bytes().any(|byte| byte.is_ascii_alphabetic()) => {
                    (ConditionTest::Equals, one.clone())
                }
                // Kong reads values in any case.
                all => {
                    let each: Vec<_> = all.iter().map(|value| regex::escape(value)).collect();
                    (ConditionTest::Matches, format!("(?i){}", each.join("|")))
                }
            };
            if let (ConditionTest::Matches, Err(reason)) = (test, whole(&value)) {
                let message = format!(
                    "`{}`: {reason}: the route was imported switched off",
                    key.name
                );
                fields.find_less_strict("headers", Grade::NotExpressible, message, findings);
                self.off = true;
                continue;
            }
            let name = key.name.clone();
            self.headers.push(Condition {
                name,
                test,
                value: Some(value),
            });
        }
        if !self.headers.is_empty() {
            self.kinds.push("headers");
        }
    }

    fn read_protocols(&mut self, fields: &Fields<'_>, findings: &mut Findings) {
        let protocols = fields.texts("protocols", findings);
        let takes = |names: &[&str]| {
            protocols
                .iter()
                .any(|(one, _)| names.contains(&one.as_str()))
        };
        fields.ignore(&["https_redirect_status_code"]);
        if protocols.is_empty() || takes(&["http", "grpc", "ws"]) {
            return;
        }
        if takes(&["https", "grpcs", "wss"]) {
            let message =
                "it is taken over HTTP too here; Kong answers that 426 or with a redirect";
            fields.find_less_strict("protocols", Grade::Approximate, message, findings);
        } else {
            let message = "only HTTP is passed on here: the route was imported switched off";
            fields.find("protocols", Grade::NotExpressible, message, findings);
            self.off = true;
        }
    }

    /// What decides where its route for a path comes.
    pub(super) fn rank(&self, path: &KongPath, route: &Route) -> Rank {
        let headers: Vec<_> = self.headers.iter().map(|one| format!("{one:?}")).collect();
        Rank {
            kinds: self.kinds.len(),
            headers: self.headers.len(),
            plain_hosts: !self.hosts.is_empty()
                && self.hosts.iter().all(|host| !host.contains('*')),
            regex: path.is_regex(),
            regex_priority: if path.is_regex() {
                self.regex_priority
            } else {
                0
            },
            path_length: path.len(),
            kinds_named: self.kinds.join(" "),
            path: format!("{:?} {headers:?} {}", self.hosts, route.matches.path),
            methods: self.methods.clone(),
        }
    }
}
