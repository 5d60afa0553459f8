//! Answers made of several services', compiled: each part, and what it needs of others.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderName, Method};

use super::header_edits::editable;
use super::parts_together::{check_places, order, warn_of_weak_needs};
use super::routes::find_service;
use crate::aggregate::plan::{ForEach, Part, Plan};
use crate::aggregate::reference::{Names, RESERVED, Reference, Root};
use crate::aggregate::shape::Shape;
use crate::aggregate::template::{Json, Piece, Text};
use crate::config::{self, Issue, Severity};
use crate::ids::ServiceName;
use crate::snapshot::Service;
use crate::snapshot::matcher::paths::PathPattern;
use crate::snapshot::path;

/// How an answer is made of several. `path` is the route's, if it is right; `at` the place of the route,
/// such as `routes[2]`.
pub(super) fn compile_aggregate(
    aggregate: &config::Aggregate,
    path: Option<&PathPattern>,
    at: &str,
    services: &HashMap<ServiceName, Arc<Service>>,
    issues: &mut Vec<Issue>,
) -> Option<Plan> {
    let config::Aggregate {
        parts,
        deadline_ms,
        max_bytes,
        meta,
    } = aggregate;
    let at = format!("{at}.aggregate");
    let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
    let parameters = path.map(PathPattern::parameters);
    let mut compiled = Vec::new();
    for (n, part) in parts.iter().enumerate() {
        let mut compiler = PartCompiler {
            at: format!("{at}.parts[{n}]"),
            names: Names {
                parts: &names,
                parameters: parameters.as_deref(),
                item: part.for_each.is_some(),
            },
            needs: Vec::new(),
            needs_body: false,
            issues,
        };
        compiler.name(&part.name, &names[..n]);
        let part = compiler.part(part, services);
        let needs_body = compiler.needs_body;
        compiled.push(part.map(|part| (part, needs_body)));
    }
    // What is wrong with one part alone is said first.
    let compiled: Option<Vec<_>> = compiled.into_iter().collect();
    let (mut parts, need_body): (Vec<Part>, Vec<bool>) = compiled?.into_iter().unzip();
    for n in 0..parts.len() {
        parts[n].is_needed = parts.iter().any(|part| part.needs.contains(&n));
        if parts[n].hidden() && !parts[n].is_needed {
            let message = "it is asked for nothing: it is hidden, and no other part needs it";
            issues.push(Issue::warning(format!("{at}.parts[{n}].hidden"), message));
        }
    }
    let order = match order(&parts) {
        Ok(order) => order,
        Err(circle) => {
            let named: Vec<_> = circle
                .iter()
                .map(|n| format!("`{}`", parts[*n].name))
                .collect();
            let message = match &circle[..] {
                [_] => format!("part {} needs its own answer", named[0]),
                _ => format!("parts {} wait for each other", named.join(" and ")),
            };
            issues.push(Issue::error(format!("{at}.parts[{}]", circle[0]), message));
            return None;
        }
    };
    check_places(&mut parts, *meta, &at, issues);
    warn_of_weak_needs(&parts, &at, issues);
    Some(Plan {
        parts,
        order,
        deadline: Duration::from_millis(u64::from(*deadline_ms)),
        max_bytes: *max_bytes,
        meta: *meta,
        needs_body: need_body.contains(&true),
    })
}

impl Part {
    fn hidden(&self) -> bool {
        self.mount.is_none()
    }
}

/// Reads one part, and says what is wrong with it where it stands.
struct PartCompiler<'a> {
    /// Where the part is written.
    at: String,
    names: Names<'a>,
    needs: Vec<usize>,
    needs_body: bool,
    issues: &'a mut Vec<Issue>,
}

