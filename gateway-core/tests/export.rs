//! `gatewright export`, as it is typed: statuses, what is different since, keys of its own.

#![allow(clippy::unwrap_used, reason = "a fault in a test is a fault")]

mod command;

use std::fs;
use std::path::Path;
use std::process::Output;

use command::gatewright;

const SHOP: &str = "
version: 1
consumers: [{ name: alice }]
services: [{ name: shop, targets: [{ url: 'http://127.0.0.1:3000' }] }]
routes: [{ name: shop, match: { path: /shop }, service: shop, authentication: { methods: [api_key] } }]
";

fn shop() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("gatewright.yaml"), SHOP).unwrap();
    folder
}

fn said(output: &Output) -> String {
    String::from_utf8([&output.stdout[..], &output.stderr[..]].concat()).unwrap()
}

#[test]
fn a_diff_ends_with_1_where_something_is_different() {
    let folder = shop();
    let folder = folder.path();
    let written = gatewright(folder, &["export", "nginx", "--out", "out"]);
    assert!(
        matches!(written.status.code(), Some(0 | 3)),
        "{}",
        said(&written)
    );
    let diff = ["export", "diff", "nginx", "--against", "out"];
    let same = gatewright(folder, &diff);
    assert_eq!(same.status.code(), Some(0), "{}", said(&same));

    fs::write(
        folder.join("gatewright.yaml"),
        SHOP.replace("/shop", "/store"),
    )
    .unwrap();
    let different = gatewright(folder, &diff);
    assert_eq!(different.status.code(), Some(1), "{}", said(&different));
    let text = said(&different);
    assert!(
        text.contains("--- a/nginx.conf\n+++ b/nginx.conf\n@@"),
        "{text}"
    );
    let file = ["export", "diff", "nginx", "--against", "out/nginx.conf"];
    assert_eq!(gatewright(folder, &file).status.code(), Some(1));
    let nowhere = ["export", "diff", "nginx", "--against", "nowhere"];
    assert!(said(&gatewright(folder, &nowhere)).contains("nowhere"));
}

/// EX-3
#[test]
fn new_keys_are_in_a_file_of_their_own_until_they_are_put_in() {
    let folder = shop();
    let folder = folder.path();
    for product in ["nginx", "haproxy"] {
        let (out, env) = (format!("{product}-out"), format!("{product}.env"));
        let export = ["export", product, "--out", &out, "--new-keys", &env];
        let written = gatewright(folder, &export);
        let env_text = fs::read_to_string(folder.join(&env)).unwrap();
        let line = env_text
            .lines()
            .find(|line| line.starts_with("KEY_"))
            .unwrap();
        let (name, secret) = line.split_once('=').unwrap();
        assert!(!said(&written).contains(secret));
        for entry in fs::read_dir(folder.join(&out)).unwrap() {
            let text = fs::read_to_string(entry.unwrap().path()).unwrap();
            assert!(!text.contains(secret));
        }
        is_private(&folder.join(&env));
        // What is there is not written over, and the folder that is passed on holds no keys.
        let again = gatewright(folder, &export);
        assert_eq!(again.status.code(), Some(1), "{}", said(&again));
        let inside = format!("{out}/keys.env");
        let inside = gatewright(
            folder,
            &["export", product, "--out", &out, "--new-keys", &inside],
        );
        assert!(said(&inside).contains("own folder"), "{}", said(&inside));

        let filled = gatewright(folder, &["export", "fill", &out, "--keys", &env]);
        assert_eq!(filled.status.code(), Some(0), "{}", said(&filled));
        let keys = folder.join(&out).join("keys.map");
        let text = fs::read_to_string(&keys).unwrap();
        assert!(!text.contains(name), "{text}");
        assert_eq!(text.contains(secret), product == "nginx");
        is_private(&keys);
        let diff = ["export", "diff", product, "--against", &out];
        let diff = gatewright(folder, &diff);
        assert_eq!(diff.status.code(), Some(0), "{}", said(&diff));
        assert!(said(&diff).contains("keys.map is not compared"));
        assert!(!said(&diff).contains(secret));
    }
}

#[cfg(unix)]
fn is_private(path: &Path) {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "{}", path.display());
}

#[test]
fn the_keys_of_a_data_folder_are_exported_by_their_names() {
    let folder = shop();
    let folder = folder.path();
    let issue = [
        "keys",
        "issue",
        "phone of alice",
        "--consumer",
        "alice",
        "--all-routes",
        "--data",
        "data",
    ];
    let issued = gatewright(folder, &issue);
    assert!(issued.status.success(), "{}", said(&issued));
    let secret = String::from_utf8(issued.stdout).unwrap();
    let export = [
        "export",
        "haproxy",
        "--config",
        "gatewright.yaml",
        "--data",
        "data",
        "--out",
        "out",
    ];
    let written = gatewright(folder, &export);
    assert!(
        said(&written).contains("KEY_PHONE_OF_ALICE"),
        "{}",
        said(&written)
    );
    let hashes = [&export[..6], &["--out", "hashed", "--hashes"]].concat();
    let hashed = gatewright(folder, &hashes);
    let keys = fs::read_to_string(folder.join("hashed/keys.map")).unwrap();
    assert!(!keys.contains("KEY_PHONE_OF_ALICE"), "{}", said(&hashed));
    assert!(!keys.contains(secret.trim()));
    let none = ["export", "nginx", "--data", "nowhere", "--out", "x"];
    assert!(said(&gatewright(folder, &none)).contains("no data folder"));
    assert!(!folder.join("nowhere").exists());
}
