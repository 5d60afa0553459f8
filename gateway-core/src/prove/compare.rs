//! Whether two answers say the same: the status, who answered, what the service saw, and what the
//! caller is told.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;

use super::ask::Asked;
use super::wire::{self, Message};
use super::{Badge, Class, KnownDifference, Unlike, ledger};
use crate::export::Product;
use crate::export::gate::Gate;
use crate::ids::RouteName;
use crate::proxy::accept::accept;
use crate::proxy::match_route::match_route;
use crate::snapshot::Snapshot;
use crate::snapshot::versions::Unnamed;

/// How many differences are told of one class.
const TOLD: usize = 20;

/// Headers of requests that say nothing of the configuration.
const OF_REQUESTS: [&str; 7] = [
    "connection",
    "content-length",
    "traceparent",
    "transfer-encoding",
    "via",
    "x-credential-id",
    "x-request-id",
];

/// Headers of answers that say nothing of the configuration.
const OF_ANSWERS: [&str; 13] = [
    "age",
    "cache-status",
    "connection",
    "content-length",
    "date",
    "keep-alive",
    "ratelimit",
    "ratelimit-policy",
    "retry-after",
    "server",
    "transfer-encoding",
    "vary",
    "via",
];

/// What is compared of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    /// The status.
    pub(super) status: u16,
    /// The service that answered, and the request as it saw it; a refusal has none.
    pub(super) seen: Option<Seen>,
    /// Headers.
    pub(super) headers: BTreeMap<String, Vec<String>>,
    /// The body, of an answer that is no service's and no refusal.
    pub(super) body: String,
}

/// A request as a service saw it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) service: String,
    /// Method, path and query.
    pub(super) line: String,
    pub(super) headers: BTreeMap<String, Vec<String>>,
    body: String,
}

impl Seen {
    /// Whether the service saw this header.
    pub(super) fn has(&self, name: &str) -> bool {
        self.headers.contains_key(name)
    }

    /// The first of a header's values.
    pub(super) fn first(&self, name: &str) -> Option<&str> {
        let values = self.headers.get(name)?;
        values.first().map(String::as_str)
    }
}

impl Answer {
    /// `own`: a route may have made it by itself, as it does here.
    fn of(message: &Message, own: bool) -> Self {
        let status = message.status();
        let service = message.all("x-echo").first().map(|name| (*name).to_owned());
        let text = String::from_utf8_lossy(&message.body).into_owned();
        let seen = service.map(|service| seen(service, &text));
        let own = seen.is_none() && own;
        let mut headers: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in &message.headers {
            let of_page = name.starts_with("access-control-");
            // A redirect's body is nobody's to read.
            let of_body = name == "content-type" && (300..400).contains(&status);
            let matters = match seen.is_some() || own {
                true if of_body => false,
                true => !OF_ANSWERS.contains(&name.as_str()) && name != "x-request-id",
                false => of_page,
            };
            if matters {
                headers
                    .entry(name.clone())
                    .or_default()
                    .push(canonical(name, value));
            }
        }
        Self {
            status,
            body: match own && !(300..400).contains(&status) {
                true => text,
                false => String::new(),
            },
            seen,
            headers,
        }
    }

    /// Whether they are alike but for these headers that the service saw.
    pub(super) fn alike_without(&self, there: &Self, names: &[&str]) -> bool {
        let without = |answer: &Self| {
            let mut answer = answer.clone();
            if let Some(seen) = &mut answer.seen {
                let alike = |name: &str| names.iter().any(|one| one.eq_ignore_ascii_case(name));
                seen.headers.retain(|name, _| !alike(name));
            }
            answer
        };
        without(self).differs(&without(there)).is_none()
    }

