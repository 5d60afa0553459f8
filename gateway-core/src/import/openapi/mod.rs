//! OpenAPI 3.0 and 3.1 documents: a route for each operation, a service for each server.

mod mocks;
mod operations;
mod paths;
mod refs;
mod security;
mod servers;

use super::fields::Fields;
use super::finding::{Findings, Grade};
use super::tree::Node;
use super::{Draft, Format};
use crate::config::{Config, Issue, schema};
use operations::Reader;

pub use mocks::{Mocks, mocks};

/// The member that holds the whole configuration, where Gatewright wrote the document.
pub(crate) const EXTENSION: &str = "x-gatewright";

/// Reads a document.
///
/// # Errors
/// It is of a version that is not read, or the configuration in its extension is wrong.
pub(super) fn read(root: &Node, mut findings: Findings) -> Result<Draft, Vec<Issue>> {
    let fields = Fields::of(root, "the file", &mut findings);
    let wrong = |message: &str| vec![Issue::error("", message)];
    if fields.get("swagger").is_some() {
        return Err(wrong(
            "this is Swagger 2.0, which is not read: convert it to OpenAPI 3 first",
        ));
    }
    let version = fields.text("openapi", &mut findings).unwrap_or_default();
    match version.get(..3) {
        Some("3.0" | "3.1") => {}
        Some("3.2") => {
            let message = "OpenAPI 3.2 was read as 3.1";
            fields.find("openapi", Grade::Approximate, message, &mut findings);
        }
        _ => {
            let shown: String = version.chars().take(20).collect();
            return Err(wrong(&format!(
                "`{shown}` is no version of OpenAPI that is read: it is 3.0 and 3.1"
            )));
        }
    }
    if let Some(node) = fields.get(EXTENSION) {
        let config = own(node)?;
        let message = format!(
            "the document holds Gatewright's own configuration in `{EXTENSION}`, which was taken; \
             its paths were not read again"
        );
        fields.find(EXTENSION, Grade::LeftOut, message, &mut findings);
        return Ok(Draft {
            format: Format::Openapi,
            version: Some(version),
            config,
            findings,
        });
    }
    let mut config = Config::default();
    Reader::new(root, &fields, &mut findings).read(&fields, &mut config, &mut findings);
    documentation(&fields, &mut findings);
    fields.finish(&mut findings);
    Ok(Draft {
        format: Format::Openapi,
        version: Some(version),
        config,
        findings,
    })
}

/// The configuration that Gatewright put into a document.
fn own(node: &Node) -> Result<Config, Vec<Issue>> {
    schema::check(&node.to_json()).map_err(|issues| {
        let within = |issue: Issue| Issue {
            path: format!("{EXTENSION}.{}", issue.path),
            message: format!("{} (line {})", issue.message, node.line),
            ..issue
        };
        issues.into_iter().map(within).collect()
    })
}

/// What describes and does not say what is to happen.
fn documentation(fields: &Fields<'_>, findings: &mut Findings) {
    for (field, message) in [
        (
            "webhooks",
            "calls from the service to others do not come through the gateway",
        ),
        (
            "jsonSchemaDialect",
            "schemas are not read: what requests and answers hold is not checked here",
        ),
    ] {
        fields.tell(field, Grade::LeftOut, message, findings);
    }
    fields.ignore(&["info", "tags", "externalDocs", "$schema"]);
    let Some(node) = fields.get("components") else {
        return;
    };
    let components = Fields::within(node, "the file", "components.", findings);
    components.ignore(&["securitySchemes", "pathItems"]);
    for part in [
        "schemas",
        "responses",
        "parameters",
        "examples",
        "requestBodies",
        "headers",
        "links",
        "callbacks",
        "mediaTypes",
    ] {
        if let Some(node) = components.get(part) {
            let message = format!(
                "{} {part}: what requests and answers hold is described by them and not checked here",
                node.members().len()
            );
            components.find(part, Grade::LeftOut, message, findings);
        }
    }
    components.finish(findings);
}
