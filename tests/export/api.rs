//! Exports over the admin API: proved as a job, written, remembered, held against the last.

use std::io::{Cursor, Read as _};
use std::path::{Path, PathBuf};

use axum::body::Body;
use gateway_core::admin::{self, PREFIX};
use gateway_core::clock::Clock;
use gateway_core::config::file;
use gateway_core::gateway::{Change, Gateway, Options};
use gateway_core::keys::NewKey;
use gateway_core::store::Actor;
use http::{Method, Request};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt as _;

use crate::programs;

const SHOP: &str = "
version: 1
listen: { address: 127.0.0.1, port: 8080 }
echo: { port: ECHO }
consumers: [{ name: alice, groups: [staff] }]
services: [{ name: shop, targets: [{ url: 'http://127.0.0.1:ECHO' }] }]
routes:
  - { name: shop, match: { path: /shop }, service: shop, authentication: { methods: [api_key] } }
  - { name: open, match: { path: /open }, service: shop }
";

/// A gateway that is asked in process.
struct Asked {
    gateway: Gateway,
    key: String,
    folder: TempDir,
}

impl Asked {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let gateway = Gateway::open(Options {
            data_dir: folder.path().join("data"),
            config_file: None,
            clock: Clock::system(),
        })
        .await
        .unwrap();
        let port = |listener: std::net::TcpListener| listener.local_addr().unwrap().port();
        let free = || port(std::net::TcpListener::bind("127.0.0.1:0").unwrap());
        let yaml = SHOP.replace("ECHO", &free().to_string());
        let yaml = yaml.replace("8080", &free().to_string());
        apply(&gateway, &yaml).await;
        gateway.start().await.unwrap();
        let key = NewKey::new("alice's phone").of("alice").everywhere();
        let key = gateway.issue_key(key).unwrap().secret;
        Self {
            gateway,
            key,
            folder,
        }
    }

    async fn call(&self, method: Method, path: &str, body: &Value) -> (u16, Vec<u8>) {
        let request = Request::builder()
            .method(method)
            .uri(format!("{PREFIX}{path}"))
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()))
            .unwrap();
        let answer = admin::router(self.gateway.clone()).oneshot(request);
        let answer = answer.await.unwrap();
        let status = answer.status().as_u16();
        let bytes = answer.into_body().collect().await.unwrap().to_bytes();
        (status, bytes.to_vec())
    }

    async fn json(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let (status, bytes) = self.call(method, path, &body).await;
        (status, serde_json::from_slice(&bytes).unwrap_or_default())
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        let (status, answer) = self.json(Method::POST, path, body).await;
        assert_eq!(status, 200, "{path}: {answer:#}");
        answer
    }

    /// Waits until the proof has ended.
    async fn ended(&self) -> Value {
        let mut jobs = self.gateway.prover().watch();
        let ended = jobs.wait_for(|job| job.as_ref().is_some_and(|job| !job.runs()));
        serde_json::to_value(&*ended.await.unwrap()).unwrap()
    }
}

async fn apply(gateway: &Gateway, yaml: &str) {
    let change = Change {
        config: file::parse(yaml).unwrap_or_else(|issues| panic!("{issues:#?}")),
        expected: None,
        actor: Actor::Api,
        note: String::new(),
    };
    gateway.apply(change).await.unwrap();
}

fn program_folder() -> String {
    programs()[0].display().to_string()
}

#[tokio::test]
async fn a_proof_is_a_job_with_progress_classes_and_recorded_traffic() {
    let asked = Asked::new().await;
    let address = format!("http://{}", asked.gateway.start().await.unwrap());
    let client = reqwest::Client::new();
    for path in ["/open/a?b=1", "/open/caf%C3%A9", "/nowhere"] {
        client.get(format!("{address}{path}")).send().await.unwrap();
    }
    let with_key = client.get(format!("{address}/shop/7"));
    with_key
        .header("x-api-key", &asked.key)
        .send()
        .await
        .unwrap();
    client.post(format!("{address}/open")).send().await.unwrap();

    let wish = json!({
        "folder": program_folder(),
        "recorded": { "most": 100 },
    });
    let job = asked.post("/export/nginx/proof", wish.clone()).await;
    assert_eq!(job["outcome"]["state"], "running", "{job:#}");
    assert_eq!(job["recorded"], 4, "only what reads is sent");
    let (status, problem) = asked
        .json(Method::POST, "/export/haproxy/proof", wish)
        .await;
    assert_eq!((status, &problem["code"]), (409, &json!("proof_running")));

    let job = asked.ended().await;
    let proof = &job["outcome"]["proof"];
    assert_eq!(proof["badge"], "proved", "{job:#}");
    let classes = proof["classes"].as_array().unwrap();
    let recorded = classes
        .iter()
        .find(|class| class["name"] == "recorded traffic")
        .unwrap();
    assert_eq!(
        (&recorded["badge"], &recorded["asked"]),
        (&json!("proved"), &json!(4))
    );
    assert_eq!(proof["left_out"], json!([]));
    let progress = &job["progress"];
    assert_eq!(progress["done"], progress["total"]);
    assert_eq!(progress["classes"].as_array().unwrap().len(), classes.len());
    assert!(!job.to_string().contains(&asked.key));
    let (_, now) = asked.json(Method::GET, "/export/proof", Value::Null).await;
    assert_eq!(now["job"], job);
}

