//! What is put into the request for a part: `{{user.id}}` in a path, a query, a header or a body.
//!
//! A value that is missing or null is never written as text: whoever needs it is not asked (AG-4).

use http::HeaderValue;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use super::reference::{Fault, Missing, Names, Reference, Root, Values};

/// Most bytes of a header's value that is put together.
const LONGEST_HEADER: usize = 8 * 1024;

/// What stands for itself in a path and a query (RFC 3986, section 2.3).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// Text with values in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text(pub Vec<Piece>);

/// A piece of a [`Text`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// These characters.
    Literal(String),
    /// The value that is found there.
    Value(Reference),
}

/// JSON with values in it.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// This.
    Literal(Value),
    /// The value that is found there, with its type.
    Value(Reference),
    /// A text with values in it.
    Text(Text),
    /// A list.
    List(Vec<Json>),
    /// An object.
    Object(Vec<(String, Json)>),
}

impl Text {
    /// Reads text with `{{…}}` in it.
    ///
    /// # Errors
    /// What is wrong with it, in one sentence without a full stop.
    pub fn parse(text: &str, names: Names<'_>) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            let (inside, after) = after
                .split_once("}}")
                .ok_or_else(|| "a `{{` has no `}}`".to_owned())?;
            if !before.is_empty() {
                pieces.push(Piece::Literal(before.to_owned()));
            }
            pieces.push(Piece::Value(Reference::parse(inside, names)?));
            rest = after;
        }
        if rest.contains("}}") {
            return Err("a `}}` has no `{{`".to_owned());
        }
        if !rest.is_empty() {
            pieces.push(Piece::Literal(rest.to_owned()));
        }
        Ok(Self(pieces))
    }

    /// The places that it refers to.
    pub fn references(&self) -> impl Iterator<Item = &Reference> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Literal(_) => None,
            Piece::Value(reference) => Some(reference),
        })
    }

    fn fill(&self, values: &dyn Values, write: impl Fn(&str) -> String) -> Result<String, Missing> {
        let mut text = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Literal(literal) => text.push_str(literal),
                Piece::Value(reference) => {
                    let texts = reference.as_texts(values)?;
                    let texts: Vec<_> = texts.iter().map(|one| write(one)).collect();
                    text.push_str(&texts.join(","));
                }
            }
        }
        Ok(text)
    }

    /// The text itself.
    ///
    /// # Errors
    /// A value is missing.
    pub fn plain(&self, values: &dyn Values) -> Result<String, Missing> {
        self.fill(values, str::to_owned)
    }

    /// The text, with what is put in percent-encoded.
    ///
    /// # Errors
    /// A value is missing.
    pub fn encoded(&self, values: &dyn Values) -> Result<String, Missing> {
        self.fill(values, encoded)
    }

    /// The text as a header's value: one line, or else nothing.
    ///
    /// # Errors
    /// A value is missing, or cannot stand in a header.
    pub fn header(&self, values: &dyn Values) -> Result<HeaderValue, Missing> {
        let text = self.plain(values)?;
        let fault = match self
            .references()
            .any(|one| one.part().is_some() || one.root == Root::Item)
        {
            true => Fault::Part,
            false => Fault::Caller,
        };
        let first = self.references().next().map_or("", |one| &one.written);
        let why = match HeaderValue::from_str(&text) {
            Ok(value) if text.len() <= LONGEST_HEADER => return Ok(value),
            Ok(_) => format!("is longer than {LONGEST_HEADER} bytes"),
            Err(_) => "has characters that cannot stand in a header".to_owned(),
        };
        Err(Missing {
            reason: format!("what `{first}` would make of a header {why}"),
            fault,
        })
    }
}

