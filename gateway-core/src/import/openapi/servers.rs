//! The servers of a document, as services.

use std::collections::HashMap;

use super::super::fields::Fields;
use super::super::finding::{Findings, Grade};
use super::super::names::Names;
use super::super::tree::Node;
use crate::config::{Config, Service};
use crate::ids::ServiceName;

/// A server, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Server {
    /// Scheme, host and port.
    pub origin: String,
    /// The path before all of its paths, without a slash at its end.
    pub base: String,
}

/// Where a document is that says nothing: nowhere, until a person says where.
const NOWHERE: &str = "http://upstream.invalid";

impl Server {
    /// The first of `servers`; others are told.
    pub(super) fn read(list: Option<&Node>, about: &str, findings: &mut Findings) -> Option<Self> {
        let items = list?.items();
        let first = items.first()?;
        let fields = Fields::within(first, about, "servers.", findings);
        let mut url = fields
            .text("url", findings)
            .unwrap_or_else(|| "/".to_owned());
        if let Some(variables) = fields.get("variables") {
            for (key, variable) in variables.members() {
                let default = variable
                    .get("default")
                    .and_then(Node::text)
                    .unwrap_or_default();
                url = url.replace(&format!("{{{}}}", key.name), &default);
                let message = format!(
                    "`{}` of the address is what the file has by default",
                    key.name
                );
                fields.find("variables", Grade::Approximate, message, findings);
            }
        }
        for other in &items[1..] {
            let url = other.get("url").and_then(Node::text).unwrap_or_default();
            let shown: String = url.chars().take(100).collect();
            let place = super::super::finding::Place {
                about,
                field: "servers",
                line: other.line,
            };
            findings.add(
                Grade::LeftOut,
                place,
                format!("the first server was taken; `{shown}` was not"),
            );
        }
        fields.ignore(&["description", "name"]);
        let server = Self::parse(&url);
        if server.origin == NOWHERE {
            let message = "the file gives no address: say where the service listens";
            fields.find("url", Grade::NeedsValue, message, findings);
        }
        fields.finish(findings);
        Some(server)
    }

    /// No server is given: the address has to be.
    pub(super) fn unknown(findings: &mut Findings) -> Self {
        let place = super::super::finding::Place {
            about: "the file",
            field: "servers",
            line: 0,
        };
        let message = "the file gives no address: say where the service listens";
        findings.add(Grade::NeedsValue, place, message);
        Self::parse("/")
    }

    fn parse(url: &str) -> Self {
        let url = url.split(['?', '#']).next().unwrap_or_default();
        let (origin, path) = match url.split_once("://") {
            Some((scheme @ ("http" | "https"), rest)) => {
                let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
                // A name and password in an address are credentials.
                let authority = authority
                    .rsplit_once('@')
                    .map_or(authority, |(_, host)| host);
                (format!("{scheme}://{authority}"), path)
            }
            Some((_, rest)) => (
                NOWHERE.to_owned(),
                rest.find('/').map_or("", |at| &rest[at..]),
            ),
            None => (NOWHERE.to_owned(), url),
        };
        let base = path.trim_end_matches('/');
        let base = match base.starts_with('/') || base.is_empty() {
            true => base.to_owned(),
            false => format!("/{}", base.trim_start_matches('.').trim_start_matches('/')),
        };
        Self { origin, base }
    }

    /// Whether it is on this machine.
    pub(super) fn is_local(&self) -> bool {
        let host = self.origin.split("://").nth(1).unwrap_or_default();
        ["localhost", "127.0.0.1", "[::1]"]
            .iter()
            .any(|local| host.starts_with(local))
    }
}

/// Services by the servers they are at.
#[derive(Default)]
pub(super) struct Services {
    known: HashMap<String, ServiceName>,
    names: Names,
}

impl Services {
    /// The service at a server, made if there is none yet. The first is called `title`.
    pub(super) fn at(&mut self, server: &Server, title: &str, config: &mut Config) -> ServiceName {
        if let Some(name) = self.known.get(&server.origin) {
            return name.clone();
        }
        let host = server.origin.split("://").nth(1).unwrap_or_default();
        let wish = if self.known.is_empty() && !title.is_empty() {
            title
        } else {
            host
        };
        let name = ServiceName::new(self.names.give(wish, "service"));
        let service: Service = serde_json::from_value(serde_json::json!({
            "name": name, "targets": [{ "url": server.origin }],
        }))
        .expect("a service needs no more than a name and a target");
        config.services.push(service);
        self.known.insert(server.origin.clone(), name.clone());
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        for (url, origin, base) in [
            ("https://api.example/v1/", "https://api.example", "/v1"),
            ("http://u:p@h:1", "http://h:1", ""),
            ("/v2", NOWHERE, "/v2"),
            ("./v2", NOWHERE, "/v2"),
            ("wss://x/y", NOWHERE, "/y"),
            ("", NOWHERE, ""),
        ] {
            let server = Server {
                origin: origin.to_owned(),
                base: base.to_owned(),
            };
            assert_eq!(Server::parse(url), server, "{url}");
        }
    }
}
