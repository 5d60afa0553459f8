//! What the plugins of a route come to: the terms on which it is called.

use super::super::fields::Fields;
use super::super::finding::{Findings, Grade};
use super::super::tree::Node;
use super::callers::{self, KeysSeen};
use super::entities::Plugin;
use super::{limits, transform};
use crate::config::{
    AccessRule, Authentication, Cors, FixedAnswer, HeaderEdits, HeaderLine, Quota, RateLimit,
};

/// The terms of a route.
#[derive(Clone, Default)]
pub(super) struct Terms {
    pub authentication: Authentication,
    pub authorization: Vec<AccessRule>,
    pub cors: Option<Cors>,
    pub rate_limits: Vec<RateLimit>,
    pub quotas: Vec<Quota>,
    pub request_headers: HeaderEdits,
    pub response_headers: HeaderEdits,
    pub max_request_body_bytes: Option<u64>,
    pub respond: Option<FixedAnswer>,
    /// `replace.uri` of a request-transformer, as Kong writes it.
    pub uri: Option<String>,
    /// Something that may refuse requests could not be carried over: the route is imported switched
    /// off, never open.
    pub off: bool,
}

/// What of a plugin is being read.
pub(super) struct Reading<'n> {
    /// Its `config`.
    pub config: Fields<'n>,
    /// Over how many routes of Kong's and of here its counts go.
    pub routes: usize,
}

static NOTHING: Node = Node {
    line: 0,
    value: super::super::tree::Value::Map(Vec::new()),
};

/// Reads a plugin's `config`.
pub(super) fn config_of<'n>(plugin: &Plugin<'n>, findings: &mut Findings) -> Fields<'n> {
    let prefix = format!("plugins.{}.", plugin.name);
    let node = plugin.config.unwrap_or(&NOTHING);
    let mut fields = Fields::within(node, plugin.about.clone(), &prefix, findings);
    fields.line = plugin.line;
    fields
}

/// Plugins that refuse nothing and send nothing elsewhere: without them a route is no less strict.
const HARMLESS: [(&str, &str); 24] = [
    (
        "proxy-cache",
        "what it says is not read: say `cache` on the route, and until then every request goes to the service",
    ),
    (
        "proxy-cache-advanced",
        "what it says is not read: say `cache` on the route, and until then every request goes to the service",
    ),
    (
        "correlation-id",
        "every request has an `X-Request-Id` here already",
    ),
    ("prometheus", "figures are in the window here"),
    ("file-log", "the log is kept here already"),
    ("http-log", "the log stays on this machine"),
    ("tcp-log", "the log stays on this machine"),
    ("udp-log", "the log stays on this machine"),
    ("kafka-log", "the log stays on this machine"),
    ("syslog", "the log stays on this machine"),
    ("loggly", "the log stays on this machine"),
    ("statsd", "figures stay on this machine"),
    ("statsd-advanced", "figures stay on this machine"),
    ("datadog", "figures stay on this machine"),
    ("zipkin", "spans are sent to nobody"),
    ("opentelemetry", "spans are sent to nobody"),
    ("grpc-web", "calls are passed on as they are"),
    ("grpc-gateway", "calls are passed on as they are"),
    (
        "response-ratelimiting",
        "limits by headers of answers do not exist here",
    ),
    ("mocking", "give the route a `respond` instead"),
    (
        "canary",
        "see the versions of a route for something like it",
    ),
    ("exit-transformer", "answers to refusals are fixed here"),
    ("jq", "bodies are not changed here"),
    ("session", "sessions are not kept here"),
];