/// Percent-encodes all that does not stand for itself.
pub fn encoded(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

impl Json {
    /// Reads JSON whose texts may have `{{…}}` in them.
    ///
    /// # Errors
    /// What is wrong with it, in one sentence without a full stop.
    pub fn parse(value: &Value, names: Names<'_>) -> Result<Self, String> {
        Ok(match value {
            Value::String(text) if text.contains("{{") || text.contains("}}") => {
                let text = Text::parse(text, names)?;
                match &text.0[..] {
                    [Piece::Value(reference)] => Self::Value(reference.clone()),
                    _ => Self::Text(text),
                }
            }
            Value::Array(items) => Self::List(
                items
                    .iter()
                    .map(|item| Self::parse(item, names))
                    .collect::<Result<_, _>>()?,
            ),
            Value::Object(object) => Self::Object(
                object
                    .iter()
                    .map(|(name, member)| Ok((name.clone(), Self::parse(member, names)?)))
                    .collect::<Result<_, String>>()?,
            ),
            literal => Self::Literal(literal.clone()),
        })
    }

    /// Adds the places that it refers to.
    pub fn references<'s>(&'s self, found: &mut Vec<&'s Reference>) {
        match self {
            Self::Literal(_) => {}
            Self::Value(reference) => found.push(reference),
            Self::Text(text) => found.extend(text.references()),
            Self::List(items) => items.iter().for_each(|item| item.references(found)),
            Self::Object(members) => members.iter().for_each(|(_, one)| one.references(found)),
        }
    }

    /// The JSON with its values.
    ///
    /// # Errors
    /// A value is missing.
    pub fn fill(&self, values: &dyn Values) -> Result<Value, Missing> {
        Ok(match self {
            Self::Literal(value) => value.clone(),
            Self::Value(reference) => reference.find(values)?,
            Self::Text(text) => Value::String(text.plain(values)?),
            Self::List(items) => Value::Array(
                items
                    .iter()
                    .map(|item| item.fill(values))
                    .collect::<Result<_, _>>()?,
            ),
            Self::Object(members) => {
                let mut object = Map::new();
                for (name, member) in members {
                    object.insert(name.clone(), member.fill(values)?);
                }
                Value::Object(object)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use http::HeaderMap;

    use super::super::reference::Input;
    use super::*;

    struct There(Vec<Value>, Input);

    impl Values for There {
        fn part(&self, index: usize) -> Result<&Value, Missing> {
            Ok(&self.0[index])
        }

        fn item(&self) -> Option<&Value> {
            None
        }

        fn input(&self) -> &Input {
            &self.1
        }
    }

    const NAMES: Names<'_> = Names {
        parts: &["user", "orders"],
        parameters: Some(&["id"]),
        item: false,
    };

    fn there() -> There {
        There(
            vec![
                json!({"id": 7, "name": "Ada & Co", "ok": true, "none": null, "odd key": "x", "bad": "a\r\nb: c"}),
                json!({"items": [{"id": 1, "tags": ["a", "b"]}, {"id": 2, "tags": ["c"]}], "grid": [[1, 2], [3]]}),
            ],
            Input {
                path: vec![("id".to_owned(), "a/b".to_owned())],
                query: vec![("page".to_owned(), "2".to_owned())],
                headers: HeaderMap::new(),
                body: Some(json!({"lines": [{"sku": "k"}]})),
            },
        )
    }

    fn found(reference: &str) -> Result<Value, String> {
        let reference = Reference::parse(reference, NAMES)?;
        reference.find(&there()).map_err(|missing| missing.reason)
    }

    /// AG-4
    #[test]
    fn fields_and_entries_of_lists_are_found_with_their_types() {
        for (reference, value) in [
            ("user.id", json!(7)),
            ("user.ok", json!(true)),
            ("user[\"odd key\"]", json!("x")),
            ("orders.items[0].id", json!(1)),
            ("orders.items.1.id", json!(2)),
            ("orders.items[1].tags[0]", json!("c")),
            ("orders.items[*].id", json!([1, 2])),
            ("orders.items[*].tags[*]", json!(["a", "b", "c"])),
            ("orders.grid[0][1]", json!(2)),
            ("orders.grid[*][0]", json!([1, 3])),
            (" user.name ", json!("Ada & Co")),
            ("request.path.id", json!("a/b")),
            ("request.query.page", json!("2")),
            ("request.body.lines[0].sku", json!("k")),
        ] {
            assert_eq!(found(reference), Ok(value), "{reference}");
        }
    }

    /// AG-4
    #[test]
    fn what_is_missing_or_null_is_said_and_never_written() {
        for (reference, reason) in [
            ("user.gone", "there is no `user.gone`"),
            ("user.none", "`user.none` is null"),
            ("user.id.deeper", "there is no `user.id.deeper`"),
            ("orders.items[2].id", "there is no `orders.items[2].id`"),
            ("orders.items[*].gone", "there is no `orders.items[*].gone`"),
            (
                "request.query.size",
                "the request has no query parameter `size`",
            ),
            (
                "request.header.x-tenant",
                "the request has no header `x-tenant`",
            ),
            ("request.body.name", "there is no `request.body.name`"),
        ] {
            assert_eq!(found(reference), Err(reason.to_owned()), "{reference}");
        }
    }

    #[test]
    fn what_names_nothing_is_refused_beforehand() {
        for (reference, reason) in [
            ("usr.id", "no part is named `usr`; did you mean `user`?"),
            (
                "basket.id",
                "no part is named `basket`; there is `user`, `orders`, `request` and `item`",
            ),
            (
                "item.id",
                "there is an `item` only where `for_each` gives a list",
            ),
            (
                "request.path.nr",
                "`{nr}` is no parameter of `match.path`; there is `request.path.id`",
            ),
            (
                "request.cookie.a",
                "there is no `request.cookie`; there is `request.path.…`, `request.query.…`, `request.header.…` and `request.body`",
            ),
            ("request.query", "`request.query` does not say which"),
            (
                "request.query.a.b",
                "`request.query.a.b` goes on behind a text, which has no fields",
            ),
            (
                "user..id",
                "`user..id` cannot be read: write it like `user.items[0].id`",
            ),
            (
                "user[x]",
                "`user[x]` cannot be read: write it like `user.items[0].id`",
            ),
            ("", "`` cannot be read: write it like `user.items[0].id`"),
        ] {
            assert_eq!(found(reference), Err(reason.to_owned()), "{reference}");
        }
        assert!(Text::parse("a {{user.id", NAMES).is_err());
        assert!(Text::parse("a user.id}}", NAMES).is_err());
    }

    #[test]
    fn a_value_cannot_become_another_part_of_a_path_nor_a_second_header() {
        let text = |text: &str| Text::parse(text, NAMES).unwrap();
        assert_eq!(
            text("/a/{{request.path.id}}").encoded(&there()).unwrap(),
            "/a/a%2Fb"
        );
        assert_eq!(
            text("{{user.name}}").encoded(&there()).unwrap(),
            "Ada%20%26%20Co"
        );
        assert_eq!(
            text("{{orders.items[*].id}}").encoded(&there()).unwrap(),
            "1,2"
        );
        let refused = text("{{user.bad}}").header(&there()).unwrap_err();
        assert!(
            refused.reason.contains("cannot stand in a header"),
            "{refused:?}"
        );
        assert_eq!(
            text("{{user.id}}-{{user.ok}}").header(&there()).unwrap(),
            "7-true"
        );
        let object = text("{{orders}}").plain(&there()).unwrap_err();
        assert_eq!(object.reason, "`orders` is an object, which is no text");
    }

    /// AG-4
    #[test]
    fn a_body_keeps_the_types_of_what_is_put_into_it() {
        let body = json!({
            "id": "{{user.id}}", "ids": "{{orders.items[*].id}}", "text": "n° {{user.id}}",
            "fixed": [null, 1.5, "{{user.ok}}"], "all": "{{orders.items[0]}}",
        });
        let filled = Json::parse(&body, NAMES).unwrap().fill(&there()).unwrap();
        assert_eq!(
            filled,
            json!({
                "id": 7, "ids": [1, 2], "text": "n° 7",
                "fixed": [null, 1.5, true], "all": {"id": 1, "tags": ["a", "b"]},
            })
        );
    }
}
