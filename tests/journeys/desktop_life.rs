//! How the desktop app begins and ends: one window per person, a page that says why it could not
//! start, and an end that leaves nothing behind.

use std::fs::File;
use std::process::Stdio;

use crate::desktop::{in_session, open_in};
use crate::process::{Process, built, within_seconds};

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
