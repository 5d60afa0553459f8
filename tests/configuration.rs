//! Changes come into force wholly or not at all, and what cannot run says why.

use std::net::TcpListener;

use gateway_core::clock::Clock;
use gateway_core::config::file;
use gateway_core::gateway::{
    ApplyError, Change, Gateway, GatewayState, OpenError, Options, StartError,
};
use gateway_core::store::{Actor, StoreError};
use tempfile::TempDir;

use crate::harness::{TestGateway, gateway, upstream};

fn one_route(url: &str) -> String {
    format!(
        "{{version: 1, services: [{{name: shop, targets: [{{url: '{url}'}}]}}],
          routes: [{{name: all, service: shop}}]}}"
    )
}

fn change(gateway: &Gateway, yaml: &str, expected: Option<u64>) -> Change {
    let mut config = file::parse(yaml).unwrap();
    config.listen = gateway.current().config.listen.clone();
    Change {
        config,
        expected,
        actor: Actor::Api,
        note: "test".to_owned(),
    }
}

async fn open(dir: &TempDir) -> Result<Gateway, OpenError> {
    let options = Options {
        data_dir: dir.path().to_owned(),
        config_file: None,
        clock: Clock::system(),
    };
    Gateway::open(options).await
}

#[tokio::test]
async fn a_refused_config_changes_nothing_and_everything_wrong_is_said() {
    let shop = upstream("ok").await;
    let running = gateway(&one_route(&shop.url())).await;
    let before = running.gateway.current();
    let wrong = "{version: 1, routes: [{name: a, service: gone}, {name: a, service: gone}]}";
    let refused = running
        .gateway
        .apply(change(&running.gateway, wrong, None))
        .await;
    let Err(ApplyError::Refused(issues)) = refused else {
        panic!("{refused:?}")
    };
    let paths: Vec<_> = issues.iter().map(|issue| issue.path.as_str()).collect();
    assert_eq!(
        paths,
        ["routes[0].service", "routes[1].name", "routes[1].service"]
    );
    assert_eq!(running.gateway.current().revision, before.revision);
    assert_eq!(running.get("/").await.text().await.unwrap(), "ok");
    let dir = running.stop().await;
    let again = TestGateway::in_dir(dir, None).await;
    assert_eq!(again.gateway.current().config, before.config);
}

#[tokio::test]
async fn of_two_changes_from_one_revision_the_second_is_refused() {
    let running = gateway("{version: 1}").await;
    let revision = running.gateway.current().revision;
    let (a, b) = (one_route("http://a.test"), one_route("http://b.test"));
    let first = running
        .gateway
        .apply(change(&running.gateway, &a, Some(revision)))
        .await;
    assert_eq!(first.unwrap().revision, revision + 1);
    let second = running
        .gateway
        .apply(change(&running.gateway, &b, Some(revision)))
        .await;
    assert!(matches!(second, Err(ApplyError::Conflict { current }) if current == revision + 1));
    assert_eq!(
        running.gateway.current().config.services[0].targets[0].url,
        "http://a.test"
    );
}

#[tokio::test]
async fn any_change_can_be_undone() {
    let running = gateway("{version: 1}").await;
    let original = running.gateway.current();
    running.apply(&one_route("http://a.test")).await;
    let earlier = running
        .gateway
        .configs()
        .revision(original.revision)
        .unwrap()
        .unwrap();
    let undo = Change {
        config: earlier.config,
        expected: Some(running.gateway.current().revision),
        actor: Actor::Restore,
        note: "back to revision 1".to_owned(),
    };
    running.gateway.apply(undo).await.unwrap();
    assert_eq!(running.gateway.current().config, original.config);
    let history = running.gateway.configs().revisions(None, 10).unwrap();
    assert_eq!(history.len(), 3, "going back is a change of its own");
}

#[tokio::test]
async fn a_port_in_use_is_said_with_who_holds_it_and_which_is_free() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let dir = tempfile::tempdir().unwrap();
    let gateway = open(&dir).await.unwrap();
    let mut change = change(&gateway, "{version: 1}", None);
    change.config.listen.port = port;
    gateway.apply(change).await.unwrap();
    let Err(StartError::PortInUse(told)) = gateway.start().await else {
        panic!("it is taken")
    };
    assert_eq!(told.port, port);
    assert_eq!(told.holder.as_ref().unwrap().pid, std::process::id());
    let free = told.free.unwrap();
    let state = gateway.state().borrow().clone();
    let GatewayState::Failed {
        message,
        port_in_use: Some(_),
    } = state
    else {
        panic!("{state:?}")
    };
    assert!(
        message.contains(&format!("port {port} is used by `")),
        "{message}"
    );
    assert!(
        message.contains(&format!("port {free} is free")),
        "{message}"
    );
    drop(taken);
    gateway.start().await.unwrap();
}