    /// What differs, in words.
    fn differs(&self, there: &Self) -> Option<String> {
        if self.status != there.status {
            return Some(format!(
                "status {} here, {} there",
                self.status, there.status
            ));
        }
        match (&self.seen, &there.seen) {
            (Some(here), Some(there)) => {
                if here.service != there.service {
                    return Some(format!(
                        "`{}` here, `{}` there",
                        here.service, there.service
                    ));
                }
                if here.line != there.line {
                    return Some(format!(
                        "the service saw `{}`, there `{}`",
                        here.line, there.line
                    ));
                }
                if let Some(text) = unlike(&here.headers, &there.headers) {
                    return Some(format!("the service saw {text}"));
                }
                if here.body != there.body {
                    return Some("the service saw another body".to_owned());
                }
            }
            (None, None) => {}
            (Some(here), None) => return Some(format!("`{}` is not reached there", here.service)),
            (None, Some(there)) => return Some(format!("`{}` is reached there", there.service)),
        }
        if let Some(text) = unlike(&self.headers, &there.headers) {
            return Some(format!("the answer has {text}"));
        }
        (self.body != there.body).then(|| "another body".to_owned())
    }
}

/// Lists whose order or case says nothing.
fn canonical(name: &str, value: &str) -> String {
    match name {
        "access-control-allow-headers" | "access-control-expose-headers" => {
            let mut names: Vec<_> = value
                .split(',')
                .map(|one| one.trim().to_lowercase())
                .collect();
            names.sort();
            names.join(",")
        }
        "content-type" => value
            .split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_lowercase(),
        _ => value.to_owned(),
    }
}

/// Whether an answer here is one that a route makes by itself, and no refusal.
fn is_own_answer(asked: &Asked, gate: &Gate<'_>, here: &Message) -> bool {
    let status = here.status();
    if here
        .all("content-type")
        .contains(&"application/problem+json")
    {
        return false;
    }
    let route = &gate.routes[asked.route].config;
    let fixed = route
        .respond
        .as_ref()
        .is_some_and(|own| own.status == status);
    let moved = route
        .redirect
        .as_ref()
        .is_some_and(|own| own.status == status);
    fixed || moved || status == 204
}

fn seen(service: String, text: &str) -> Seen {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut headers: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut line = String::new();
    for row in head.lines().skip(1) {
        let Some((name, value)) = row.split_once(": ") else {
            continue;
        };
        match name {
            "request" => line = value.trim_end_matches(" HTTP/1.1").to_owned(),
            name if OF_REQUESTS.contains(&name) => {}
            name => headers
                .entry(name.to_owned())
                .or_default()
                .push(value.to_owned()),
        }
    }
    Seen {
        service,
        line,
        headers,
        body: body.to_owned(),
    }
}

fn unlike(
    here: &BTreeMap<String, Vec<String>>,
    there: &BTreeMap<String, Vec<String>>,
) -> Option<String> {
    let name = here
        .keys()
        .chain(there.keys())
        .find(|name| here.get(*name) != there.get(*name))?;
    let told = |headers: &BTreeMap<String, Vec<String>>| match headers.get(name) {
        Some(values) if values.iter().any(|value| value.contains("gw_")) => "(a key)".to_owned(),
        Some(values) => values.join(" | "),
        None => "nothing".to_owned(),
    };
    Some(format!(
        "`{name}`: {} here, {} there",
        told(here),
        told(there)
    ))
}

/// The gateways that are compared.
#[derive(Clone, Copy)]
pub(super) struct Both<'b> {
    /// What requests read here.
    pub(super) snapshot: &'b Snapshot,
    /// Where Gatewright listens.
    pub(super) here: SocketAddr,
    /// Where the product does.
    pub(super) there: SocketAddr,
}

/// Whether answers had to differ: a request that just misses its route may be taken by one that is
/// exported closed, or by one that spreads its callers by chance.
fn is_as_meant(asked: &Asked, gate: &Gate<'_>, both: &Both<'_>, there: &Answer) -> bool {
    let taken = taken_by(asked, both.snapshot);
    let route = taken.and_then(|name| {
        let found = gate.routes.iter().position(|one| one.config.name == name)?;
        Some((found, &gate.routes[found]))
    });
    let Some((_, route)) = route.filter(|(n, _)| *n != asked.route) else {
        return false;
    };
    let versions = route.compiled.versions.as_ref();
    let by_chance = versions.is_some_and(|all| matches!(all.unnamed, Unnamed::Split(_)));
    match route.closed {
        Some(_) => there.status == 403,
        None => by_chance && there.seen.is_some(),
    }
}

