//! How the desktop app begins and ends: one window per person, a page that says why it could not
//! start, and an end that leaves nothing behind.

use std::fs::File;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use crate::desktop::{Session, in_session, open_in};
use crate::first_run::put_the_gateway_in_front;
use crate::process::{Process, built, within_seconds};
use crate::upstream::{Upstream, full};

/// Starts the app twice on one display and bus, then asks the first to end.
const TWICE: &str = r#"
"$APP" --data "$DATA" & first=$!
until [ -e "$DATA/traffic.db" ]; do sleep 0.1; done
timeout 20 "$APP" --data "$DATA"; echo "second ended with $?"
kill -0 $first && echo "first still runs"
kill -TERM $first
wait $first; echo "first ended with $?"
"#;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_start_ends_and_leaves_the_first_alone() {
    let folder = tempfile::tempdir().unwrap();
    let said = folder.path().join("said");
    let mut session = Process::start(
        in_session(&folder.path().join("home"))
            .args(["sh", "-c", TWICE])
            .env("APP", built("gatewright-desktop"))
            .env("DATA", folder.path().join("gatewright"))
            .stdout(Stdio::from(File::create(&said).unwrap())),
    );
    let ended = within_seconds(60, || session.child().try_wait().unwrap()).await;
    let said = std::fs::read_to_string(&said).unwrap();
    assert!(ended.is_some(), "it does not end:\n{said}");
    // The bus and what it starts speak in between.
    let ours = said
        .lines()
        .filter(|line| line.contains("ended with") || line.ends_with("runs"));
    assert_eq!(
        ours.collect::<Vec<_>>(),
        [
            "second ended with 0",
            "first still runs",
            "first ended with 0"
        ]
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_data_folder_in_use_is_said_in_the_window_and_left_alone() {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().join("gatewright");
    std::fs::create_dir_all(&folder).unwrap();
    let lock = File::create(folder.join("lock")).unwrap();
    lock.lock().unwrap();
    let door = open_in(data, "desktop-in-use").await;
    door.page.reads("another Gatewright uses").await;
    door.page.reads(&folder.display().to_string()).await;
    door.page.picture("in-use").await;
    assert!(!folder.join("gatewright.db").exists());
}

/// The tray's menu is the one way to the gateway that needs no window.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_tray_stops_and_starts_the_gateway_and_quits_once_running_requests_are_answered() {
    let answer = Arc::new(Notify::new());
    let asked = Arc::new(Notify::new());
    let slow = slow_service(asked.clone(), answer.clone()).await;
    let session = Session::begin(tempfile::tempdir().unwrap()).await;
    let bus = session.bus().await;
    let door = session.open("desktop-tray").await;
    bus.reads_in_tray("Stopped").await;
    let gateway = put_the_gateway_in_front(&door.page, slow.address.port()).await;

    bus.reads_in_tray("Running on").await;
    bus.choose_in_tray("Stop gateway").await;
    bus.reads_in_tray("Stopped").await;
    door.page.reads("The gateway is stopped").await;
    assert!(reqwest::get(&gateway).await.is_err(), "nothing listens");
    bus.choose_in_tray("Start gateway").await;
    bus.reads_in_tray("Running on").await;
    assert_eq!(reqwest::get(&gateway).await.unwrap().status(), 200);

    let running = tokio::spawn(reqwest::get(format!("{gateway}/slow")));
    asked.notified().await;
    bus.choose_in_tray("Quit Gatewright").await;
    // It takes no new requests, and lets the one that runs come to its end.
    let closed = tokio::time::timeout(Duration::from_secs(20), async {
        while reqwest::get(&gateway).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    assert!(closed.await.is_ok(), "it still takes requests");
    assert!(!running.is_finished());
    answer.notify_one();
    let answered = running.await.unwrap().unwrap();
    assert_eq!(answered.status(), 200);
    assert_eq!(answered.text().await.unwrap(), "at last");
    door.ended().await;
    let log = door.data.path().join("gatewright/traffic.db");
    let log = rusqlite::Connection::open(log).unwrap();
    let found = "SELECT status FROM exchanges WHERE path = '/slow'";
    let status: u16 = log.query_row(found, [], |row| row.get(0)).unwrap();
    assert_eq!(status, 200, "what ran until the end is in the log");
}

/// Answers `/slow` once it is told to, and everything else at once.
async fn slow_service(asked: Arc<Notify>, answer: Arc<Notify>) -> Upstream {
    Upstream::streaming(move |request| {
        let (asked, answer) = (asked.clone(), answer.clone());
        Box::pin(async move {
            if request.uri().path() == "/slow" {
                asked.notify_one();
                answer.notified().await;
            }
            http::Response::new(full("at last"))
        })
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_window_is_as_large_as_it_was_left() {
    let data = tempfile::tempdir().unwrap();
    let session = Session::begin(data).await;
    let bus = session.bus().await;
    let door = session.open("desktop-size").await;
    door.page.reads("Put a gateway in front").await;
    door.page.resize(1000, 640).await;
    bus.choose_in_tray("Quit Gatewright").await;
    door.ended().await;

    let door = open_in(door.left(), "desktop-size-again").await;
    door.page.reads("Put a gateway in front").await;
    let size = door.page.run("return [innerWidth, innerHeight];").await;
    assert_eq!(size, serde_json::json!([1000, 640]));
}
