//! Answers that stand in for a service, compiled.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use minijinja::Environment;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Value;

use super::matcher::conditions::Condition;
use super::matcher::hosts::HostPattern;
use super::matcher::paths::PathPattern;

/// Name of the only template in an environment; what it ends with says how values are escaped.
const TEXT: &str = "body.txt";
const HTML: &str = "body.html";
/// Most steps that a template may take, so that none can hold up the gateway.
const MOST_STEPS: u64 = 200_000;

/// Answers that stand in for a service: never without a rule.
pub struct Mock {
    /// The rules, in their order.
    pub rules: Vec<MockRule>,
}

/// One answer.
pub struct MockRule {
    /// Hosts; empty for any.
    pub hosts: Vec<HostPattern>,
    /// The path.
    pub path: PathPattern,
    /// Methods; empty for any.
    pub methods: Vec<Method>,
    /// Conditions, all of which have to hold.
    pub conditions: Vec<Condition>,
    /// Its status.
    pub status: StatusCode,
    /// Its headers, `Content-Type` among them where there is a body.
    pub headers: HeaderMap,
    /// Its body.
    pub body: MockBody,
    /// How long to wait before answering.
    pub delay: Duration,
}

/// What a mock's answer says.
pub enum MockBody {
    /// Always the same.
    Fixed(Bytes),
    /// Made of the request.
    Template(Box<BodyTemplate>),
}

/// A request, as rules are held against it.
#[derive(Clone, Copy)]
pub struct Asked<'r> {
    /// The host without port.
    pub host: &'r str,
    /// The path, normalised and without a version.
    pub path: &'r str,
    /// The method.
    pub method: &'r Method,
    /// Its headers.
    pub headers: &'r HeaderMap,
    /// Its query.
    pub query: Option<&'r str>,
}

impl Mock {
    /// The first rule that fits, and its place.
    pub fn rule_for(&self, asked: &Asked<'_>) -> Option<(usize, &MockRule)> {
        let mut rules = self.rules.iter().enumerate();
        rules.find(|(_, rule)| rule.fits(asked))
    }
}

impl MockRule {
    fn fits(&self, asked: &Asked<'_>) -> bool {
        (self.methods.is_empty() || self.methods.contains(asked.method))
            && (self.hosts.is_empty() || self.hosts.iter().any(|host| host.takes(asked.host)))
            && self.path.takes(asked.path)
            && self
                .conditions
                .iter()
                .all(|condition| condition.holds(asked.headers, asked.query))
    }
}

/// A body with places for values.
pub struct BodyTemplate {
    environment: Environment<'static>,
    name: &'static str,
    /// Whether it says anything of the request's body, so that this has to be kept.
    pub wants_body: bool,
}

impl BodyTemplate {
    /// Reads a template. In HTML, values are escaped.
    ///
    /// # Errors
    /// What is wrong with it, and in which line.
    pub fn read(text: &str, is_html: bool) -> Result<Self, String> {
        let mut environment = Environment::new();
        environment.set_fuel(Some(MOST_STEPS));
        environment.set_undefined_behavior(minijinja::UndefinedBehavior::Chainable);
        let syntax = SyntaxConfig::builder().keep_trailing_newline(true).build();
        environment.set_syntax(syntax.map_err(|error| said(&error))?);
        let name = if is_html { HTML } else { TEXT };
        environment
            .add_template_owned(name, text.to_owned())
            .map_err(|error| said(&error))?;
        let template = environment
            .get_template(name)
            .map_err(|error| said(&error))?;
        let wants_body = template.undeclared_variables(false).contains("body");
        Ok(Self {
            environment,
            name,
            wants_body,
        })
    }

    /// The body for a request.
    ///
    /// # Errors
    /// Why it cannot be made of this request, in one sentence without a full stop.
    pub fn fill(&self, values: Value) -> Result<String, String> {
        let template = self.environment.get_template(self.name);
        template
            .and_then(|template| template.render(values))
            .map_err(|error| said(&error))
    }
}

/// Whether a text has anything to fill in.
pub fn is_template(text: &str) -> bool {
    ["{{", "{%", "{#"].iter().any(|sign| text.contains(sign))
}

fn said(error: &minijinja::Error) -> String {
    let what = match error.kind() {
        minijinja::ErrorKind::OutOfFuel => "it takes too many steps".to_owned(),
        kind => match error.detail() {
            Some(detail) => format!("{kind}: {detail}"),
            None => kind.to_string(),
        },
    };
    match error.line() {
        Some(line) => format!("{what} (line {line} of the body)"),
        None => what,
    }
}

#[cfg(test)]
mod tests {
    use minijinja::context;
    use minijinja::value::Serde;

    use super::*;

    fn filled(text: &str, is_html: bool) -> Result<String, String> {
        let body = serde_json::json!({ "name": "A \"quoted\" <name>", "tags": ["x", "y"] });
        BodyTemplate::read(text, is_html).and_then(|template| {
            template
                .fill(context! { body => Value::from(Serde(body)), path => context! { id => 7 } })
        })
    }

    #[test]
    fn values_are_put_in_as_they_are_and_in_html_escaped() {
        assert_eq!(filled("<{{ path.id }}>\n", false).unwrap(), "<7>\n");
        assert_eq!(
            filled("{{ body.name }}", false).unwrap(),
            "A \"quoted\" <name>"
        );
        assert_eq!(
            filled("{{ body.name }}", true).unwrap(),
            "A &quot;quoted&quot; &lt;name&gt;"
        );
        assert_eq!(
            filled("{\"tags\":{{ body.tags | tojson }}}", false).unwrap(),
            "{\"tags\":[\"x\", \"y\"]}"
        );
    }

    #[test]
    fn what_a_request_does_not_have_is_empty() {
        assert_eq!(filled("[{{ body.none.at.all }}]", false).unwrap(), "[]");
    }

    #[test]
    fn a_template_without_end_is_ended() {
        let endless =
            "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}";
        let said = filled(endless, false).unwrap_err();
        assert!(said.contains("too many steps"), "{said}");
    }

    #[test]
    fn a_mistake_is_told_with_its_line() {
        let said = filled("\n{{ nope", false).unwrap_err();
        assert!(said.contains("line 2"), "{said}");
    }

    #[test]
    fn a_template_says_whether_it_wants_the_body() {
        assert!(
            BodyTemplate::read("{{ body.a }}", false)
                .unwrap()
                .wants_body
        );
        assert!(
            !BodyTemplate::read("{{ path.a }}", false)
                .unwrap()
                .wants_body
        );
    }
}
