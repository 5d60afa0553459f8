//! What callers show is nowhere in the gateway's files: not after a busy while, and not during it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gateway_core::record::filter::Filter;
use serde_json::json;

use crate::harness::signers::{Signer, time};
use crate::harness::{TestGateway, assert_free_of, gateway, upstream};

const PASSWORD: &str = "correct-horse-battery";
const WRONG: &str = "wrong-horse-battery";
const SECRET: &str = "a-shared-secret-of-32-characters";
const ISS: &str = "https://id.example/";

/// KEY-3: keys, secrets of issuers, tokens and passwords, good ones and wrong ones, wherever callers
/// put them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_busy_gateway_writes_no_key_no_secret_and_no_password_down() {
    let shop = upstream("ok").await;
    let files = tempfile::tempdir().unwrap();
    let secret = files.path().join("secret");
    std::fs::write(&secret, SECRET).unwrap();
    let hash = gateway_core::passwords::hash(PASSWORD);
    let gateway = gateway(&format!(
        "
version: 1
listen: {{port: 1}}
api_keys: {{query: api_key}}
services: [{{name: shop, targets: [{{url: '{}'}}]}}]
consumers: [{{name: anna, password_hash: '{hash}'}}]
issuers: [{{name: id, issuer: '{ISS}', algorithms: [HS256], secret: {{file: '{}'}}}}]
routes:
  - name: shop
    service: shop
    match: {{path: /}}
    authentication: {{methods: [api_key, jwt, basic]}}
    rate_limits: [{{requests: 5, per: minute, by: key}}]
    quotas: [{{requests: 1000, per: day, by: consumer}}]
",
        shop.url(),
        secret.display(),
    ))
    .await;
    let good = gateway.issue_key("mobile");
    let unknown = gateway_core::keys::format::generate();
    let revoked = gateway.issue_key("lost");
    let lost = gateway.gateway.keys().list().remove(0).id;
    gateway.gateway.revoke_key(lost).unwrap();
    let token = |secret: &str| {
        let claims = json!({ "iss": ISS, "sub": "tanja", "exp": time(600) });
        Signer::Secret(secret.as_bytes().to_vec()).token("HS256", "one", &claims)
    };
    let (signed, forged) = (token(SECRET), token("another-secret-of-32-characters!"));
    let basic = |password: &str| STANDARD.encode(format!("anna:{password}"));
    let headers = [
        ("x-api-key", good.clone()),
        ("x-api-key", unknown.clone()),
        ("authorization", format!("Bearer {revoked}")),
        ("authorization", format!("Bearer {signed}")),
        ("authorization", format!("Bearer {forged}")),
        ("authorization", format!("Basic {}", basic(PASSWORD))),
        ("authorization", format!("Basic {}", basic(WRONG))),
    ];
    let paths = [
        "/orders".to_owned(),
        format!("/orders?api_key={good}"),
        format!("/keys/{unknown}?token={signed}"),
    ];
    let calls = (0..6).flat_map(|_| {
        let pairs = headers
            .iter()
            .flat_map(|header| paths.iter().map(move |p| (header, p)));
        pairs.map(|((name, value), path)| {
            let request = gateway.client.post(gateway.url(path));
            let body = json!({ "password": PASSWORD, "api_key": good, "note": unknown });
            request.header(*name, value).body(body.to_string()).send()
        })
    });
    let answers = futures_util::future::join_all(calls).await;
    let mut statuses: Vec<_> = answers.into_iter().map(|a| a.unwrap().status()).collect();
    statuses.sort_unstable();
    statuses.dedup();
    assert_eq!(statuses, [200, 401, 429], "all that can become of a caller");

    let signature = |token: &str| token.rsplit_once('.').unwrap().1.to_owned();
    let secrets = [
        good.clone(),
        unknown.clone(),
        revoked,
        SECRET.to_owned(),
        signature(&signed),
        signature(&forged),
        basic(PASSWORD),
        basic(WRONG),
        PASSWORD.to_owned(),
        WRONG.to_owned(),
    ];
    let secrets: Vec<_> = secrets.iter().map(String::as_str).collect();
    recorded(&gateway, 6 * 7 * 3).await;
    let dir = gateway.gateway.data_dir().to_owned();
    let wal = std::fs::metadata(dir.join("traffic.db-wal")).unwrap();
    assert!(
        wal.len() > 100_000,
        "the log went through it: {}",
        wal.len()
    );
    assert_free_of(&dir, &secrets);
    let dir = gateway.stop().await;
    assert_free_of(dir.path(), &secrets);
}

/// Waits until so many rows are in the log.
async fn recorded(gateway: &TestGateway, rows: usize) {
    gateway.gateway.recorder().flush().await;
    let page = gateway.gateway.log().page(&Filter::default(), None, 1000);
    assert!(page.unwrap().rows.len() >= rows);
}
