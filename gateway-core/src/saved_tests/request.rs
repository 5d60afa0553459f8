//! A saved test as the request that would arrive.

use http::header::{HOST, HeaderName, HeaderValue};
use http::request::Parts;
use http::{Method, Request};

use crate::config::{HeaderLine, SavedTest};
use crate::proxy::accept::{Accepted, accept, is_valid_host};
use crate::snapshot::callers::CallerLimits;

/// Longest method, path and query of a saved test, in bytes.
pub const MOST_REQUEST_BYTES: usize = 4_096;
/// Most headers of a saved test.
pub const MOST_HEADERS: usize = 32;
/// Longest value of one, in bytes.
const MOST_VALUE_BYTES: usize = 1_024;

/// Why a saved test is no request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong {
    /// The field of the test, such as `headers[1].name`.
    pub field: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl Wrong {
    fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: field.into(),
            message: message.into(),
        }
    }
}

/// The request's head, which the gateway would read in one way only.
///
/// # Errors
/// The first thing that is wrong.
pub fn head(test: &SavedTest) -> Result<Parts, Wrong> {
    let (method, target) = first_line(&test.request)?;
    let host = test.host.as_deref().unwrap_or("localhost");
    if !is_valid_host(host) {
        let message = format!("`{host}` is no host: write a name, with a port if need be");
        return Err(Wrong::new("host", message));
    }
    let mut request = Request::builder().method(method).uri(target);
    request = request.header(HOST, host);
    if test.headers.len() > MOST_HEADERS {
        let message = format!("a saved test may have at most {MOST_HEADERS} headers");
        return Err(Wrong::new("headers", message));
    }
    for (n, line) in test.headers.iter().enumerate() {
        let (name, value) = header(line, n)?;
        request = request.header(name, value);
    }
    let request = request.body(()).map_err(|_| no_path(target))?;
    let (head, ()) = request.into_parts();
    match accept(&head, &CallerLimits::default()) {
        Ok(Accepted {
            asks_gateway: true, ..
        }) => {
            let message = "this asks about the gateway itself, and comes to no route";
            Err(Wrong::new("headers", message))
        }
        Ok(_) => Ok(head),
        Err(error) => {
            let why = error.detail();
            let message = format!("the gateway refuses this request: {}", clause(&why));
            Err(Wrong::new("request", message))
        }
    }
}

fn first_line(request: &str) -> Result<(Method, &str), Wrong> {
    let wrong = |message: String| Wrong::new("request", message);
    if request.len() > MOST_REQUEST_BYTES {
        return Err(wrong(format!(
            "a saved request may have at most {MOST_REQUEST_BYTES} bytes"
        )));
    }
    let Some((method, target)) = request.split_once(' ') else {
        return Err(wrong(format!(
            "`{request}` is no request: write a method and a path, such as `GET /orders`"
        )));
    };
    // What is in lower case is another method to every server.
    let parsed = match method == method.to_ascii_uppercase() {
        true => method.parse::<Method>().ok(),
        false => None,
    };
    let Some(parsed) = parsed else {
        return Err(wrong(format!(
            "`{method}` is no method: write it in capitals, such as `GET`"
        )));
    };
    if !target.starts_with('/') {
        return Err(wrong(format!(
            "`{target}` does not begin with `/`; a host is given in `host`"
        )));
    }
    if target.contains(['#', ' ']) {
        return Err(no_path(target));
    }
    Ok((parsed, target))
}

fn no_path(target: &str) -> Wrong {
    let message = format!("`{target}` is no path and query that can be asked for");
    Wrong::new("request", message)
}

fn header(line: &HeaderLine, n: usize) -> Result<(HeaderName, HeaderValue), Wrong> {
    let HeaderLine { name, value } = line;
    let Ok(name) = name.parse::<HeaderName>() else {
        let message = format!("`{name}` is no name of a header");
        return Err(Wrong::new(format!("headers[{n}].name"), message));
    };
    if name == HOST {
        let message = "a host is given in `host`";
        return Err(Wrong::new(format!("headers[{n}].name"), message));
    }
    if value.len() > MOST_VALUE_BYTES {
        let message =
            format!("the value of a saved header may have at most {MOST_VALUE_BYTES} bytes");
        return Err(Wrong::new(format!("headers[{n}].value"), message));
    }
    // The mask that stands for a secret is not ASCII.
    match HeaderValue::from_bytes(value.as_bytes()) {
        Ok(value) => Ok((name, value)),
        Err(_) => {
            let message = format!("this cannot be the value of `{name}`");
            Err(Wrong::new(format!("headers[{n}].value"), message))
        }
    }
}

/// A sentence as a part of another one.
pub(super) fn clause(sentence: &str) -> String {
    let mut chars = sentence.trim_end_matches('.').chars();
    let Some(first) = chars.next() else {
        return String::new();
    };
    // `Host` and `OPTIONS` stay as they are.
    let rest = chars.as_str();
    match rest.starts_with(|second: char| second.is_lowercase() || second == ' ') {
        true => first.to_lowercase().chain(rest.chars()).collect(),
        false => format!("{first}{rest}"),
    }
}
