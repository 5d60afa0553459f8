//! The admin API: one router, the same for the desktop app (called in process), the headless server
//! (behind [`guard`]) and tests. One file a resource; what is served is described, by the same call.

mod aggregates;
mod blocking;
mod cache;
mod cells;
mod certificates;
mod change;
mod config;
mod curl;
mod discovery;
mod document;
mod echo;
pub mod events;
mod exchange_bodies;
mod exchange_files;
mod exchanges;
mod explain;
mod export;
mod export_files;
mod export_proof;
mod extract;
mod faults;
mod finding;
mod first_route;
pub mod guard;
mod import;
mod issuers;
mod keys;
mod lifecycle;
mod limits;
mod local_ca;
mod metrics;
mod mocks;
mod pins;
mod plans;
pub mod problem;
mod processes;
mod removal;
mod replay;
mod requests;
mod revisions;
mod route_test;
mod route_versions;
mod routes;
mod saved_tests;
pub mod serve;
mod service_states;
mod services;
mod session;
mod status;
mod trips;
mod usage;
mod views;

use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Uri};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::set_header::SetResponseHeaderLayer;
use utoipa::OpenApi;
use utoipa::openapi::RefOr;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub use self::problem::{Problem, ProblemCode};
pub use self::status::{Shell, Status};
use crate::gateway::Gateway;

/// Where the admin API begins.
pub const PREFIX: &str = "/api/v1";

/// Largest body taken, in bytes: the largest file that is imported, with its text as JSON.
pub const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Gatewright admin API",
        description = "Everything the Gatewright window does. On the desktop it is called in \
            process; the headless server offers it on loopback, with a token.\n\n\
            Times are microseconds since 1970-01-01 UTC (`_at_us`) or durations in microseconds \
            (`_us`). Every error is an `application/problem+json` with a stable `code`.",
        license(name = "Apache-2.0 OR MIT", identifier = "Apache-2.0 OR MIT"),
    ),
    components(schemas(events::Event, Problem, crate::record::paged::Side)),
    tags(
        (name = "status", description = "What the gateway is doing."),
        (name = "config", description = "The one document that says what the gateway does."),
        (name = "keys", description = "API keys of callers."),
        (name = "traffic", description = "What went through."),
        (name = "cache", description = "Answers of services that are kept."),
        (name = "start", description = "Getting to a first request."),
    ),
)]
struct Description;

/// Serves the admin API of `gateway` under [`PREFIX`]. It asks for no credentials: the desktop app
/// calls it in process, and everything else has to come through [`guard`].
pub fn router(gateway: Gateway) -> Router {
    let (resources, _) = described().split_for_parts();
    let router = Router::new().nest(PREFIX, resources.with_state(gateway));
    router
        .fallback(no_such_path)
        .method_not_allowed_fallback(no_such_method)
        .layer(SetResponseHeaderLayer::if_not_present(
            CACHE_CONTROL,
            HeaderValue::from_static("no-store"),
        ))
        .layer(SetResponseHeaderLayer::overriding(
            X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ))
        .layer(RequestBodyLimitLayer::new(MAX_BODY_BYTES))
        .layer(CatchPanicLayer::custom(panicked))
}

/// Describes the admin API: what `docs/openapi.json` holds.
pub fn openapi() -> utoipa::openapi::OpenApi {
    let (_, mut description) = OpenApiRouter::<Gateway>::with_openapi(Description::openapi())
        .nest(PREFIX, described())
        .split_for_parts();
    for path in description.paths.paths.values_mut() {
        let operations = [
            &mut path.get,
            &mut path.put,
            &mut path.post,
            &mut path.patch,
            &mut path.delete,
        ];
        for operation in operations.into_iter().flatten() {
            for (status, response) in &mut operation.responses.responses {
                // Every answer that is not a success is a problem, and says so.
                if let (false, RefOr::T(response)) = (status.starts_with('2'), response)
                    && let Some(content) = response.content.shift_remove("application/json")
                {
                    response
                        .content
                        .insert("application/problem+json".to_owned(), content);
                }
            }
        }
    }
    description
}

/// Writes the description as it stands in `docs/openapi.json`.
pub fn openapi_text() -> String {
    let mut text = openapi()
        .to_pretty_json()
        .expect("an OpenAPI description is plain data");
    text.push('\n');
    text
}