/// The terms that the plugins of one route come to. `count` says over how many routes the counts of
/// a plugin go.
pub(super) fn of_route<'n>(
    plugins: &[&Plugin<'n>],
    count: impl Fn(&Plugin<'n>) -> usize,
    keys: &mut KeysSeen,
    findings: &mut Findings,
) -> Terms {
    let mut terms = Terms::default();
    callers::authenticate(plugins, &mut terms, keys, findings);
    for plugin in plugins {
        let reading = Reading {
            config: config_of(plugin, findings),
            routes: count(plugin),
        };
        apply(&plugin.name, reading, &mut terms, findings);
    }
    terms
}

fn apply(name: &str, reading: Reading<'_>, terms: &mut Terms, findings: &mut Findings) {
    match name {
        // Read before all others, since they decide who is known.
        "key-auth" | "basic-auth" | "jwt" => {}
        "acl" => callers::acl(reading, terms, findings),
        "ip-restriction" => callers::ip_restriction(reading, terms, findings),
        "rate-limiting" => limits::rate_limiting(reading, terms, findings),
        "cors" => cors(reading, terms, findings),
        "request-transformer" => transform::request(reading, terms, findings),
        "response-transformer" => transform::response(reading, terms, findings),
        "request-size-limiting" => request_size(reading, terms, findings),
        "request-termination" => termination(reading, terms, findings),
        name => match HARMLESS.iter().find(|(known, _)| *known == name) {
            Some((_, why)) => {
                let message = format!("there is no `{name}` here: {why}");
                reading
                    .config
                    .find("", Grade::NotExpressible, message, findings);
            }
            None => unknown(name, &reading, terms, findings),
        },
    }
}

/// A plugin that may refuse requests, as far as can be told.
fn unknown(name: &str, reading: &Reading<'_>, terms: &mut Terms, findings: &mut Findings) {
    let message = match name {
        "pre-function" | "post-function" => format!(
            "the code in `{name}` is never run, and may refuse requests: its routes were imported \
             switched off"
        ),
        _ => format!(
            "there is no `{name}` here, and it may refuse requests: its routes were imported \
             switched off"
        ),
    };
    reading
        .config
        .find_less_strict("", Grade::NotExpressible, message, findings);
    terms.off = true;
}

fn cors(reading: Reading<'_>, terms: &mut Terms, findings: &mut Findings) {
    let Reading { config: fields, .. } = reading;
    let texts = |name, findings: &mut Findings| -> Vec<String> {
        let list = fields.texts(name, findings);
        list.into_iter().map(|(text, _)| text).collect()
    };
    let mut origins = Vec::new();
    for origin in texts("origins", findings) {
        match origin_as_here(&origin) {
            Some(origin) => origins.push(origin),
            None => {
                let message = format!("`{origin}` cannot be said here; pages of it may not call");
                fields.find("origins", Grade::NotExpressible, message, findings);
            }
        }
    }
    if fields.get("origins").is_none() {
        origins.push("*".to_owned());
    }
    origins.dedup();
    let mut credentials = fields.truth("credentials", findings).unwrap_or(false);
    if credentials && origins.iter().any(|origin| origin == "*") {
        credentials = false;
        let message = "credentials for every origin are refused here: name the origins, then set \
                       `credentials`";
        fields.find("credentials", Grade::NotExpressible, message, findings);
    }
    if fields.truth("preflight_continue", findings) == Some(true) {
        let message = "preflights are answered here and do not reach the service";
        fields.find("preflight_continue", Grade::Approximate, message, findings);
    }
    if fields.truth("private_network", findings) == Some(true) {
        let message = "`Access-Control-Request-Private-Network` is not answered here";
        fields.find("private_network", Grade::NotExpressible, message, findings);
    }
    let methods = texts("methods", findings);
    let headers = texts("headers", findings);
    let expose = texts("exposed_headers", findings);
    // What a browser does without the header.
    let max_age = fields.number("max_age", findings).unwrap_or(5);
    fields.ignore(&["allow_origin_absent"]);
    if origins.is_empty() {
        fields.find(
            "origins",
            Grade::LeftOut,
            "no origin is left; nothing is said to browsers",
            findings,
        );
    } else {
        let every = "GET HEAD PUT PATCH POST DELETE OPTIONS";
        terms.cors = Some(Cors {
            origins,
            methods: match methods.is_empty() {
                true => every.split(' ').map(str::to_owned).collect(),
                false => methods,
            },
            headers: if headers.is_empty() {
                vec!["*".to_owned()]
            } else {
                headers
            },
            expose,
            credentials,
            max_age_s: u32::try_from(max_age.min(86_400)).unwrap_or(86_400),
        });
    }
    fields.finish(findings);
}

/// An origin as it is written here; Kong takes regular expressions too.
fn origin_as_here(origin: &str) -> Option<String> {
    use crate::snapshot::cors::OriginPattern;
    if origin == "*" || OriginPattern::parse(origin).is_ok() {
        return Some(origin.to_owned());
    }
    // The two that are common: any port, and any subdomain.
    let plain = origin
        .trim_start_matches('^')
        .trim_end_matches('$')
        .replace("\\.", ".");
    let plain = plain.replace("\\/", "/");
    for (regex, here) in [
        (":[0-9]+", ":*"),
        (":\\d+", ":*"),
        ("(:[0-9]+)?", ":*"),
        ("(:\\d+)?", ":*"),
    ] {
        if let Some(before) = plain.strip_suffix(regex) {
            let origin = format!("{before}{here}");
            return OriginPattern::parse(&origin).is_ok().then_some(origin);
        }
    }
    let any_subdomain = plain
        .replacen("://.*.", "://*.", 1)
        .replacen("://.+.", "://*.", 1);
    let is_plain = !any_subdomain.contains(['(', ')', '[', ']', '+', '?', '\\', '|']);
    (is_plain && OriginPattern::parse(&any_subdomain).is_ok()).then_some(any_subdomain)
}

fn request_size(reading: Reading<'_>, terms: &mut Terms, findings: &mut Findings) {
    let Reading { config: fields, .. } = reading;
    let size = fields
        .number("allowed_payload_size", findings)
        .unwrap_or(128);
    let unit = fields.text("size_unit", findings).unwrap_or_default();
    let bytes = match unit.as_str() {
        "bytes" => size,
        "kilobytes" => size.saturating_mul(1 << 10),
        _ => size.saturating_mul(1 << 20),
    };
    terms.max_request_body_bytes = Some(bytes);
    if fields.truth("require_content_length", findings) == Some(true) {
        let message = "a body without `Content-Length` is taken here, and counted as it comes";
        fields.find(
            "require_content_length",
            Grade::Approximate,
            message,
            findings,
        );
    }
    fields.finish(findings);
}

fn termination(reading: Reading<'_>, terms: &mut Terms, findings: &mut Findings) {
    let Reading { config: fields, .. } = reading;
    let status = fields.number("status_code", findings).unwrap_or(503);
    let message = fields.text("message", findings);
    let body = fields.text("body", findings);
    let content_type = fields.text("content_type", findings);
    let echo = fields.truth("echo", findings).unwrap_or(false);
    let trigger = fields.text("trigger", findings);
    if echo || trigger.is_some() {
        let (field, why) = match trigger {
            Some(_) => (
                "trigger",
                "an answer for some requests only needs a route of its own here",
            ),
            None => ("echo", "the built-in echo service says what it received"),
        };
        let message = format!("{why}: the route was imported switched off");
        fields.find(field, Grade::NotExpressible, message, findings);
        terms.off = true;
    }
    let status = u16::try_from(status)
        .ok()
        .filter(|status| (200..600).contains(status));
    let (kind, body) = match (body, content_type) {
        (Some(body), kind) => (
            kind.unwrap_or_else(|| "application/json; charset=utf-8".to_owned()),
            body,
        ),
        (None, _) => {
            let message = message.unwrap_or_else(|| "Service unavailable".to_owned());
            let body = serde_json::json!({ "message": message }).to_string();
            ("application/json; charset=utf-8".to_owned(), body)
        }
    };
    let status = status.unwrap_or(503);
    let without_body = matches!(status, 204 | 205 | 304);
    terms.respond = Some(FixedAnswer {
        status,
        headers: match without_body {
            true => Vec::new(),
            false => vec![HeaderLine {
                name: "Content-Type".to_owned(),
                value: kind,
            }],
        },
        body: if without_body { String::new() } else { body },
    });
    fields.finish(findings);
}
