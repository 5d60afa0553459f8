//! An archive as it is written.

use serde::Deserialize;

/// An archive of version 1.1 or any later 1.x. What is not known here is passed over.
#[derive(Deserialize)]
pub(super) struct Archive {
    pub(super) log: Log,
}

#[derive(Deserialize)]
pub(super) struct Log {
    pub(super) version: Option<String>,
    pub(super) creator: Option<Creator>,
    pub(super) entries: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
pub(super) struct Creator {
    pub(super) name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Entry {
    pub(super) started_date_time: Option<String>,
    pub(super) time: Option<f64>,
    pub(super) request: Request,
    pub(super) response: Response,
    pub(super) timings: Option<Timings>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) http_version: Option<String>,
    #[serde(default)]
    pub(super) headers: Vec<Field>,
    pub(super) body_size: Option<f64>,
    pub(super) post_data: Option<PostData>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Response {
    pub(super) status: f64,
    #[serde(default)]
    pub(super) headers: Vec<Field>,
    pub(super) body_size: Option<f64>,
    pub(super) content: Option<Content>,
}

#[derive(Deserialize)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct PostData {
    pub(super) mime_type: Option<String>,
    pub(super) text: Option<String>,
    #[serde(default)]
    pub(super) params: Vec<Parameter>,
    #[serde(rename = "_encoding")]
    pub(super) encoding: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Parameter {
    pub(super) name: String,
    pub(super) value: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Content {
    pub(super) size: Option<f64>,
    pub(super) mime_type: Option<String>,
    pub(super) text: Option<String>,
    pub(super) encoding: Option<String>,
}

#[derive(Default, Deserialize)]
pub(super) struct Timings {
    pub(super) blocked: Option<f64>,
    pub(super) dns: Option<f64>,
    pub(super) connect: Option<f64>,
    pub(super) send: Option<f64>,
    pub(super) wait: Option<f64>,
    pub(super) receive: Option<f64>,
}
