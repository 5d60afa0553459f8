//! Paths and their operations, as routes.

use std::collections::{HashMap, HashSet};

use super::super::fields::Fields;
use super::super::finding::{Findings, Grade, Place};
use super::super::names::Names;
use super::super::tree::{Key, Node};
use super::paths;
use super::refs::resolve;
use super::security::{Asked, Schemes};
use super::servers::{Server, Services};
use crate::config::{Config, HostHeader, HostHeaderKind, Match, PathKind, Route};
use crate::ids::RouteName;
use crate::snapshot::matcher::paths::whole;

/// The members of a path that are operations, and those that are never proxied.
pub(super) const METHODS: [&str; 7] = ["get", "put", "post", "delete", "options", "head", "patch"];

/// Reads the operations of a document one after another.
pub(super) struct Reader<'n> {
    root: &'n Node,
    title: String,
    server: Server,
    schemes: Schemes,
    /// What operations ask for that say nothing themselves.
    asked: Asked,
    services: Services,
    names: Names,
    /// Shapes of paths with methods that have a route.
    taken: HashSet<(String, &'static str)>,
    routes: Vec<Route>,
}

impl<'n> Reader<'n> {
    pub(super) fn new(root: &'n Node, fields: &Fields<'n>, findings: &mut Findings) -> Self {
        let title = root.get("info").and_then(|info| info.get("title"));
        let server = Server::read(fields.get("servers"), "the file", findings);
        let mut schemes = Schemes::read(root, findings);
        let asked = match fields.get("security") {
            Some(list) => schemes.asked(list, "the file", findings),
            None => Asked::default(),
        };
        Self {
            root,
            title: title.and_then(Node::text).unwrap_or_default(),
            server: server.unwrap_or_else(|| Server::unknown(findings)),
            schemes,
            asked,
            services: Services::default(),
            names: Names::default(),
            taken: HashSet::new(),
            routes: Vec::new(),
        }
    }

    /// Reads all paths into `config`.
    pub(super) fn read(
        mut self,
        fields: &Fields<'n>,
        config: &mut Config,
        findings: &mut Findings,
    ) {
        let paths = fields.get("paths").map(Node::members).unwrap_or_default();
        for (key, node) in paths {
            if key.name.starts_with("x-") {
                let place = Place {
                    about: "the file",
                    field: &key.name,
                    line: key.line,
                };
                findings.of_many(
                    Grade::LeftOut,
                    place,
                    "nothing is known here of it; it was not read",
                );
                continue;
            }
            self.path(key, node, config, findings);
        }
        order(&mut self.routes);
        config.routes = self.routes;
        if let Some(keys) = self.schemes.finish() {
            config.api_keys = keys;
        }
    }

    fn path(&mut self, key: &Key, node: &'n Node, config: &mut Config, findings: &mut Findings) {
        let about = format!("path `{}`", key.name.chars().take(200).collect::<String>());
        let place = Place {
            about: &about,
            field: "",
            line: key.line,
        };
        if !key.name.starts_with('/') || key.name.contains(['?', '#']) {
            let message =
                "a path begins with `/` and has neither a query nor a fragment; it was left out";
            return findings.add(Grade::NotExpressible, place, message);
        }
        let item = match resolve(self.root, node) {
            Ok(item) => item,
            Err(reason) => return findings.add(Grade::LeftOut, place, reason),
        };
        let fields = Fields::of(item, about.clone(), findings);
        let server = Server::read(fields.get("servers"), &about, findings);
        let server = server.unwrap_or_else(|| self.server.clone());
        for method in METHODS {
            let Some(operation) = fields.get(method) else {
                continue;
            };
            self.operation((&key.name, method), operation, &server, config, findings);
        }
        fields.tell(
            "trace",
            Grade::NotExpressible,
            "TRACE is never proxied here",
            findings,
        );
        fields.ignore(&["$ref", "summary", "description"]);
        self.described(&fields, &["parameters"], findings);
        fields.finish(findings);
    }

