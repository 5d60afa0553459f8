//! What is put into the request for a part: `{{user.id}}` in a path, a query, a header or a body.
//!
//! A value that is missing or null is never written as text: whoever needs it is not asked (AG-4).

use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

/// Names that no part may have.
pub const RESERVED: [&str; 2] = ["request", "item"];

/// Most bytes of a header's value that is put together.
const LONGEST_HEADER: usize = 8 * 1024;

/// What stands for itself in a path and a query (RFC 3986, section 2.3).
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A place from which a value is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// As it is written, without braces.
    pub written: String,
    /// Where it begins.
    pub root: Root,
    /// What is passed on the way to the value.
    pub path: Vec<Step>,
}

/// Where a reference begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Root {
    /// At the answer of a part, by its index.
    Part(usize),
    /// At the entry of the list for which a part is asked.
    Item,
    /// At a parameter of the route's path.
    Path(String),
    /// At a parameter of the caller's query.
    Query(String),
    /// At a header of the caller's.
    Header(HeaderName),
    /// At the body of the caller's request.
    Body,
}

/// One step on the way to a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// To a field.
    Field(String),
    /// To an entry of a list, the first is 0.
    Entry(usize),
    /// To each entry of a list.
    Each,
}

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

/// What a template may refer to.
#[derive(Clone, Copy)]
pub struct Names<'a> {
    /// The parts, in their order.
    pub parts: &'a [&'a str],
    /// Parameters of the route's path; `None` where that path is itself wrong.
    pub parameters: Option<&'a [&'a str]>,
    /// Whether the part is asked for each entry of a list.
    pub item: bool,
}

/// The values that are there.
pub trait Values {
    /// The answer of a part.
    ///
    /// # Errors
    /// Why there is none.
    fn part(&self, index: usize) -> Result<&Value, Missing>;
    /// The entry for which the part is asked.
    fn item(&self) -> Option<&Value>;
    /// The caller's request.
    fn input(&self) -> &Input;
}

/// What of a caller's request can be put into those for parts.
#[derive(Clone, Debug, Default)]
pub struct Input {
    /// Parameters of the route's path, decoded.
    pub path: Vec<(String, String)>,
    /// The query, decoded.
    pub query: Vec<(String, String)>,
    /// Headers, without credentials of the gateway's.
    pub headers: HeaderMap,
    /// The body, where a part needs it.
    pub body: Option<Value>,
}

/// Why a request cannot be put together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// What is missing, in one sentence without a full stop.
    pub reason: String,
    /// Whose fault that is.
    pub fault: Fault,
}

/// Whose fault it is that something is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The caller did not send it.
    Caller,
    /// A part did not give it.
    Part,
    /// A part that should have given it took too long.
    Late,
}

impl Reference {
    /// Reads `user.items[0].id`.
    ///
    /// # Errors
    /// What is wrong with it, in one sentence without a full stop.
    pub fn parse(text: &str, names: Names<'_>) -> Result<Self, String> {
        let written = text.trim().to_owned();
        let mut steps = steps(&written)?.into_iter();
        let Some(Step::Field(first)) = steps.next() else {
            return Err(format!("`{written}` does not begin with a name"));
        };
        let root = match first.as_str() {
            "request" => request_root(&written, &mut steps, names.parameters)?,
            "item" if names.item => Root::Item,
            "item" => {
                return Err("there is an `item` only where `for_each` gives a list".to_owned());
            }
            name => match names.parts.iter().position(|part| *part == name) {
                Some(index) => Root::Part(index),
                None => return Err(no_part(name, names.parts)),
            },
        };
        let path: Vec<_> = steps.collect();
        let is_text = matches!(root, Root::Path(_) | Root::Query(_) | Root::Header(_));
        if is_text && !path.is_empty() {
            return Err(format!(
                "`{written}` goes on behind a text, which has no fields"
            ));
        }
        Ok(Self {
            written,
            root,
            path,
        })
    }

    /// The part whose answer it needs.
    pub fn part(&self) -> Option<usize> {
        match self.root {
            Root::Part(index) => Some(index),
            _ => None,
        }
    }

    /// The value that is there: not null, nor one of several that is.
    ///
    /// # Errors
    /// It is missing.
    pub fn find(&self, values: &dyn Values) -> Result<Value, Missing> {
        let input = values.input();
        let by = |fault| move |reason| Missing { reason, fault };
        let text = |found: Option<String>, what: String| match found {
            Some(text) => Ok(Value::String(text)),
            None => Err(by(Fault::Caller)(format!("the request has no {what}"))),
        };
        let of = |list: &[(String, String)], wanted: &str| {
            let found = list.iter().find(|(name, _)| name == wanted);
            found.map(|(_, value)| value.clone())
        };
        match &self.root {
            Root::Part(index) => {
                let whole = values.part(*index)?;
                self.walk(whole).map_err(by(Fault::Part))
            }
            Root::Item => match values.item() {
                Some(item) => self.walk(item).map_err(by(Fault::Part)),
                None => Err(by(Fault::Part)("there is no entry of a list".to_owned())),
            },
            Root::Path(name) => text(of(&input.path, name), format!("`{name}` in its path")),
            Root::Query(name) => text(of(&input.query, name), format!("query parameter `{name}`")),
            Root::Header(name) => {
                let value = input.headers.get(name);
                let value = value
                    .and_then(|value| value.to_str().ok())
                    .map(str::to_owned);
                text(value, format!("header `{name}`"))
            }
            Root::Body => match &input.body {
                Some(body) => self.walk(body).map_err(by(Fault::Caller)),
                None => Err(by(Fault::Caller)(
                    "the request has no body of JSON".to_owned(),
                )),
            },
        }
    }

