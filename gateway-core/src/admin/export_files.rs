//! Exports as they leave the window: folders, files, what is different since the last, new keys.

use std::io;
use std::path::PathBuf;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::blocking::run_blocking;
use super::export::{ExportWish, exported};
use super::extract::{JsonBody, UrlPath};
use super::problem::{Problem, ProblemCode};
use crate::config::Issue;
use crate::export::diff::{self, FileDiff};
use crate::export::{Export, File};
use crate::exported::folder::{self, FolderError, Saved};
use crate::exported::last::{self, How, Taken};
use crate::exported::new_keys::{self, NewSecret};
use crate::exported::zip;
use crate::gateway::Gateway;

/// An export, and the folder to write it to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FolderWish {
    /// The folder on the machine that the gateway runs on, from the root. It is made if there is none.
    #[schema(example = "/home/me/gateway-nginx")]
    pub folder: String,
    /// What to export.
    #[serde(default)]
    pub export: ExportWish,
}

/// Writes an export to a folder of the machine that the gateway runs on. A folder with anything else
/// in it is refused; files that secrets are filled into stay as they are.
#[utoipa::path(
    post, path = "/export/{product}/folder", tag = "config", operation_id = "save_export",
    params(("product" = String, Path, description = "Its id, such as `nginx`.")),
    request_body = FolderWish,
    responses(
        (status = 200, body = Saved),
        (status = 404, body = Problem, description = "There is no export to it."),
        (status = 422, body = Problem, description = "The configuration is wrong, or the folder cannot be used."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn save(
    State(gateway): State<Gateway>,
    UrlPath(product): UrlPath<String>,
    JsonBody(FolderWish { folder, export }): JsonBody<FolderWish>,
) -> Result<Json<Saved>, Problem> {
    let (export, revision) = exported(&gateway, &product, export)?;
    let taken = taken(&gateway, revision, How::Folder);
    let saved = run_blocking(move || {
        let folder = PathBuf::from(folder);
        folder::check(&folder)?;
        let saved = folder::write(&folder, &export)?;
        last::remember(gateway.data_dir(), &export, taken)?;
        Ok::<_, Problem>(saved)
    });
    Ok(Json(saved.await?))
}

/// Gives an export as a ZIP file.
#[utoipa::path(
    post, path = "/export/{product}/zip", tag = "config", operation_id = "zip_export",
    params(("product" = String, Path, description = "Its id, such as `nginx`.")),
    request_body = ExportWish,
    responses(
        (status = 200, body = Vec<u8>, content_type = "application/zip"),
        (status = 404, body = Problem, description = "There is no export to it."),
        (status = 422, body = Problem, description = "Everything that is wrong with the configuration."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn zip(
    State(gateway): State<Gateway>,
    UrlPath(product): UrlPath<String>,
    JsonBody(wish): JsonBody<ExportWish>,
) -> Result<Response, Problem> {
    let (export, revision) = exported(&gateway, &product, wish)?;
    let taken = taken(&gateway, revision, How::Zip);
    let bytes = run_blocking(move || {
        let bytes = zip::zip(&export).map_err(io::Error::other)?;
        last::remember(gateway.data_dir(), &export, taken)?;
        Ok::<_, Problem>(bytes)
    });
    let name = format!("attachment; filename=\"gateway-{product}.zip\"");
    let headers = [
        (CONTENT_TYPE, "application/zip".to_owned()),
        (CONTENT_DISPOSITION, name),
    ];
    Ok((headers, bytes.await?).into_response())
}

/// An export of which something was taken in the window.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct TakenWish {
    /// How.
    pub how: How,
    /// What was exported.
    #[serde(default)]
    pub export: ExportWish,
}

/// Remembers an export as the one that was taken last, for the next to be held against it.
#[utoipa::path(
    post, path = "/export/{product}/taken", tag = "config", operation_id = "take_export",
    params(("product" = String, Path, description = "Its id, such as `nginx`.")),
    request_body = TakenWish,
    responses(
        (status = 200, body = Taken),
        (status = 404, body = Problem, description = "There is no export to it."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn take(
    State(gateway): State<Gateway>,
    UrlPath(product): UrlPath<String>,
    JsonBody(TakenWish { how, export }): JsonBody<TakenWish>,
) -> Result<Json<Taken>, Problem> {
    let (export, revision) = exported(&gateway, &product, export)?;
    let taken = taken(&gateway, revision, how);
    run_blocking(move || {
        last::remember(gateway.data_dir(), &export, taken.clone())?;
        Ok::<_, Problem>(Json(taken))
    })
    .await
}

fn taken(gateway: &Gateway, revision: Option<u64>, how: How) -> Taken {
    Taken {
        at_us: gateway.clock().now().epoch_us,
        revision,
        how,
    }
}

/// What to hold an export against.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DiffWish {
    /// What to export.
    #[serde(default)]
    pub export: ExportWish,
    /// Files to hold it against. Absent: the export of the same product that was taken last.
    #[serde(default)]
    pub against: Option<Vec<File>>,
}

/// What is different in an export.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ExportDiff {
    /// The export that it is held against; absent where none was taken, or files were given.
    pub taken: Option<Taken>,
    /// Each file of either; empty where there is nothing to hold it against.
    pub files: Vec<FileDiff>,
}

/// Says what is different in an export since the last one of the same product was taken, or against
/// files. Files that secrets may have been filled into are only compared as they were exported.
#[utoipa::path(
    post, path = "/export/{product}/diff", tag = "config", operation_id = "diff_export",
    params(("product" = String, Path, description = "Its id, such as `nginx`.")),
    request_body = DiffWish,
    responses(
        (status = 200, body = ExportDiff),
        (status = 404, body = Problem, description = "There is no export to it."),
        (status = 422, body = Problem, description = "Everything that is wrong with the configuration."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn diff(
    State(gateway): State<Gateway>,
    UrlPath(product): UrlPath<String>,
    JsonBody(DiffWish { export, against }): JsonBody<DiffWish>,
) -> Result<Json<ExportDiff>, Problem> {
    let (export, _) = exported(&gateway, &product, export)?;
    let found = run_blocking(move || Ok::<_, Problem>(differing(&gateway, &export, against)?));
    Ok(Json(found.await?))
}

fn differing(
    gateway: &Gateway,
    export: &Export,
    against: Option<Vec<File>>,
) -> io::Result<ExportDiff> {
    if let Some(files) = against {
        return Ok(ExportDiff {
            taken: None,
            files: diff::diff(&files, export, false),
        });
    }
    Ok(match last::recall(gateway.data_dir(), export)? {
        None => ExportDiff {
            taken: None,
            files: Vec::new(),
        },
        Some(last) => ExportDiff {
            files: diff::diff(&last.files, export, true),
            taken: Some(last.taken),
        },
    })
}

/// Keys that were made for an export, this once.
#[derive(Serialize, ToSchema)]
pub(super) struct NewKeys {
    /// The keys.
    pub keys: Vec<NewSecret>,
    /// Name of a file of them,
    pub env_name: String,
    /// and what is in it: a variable a line.
    pub env: String,
    /// The files of the export that they are filled into.
    pub files: Vec<File>,
}

/// Makes new API keys for an export: one for each that would have to be filled in. They are for the
/// exported gateway alone: this one does not take them, and keeps nothing of them.
#[utoipa::path(
    post, path = "/export/{product}/new-keys", tag = "config", operation_id = "new_export_keys",
    params(("product" = String, Path, description = "Its id, such as `nginx`.")),
    request_body = ExportWish,
    responses(
        (status = 200, body = NewKeys),
        (status = 404, body = Problem, description = "There is no export to it."),
        (status = 422, body = Problem, description = "Everything that is wrong with the configuration."),
        (status = "default", body = Problem),
    ),
)]
pub(super) async fn new_keys(
    State(gateway): State<Gateway>,
    UrlPath(product): UrlPath<String>,
    JsonBody(wish): JsonBody<ExportWish>,
) -> Result<Json<NewKeys>, Problem> {
    let (export, _) = exported(&gateway, &product, wish)?;
    let keys = new_keys::make(&export);
    Ok(Json(NewKeys {
        env_name: format!("keys-{product}.env"),
        env: new_keys::as_env(&export, &keys),
        files: new_keys::filled(&export, &keys),
        keys,
    }))
}

impl From<FolderError> for Problem {
    fn from(error: FolderError) -> Self {
        let message = error.to_string();
        Self {
            detail: format!("`folder`: {message}."),
            issues: vec![Issue::error("folder", message)],
            ..Self::new(ProblemCode::BodyInvalid, "")
        }
    }
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        Self::new(
            ProblemCode::StorageFailed,
            format!("The export that was taken last cannot be kept or read: {error}."),
        )
    }
}
