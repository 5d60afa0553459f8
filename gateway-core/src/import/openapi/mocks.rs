//! The examples of a document, as rules of a mock: an answer for each operation that has one.

use serde_json::{Map, Value as Json};

use super::super::finding::Findings;
use super::super::tree::{Node, parse};
use super::operations::METHODS;
use super::paths;
use super::refs::resolve;
use super::servers::Server;
use crate::config::{HeaderLine, Match, MockRule};

/// Deepest that an example is put together from schemas.
const MOST_DEPTH: usize = 12;
/// Most values that one example is put together from.
const MOST_VALUES: usize = 2_000;

/// Rules made of a document, and what could not be.
#[derive(Clone, Debug, PartialEq)]
pub struct Mocks {
    /// A rule for each operation with an answer to show, the more specific paths first.
    pub rules: Vec<MockRule>,
    /// What was left out, in one sentence each.
    pub left_out: Vec<String>,
}

/// Reads the examples of an OpenAPI document, 3.0 or 3.1.
///
/// # Errors
/// It cannot be read, or is no such document.
pub fn mocks(text: &str) -> Result<Mocks, String> {
    let root = parse(text)?;
    let version = root.get("openapi").and_then(Node::text).unwrap_or_default();
    if !version.starts_with("3.") {
        return Err("this is no OpenAPI document of version 3".to_owned());
    }
    let mut findings = Findings::default();
    let server = Server::read(root.get("servers"), "the file", &mut findings)
        .unwrap_or_else(|| Server::unknown(&mut findings));
    let mut made = Mocks {
        rules: Vec::new(),
        left_out: Vec::new(),
    };
    let paths = root.get("paths").map(Node::members).unwrap_or_default();
    for (key, node) in paths.iter().filter(|(key, _)| key.name.starts_with('/')) {
        let item = match resolve(&root, node) {
            Ok(item) => item,
            Err(reason) => {
                made.left_out.push(format!("`{}`: {reason}", key.name));
                continue;
            }
        };
        let (path, path_kind) = paths::write(&format!("{}{}", server.base, key.name));
        for method in METHODS {
            let Some(operation) = item.get(method) else {
                continue;
            };
            let method = method.to_ascii_uppercase();
            match answer(&root, operation) {
                Some(answer) => made.rules.push(MockRule {
                    matches: Match {
                        path: path.clone(),
                        path_kind,
                        methods: vec![method],
                        ..Match::default()
                    },
                    ..answer
                }),
                None => {
                    let message = format!("`{method} {}` describes no answer", key.name);
                    made.left_out.push(message);
                }
            }
        }
    }
    // `/users/me` before `/users/{id}`.
    made.rules
        .sort_by_key(|rule| rule.matches.path.matches('{').count());
    Ok(made)
}

/// The answer of an operation: its first success, or else its first.
fn answer(root: &Node, operation: &Node) -> Option<MockRule> {
    let all = operation.get("responses")?.members();
    let mut responses: Vec<(u16, &Node)> = all
        .iter()
        .filter_map(|(key, node)| {
            let status = match key.name.as_str() {
                "default" => 200,
                name => name.replace(['X', 'x'], "0").parse().ok()?,
            };
            (200..600).contains(&status).then_some((status, node))
        })
        .collect();
    responses.sort_by_key(|(status, _)| (!(200..300).contains(status), *status));
    let (status, node) = responses.first()?;
    let response = resolve(root, node).ok()?;
    let mut headers = Vec::new();
    for (key, header) in response
        .get("headers")
        .map(Node::members)
        .unwrap_or_default()
    {
        let Some(value) = resolve(root, header).ok().and_then(|header| {
            let mut budget = MOST_VALUES;
            example_of(root, header, &mut budget)
        }) else {
            continue;
        };
        headers.push(HeaderLine {
            name: key.name.clone(),
            value: as_text(&value),
        });
    }
    let mut body = String::new();
    if let Some((media_type, media)) = media(response) {
        let mut budget = MOST_VALUES;
        if let Some(example) = example_of(root, media, &mut budget) {
            body = match (media_type.contains("json"), &example) {
                (false, Json::String(text)) => text.clone(),
                _ => serde_json::to_string_pretty(&example).unwrap_or_default(),
            };
            headers.push(HeaderLine {
                name: "Content-Type".to_owned(),
                value: media_type.to_owned(),
            });
        }
    }
    Some(MockRule {
        matches: Match::default(),
        status: *status,
        headers,
        body: unfilled(&body),
        delay_ms: 0,
    })
}

/// JSON if there is any, else whatever comes first.
fn media(response: &Node) -> Option<(&str, &Node)> {
    let all = response.get("content")?.members();
    let json = all.iter().find(|(key, _)| key.name.contains("json"));
    let (key, node) = json.or_else(|| all.first())?;
    Some((&key.name, node))
}

/// What a media type or a header is like: its example, its first named one, or one of its schema.
fn example_of(root: &Node, node: &Node, budget: &mut usize) -> Option<Json> {
    if let Some(example) = node.get("example") {
        return Some(example.to_json());
    }
    let named = node.get("examples").and_then(|all| all.members().first());
    if let Some((_, example)) = named {
        let value = resolve(root, example).ok()?.get("value")?;
        return Some(value.to_json());
    }
    of_schema(root, node.get("schema")?, 0, budget)
}

