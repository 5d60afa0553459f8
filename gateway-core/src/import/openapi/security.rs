//! What a document asks of callers, as authentication here. What cannot be asked here shuts a route
//! rather than open it.

use std::collections::{BTreeSet, HashMap};

use super::super::fields::Fields;
use super::super::finding::{Findings, Grade};
use super::super::tree::Node;
use super::refs::resolve;
use crate::config::{AccessRule, ApiKeys, Authentication, AuthenticationMethod, Require};

/// A way of the document to show who one is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Scheme {
    Header(String),
    Query(String),
    Bearer,
    Basic,
    /// It does not exist here.
    NotHere,
}

/// The ways that a document knows, and which of them are used.
pub(super) struct Schemes {
    known: HashMap<String, Scheme>,
    headers: Vec<String>,
    bearer: bool,
    query: Option<String>,
    used: bool,
}

/// What an operation asks of callers.
#[derive(Clone, Default)]
pub(super) struct Asked {
    pub authentication: Authentication,
    pub authorization: Vec<AccessRule>,
    /// Nothing of what it asks for exists here.
    pub off: bool,
}

impl Schemes {
    pub(super) fn read(root: &Node, findings: &mut Findings) -> Self {
        let mut this = Self {
            known: HashMap::new(),
            headers: Vec::new(),
            bearer: false,
            query: None,
            used: false,
        };
        let list = root
            .get("components")
            .and_then(|node| node.get("securitySchemes"));
        for (key, node) in list.map(Node::members).unwrap_or_default() {
            let about = format!("security scheme `{}`", key.name);
            match resolve(root, node) {
                Ok(node) => {
                    let scheme = read_scheme(node, about, findings);
                    this.known.entry(key.name.clone()).or_insert(scheme);
                }
                Err(reason) => {
                    let place = super::super::finding::Place {
                        about: &about,
                        field: "$ref",
                        line: node.line,
                    };
                    findings.add(Grade::LeftOut, place, reason);
                }
            }
        }
        this
    }

    /// Where keys are looked for; `None` where no operation asks for one.
    pub(super) fn finish(self) -> Option<ApiKeys> {
        if !self.used {
            return None;
        }
        let usual = ApiKeys::default();
        Some(ApiKeys {
            headers: if self.headers.is_empty() {
                usual.headers
            } else {
                self.headers
            },
            bearer: self.bearer,
            query: self.query,
            strip: usual.strip,
        })
    }

    /// What a `security` list asks for: any one of its items, each of which needs all it names.
    pub(super) fn asked(&mut self, list: &Node, about: &str, findings: &mut Findings) -> Asked {
        let mut tell = |grade, less_strict: bool, message: String| {
            let place = super::super::finding::Place {
                about,
                field: "security",
                line: list.line,
            };
            match less_strict {
                true => findings.less_strict(grade, place, message),
                false => findings.add(grade, place, message),
            }
        };
        let mut asked = Asked::default();
        let mut ways: Vec<(Vec<Scheme>, BTreeSet<String>)> = Vec::new();
        for item in list.items() {
            let mut schemes = Vec::new();
            let mut scopes = BTreeSet::new();
            for (key, needed) in item.members() {
                let known = self.known.get(&key.name).cloned();
                if known.is_none() {
                    tell(
                        Grade::LeftOut,
                        false,
                        format!("there is no security scheme `{}`", key.name),
                    );
                }
                schemes.push(known.unwrap_or(Scheme::NotHere));
                scopes.extend(needed.items().iter().filter_map(Node::text));
            }
            match schemes.is_empty() {
                true => asked.authentication.anonymous = true,
                false => ways.push((schemes, scopes)),
            }
        }
        if ways.is_empty() {
            return Asked::default();
        }
        let before = ways.len();
        ways.retain(|(schemes, _)| !schemes.contains(&Scheme::NotHere));
        if ways.is_empty() {
            let message = "none of its ways to show who one is exists here: the route was imported \
                           switched off";
            tell(Grade::NotExpressible, true, message.to_owned());
            asked.authentication = Authentication::default();
            asked.off = true;
            return asked;
        }
        if ways.len() < before {
            let message =
                "some of its ways to show who one is do not exist here; the others are taken";
            tell(Grade::Approximate, false, message.to_owned());
        }
        if ways.len() > 1 && ways.iter().any(|(schemes, _)| schemes.len() > 1) {
            let message = "either one way or several together cannot be asked for here; the first \
                           that is named is";
            tell(Grade::Approximate, false, message.to_owned());
            ways.truncate(1);
        }
        asked.authentication.require = match ways[0].0.len() > 1 {
            true => Require::All,
            false => Require::Any,
        };
        for scheme in ways.iter().flat_map(|(schemes, _)| schemes) {
            let method = self.method(scheme);
            if !asked.authentication.methods.contains(&method) {
                asked.authentication.methods.push(method);
            }
        }
        if asked.authentication.methods.len() == 1 {
            asked.authentication.require = Require::Any;
        }
        let all: BTreeSet<_> = ways
            .iter()
            .flat_map(|(_, scopes)| scopes)
            .cloned()
            .collect();
        if ways.iter().any(|(_, scopes)| *scopes != all) {
            let message = "the scopes of all ways are asked for whichever a caller takes";
            tell(Grade::Approximate, false, message.to_owned());
        }
        // Whoever shows nothing is let through, so scopes would keep nobody out.
        if !all.is_empty() && !asked.authentication.anonymous {
            asked.authorization.push(AccessRule {
                scopes_all: all.into_iter().collect(),
                ..AccessRule::default()
            });
        }
        asked
    }

