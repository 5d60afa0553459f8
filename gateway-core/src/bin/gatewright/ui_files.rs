//! The UI's files: built into release builds, read from `ui/dist` in debug builds.

use std::borrow::Cow;

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::{StatusCode, Uri};

const PAGE: &str = "index.html";

/// A file of the UI by its name.
#[cfg(not(debug_assertions))]
fn read(name: &str) -> Option<Cow<'static, [u8]>> {
    use rust_embed::Embed;

    #[derive(Embed)]
    #[folder = "../ui/dist"]
    #[allow_missing = true]
    struct UiFiles;

    UiFiles::get(name).map(|file| file.data)
}

/// A file of the UI by its name. The UI may be built after this program.
#[cfg(debug_assertions)]
fn read(name: &str) -> Option<Cow<'static, [u8]>> {
    let path = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/dist")).join(name);
    std::fs::read(path).ok().map(Cow::Owned)
}

/// Serves the UI's files. Every other path is a place in the UI and gets its page.
pub(crate) fn router() -> Router {
    Router::new().fallback(get(serve))
}

async fn serve(uri: Uri) -> Response {
    let path = uri.path().trim_start_matches('/');
    if let Some(file) = find(path) {
        return file_response(path, file);
    }
    // A place in the UI has no dot in its path; anything that has is a file that is missing.
    if path.contains('.') {
        return (StatusCode::NOT_FOUND, "There is no such file.\n").into_response();
    }
    match read(PAGE) {
        Some(page) => file_response(PAGE, page),
        None => (StatusCode::NOT_FOUND, NOT_BUILT).into_response(),
    }
}

const NOT_BUILT: &str = "This build of Gatewright has no UI. `make run` builds it with one.\n\n\
    The gateway itself works, and so does its admin API under /api/v1.\n";

/// A file by its name as it stands in the URL. No name of ours needs escapes, so none are undone.
fn find(path: &str) -> Option<Cow<'static, [u8]>> {
    let plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
    };
    path.split('/').all(plain).then(|| read(path)).flatten()
}

fn file_response(name: &str, bytes: Cow<'static, [u8]>) -> Response {
    // Names under `assets/` change with their content.
    let caching = match name.starts_with("assets/") {
        true => "public, max-age=31536000, immutable",
        false => "no-store",
    };
    let headers = [(CONTENT_TYPE, content_type(name)), (CACHE_CONTROL, caching)];
    match bytes {
        Cow::Borrowed(bytes) => (headers, bytes).into_response(),
        Cow::Owned(bytes) => (headers, bytes).into_response(),
    }
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next().unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nothing_outside_the_ui_is_served() {
        for path in [
            "/../Cargo.toml",
            "/assets/../../Cargo.toml",
            "/%2e%2e/Cargo.toml",
            "/..%2fCargo.toml",
            "/.git/config",
            "//etc/passwd.txt",
            "/assets\\..\\Cargo.toml",
            "/Cargo.toml",
        ] {
            let uri = Uri::try_from(path).unwrap();
            assert_eq!(serve(uri).await.status(), StatusCode::NOT_FOUND, "{path}");
        }
    }
}