/// The route that takes a request here.
fn taken_by(asked: &Asked, snapshot: &Snapshot) -> Option<RouteName> {
    let mut request = http::Request::builder()
        .method(asked.method.as_str())
        .uri(&asked.target)
        .header("host", &asked.host);
    for (name, value) in &asked.headers {
        request = request.header(name, value);
    }
    let (head, ()) = request.body(()).ok()?.into_parts();
    let accepted = accept(&head, &snapshot.limits).ok()?;
    let found = match_route(snapshot, &accepted, &head).result.ok()?;
    Some(found.route.name.clone())
}

/// Sends requests of one class to both and compares. `told` hears how many were answered.
pub(super) async fn class(
    product: &Product,
    gate: &Gate<'_>,
    asked: &[Asked],
    both: Both<'_>,
    told: impl Fn(usize),
) -> io::Result<Class> {
    let mut known: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut different = Vec::new();
    let mut failed = 0;
    let mut count = 0;
    let name = asked.first().map_or("", |one| one.class);
    for one in asked {
        count += one.times;
        let text = match name {
            "limits" => limit(one, both.here, both.there).await?,
            "closed routes" => closed(one, both.there).await?,
            _ => {
                let bytes = one.bytes();
                let here = wire::ask(both.here, &bytes).await?;
                let there = wire::ask(both.there, &bytes).await?;
                let own = is_own_answer(one, gate, &here);
                let (here, there) = (Answer::of(&here, own), Answer::of(&there, own));
                let text = here.differs(&there);
                let text = text.filter(|_| !is_as_meant(one, gate, &both, &there));
                let case = ledger::Case {
                    asked: one,
                    route: &gate.routes[one.route],
                    here: &here,
                    there: &there,
                };
                match text.as_ref().and_then(|_| ledger::known(product, &case)) {
                    Some(id) => {
                        *known.entry(id).or_default() += 1;
                        None
                    }
                    None => text,
                }
            }
        };
        if let Some(what) = text {
            failed += 1;
            if different.len() < TOLD {
                different.push(Unlike {
                    request: format!("{} {}", one.method, one.target),
                    host: one.host.clone(),
                    headers: one.told_headers(),
                    times: one.times,
                    what,
                });
            }
        }
        told(one.times);
    }
    Ok(Class {
        name,
        badge: match failed {
            0 => Badge::Proved,
            failed if failed < asked.len() => Badge::Partly,
            _ => Badge::NotProved,
        },
        asked: count,
        known: known
            .into_iter()
            .map(|(id, count)| KnownDifference { id, count })
            .collect(),
        different,
        unlike: failed,
    })
}

/// How many of a series get through, and where the first is refused.
async fn limit(one: &Asked, here: SocketAddr, there: SocketAddr) -> io::Result<Option<String>> {
    let mut patterns = Vec::new();
    for address in [here, there] {
        let mut pattern = String::new();
        for _ in 0..one.times {
            let answer = wire::ask(address, &one.bytes()).await?;
            pattern.push(match answer.status() {
                429 => '-',
                200..=399 => '+',
                _ => '!',
            });
        }
        patterns.push(pattern);
    }
    Ok(match patterns[0] == patterns[1] {
        true => None,
        false => Some(format!("`{}` here, `{}` there", patterns[0], patterns[1])),
    })
}

async fn closed(one: &Asked, there: SocketAddr) -> io::Result<Option<String>> {
    let status = wire::ask(there, &one.bytes()).await?.status();
    Ok((status != 403).then(|| format!("it is closed, and answers {status} there")))
}