    fn walk(&self, whole: &Value) -> Result<Value, String> {
        let mut found = vec![whole];
        for step in &self.path {
            let mut next = Vec::with_capacity(found.len());
            for value in found {
                let one = match (step, value) {
                    (Step::Each, Value::Array(items)) => {
                        next.extend(items);
                        continue;
                    }
                    (Step::Entry(n), Value::Array(items)) => items.get(*n),
                    (Step::Field(name), Value::Object(object)) => object.get(name),
                    (Step::Field(name), Value::Array(items)) => {
                        name.parse::<usize>().ok().and_then(|n| items.get(n))
                    }
                    _ => None,
                };
                next.push(one.ok_or_else(|| format!("there is no `{}`", self.written))?);
            }
            found = next;
        }
        if found.iter().any(|value| value.is_null()) {
            return Err(format!("`{}` is null", self.written));
        }
        let several = self.path.contains(&Step::Each);
        match (several, &found[..]) {
            (false, [one]) => Ok((*one).clone()),
            (false, _) => Err(format!("there is no `{}`", self.written)),
            (true, all) => Ok(Value::Array(all.iter().map(|one| (*one).clone()).collect())),
        }
    }

    /// The value as text: several are parted by commas.
    fn as_texts(&self, values: &dyn Values) -> Result<Vec<String>, Missing> {
        let value = self.find(values)?;
        let fault = match self.root {
            Root::Part(_) | Root::Item => Fault::Part,
            _ => Fault::Caller,
        };
        let no_text = |what: &str| Missing {
            reason: format!("`{}` is {what}, which is no text", self.written),
            fault,
        };
        let texts = match value {
            Value::Array(items) => {
                let all: Option<Vec<_>> = items.iter().map(scalar).collect();
                all.ok_or_else(|| no_text("a list of objects"))?
            }
            value => vec![scalar(&value).ok_or_else(|| no_text("an object"))?],
        };
        match texts.iter().all(|text| text.is_empty()) {
            // `/orders/` is another thing than `/orders/7`.
            true => Err(Missing {
                reason: format!("`{}` is empty", self.written),
                fault,
            }),
            false => Ok(texts),
        }
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn request_root(
    written: &str,
    steps: &mut impl Iterator<Item = Step>,
    parameters: Option<&[&str]>,
) -> Result<Root, String> {
    let all = "`request.path.…`, `request.query.…`, `request.header.…` and `request.body`";
    let Some(Step::Field(place)) = steps.next() else {
        return Err(format!("of the request there is {all}"));
    };
    if place == "body" {
        return Ok(Root::Body);
    }
    if !matches!(place.as_str(), "path" | "query" | "header") {
        return Err(format!("there is no `request.{place}`; there is {all}"));
    }
    let name = match steps.next() {
        Some(Step::Field(name)) => name,
        _ => return Err(format!("`{written}` does not say which")),
    };
    match place.as_str() {
        "path" => match parameters {
            Some(known) if !known.contains(&name.as_str()) => Err(match known {
                [] => format!("`match.path` has no `{{{name}}}`: write it there first"),
                known => format!(
                    "`{{{name}}}` is no parameter of `match.path`; there is {}",
                    quoted(known, "request.path.")
                ),
            }),
            _ => Ok(Root::Path(name)),
        },
        "query" => Ok(Root::Query(name)),
        _ => match name.to_ascii_lowercase().parse() {
            Ok(name) => Ok(Root::Header(name)),
            Err(_) => Err(format!("`{name}` is no name of a header")),
        },
    }
}

fn no_part(name: &str, parts: &[&str]) -> String {
    let far = |part: &&&str| strsim::damerau_levenshtein(part, name);
    match parts.iter().min_by_key(far) {
        Some(part) if far(&part) <= 2 => {
            format!("no part is named `{name}`; did you mean `{part}`?")
        }
        _ => format!(
            "no part is named `{name}`; there is {}, `request` and `item`",
            quoted(parts, "")
        ),
    }
}

fn quoted(names: &[&str], before: &str) -> String {
    let all: Vec<_> = names
        .iter()
        .map(|name| format!("`{before}{name}`"))
        .collect();
    all.join(", ")
}

/// `a.b[0][*]["c d"]` in its steps.
fn steps(text: &str) -> Result<Vec<Step>, String> {
    let wrong = || format!("`{text}` cannot be read: write it like `user.items[0].id`");
    let mut steps = Vec::new();
    let mut rest = text;
    loop {
        let end = rest.find(['.', '[']).unwrap_or(rest.len());
        let name = &rest[..end];
        let odd = |c: char| c.is_whitespace() || matches!(c, '{' | '}' | ']' | '"' | '|');
        if name.is_empty() || name.contains(odd) {
            return Err(wrong());
        }
        steps.push(Step::Field(name.to_owned()));
        rest = &rest[end..];
        while let Some(after) = rest.strip_prefix('[') {
            if let Some(quoted) = after.strip_prefix('"') {
                let (name, after) = quoted.split_once("\"]").ok_or_else(wrong)?;
                steps.push(Step::Field(name.to_owned()));
                rest = after;
                continue;
            }
            let (inside, after) = after.split_once(']').ok_or_else(wrong)?;
            steps.push(match inside {
                "*" => Step::Each,
                number => Step::Entry(number.parse().map_err(|_| wrong())?),
            });
            rest = after;
        }
        match rest.strip_prefix('.') {
            Some(after) => rest = after,
            None if rest.is_empty() => return Ok(steps),
            None => return Err(wrong()),
        }
    }
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
