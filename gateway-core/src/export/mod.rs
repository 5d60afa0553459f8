//! The configuration in the words of other products, and a report of what is different there.
//!
//! [`gate`] is the intermediate form: which route takes what, in order, and who may do what. Every
//! setting that is used is named by a [`Feature`](feature::Feature); each product says for every feature how it stands
//! there, and that one table drives the report and what the writers close. Pure functions: nothing is
//! read, written or started here.

mod apisix;
mod caddy;
pub mod diff;
mod document;
mod envoy;
pub mod feature;
mod finding;
mod folder;
pub mod gate;
mod gateway_api;
mod haproxy;
mod judge;
mod kong;
mod krakend;
mod limits;
mod lines;
mod nginx;
mod openapi;
mod outcome;
mod paths;
mod patterns;
mod placeholders;
mod product;
pub mod report;
mod source;
pub mod support;
mod traefik;
mod uses;
mod words;

use crate::config::Issue;
use finding::place_of;
use gate::Gate;
use judge::judge;
use placeholders::to_fill_in;

pub use finding::{Finding, Grade, Place};
pub use judge::{Standing, coverage};
pub use outcome::{Export, Fidelity, File};
pub(crate) use placeholders::sha256_hex;
pub use placeholders::{Placeholder, SecretForm, fill};
pub use product::{Difference, Product};
pub(crate) use product::{Exporter, Together, Told, Written};
pub use source::{ExportKey, Options, Source};

/// All products.
const EXPORTERS: &[&dyn Exporter] = &[
    &nginx::Nginx,
    &haproxy::Haproxy,
    &caddy::Caddy,
    &traefik::Traefik,
    &envoy::Envoy,
    &gateway_api::GatewayApi,
    &kong::Kong,
    &openapi::Openapi,
    &krakend::Krakend,
    &apisix::Apisix,
];

/// The products that can be exported to.
pub fn products() -> Vec<Product> {
    EXPORTERS.iter().map(|one| one.product()).collect()
}

/// Why there is no export.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// There is no such product.
    #[error("there is no export to `{0}`; there are {1}")]
    NoSuchProduct(String, String),
    /// The configuration is wrong in itself.
    #[error("the configuration is not right: {}", .0.first().map_or("", |issue| &issue.message))]
    Wrong(Vec<Issue>),
}

/// Exports a configuration. The same input gives the same bytes.
///
/// # Errors
/// There is no such product, or the configuration is wrong.
pub fn export(
    product: &str,
    source: &Source<'_>,
    options: &Options,
) -> Result<Export, ExportError> {
    let exporter = exporter(product)?;
    let mut gate = Gate::of(source).map_err(ExportError::Wrong)?;
    let judged = judge(exporter, &mut gate, options);
    let Written {
        mut files,
        marks,
        placeholders,
    } = exporter.write(&gate);
    let mut findings = judged.findings;
    findings.extend(placeholders.iter().map(to_fill_in));
    for finding in &mut findings {
        finding.place = finding
            .place
            .take()
            .or_else(|| place_of(&finding.path, &marks));
    }
    findings.sort_by(|a, b| (a.grade, &a.path, &a.note).cmp(&(b.grade, &b.path, &b.note)));
    findings.dedup();
    let mut export = Export {
        product: exporter.product(),
        files: Vec::new(),
        findings,
        exact: judged.exact,
        placeholders,
        closed: judged.closed,
        differences: exporter.differences(),
    };
    files.extend(folder::files(exporter, &gate, &export));
    files.sort_by(|a, b| a.name.cmp(&b.name));
    export.files = files;
    Ok(export)
}

fn exporter(product: &str) -> Result<&'static dyn Exporter, ExportError> {
    let found = EXPORTERS.iter().find(|one| one.product().id == product);
    found.copied().ok_or_else(|| {
        let names: Vec<_> = EXPORTERS.iter().map(|one| one.product().id).collect();
        ExportError::NoSuchProduct(product.to_owned(), names.join(", "))
    })
}

#[cfg(test)]
mod tests;