    fn method(&mut self, scheme: &Scheme) -> AuthenticationMethod {
        match scheme {
            Scheme::Basic => return AuthenticationMethod::Basic,
            Scheme::Header(name) => {
                if !self
                    .headers
                    .iter()
                    .any(|one| one.eq_ignore_ascii_case(name))
                {
                    self.headers.push(name.clone());
                }
            }
            Scheme::Query(name) => drop(self.query.get_or_insert_with(|| name.clone())),
            Scheme::Bearer | Scheme::NotHere => self.bearer = true,
        }
        self.used = true;
        AuthenticationMethod::ApiKey
    }
}

fn read_scheme(node: &Node, about: String, findings: &mut Findings) -> Scheme {
    let fields = Fields::of(node, about, findings);
    let kind = fields.text("type", findings).unwrap_or_default();
    let name = fields.text("name", findings).unwrap_or_default();
    let place = fields.text("in", findings).unwrap_or_default();
    let scheme = fields
        .text("scheme", findings)
        .unwrap_or_default()
        .to_ascii_lowercase();
    fields.ignore(&["description", "bearerFormat", "deprecated"]);
    let bearer = "callers show an API key of this gateway as `Authorization: Bearer`; for tokens of \
                  someone else name who issues them under `issuers` and set the routes' way to `jwt`";
    let read = match (kind.as_str(), place.as_str(), scheme.as_str()) {
        ("apiKey", "header", _) if name.eq_ignore_ascii_case("authorization") => {
            let message = "keys in `Authorization` come after `Bearer` here";
            fields.find("name", Grade::Approximate, message, findings);
            Scheme::Bearer
        }
        ("apiKey", "header", _) if !name.is_empty() => Scheme::Header(name),
        ("apiKey", "query", _) if !name.is_empty() => Scheme::Query(name),
        ("apiKey", "cookie", _) => {
            fields.find(
                "in",
                Grade::NotExpressible,
                "keys are not looked for in cookies here",
                findings,
            );
            Scheme::NotHere
        }
        ("http", _, "bearer") => {
            fields.find("scheme", Grade::NeedsValue, bearer, findings);
            Scheme::Bearer
        }
        ("http", _, "basic") => {
            let message = "give consumers a `password_hash`; `gatewright hash-password` makes one";
            fields.find("scheme", Grade::NeedsValue, message, findings);
            Scheme::Basic
        }
        ("oauth2" | "openIdConnect", _, _) => {
            fields.ignore(&["flows", "openIdConnectUrl", "oauth2MetadataUrl"]);
            fields.find("type", Grade::NeedsValue, bearer, findings);
            Scheme::Bearer
        }
        _ => {
            let message = "there is no such way to show who one is here";
            fields.find("type", Grade::NotExpressible, message, findings);
            Scheme::NotHere
        }
    };
    fields.finish(findings);
    read
}
