//! `$VAR`, `${VAR:-x}`, `${{ env "VAR" }}` and `{vault://…}` in a Kong file. The environment is never
//! read: a default stands in the file and is taken, all else needs a person.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::super::finding::{Findings, Grade, Place};
use super::super::tree::{Node, Value};

// A constant, not state.
static PLACEHOLDER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"\$\{\{\s*env\s+"(?<deck>[^"]*)"\s*\}\}|\$\{(?<name>[A-Za-z_][A-Za-z0-9_]*)(?::?-(?<default>[^}]*))?\}|\$(?<bare>[A-Z_][A-Z0-9_]*)|\{vault://(?<vault>[^}]*)\}"#,
    )
    .expect("this pattern is a constant and tested")
});

/// Members whose values are credentials, which are not taken over at all.
const SECRET: [&str; 6] = [
    "keyauth_credentials",
    "basicauth_credentials",
    "jwt_secrets",
    "hmacauth_credentials",
    "oauth2_credentials",
    "mtls_auth_credentials",
];

/// Puts defaults in the place of placeholders, and tells of those that have none.
pub(super) fn fill(node: &mut Node, findings: &mut Findings) {
    let line = node.line;
    match &mut node.value {
        Value::Text(text) if text.contains(['$', '{']) => {
            if let Some(filled) = filled(text, line, findings) {
                node.value = filled;
            }
        }
        Value::List(items) => items.iter_mut().for_each(|item| fill(item, findings)),
        Value::Map(members) => {
            for (key, member) in members {
                if !SECRET.contains(&key.name.as_str()) && !key.name.starts_with('_') {
                    fill(member, findings);
                }
            }
        }
        _ => {}
    }
}

fn filled(text: &str, line: u32, findings: &mut Findings) -> Option<Value> {
    let mut some = false;
    let mut tell = |name: &str, message: String| {
        some = true;
        let field = format!("${name}");
        let place = Place {
            about: "the file",
            field: &field,
            line,
        };
        findings.add(Grade::NeedsValue, place, message);
    };
    let filled = PLACEHOLDER.replace_all(text, |found: &Captures<'_>| {
        let whole = found[0].to_owned();
        if let (Some(name), Some(default)) = (found.name("name"), found.name("default")) {
            let name = name.as_str();
            tell(name, format!("the environment is not read: what the file has for `{name}` by default stands in its place"));
            return default.as_str().to_owned();
        }
        let names = ["deck", "name", "bare", "vault"];
        if let Some(name) = names.iter().find_map(|group| found.name(group)) {
            let name = name.as_str();
            tell(name, format!("the environment is not read: give the value of `{name}` by hand"));
        }
        whole
    });
    let filled = filled.into_owned();
    if !some {
        return None;
    }
    Some(match (filled.parse::<u64>(), filled.as_str()) {
        (Ok(number), _) => Value::Number(number.into()),
        (_, "true") => Value::Bool(true),
        (_, "false") => Value::Bool(false),
        _ => Value::Text(filled),
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::tree::parse;
    use super::*;

    #[test]
    fn a_default_is_taken_and_all_else_needs_a_person() {
        let text = "n: ${N:-5}\nurl: http://${HOST}:1\nt: $TOKEN\nv: '{vault://env/x}'\n\
                    p: $(headers['x'])\nr: ~/a$\nkeyauth_credentials: [{key: $KEY}]\n";
        let mut root = parse(text).unwrap();
        let mut findings = Findings::default();
        fill(&mut root, &mut findings);
        assert_eq!(root.get("n").unwrap().to_json(), 5);
        assert_eq!(root.get("url").unwrap().to_json(), "http://${HOST}:1");
        let found: Vec<_> = findings
            .finish()
            .into_iter()
            .map(|finding| (finding.field, finding.line))
            .collect();
        let told = [("$N", 1), ("$HOST", 2), ("$TOKEN", 3), ("$env/x", 4)];
        let told: Vec<_> = told
            .map(|(name, line)| (name.to_owned(), Some(line)))
            .into();
        assert_eq!(found, told);
    }
}