#[tokio::test]
async fn a_running_gateway_moves_only_to_a_port_it_can_have() {
    let shop = upstream("ok").await;
    let running = gateway(&one_route(&shop.url())).await;
    let (before, revision) = (running.address(), running.gateway.current().revision);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut to = change(&running.gateway, &one_route(&shop.url()), None);
    to.config.listen.port = taken.local_addr().unwrap().port();
    let refused = running.gateway.apply(to.clone()).await;
    assert!(
        matches!(refused, Err(ApplyError::Listen(StartError::PortInUse(_)))),
        "{refused:?}"
    );
    assert_eq!(running.address(), before);
    assert_eq!(running.gateway.current().revision, revision);
    drop(taken);
    running.gateway.apply(to.clone()).await.unwrap();
    assert_eq!(running.address().port(), to.config.listen.port);
    assert_eq!(running.get("/").await.text().await.unwrap(), "ok");
    running.eventually(|_| TcpListener::bind(before).ok()).await;
}

#[tokio::test]
async fn a_running_gateway_is_opened_to_other_machines_and_closed_again_on_its_own_port() {
    let shop = upstream("ok").await;
    let running = gateway(&one_route(&shop.url())).await;
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    for address in ["127.0.0.1", "0.0.0.0", "127.0.0.1"] {
        let mut to = change(&running.gateway, &one_route(&shop.url()), None);
        to.config.listen.address = address.parse().unwrap();
        to.config.listen.port = port;
        running.gateway.apply(to).await.unwrap();
        assert_eq!(
            running.address(),
            format!("{address}:{port}").parse().unwrap()
        );
        let answer = reqwest::get(format!("http://127.0.0.1:{port}/"))
            .await
            .unwrap();
        assert_eq!(answer.text().await.unwrap(), "ok");
    }
}

/// I10
#[tokio::test]
async fn a_second_gateway_on_the_same_data_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let first = open(&dir).await.unwrap();
    let error = open(&dir).await.err().unwrap();
    assert!(matches!(error, OpenError::Locked { .. }));
    assert!(
        error.to_string().contains("--data"),
        "it says what to do: {error}"
    );
    first.shutdown().await;
    drop(first);
    // The recorder's thread lets go of its files when it has stored the last row.
    open(&dir).await.unwrap();
}

#[tokio::test]
async fn databases_of_a_newer_version_are_refused_and_left_as_they_are() {
    for name in ["gatewright.db", "quotas.db", "traffic.db"] {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(name);
        let other = rusqlite::Connection::open(&path).unwrap();
        other
            .execute_batch("CREATE TABLE future (x); PRAGMA user_version = 1000;")
            .unwrap();
        drop(other);
        let before = std::fs::read(&path).unwrap();
        let error = open(&dir).await.err().unwrap();
        assert!(
            matches!(
                error,
                OpenError::Store(StoreError::Newer { found: 1000, .. })
            ),
            "{error}"
        );
        assert!(error.to_string().contains(name), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }
}

#[tokio::test]
async fn a_file_is_run_and_a_wrong_one_is_refused_with_every_issue() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("gatewright.yaml");
    let run = || async {
        let options = Options {
            data_dir: dir.path().join("data"),
            config_file: Some(path.clone()),
            clock: Clock::system(),
        };
        Gateway::open(options).await
    };
    let missing = run().await.err().unwrap();
    assert!(missing.to_string().contains("gatewright.yaml"), "{missing}");

    std::fs::write(
        &path,
        "version: 1\nroutes: [{name: a, service: b, colour: red}]",
    )
    .unwrap();
    let unknown = run().await.err().unwrap().to_string();
    assert!(
        unknown.contains("routes[0].colour: unknown field `colour`"),
        "{unknown}"
    );

    std::fs::write(&path, "version: 1\nroutes: [").unwrap();
    let broken = run().await.err().unwrap().to_string();
    assert!(broken.contains("this is no YAML"), "{broken}");

    std::fs::write(&path, one_route("http://a.test")).unwrap();
    let gateway = run().await.unwrap();
    assert_eq!(
        (
            gateway.current().revision,
            gateway.current().config.routes.len()
        ),
        (1, 1)
    );
    gateway.shutdown().await;
    drop(gateway);
    let gateway = run().await.unwrap();
    assert_eq!(
        gateway.current().revision,
        1,
        "an unchanged file is no new revision"
    );
}

#[cfg(unix)]
#[tokio::test]
async fn a_data_folder_is_for_this_user_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::tempdir().unwrap();
    let data = dir.path().join("data");
    let options = Options {
        data_dir: data.clone(),
        config_file: None,
        clock: Clock::system(),
    };
    let gateway = Gateway::open(options).await.unwrap();
    gateway.recorder().flush().await;
    let mode = |path: &std::path::Path| path.metadata().unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    for entry in std::fs::read_dir(&data).unwrap() {
        let path = entry.unwrap().path();
        assert_eq!(mode(&path) & 0o077, 0, "{}", path.display());
    }
}