#[tokio::test]
async fn a_proof_that_is_cancelled_leaves_nothing_running() {
    let asked = Asked::new().await;
    let config = file::parse(crate::EVERYTHING).unwrap();
    let wish = json!({ "folder": program_folder(), "export": { "config": config } });
    let job = asked.post("/export/haproxy/proof", wish.clone()).await;
    assert_eq!(job["revision"], Value::Null);
    let mut jobs = asked.gateway.prover().watch();
    let begun = jobs.wait_for(|job| job.as_ref().is_some_and(|job| job.progress.done > 0));
    drop(begun.await.unwrap());
    let (_, now) = asked
        .json(Method::DELETE, "/export/proof", Value::Null)
        .await;
    assert_eq!(now["job"]["outcome"]["state"], "cancelled");
    let progress = &now["job"]["progress"];
    assert!(progress["done"].as_u64() < progress["total"].as_u64());
    // The next one may begin at once.
    let again = asked.post("/export/haproxy/proof", wish).await;
    assert_eq!(again["id"], 2);
    asked.gateway.shutdown().await;
    assert_eq!(asked.ended().await["outcome"]["state"], "cancelled");
}

#[tokio::test]
async fn programs_are_found_where_they_are_and_missing_ones_are_said_to_be() {
    let asked = Asked::new().await;
    let path = format!("/export/programs?folder={}", program_folder());
    let (status, programs) = asked.json(Method::GET, &path, Value::Null).await;
    assert_eq!(status, 200);
    let nginx = programs.as_array().unwrap();
    let nginx = nginx.iter().find(|one| one["product"] == "nginx").unwrap();
    assert!(Path::new(nginx["path"].as_str().unwrap()).is_file());
    let (status, problem) = asked
        .json(Method::GET, "/export/programs?folder=bin", Value::Null)
        .await;
    assert_eq!(
        (status, &problem["issues"][0]["path"]),
        (422, &json!("folder"))
    );
    let wish = json!({ "recorded": { "most": 0 } });
    let (status, _) = asked.json(Method::POST, "/export/nginx/proof", wish).await;
    assert_eq!(status, 422);
    let (status, _) = asked
        .json(Method::POST, "/export/abacus/proof", json!({}))
        .await;
    assert_eq!(status, 404);
}

#[tokio::test]
async fn the_next_export_is_held_against_the_one_that_was_taken_last() {
    let asked = Asked::new().await;
    let diff = asked.post("/export/nginx/diff", json!({})).await;
    assert_eq!((&diff["taken"], &diff["files"]), (&Value::Null, &json!([])));
    let taken = asked
        .post("/export/nginx/taken", json!({ "how": "copy" }))
        .await;
    let diff = asked.post("/export/nginx/diff", json!({})).await;
    assert_eq!(diff["taken"], taken);
    let files = diff["files"].as_array().unwrap();
    assert!(
        files.iter().all(|file| file["change"] == "same"),
        "{diff:#}"
    );

    let config = file::to_yaml(&asked.gateway.current().config);
    apply(&asked.gateway, &config.replace("/open", "/opened")).await;
    let diff = asked.post("/export/nginx/diff", json!({})).await;
    let files = diff["files"].as_array().unwrap();
    let main = files
        .iter()
        .find(|one| one["name"] == "nginx.conf")
        .unwrap();
    assert_eq!(main["change"], "changed");
    let text = main["text"].as_str().unwrap();
    assert!(
        text.starts_with("--- a/nginx.conf\n+++ b/nginx.conf\n"),
        "{text}"
    );
    assert!(
        text.lines()
            .any(|line| line.starts_with('+') && line.contains("/opened"))
    );
    let other = asked.post("/export/haproxy/diff", json!({})).await;
    assert_eq!(other["taken"], Value::Null, "each product has its own");
}

