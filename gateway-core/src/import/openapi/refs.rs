//! `$ref` within a document. Files and URLs are never followed.

use percent_encoding::percent_decode_str;

use super::super::tree::{Node, Value};

/// Most references from one to the next.
const MOST_HOPS: usize = 32;

/// What `node` is, or refers to.
///
/// # Errors
/// Why the reference cannot be followed.
pub(super) fn resolve<'n>(root: &'n Node, node: &'n Node) -> Result<&'n Node, String> {
    let mut at = node;
    for _ in 0..MOST_HOPS {
        let Some(reference) = at.get("$ref") else {
            return Ok(at);
        };
        let Some(text) = reference.text() else {
            return Err("`$ref` is no text".to_owned());
        };
        let shown: String = text.chars().take(200).collect();
        let Some(pointer) = text.strip_prefix('#') else {
            return Err(format!(
                "`{shown}` leads out of the file, and is not followed"
            ));
        };
        at = find(root, pointer).ok_or_else(|| format!("`{shown}` leads nowhere"))?;
    }
    Err("references that lead to one another in a circle are not followed".to_owned())
}

/// The node at a JSON pointer (RFC 6901) as a fragment of a URL.
fn find<'n>(root: &'n Node, pointer: &str) -> Option<&'n Node> {
    let pointer = percent_decode_str(pointer).decode_utf8().ok()?;
    let mut at = root;
    if pointer.is_empty() {
        return Some(at);
    }
    for name in pointer.strip_prefix('/')?.split('/') {
        let name = name.replace("~1", "/").replace("~0", "~");
        at = match &at.value {
            Value::List(items) => items.get(name.parse::<usize>().ok()?)?,
            _ => at.get(&name)?,
        };
    }
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::super::super::tree::parse;
    use super::*;

    #[test]
    fn references_are_followed_within_the_file_only() {
        let root = parse(
            "a: {$ref: '#/b'}\nb: {$ref: '#/x~1y/0/c%20d'}\nx/y: [{c d: {is: it}}]\n\
             out: {$ref: 'other.yaml#/a'}\nurl: {$ref: 'https://x/y'}\nnone: {$ref: '#/zz'}\n\
             me: {$ref: '#/me'}\none: {$ref: '#/two'}\ntwo: {$ref: '#/one'}\n",
        )
        .unwrap();
        let of = |name: &str| resolve(&root, root.get(name).unwrap());
        assert_eq!(of("a").unwrap().get("is").unwrap().to_json(), "it");
        for (name, said) in [
            ("out", "leads out"),
            ("url", "leads out"),
            ("none", "leads nowhere"),
            ("me", "circle"),
            ("one", "circle"),
        ] {
            assert!(of(name).unwrap_err().contains(said), "{name}");
        }
    }
}
