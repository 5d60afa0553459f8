//! Pages of other origins: preflights are answered, and answers say who may read them.

use serde_json::{Map, Value, json};

use super::rules::{Rule, whole};
use super::tree::{Router, Tree};
use crate::config::Cors;
use crate::export::gate::Route;
use crate::export::patterns::{self, escaped};

/// The header that a preflight names its method in.
pub(super) const METHOD: &str = "Access-Control-Request-Method";
const HEADERS: &str = "Access-Control-Request-Headers";

/// What a service says of pages of other origins.
const SAID: [&str; 6] = [
    "Access-Control-Allow-Origin",
    "Access-Control-Allow-Credentials",
    "Access-Control-Allow-Methods",
    "Access-Control-Allow-Headers",
    "Access-Control-Expose-Headers",
    "Access-Control-Max-Age",
];

/// Methods that a preflight grants where a route takes any.
const USUAL: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];

fn any(cors: &Cors) -> bool {
    cors.origins.iter().any(|origin| origin == "*")
}

/// Whether the origin may call.
fn allowed(cors: &Cors) -> Rule {
    match any(cors) {
        true => Rule::has_header("Origin"),
        false => Rule::header_matches("Origin", &origins(cors)),
    }
}

fn origins(cors: &Cors) -> String {
    let all: Vec<_> = cors
        .origins
        .iter()
        .map(|one| patterns::origin(one))
        .collect();
    whole(&all.join("|"))
}

/// Middlewares that say in answers who may read them, whatever services say.
fn saying(tree: &mut Tree, n: usize, cors: &Cors, more: &[(&str, String)]) -> Vec<String> {
    let kind = if more.is_empty() {
        "pages"
    } else {
        "preflight"
    };
    let mut headers: Map<String, Value> = SAID
        .iter()
        .map(|name| ((*name).to_owned(), "".into()))
        .collect();
    let mut say = |name: &str, value: String| {
        headers.insert(name.to_owned(), value.into());
    };
    if cors.credentials {
        say("Access-Control-Allow-Credentials", "true".to_owned());
    }
    if !cors.expose.is_empty() {
        let names = cors.expose.join(", ").to_ascii_lowercase();
        say("Access-Control-Expose-Headers", names);
    }
    for (name, value) in more {
        say(name, value.clone());
    }
    let mut changes = json!({ "customResponseHeaders": headers });
    match any(cors) {
        true => changes["customResponseHeaders"]["Access-Control-Allow-Origin"] = "*".into(),
        false => {
            changes["accessControlAllowOriginListRegex"] = json!([origins(cors)]);
            changes["addVaryHeader"] = true.into();
        }
    }
    // Else Traefik would answer a preflight by itself, with 200 to whoever asks.
    let asked = [(METHOD.to_owned(), Value::from(""))];
    vec![
        tree.request_headers("preflight-seen", asked.into_iter().collect()),
        tree.middleware(format!("r{n}-{kind}"), json!({ "headers": changes })),
    ]
}

/// Routers for a route that pages of other origins may call, below its entries. Gives their names.
pub(super) fn routers(
    tree: &mut Tree,
    n: usize,
    route: &Route<'_>,
    cors: &Cors,
    above: &[String],
) -> Vec<String> {
    let at = format!("{}.cors", route.at);
    let page = Router::below(above, format!("r{n}-page"), allowed(cors)).about(at);
    let said = saying(tree, n, cors, &[]);
    let page = tree.pass(page.with(said));
    let headers: Map<String, Value> = SAID
        .iter()
        .map(|name| ((*name).to_owned(), "".into()))
        .collect();
    let unsaid = tree.answer_headers("no-page", headers);
    let other = Router::below(above, format!("r{n}-no-page"), Rule::always());
    vec![page, tree.pass(other.with([unsaid]))]
}

/// Answers the preflights that `asks` describes.
pub(super) fn preflights(
    tree: &mut Tree,
    n: usize,
    entry: usize,
    route: &Route<'_>,
    cors: &Cors,
    asks: Rule,
) {
    let at = format!("{}.cors", route.at);
    let methods = match cors.methods.is_empty() {
        true => &route.config.matches.methods,
        false => &cors.methods,
    };
    let mut good = vec![asks.clone(), allowed(cors)];
    let granted = match methods.is_empty() {
        true => USUAL.join(", "),
        false => {
            let names: Vec<_> = methods.iter().map(|name| escaped(name)).collect();
            good.push(Rule::header_matches(METHOD, &whole(&names.join("|"))));
            methods.join(", ")
        }
    };
    let mut told = vec![
        ("Access-Control-Allow-Methods", granted),
        ("Access-Control-Max-Age", cors.max_age_s.to_string()),
    ];
    if !cors.headers.iter().any(|name| name == "*") {
        let names: Vec<_> = cors.headers.iter().map(|name| escaped(name)).collect();
        let names = names.join("|");
        let list = match cors.headers.is_empty() {
            true => "[\\x20\\t,]*".to_owned(),
            false => format!("[\\x20\\t,]*(?:(?:{names})[\\x20\\t]*(?:,[\\x20\\t,]*|\\z))*"),
        };
        let pattern = format!("(?i){}", whole(&list));
        let none = Rule::has_header(HEADERS).not();
        good.push(Rule::any([none, Rule::header_matches(HEADERS, &pattern)]));
    }
    if !cors.headers.is_empty() {
        told.push(("Access-Control-Allow-Headers", cors.headers.join(", ")));
    }
    let said = saying(tree, n, cors, &told);
    let name = format!("e{entry}-preflight");
    let router = Router::first(&name, Rule::all(good)).about(&at).with(said);
    tree.refuse(router, 204);
    // Whoever is refused is told as much as on any other answer.
    let others = Rule::all([asks.clone(), allowed(cors)]);
    let said = saying(tree, n, cors, &[]);
    tree.refuse(
        Router::first(format!("{name}-refused"), others).with(said),
        403,
    );
    tree.refuse(Router::first(format!("{name}-from-elsewhere"), asks), 403);
}