#[tokio::test]
async fn a_folder_is_written_where_nothing_else_is_and_filled_in_keys_stay() {
    let asked = Asked::new().await;
    let folder = asked.folder.path().join("gateway-nginx");
    let wish = json!({ "folder": folder });
    let saved = asked.post("/export/nginx/folder", wish.clone()).await;
    assert_eq!(saved["kept"], json!([]));
    assert!(folder.join("nginx.conf").is_file());
    let keys = folder.join("keys.map");
    is_private(&keys);
    std::fs::write(&keys, "filled in").unwrap();
    let again = asked.post("/export/nginx/folder", wish).await;
    assert_eq!(again["kept"], json!(["keys.map"]));
    assert_eq!(std::fs::read_to_string(&keys).unwrap(), "filled in");
    for folder in [asked.folder.path().to_owned(), PathBuf::from("relative")] {
        let wish = json!({ "folder": folder });
        let (status, problem) = asked.json(Method::POST, "/export/nginx/folder", wish).await;
        assert_eq!(
            (status, &problem["issues"][0]["path"]),
            (422, &json!("folder"))
        );
    }
    let diff = asked.post("/export/nginx/diff", json!({})).await;
    assert_eq!(diff["taken"]["how"], "folder");
}

#[cfg(unix)]
fn is_private(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = std::fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "{}", path.display());
}

#[tokio::test]
async fn a_zip_holds_the_same_files_and_the_same_bytes_each_time() {
    let asked = Asked::new().await;
    let (status, bytes) = asked
        .call(Method::POST, "/export/nginx/zip", &json!({}))
        .await;
    assert_eq!(status, 200);
    let (_, again) = asked
        .call(Method::POST, "/export/nginx/zip", &json!({}))
        .await;
    assert!(bytes == again);
    let export = asked.post("/export/nginx", json!({})).await;
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let files = export["files"].as_array().unwrap();
    assert_eq!(archive.len(), files.len());
    for file in files {
        let name = format!("gateway-nginx/{}", file["name"].as_str().unwrap());
        let mut text = String::new();
        let mut entry = archive.by_name(&name).unwrap();
        entry.read_to_string(&mut text).unwrap();
        assert_eq!(text, file["text"].as_str().unwrap());
        let private = file["name"] == "keys.map";
        assert_eq!(entry.unix_mode().unwrap() & 0o777 == 0o600, private);
    }
}

/// EX-3
#[tokio::test]
async fn new_keys_are_given_once_and_kept_nowhere() {
    let asked = Asked::new().await;
    for product in ["nginx", "haproxy"] {
        let made = asked
            .post(&format!("/export/{product}/new-keys"), json!({}))
            .await;
        let key = &made["keys"][0];
        let secret = key["secret"].as_str().unwrap();
        assert!(secret.starts_with("gw_dev_"), "{secret}");
        let line = format!("{}={secret}", key["name"].as_str().unwrap());
        assert!(made["env"].as_str().unwrap().lines().any(|one| one == line));
        let filled = made["files"][0]["text"].as_str().unwrap();
        let value = match product {
            "haproxy" => key["sha256"].as_str().unwrap(),
            _ => secret,
        };
        assert!(filled.contains(value), "{filled}");
        let export = asked.post(&format!("/export/{product}"), json!({})).await;
        assert!(!export.to_string().contains(secret));
        // It is no key of this gateway.
        assert_eq!(asked.gateway.keys().all_good().len(), 1);
        asked
            .post(
                &format!("/export/{product}/taken"),
                json!({ "how": "file" }),
            )
            .await;
        let data = asked.gateway.data_dir().join("exports");
        let kept = std::fs::read_to_string(data.join(format!("{product}.json"))).unwrap();
        assert!(!kept.contains(secret));
    }
}

#[tokio::test]
async fn a_configuration_that_reads_files_is_only_imported_when_a_person_says_so() {
    let asked = Asked::new().await;
    let mut config = asked.gateway.current().config.clone();
    config.services[0].tls.ca_file = Some("/etc/ssl/certs/of-the-shop.pem".to_owned());
    let yaml = file::to_yaml(&config);
    let before = asked.gateway.current().revision;
    let (status, found) = asked
        .json(
            Method::POST,
            "/config/import",
            json!({ "yaml": yaml, "dry_run": true }),
        )
        .await;
    assert_eq!(status, 200);
    assert_eq!(found["valid"], false, "{found:#}");
    assert_eq!(
        found["reads"],
        json!(["the file `/etc/ssl/certs/of-the-shop.pem`"])
    );
    let (status, problem) = asked
        .json(Method::POST, "/config/import", json!({ "yaml": yaml }))
        .await;
    assert_eq!((status, &problem["code"]), (422, &json!("config_refused")));
    assert_eq!(asked.gateway.current().revision, before);
    let (_, found) = asked
        .json(
            Method::POST,
            "/config/import",
            json!({ "yaml": yaml, "dry_run": true, "allow_reads": true }),
        )
        .await;
    let unasked = found["issues"].to_string();
    assert!(!unasked.contains("only if you say so"), "{unasked}");
}
