//! The configuration in another product's words.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::extract::{JsonBody, UrlPath};
use super::problem::{Problem, ProblemCode};
use crate::config::{Config, schema};
use crate::export::{self, Export, ExportError, Fidelity, Options, Product, Source, report};
use crate::gateway::Gateway;

/// Lists the products that can be exported to.
#[utoipa::path(
    get, path = "/export/products", tag = "config", operation_id = "export_products",
    responses((status = 200, body = Vec<Product>), (status = "default", body = Problem)),
)]
pub(super) async fn products() -> Json<Vec<Product>> {
    Json(export::products())
}

/// What to export, and how.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub(super) struct ExportWish {
    /// What a person has decided.
    pub options: Options,
    /// The configuration. Absent: the one in force.
    #[schema(value_type = Option<Config>)]
    pub config: Option<serde_json::Value>,
}

/// An export, with its report in words.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Exported {
    /// The export.
    #[serde(flatten)]
    pub export: Export,
    /// How well the configuration can be said there.
    pub fidelity: Fidelity,
    /// The report as Markdown.
    pub report: String,
}

/// Exports a configuration: files, findings and the secrets to fill in, of which none is in it. The
/// same configuration gives the same bytes.
#[utoipa::path(
    post, path = "/export/{product}", tag = "config", operation_id = "export",
    params(("product" = String, Path, description = "Its id, such as `nginx`.")),
    request_body = ExportWish,
    responses(
        (status = 200, body = Exported),
        (status = 404, body = Problem, description = "There is no export to it."),
        (status = 422, body = Problem, description = "Everything that is wrong with the configuration."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn write(
    State(gateway): State<Gateway>,
    UrlPath(product): UrlPath<String>,
    JsonBody(wish): JsonBody<ExportWish>,
) -> Result<Json<Exported>, Problem> {
    let (export, _) = exported(&gateway, &product, wish)?;
    Ok(Json(Exported {
        fidelity: export.fidelity(),
        report: report::markdown(&export),
        export,
    }))
}

/// The configuration of a wish, and its revision if it is the one in force.
pub(super) fn configuration(
    gateway: &Gateway,
    config: Option<serde_json::Value>,
) -> Result<(Config, Option<u64>), Problem> {
    match config {
        Some(document) => {
            let config = schema::check(&document).map_err(Problem::refused)?;
            Ok((config, None))
        }
        None => {
            let current = gateway.current();
            Ok((current.config.clone(), Some(current.revision)))
        }
    }
}

/// The export that is wished for, and the revision that it is of.
pub(super) fn exported(
    gateway: &Gateway,
    product: &str,
    ExportWish { options, config }: ExportWish,
) -> Result<(Export, Option<u64>), Problem> {
    let (config, revision) = configuration(gateway, config)?;
    let source = Source::with_keys(&config, &gateway.keys().all_good(), &options);
    let export = export::export(product, &source, &options)?;
    Ok((export, revision))
}

impl From<ExportError> for Problem {
    fn from(error: ExportError) -> Self {
        match error {
            ExportError::NoSuchProduct(..) => Self::new(
                ProblemCode::NotFound,
                format!("{}.", sentence(&error.to_string())),
            ),
            ExportError::Wrong(issues) => Self::refused(issues),
        }
    }
}

/// A text with a capital at its beginning.
pub(super) fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    first.chain(chars).collect()
}
