//! Where a value is taken from: `user.items[0].id`, `request.path.id`.
//!
//! A value that is missing or null is never written as text: whoever needs it is not asked (AG-4).

use http::{HeaderMap, HeaderName};
use serde_json::Value;

/// Names that no part may have.
pub const RESERVED: [&str; 2] = ["request", "item"];

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
    pub(super) fn as_texts(&self, values: &dyn Values) -> Result<Vec<String>, Missing> {
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
