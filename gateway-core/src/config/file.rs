//! `gatewright.yaml`: the config as a file.

use serde_json::Value;

use super::{Config, Issue, schema};

/// Largest file read, in bytes.
pub const MAX_BYTES: usize = 4 * 1024 * 1024;

/// Reads a config from YAML (or JSON, which is YAML). Imports are data: tags, includes and
/// environment variables mean nothing, and aliases are bounded by the parser's budget.
///
/// # Errors
/// Every issue found: the line and column if it is no YAML, else the path of each wrong field.
pub fn parse(yaml: &str) -> Result<Config, Vec<Issue>> {
    if yaml.len() > MAX_BYTES {
        return Err(vec![Issue::error(
            "",
            format!("a config may have at most {MAX_BYTES} bytes"),
        )]);
    }
    // YAML 1.2: a route may be named `off` or `no`.
    let options = serde_saphyr::options! { strict_booleans: true };
    let document: Value = serde_saphyr::from_str_with_options(yaml, options).map_err(|error| {
        vec![Issue::error(
            "",
            format!("this is no YAML: {}", one_line(&error)),
        )]
    })?;
    schema::check(&document)
}

/// The parser draws the place in several lines; an issue has one.
fn one_line(error: &serde_saphyr::Error) -> String {
    let text = error.to_string();
    let line = text.lines().next().unwrap_or_default().trim();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

/// Writes a config as YAML, ending in a line break. Reading it gives the same config.
pub fn to_yaml(config: &Config) -> String {
    let mut document = serde_json::to_value(config).expect("a config is plain JSON");
    leave_out_absent(&mut document);
    let body = serde_saphyr::to_string(&document).expect("a config is plain JSON");
    format!("# Gatewright configuration. `gatewright validate FILE` checks it.\n{body}")
}

/// Takes away what isn't there: nobody writes `redirect: null`.
fn leave_out_absent(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            for (name, member) in members {
                // What is JSON itself keeps its nulls: the body and the default of an answer's part.
                if !matches!(name.as_str(), "body" | "default") {
                    leave_out_absent(member);
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(leave_out_absent),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOP: &str = "
version: 1
services:
  - name: shop
    targets: [{url: 'http://127.0.0.1:3000'}]
routes:
  - name: orders
    match: {path: /orders, methods: [GET]}
    service: shop
    strip_prefix: true
    authentication: {methods: [api_key]}
    rate_limits:
      - {requests: 60, per: minute, by: key}
";

    #[test]
    fn what_is_written_reads_back_the_same() {
        let config = parse(SHOP).unwrap();
        assert_eq!(parse(&to_yaml(&config)), Ok(config));
    }

    #[test]
    fn text_that_looks_like_something_else_survives() {
        let mut config = parse(SHOP).unwrap();
        for text in [
            "null",
            "true",
            "1e3",
            "0x10",
            "a: b",
            "# c",
            "'",
            "\"",
            "\\",
            "é\u{2028}",
            "~",
            "- x",
            "no",
        ] {
            config.services[0].targets[0].url = text.to_owned();
            config.routes[0].matches.hosts = vec![text.to_owned()];
            assert_eq!(parse(&to_yaml(&config)).as_ref(), Ok(&config), "{text:?}");
        }
    }

    #[test]
    fn the_example_in_the_documentation_is_right() {
        let config = parse(include_str!("../../../docs/gatewright.yaml")).unwrap();
        assert_eq!(config.routes.len(), 5);
        crate::snapshot::compile::compile(&config, 1, &Default::default())
            .map_err(|issues| format!("{issues:?}"))
            .unwrap();
    }

    #[test]
    fn broken_yaml_is_refused_with_its_line() {
        let issues = parse("version: 1\nroutes: [\n  {name: a").unwrap_err();
        assert_eq!(issues.len(), 1);
        assert!(issues[0].message.contains("line"), "{}", issues[0].message);
    }

    #[test]
    fn an_alias_bomb_is_refused() {
        let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for n in 1..10 {
            let before = vec![format!("*a{}", n - 1); 10].join(", ");
            bomb.push_str(&format!("a{n}: &a{n} [{before}]\n"));
        }
        assert!(parse(&bomb).is_err());
    }
}