    fn operation(
        &mut self,
        (path, method): (&str, &'static str),
        node: &'n Node,
        server: &Server,
        config: &mut Config,
        findings: &mut Findings,
    ) {
        let upper = method.to_ascii_uppercase();
        let shown: String = path.chars().take(200).collect();
        let fields = Fields::of(node, format!("`{upper} {shown}`"), findings);
        let about = fields.about.clone();
        let id = fields.text("operationId", findings);
        let server =
            Server::read(fields.get("servers"), &about, findings).unwrap_or_else(|| server.clone());
        let asked = match fields.get("security") {
            Some(list) => self.schemes.asked(list, &about, findings),
            None => self.asked.clone(),
        };
        if fields.truth("deprecated", findings) == Some(true) {
            findings.of_many(
                Grade::NeedsValue,
                fields.place("deprecated", "deprecated"),
                "it is deprecated, and the file does not say since when: give the route a version \
                 with `deprecated_at` to tell callers",
            );
        }
        fields.ignore(&["tags", "summary", "description", "externalDocs"]);
        self.described(
            &fields,
            &["parameters", "requestBody", "responses", "callbacks"],
            findings,
        );
        let (path, kind) = paths::write(&format!("{}{path}", server.base));
        let name = self.names.give(
            id.as_deref().unwrap_or(&format!("{method} {path}")),
            "operation",
        );
        if !self.taken.insert((paths::shape(&path), method)) {
            let message = "another path takes the same requests; it was left out";
            fields.find("", Grade::LeftOut, message, findings);
        } else if kind == PathKind::Regex && whole(&path).is_err() {
            let message = "its path is too long to be matched here; it was left out";
            fields.find("", Grade::NotExpressible, message, findings);
        } else {
            let service = self.services.at(&server, &self.title, config);
            let host_header = match server.is_local() {
                true => HostHeader::default(),
                false => HostHeader {
                    kind: HostHeaderKind::Target,
                    value: None,
                },
            };
            self.routes.push(Route {
                name: RouteName::new(name),
                enabled: !asked.off,
                priority: 0,
                matches: Match {
                    path,
                    path_kind: kind,
                    methods: vec![upper],
                    ..Match::default()
                },
                service: Some(service),
                redirect: None,
                respond: None,
                mock: None,
                aggregate: None,
                strip_prefix: false,
                rewrite: None,
                host_header,
                request_headers: Default::default(),
                response_headers: Default::default(),
                max_request_body_bytes: None,
                authentication: asked.authentication,
                authorization: asked.authorization,
                cors: None,
                rate_limits: Vec::new(),
                quotas: Vec::new(),
                concurrency: Vec::new(),
                cache: None,
                versions: None,
                tests: Vec::new(),
            });
        }
        fields.finish(findings);
    }

    /// What describes requests and answers: told once for the whole file.
    fn described(&self, fields: &Fields<'_>, names: &[&'static str], findings: &mut Findings) {
        for name in names {
            if fields.get(name).is_some() {
                findings.of_many(
                    Grade::LeftOut,
                    fields.place(name, name),
                    "what requests and answers hold is described by it and not checked here",
                );
            }
        }
    }
}

/// Parameters within segments come before whole ones, and paths without any before them.
fn order(routes: &mut [Route]) {
    let mut regexes: Vec<&str> = Vec::new();
    for route in routes.iter() {
        let path = route.matches.path.as_str();
        if route.matches.path_kind == PathKind::Regex && !regexes.contains(&path) {
            regexes.push(path);
        }
    }
    if regexes.is_empty() {
        return;
    }
    let compiled: Vec<_> = regexes.iter().filter_map(|path| whole(path).ok()).collect();
    let most = i32::try_from(regexes.len()).unwrap_or(999).min(998);
    let places: HashMap<String, i32> = regexes
        .iter()
        .enumerate()
        .map(|(n, path)| {
            (
                (*path).to_owned(),
                (most - i32::try_from(n).unwrap_or(0)).max(1),
            )
        })
        .collect();
    for route in routes {
        route.priority = match route.matches.path_kind {
            PathKind::Regex => places[&route.matches.path],
            PathKind::Exact
                if compiled
                    .iter()
                    .any(|regex| regex.is_match(&route.matches.path)) =>
            {
                most + 1
            }
            _ => 0,
        };
    }
}