/// A value that a schema describes, by the examples in it; without any, one of its type.
fn of_schema(root: &Node, node: &Node, depth: usize, budget: &mut usize) -> Option<Json> {
    *budget = budget.checked_sub(1)?;
    if depth > MOST_DEPTH {
        return None;
    }
    let schema = resolve(root, node).ok()?;
    for field in ["example", "const", "default"] {
        if let Some(value) = schema.get(field) {
            return Some(value.to_json());
        }
    }
    for list in ["examples", "enum"] {
        if let Some(value) = schema.get(list).and_then(|list| list.items().first()) {
            return Some(value.to_json());
        }
    }
    let mut deeper = |node: &Node| of_schema(root, node, depth + 1, budget);
    for choice in ["oneOf", "anyOf"] {
        if let Some(first) = schema.get(choice).and_then(|list| list.items().first()) {
            return deeper(first);
        }
    }
    let mut members = Map::new();
    for part in schema.get("allOf").map(Node::items).unwrap_or_default() {
        if let Some(Json::Object(more)) = deeper(part) {
            members.extend(more);
        }
    }
    for (key, property) in schema
        .get("properties")
        .map(Node::members)
        .unwrap_or_default()
    {
        if let Some(value) = deeper(property) {
            members.insert(key.name.clone(), value);
        }
    }
    if !members.is_empty() {
        return Some(Json::Object(members));
    }
    let kind = schema.get("type").and_then(|kind| match kind.items() {
        [] => kind.text(),
        several => several.iter().find_map(Node::text),
    });
    Some(match kind.as_deref() {
        Some("object") => Json::Object(Map::new()),
        Some("array") => Json::Array(schema.get("items").and_then(deeper).into_iter().collect()),
        Some("integer" | "number") => schema.get("minimum").map_or(0.into(), Node::to_json),
        Some("boolean") => true.into(),
        Some("string") => match schema.get("format").and_then(Node::text).as_deref() {
            Some("date-time") => "2026-01-01T12:00:00Z".into(),
            Some("date") => "2026-01-01".into(),
            Some("uuid") => "00000000-0000-4000-8000-000000000000".into(),
            Some("email") => "person@example.com".into(),
            Some("uri" | "url") => "https://example.com/".into(),
            _ => "text".into(),
        },
        _ => return None,
    })
}

fn as_text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Text of an example, so that nothing in it is taken for a place to fill in.
fn unfilled(text: &str) -> String {
    match crate::snapshot::mock::is_template(text) {
        true => format!("{{% raw %}}{text}{{% endraw %}}"),
        false => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PETS: &str = "
openapi: 3.1.0
info: {title: Pets, version: '1'}
servers: [{url: 'http://127.0.0.1:3000/api'}]
paths:
  /pets/{id}:
    get:
      responses:
        '404': {description: none, content: {application/json: {example: {code: 1}}}}
        '200':
          description: one
          headers: {ETag: {schema: {type: string, example: abc}}}
          content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}
    delete: {responses: {'204': {description: gone}}}
  /pets/mine:
    get:
      responses:
        2XX: {description: all, content: {text/plain: {example: 'so {{ it }} is'}}}
  /nothing: {get: {summary: says nothing}}
components:
  schemas:
    Pet:
      type: object
      properties:
        id: {type: integer, examples: [7]}
        name: {type: string, example: Rex}
        born: {type: string, format: date}
        friends: {type: array, items: {$ref: '#/components/schemas/Pet'}}
";

    #[test]
    fn each_operation_answers_with_its_example() {
        let made = mocks(PETS).unwrap();
        let shown: Vec<_> = made
            .rules
            .iter()
            .map(|rule| {
                let Match { path, methods, .. } = &rule.matches;
                (methods[0].as_str(), path.as_str(), rule.status)
            })
            .collect();
        assert_eq!(
            shown,
            [
                ("GET", "/api/pets/mine", 200),
                ("GET", "/api/pets/{id}", 200),
                ("DELETE", "/api/pets/{id}", 204),
            ]
        );
        assert_eq!(made.left_out, ["`GET /nothing` describes no answer"]);
        let pet: Json = serde_json::from_str(&made.rules[1].body).unwrap();
        assert_eq!(pet["id"], 7);
        assert_eq!(pet["name"], "Rex");
        assert_eq!(pet["born"], "2026-01-01");
        assert_eq!(pet["friends"][0]["name"], "Rex");
        assert_eq!(made.rules[1].headers[0].value, "abc");
        assert_eq!(made.rules[2].body, "");
    }

    #[test]
    fn an_example_with_braces_is_answered_as_it_stands() {
        use crate::snapshot::mock::BodyTemplate;
        let made = mocks(PETS).unwrap();
        let template = BodyTemplate::read(&made.rules[0].body, false).unwrap();
        let filled = template.fill(minijinja::context! {}).unwrap();
        assert_eq!(filled, "so {{ it }} is");
    }

    #[test]
    fn a_schema_in_a_circle_ends() {
        let text = "{openapi: 3.0.0, paths: {/a: {get: {responses: {'200': {description: x, content: \
                    {application/json: {schema: {$ref: '#/components/schemas/A'}}}}}}}}, components: \
                    {schemas: {A: {properties: {a: {$ref: '#/components/schemas/A'}, \
                    b: {$ref: '#/components/schemas/A'}, c: {type: string}}}}}}";
        let made = mocks(text).unwrap();
        assert!(made.rules[0].body.len() < 100_000);
    }

    #[test]
    fn what_is_no_document_is_refused() {
        assert!(mocks("swagger: '2.0'").unwrap_err().contains("OpenAPI"));
        assert!(mocks("{").is_err());
    }
}
