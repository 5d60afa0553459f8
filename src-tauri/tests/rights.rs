//! What the window may do, checked where it is written down.

use serde_json::Value;

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("the file is JSON")
}

/// The window may ask the app for its four commands, and the system for notifications.
#[test]
fn the_window_has_no_rights_but_the_apps_own_commands_and_to_notify() {
    let config = json(include_str!("../tauri.conf.json"));
    assert_eq!(
        config["app"]["security"]["capabilities"],
        json(r#"["main"]"#)
    );
    assert_eq!(config["app"]["withGlobalTauri"], false);
    let capability = json(include_str!("../capabilities/main.json"));
    assert_eq!(capability["windows"], json(r#"["main"]"#));
    assert_eq!(
        capability["permissions"],
        json(
            r#"["allow-admin", "allow-events", "allow-events-close", "allow-open-browser",
                "notification:allow-is-permission-granted",
                "notification:allow-request-permission", "notification:allow-notify"]"#
        )
    );
    assert!(
        capability.get("remote").is_none(),
        "no page from elsewhere has rights"
    );
}

#[test]
fn the_content_policy_allows_nothing_inline_and_nothing_from_elsewhere() {
    let config = json(include_str!("../tauri.conf.json"));
    let policy = config["app"]["security"]["csp"].as_str().unwrap();
    assert!(policy.contains("default-src 'self'"), "{policy}");
    for allowed in policy
        .split([' ', ';'])
        .filter(|word| !word.ends_with("-src"))
    {
        let known = [
            "",
            "'self'",
            "'none'",
            "ipc:",
            "http://ipc.localhost",
            "data:",
            "blob:",
            "base-uri",
            "form-action",
            "frame-ancestors",
        ];
        assert!(known.contains(&allowed), "{allowed} in {policy}");
    }
}