fn described() -> OpenApiRouter<Gateway> {
    OpenApiRouter::new()
        .routes(routes!(status::read))
        .routes(routes!(session::sign_in, session::sign_out))
        .routes(routes!(lifecycle::start))
        .routes(routes!(lifecycle::stop))
        .routes(routes!(local_ca::read))
        .routes(routes!(certificates::list))
        .routes(routes!(config::read, config::write))
        .routes(routes!(config::validate))
        .routes(routes!(config::read_yaml))
        .routes(routes!(config::import))
        .routes(routes!(import::import))
        .routes(routes!(services::list))
        .routes(routes!(services::write, services::remove))
        .routes(routes!(service_states::list))
        .routes(routes!(service_states::read))
        .routes(routes!(processes::list))
        .routes(routes!(processes::read, processes::act))
        .routes(routes!(processes::output))
        .routes(routes!(limits::state))
        .routes(routes!(cache::state))
        .routes(routes!(cache::purge))
        .routes(routes!(plans::list))
        .routes(routes!(plans::write, plans::remove))
        .routes(routes!(routes::list, routes::create))
        .routes(routes!(routes::write, routes::remove))
        .routes(routes!(route_test::test))
        .routes(routes!(saved_tests::run))
        .routes(routes!(saved_tests::save))
        .routes(routes!(saved_tests::remove))
        .routes(routes!(mocks::from_openapi))
        .routes(routes!(faults::list, faults::begin, faults::end_all))
        .routes(routes!(faults::end))
        .routes(routes!(aggregates::preview))
        .routes(routes!(aggregates::failures))
        .routes(routes!(route_versions::create))
        .routes(routes!(revisions::list))
        .routes(routes!(revisions::read))
        .routes(routes!(revisions::restore))
        .routes(routes!(keys::list, keys::issue))
        .routes(routes!(keys::read, keys::change))
        .routes(routes!(keys::roll))
        .routes(routes!(keys::revoke))
        .routes(routes!(issuers::list))
        .routes(routes!(issuers::sign))
        .routes(routes!(exchanges::page, exchanges::clear))
        .routes(routes!(exchanges::sorted))
        .routes(routes!(pins::pin))
        .routes(routes!(removal::remove))
        .routes(routes!(removal::restore))
        .routes(routes!(cells::read))
        .routes(routes!(finding::read))
        .routes(routes!(finding::histogram))
        .routes(routes!(finding::hidden))
        .routes(routes!(finding::complete))
        .routes(routes!(views::list))
        .routes(routes!(views::write, views::remove))
        .routes(routes!(exchanges::read))
        .routes(routes!(exchange_bodies::index))
        .routes(routes!(exchange_bodies::page))
        .routes(routes!(exchange_bodies::search))
        .routes(routes!(exchange_bodies::file))
        .routes(routes!(exchange_bodies::save))
        .routes(routes!(exchanges::curl))
        .routes(routes!(exchanges::messages))
        .routes(routes!(metrics::read))
        .routes(routes!(usage::read))
        .routes(routes!(usage::read_csv))
        .routes(routes!(usage::old_versions::list))
        .routes(routes!(usage::quotas::list))
        .routes(routes!(exchanges::diff))
        .routes(routes!(exchange_files::export))
        .routes(routes!(exchange_files::import))
        .routes(routes!(replay::plan, replay::replay))
        .routes(routes!(requests::send))
        .routes(routes!(trips::plan))
        .routes(routes!(trips::trip))
        .routes(routes!(explain::explain))
        .routes(routes!(discovery::scan))
        .routes(routes!(echo::ensure))
        .routes(routes!(first_route::set_up))
        .routes(routes!(export::products))
        .routes(routes!(export::write))
        .routes(routes!(export_files::save))
        .routes(routes!(export_files::zip))
        .routes(routes!(export_files::take))
        .routes(routes!(export_files::diff))
        .routes(routes!(export_files::new_keys))
        .routes(routes!(export_proof::programs))
        .routes(routes!(export_proof::read, export_proof::cancel))
        .routes(routes!(export_proof::start))
        .routes(routes!(events::stream))
        .route("/openapi.json", get(describe))
}

async fn describe() -> Response {
    (
        [(http::header::CONTENT_TYPE, "application/json")],
        openapi_text(),
    )
        .into_response()
}

async fn no_such_path(uri: Uri) -> Problem {
    let path: String = uri.path().chars().take(200).collect();
    Problem::not_found(format!("`{}` in the admin API", path.escape_debug()))
}

async fn no_such_method() -> Problem {
    Problem::new(
        ProblemCode::MethodNotAllowed,
        "See `Allow` for the methods this path takes.",
    )
}

fn panicked(panic: Box<dyn std::any::Any + Send>) -> Response {
    let message = panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("unknown");
    tracing::error!(message, "a handler of the admin API panicked");
    Problem::new(
        ProblemCode::Internal,
        "This is a fault in Gatewright; its own log says more. The gateway goes on running.",
    )
    .into_response()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// Rewritten by `UPDATE_OPENAPI=1 cargo test -p gateway-core openapi`.
    #[test]
    fn the_committed_openapi_is_up_to_date() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json");
        let text = super::openapi_text();
        if std::env::var_os("UPDATE_OPENAPI").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap();
        assert!(
            committed == text,
            "run `UPDATE_OPENAPI=1 cargo test -p gateway-core openapi`"
        );
    }
}