impl PartCompiler<'_> {
    fn error(&mut self, field: &str, message: impl Into<String>) {
        self.issues
            .push(Issue::error(format!("{}.{field}", self.at), message));
    }

    fn name(&mut self, name: &str, before: &[&str]) {
        let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        if name.is_empty() || name.len() > 63 || !name.chars().all(fits) {
            let message = format!(
                "`{name}` is no name of a part: use letters, digits, `-` and `_`, at most 63"
            );
            self.error("name", message);
        } else if RESERVED.contains(&name) {
            self.error(
                "name",
                format!("`{name}` has a meaning of its own; call it otherwise"),
            );
        } else if before.contains(&name) {
            self.error("name", format!("another part is named `{name}` too"));
        }
    }

    fn part(
        &mut self,
        part: &config::Part,
        services: &HashMap<ServiceName, Arc<Service>>,
    ) -> Option<Part> {
        // No `..`: a new field does not compile until it is said what becomes of it.
        let config::Part {
            name,
            service,
            method,
            path,
            query,
            headers,
            body,
            timeout_ms,
            required,
            retries,
            mount,
            hidden,
            select,
            drop,
            rename,
            default,
            max_bytes,
            for_each,
        } = part;
        let before = self.issues.len();
        let service = find_service(service, &self.at, services, self.issues);
        let method = self.method(method, body.is_some());
        let path = self.path(path);
        let query = query.iter().enumerate();
        let query: Vec<_> = query
            .filter_map(|(n, config::PartParameter { name, value })| {
                if name.is_empty() {
                    self.error(&format!("query[{n}].name"), "it needs a name");
                }
                Some((
                    name.clone(),
                    self.text(&format!("query[{n}].value"), value)?,
                ))
            })
            .collect();
        let headers = self.headers(headers);
        let body = body.as_ref().and_then(|body| self.json(body));
        let for_each = for_each.as_ref().and_then(|list| self.list(list));
        let mount = match (hidden, mount) {
            (true, None) => None,
            (true, Some(_)) => {
                self.error("mount", "it is hidden, so it stands nowhere");
                None
            }
            (false, None) => Some(vec![name.clone()]),
            (false, Some(mount)) if mount.is_empty() => Some(Vec::new()),
            (false, Some(mount)) => self.fields("mount", mount),
        };
        let shape = self.shape(select, drop, rename);
        if *hidden && shape != Shape::default() {
            self.error("select", "it is hidden: nothing of it stands in the answer");
        }
        if *required && default.is_some() && for_each.is_none() {
            let message = "it has no effect: there is no answer without a required part";
            let at = format!("{}.default", self.at);
            self.issues.push(Issue::warning(at, message));
        }
        let wrong = |issue: &Issue| issue.severity == Severity::Error;
        if self.issues[before..].iter().any(wrong) {
            return None;
        }
        self.needs.sort_unstable();
        self.needs.dedup();
        Some(Part {
            name: name.clone(),
            service: service?,
            method: method?,
            path: path?,
            query,
            headers,
            body,
            timeout: Duration::from_millis(u64::from(*timeout_ms)),
            required: *required,
            retries: *retries,
            mount,
            must_be_object: false,
            shape,
            default: default.clone(),
            max_bytes: *max_bytes,
            for_each,
            needs: std::mem::take(&mut self.needs),
            is_needed: false,
        })
    }

    fn method(&mut self, method: &str, body: bool) -> Option<Method> {
        let parsed = match method.to_ascii_uppercase().parse::<Method>() {
            Ok(method @ (Method::CONNECT | Method::TRACE)) => {
                Err(format!("{method} is never sent on"))
            }
            Ok(Method::HEAD) => Err("the answer to HEAD has nothing in it".to_owned()),
            Ok(method @ (Method::GET | Method::OPTIONS)) if body => Err(format!(
                "a {method} has no body; use POST, or leave `body` away"
            )),
            Ok(method) => Ok(method),
            Err(_) => Err(format!("`{method}` is no method")),
        };
        parsed.map_err(|message| self.error("method", message)).ok()
    }

    fn path(&mut self, path: &str) -> Option<Text> {
        let text = self.text("path", path)?;
        let literals = text.0.iter().filter_map(|piece| match piece {
            Piece::Literal(literal) => Some(literal.as_str()),
            Piece::Value(_) => None,
        });
        let odd = |c: char| {
            !c.is_ascii_graphic() || matches!(c, '\\' | '"' | '<' | '>' | '`' | '{' | '}')
        };
        let mut written = String::new();
        for literal in literals {
            if literal.contains(['?', '#']) {
                self.error(
                    "path",
                    "a path has no `?` or `#`; write parameters under `query`",
                );
                return None;
            }
            if let Some(bad) = literal.chars().find(|c| odd(*c)) {
                self.error("path", format!("{bad:?} has to be percent-encoded"));
                return None;
            }
            written.push_str(literal);
            written.push('x');
        }
        if !matches!(text.0.first(), Some(Piece::Literal(literal)) if literal.starts_with('/')) {
            self.error("path", "a path begins with `/`");
            return None;
        }
        if let Err(reason) = path::normalise(&written) {
            self.error("path", format!("this cannot be a path: {reason}"));
            return None;
        }
        Some(text)
    }

    fn headers(&mut self, lines: &[config::HeaderLine]) -> Vec<(HeaderName, Text)> {
        let mut compiled: Vec<(HeaderName, Text)> = Vec::new();
        for (n, config::HeaderLine { name, value }) in lines.iter().enumerate() {
            let name = match editable(name) {
                Ok(name) if compiled.iter().any(|(other, _)| *other == name) => {
                    self.error(
                        &format!("headers[{n}].name"),
                        format!("`{name}` is set twice"),
                    );
                    continue;
                }
                Ok(name) => name,
                Err(message) => {
                    self.error(&format!("headers[{n}].name"), message);
                    continue;
                }
            };
            let field = format!("headers[{n}].value");
            let Some(text) = self.text(&field, value) else {
                continue;
            };
            let odd = text.0.iter().any(|piece| match piece {
                Piece::Literal(literal) => http::HeaderValue::from_str(literal).is_err(),
                Piece::Value(_) => false,
            });
            match odd {
                true => self.error(
                    &field,
                    "a header's value is one line of printable ASCII characters",
                ),
                false => compiled.push((name, text)),
            }
        }
        compiled
    }

    fn text(&mut self, field: &str, text: &str) -> Option<Text> {
        let text = Text::parse(text, self.names)
            .map_err(|message| self.error(field, message))
            .ok()?;
        text.references()
            .for_each(|reference| self.needed(reference));
        Some(text)
    }

    fn json(&mut self, body: &serde_json::Value) -> Option<Json> {
        let json = Json::parse(body, self.names)
            .map_err(|message| self.error("body", message))
            .ok()?;
        let mut references = Vec::new();
        json.references(&mut references);
        references
            .into_iter()
            .for_each(|reference| self.needed(reference));
        Some(json)
    }

    fn list(&mut self, list: &config::ForEach) -> Option<ForEach> {
        let config::ForEach {
            list,
            concurrency,
            max_items,
        } = list;
        // People write it either way.
        let list = list.trim();
        let bare = list
            .strip_prefix("{{")
            .and_then(|list| list.strip_suffix("}}"));
        let names = Names {
            item: false,
            ..self.names
        };
        let list = Reference::parse(bare.unwrap_or(list), names)
            .map_err(|message| self.error("for_each.list", message))
            .ok()?;
        if matches!(list.root, Root::Path(_) | Root::Query(_) | Root::Header(_)) {
            let message = format!("`{}` is a text and no list", list.written);
            self.error("for_each.list", message);
            return None;
        }
        self.needed(&list);
        Some(ForEach {
            list,
            concurrency: usize::from(*concurrency),
            max_items: usize::from(*max_items),
        })
    }

    fn needed(&mut self, reference: &Reference) {
        self.needs.extend(reference.part());
        self.needs_body |= reference.root == Root::Body;
    }

    fn shape(&mut self, select: &[String], drop: &[String], rename: &[config::Rename]) -> Shape {
        let mut shape = Shape::default();
        for (n, path) in select.iter().enumerate() {
            shape
                .select
                .extend(self.fields(&format!("select[{n}]"), path));
        }
        for (n, path) in drop.iter().enumerate() {
            shape.drop.extend(self.fields(&format!("drop[{n}]"), path));
        }
        for (n, config::Rename { from, to }) in rename.iter().enumerate() {
            let field = format!("rename[{n}]");
            let Some(from) = self.fields(&format!("{field}.from"), from) else {
                continue;
            };
            if to.is_empty() {
                self.error(&format!("{field}.to"), "it needs a name");
                continue;
            }
            let place = |path: &[String]| path[..path.len() - 1].to_vec();
            let same =
                |(other, name): &&(Vec<String>, String)| name == to && place(other) == place(&from);
            if let Some((other, _)) = shape.rename.iter().find(same) {
                let message = format!("`{}` is called `{to}` already", other.join("."));
                self.error(&format!("{field}.to"), message);
                continue;
            }
            shape.rename.push((from, to.clone()));
        }
        shape
    }

    /// `a.b.c`
    fn fields(&mut self, field: &str, path: &str) -> Option<Vec<String>> {
        let names: Vec<String> = path.split('.').map(str::to_owned).collect();
        if names
            .iter()
            .any(|name| name.is_empty() || name.contains(['[', ']', '{', '}']))
        {
            let message = format!("`{path}` cannot be read: write fields like `address.city`");
            self.error(field, message);
            return None;
        }
        Some(names)
    }
}
