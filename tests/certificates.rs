//! When the certificates end that are read from files.

use std::path::Path;
use std::time::{Duration, SystemTime};

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, KeyPair};
use serde_json::{Value, json};

use crate::harness::{EPOCH_US, TestGateway, admin, gateway};

const DAY: u64 = 24 * 60 * 60;

/// The certificate of an authority that ends so many days from now.
fn authority(name: &str, days: i64) -> String {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let now = SystemTime::UNIX_EPOCH + Duration::from_micros(EPOCH_US.unsigned_abs());
    let span = Duration::from_secs(days.unsigned_abs() * DAY);
    params.not_before = (now - Duration::from_secs(400 * DAY)).into();
    params.not_after = match days < 0 {
        true => (now - span).into(),
        false => (now + span).into(),
    };
    params
        .self_signed(&KeyPair::generate().unwrap())
        .unwrap()
        .pem()
}

async fn listed(gateway: &TestGateway) -> Vec<Value> {
    let (status, listed) = admin::get(&gateway.gateway, "/certificates").await;
    assert_eq!(status, 200, "{listed}");
    listed.as_array().unwrap().clone()
}

fn service(name: &str, file: &Path) -> String {
    format!(
        "{{name: {name}, targets: [{{url: 'https://127.0.0.1:1'}}], tls: {{ca_file: '{}'}}}}",
        file.display()
    )
}

#[tokio::test]
async fn authorities_of_services_are_told_from_14_days_before_they_end() {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, text: String| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let bundle = file("bundle.pem", authority("old", -2) + &authority("soon", 13));
    let good = file("good.pem", authority("good", 15));
    let none = file("none.pem", "nothing".to_owned());
    let services = [
        service("shop", &bundle),
        service("cart", &good),
        service("users", &bundle),
        service("mail", &none),
    ];
    let gateway = gateway(&format!(
        "{{version: 1, services: [{}], routes: []}}",
        services.join(", ")
    ))
    .await;
    let listed = listed(&gateway).await;
    let told: Vec<_> = listed
        .iter()
        .map(|one| (one["name"].as_str(), one["state"].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            (Some("old"), "ended"),
            (Some("soon"), "ends_soon"),
            (Some("good"), "good"),
            (None, "unreadable"),
        ]
    );
    assert_eq!(
        listed[0]["purpose"],
        json!({ "kind": "services", "services": ["shop", "users"] })
    );
    let advice = listed[1]["advice"].as_str().unwrap();
    assert!(
        advice.contains("bundle.pem") && advice.ends_with("as it changes."),
        "{advice}"
    );
    assert!(listed[2]["advice"].is_null());
    let advice = listed[3]["advice"].as_str().unwrap();
    assert!(
        advice.ends_with("none.pem holds no certificate."),
        "{advice}"
    );

    // It is seen as soon as the file is another one.
    std::fs::write(&none, authority("mail", 100)).unwrap();
    let (_, listed) = admin::get(&gateway.gateway, "/certificates").await;
    assert_eq!(listed[3]["state"], "good");
}

#[tokio::test]
async fn the_authority_behind_https_is_told_and_its_certificates_are_not() {
    let gateway = gateway("{version: 1, listen: {https: {port: 8443}}}").await;
    let listed = listed(&gateway).await;
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(listed[0]["name"], "Gatewright local authority");
    assert_eq!(listed[0]["purpose"], json!({ "kind": "listener" }));
    assert_eq!(listed[0]["state"], "good");
}
