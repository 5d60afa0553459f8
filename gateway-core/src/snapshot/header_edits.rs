//! Changes to headers, read once when a config is compiled.

use std::net::IpAddr;

use http::{HeaderMap, HeaderName, HeaderValue};

/// Changes to the headers of a message, made in this order: remove, set, add.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeaderEdits {
    /// Headers to take away.
    pub remove: Vec<HeaderName>,
    /// Headers to put in the place of those of the same name.
    pub set: Vec<(HeaderName, ValueTemplate)>,
    /// Headers to put beside those of the same name.
    pub add: Vec<(HeaderName, ValueTemplate)>,
}

/// A header's value with places to fill in. Its literal text is valid in a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ValueTemplate(pub Vec<ValuePart>);

/// A piece of a [`ValueTemplate`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValuePart {
    /// These characters.
    Literal(String),
    /// What this stands for.
    Variable(Variable),
}

/// What a header's value may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variable {
    /// The request's `X-Request-Id`.
    RequestId,
    /// Address of the caller.
    ClientIp,
    /// Host as the caller gave it, with port if given.
    Host,
    /// Path as the caller sent it.
    Path,
    /// Name of the route.
    Route,
    /// Name of the version; empty where there is none.
    Version,
    /// Name of the consumer; empty where there is none.
    Consumer,
}

/// All variables by name.
pub const VARIABLES: [(&str, Variable); 7] = [
    ("request_id", Variable::RequestId),
    ("client_ip", Variable::ClientIp),
    ("host", Variable::Host),
    ("path", Variable::Path),
    ("route", Variable::Route),
    ("version", Variable::Version),
    ("consumer", Variable::Consumer),
];

/// What the variables stand for in one request.
#[derive(Clone, Copy, Debug)]
pub struct Variables<'r> {
    /// `${request_id}`
    pub request_id: &'r str,
    /// `${client_ip}`
    pub client_ip: IpAddr,
    /// `${host}`
    pub host: &'r str,
    /// `${path}`
    pub path: &'r str,
    /// `${route}`
    pub route: &'r str,
    /// `${version}`
    pub version: &'r str,
    /// `${consumer}`
    pub consumer: &'r str,
}

impl HeaderEdits {
    /// Makes the changes.
    pub fn apply(&self, headers: &mut HeaderMap, variables: &Variables<'_>) {
        for name in &self.remove {
            headers.remove(name);
        }
        for (name, value) in &self.set {
            headers.insert(name, value.fill(variables));
        }
        for (name, value) in &self.add {
            headers.append(name, value.fill(variables));
        }
    }
}

impl ValueTemplate {
    fn fill(&self, variables: &Variables<'_>) -> HeaderValue {
        if let [ValuePart::Literal(text)] = self.0.as_slice() {
            return valid(text);
        }
        let mut text = String::new();
        for part in &self.0 {
            match part {
                ValuePart::Literal(literal) => text.push_str(literal),
                ValuePart::Variable(variable) => variable.write(variables, &mut text),
            }
        }
        valid(&text)
    }
}

/// What a header can't hold becomes `?`: a consumer may be called anything.
fn valid(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| {
        let shown = |c: char| {
            if c.is_ascii_graphic() || c == ' ' {
                c
            } else {
                '?'
            }
        };
        let text: String = text.chars().map(shown).collect();
        HeaderValue::from_str(&text).expect("it is printable ASCII")
    })
}

impl Variable {
    fn write(self, variables: &Variables<'_>, text: &mut String) {
        match self {
            Self::RequestId => text.push_str(variables.request_id),
            Self::ClientIp => text.push_str(&variables.client_ip.to_canonical().to_string()),
            Self::Host => text.push_str(variables.host),
            Self::Path => text.push_str(variables.path),
            Self::Route => text.push_str(variables.route),
            Self::Version => text.push_str(variables.version),
            Self::Consumer => text.push_str(variables.consumer),
        }
    }
}
