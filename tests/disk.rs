//! What becomes of traffic and of the log on a disk that is full, and where the log may only be read.

use std::io::Write as _;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use gateway_core::record::filter::Filter;

use crate::harness::{PATIENCE, TestGateway, admin, upstream};

const SHOP: &str = "
version: 1
limits: {quotas: [{requests: 100000, per: day, by: global}]}
services: [{name: shop, targets: [{url: 'UPSTREAM'}]}]
routes: [{name: open, service: shop, match: {path: /open}}]
";
/// Set for a test that has its own view of the disks.
const ALONE: &str = "GATEWRIGHT_TEST_ALONE";

/// Whether this is a test that may mount what only it sees; else it is run again as one, by its name.
fn is_alone(test: &str) -> bool {
    if std::env::var_os(ALONE).is_some() {
        return true;
    }
    let unshare = |program: &Path| {
        let mut command = Command::new("unshare");
        command.args(["--map-root-user", "--mount"]).arg(program);
        command
    };
    if !unshare(Path::new("true"))
        .status()
        .is_ok_and(|status| status.success())
    {
        eprintln!("this machine lets nobody mount anything: not tried");
        return false;
    }
    let again = unshare(&std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .env(ALONE, "1")
        .status()
        .unwrap();
    assert!(again.success(), "{test} on a disk of its own: {again}");
    false
}

fn run(program: &str, arguments: &[&str]) {
    let status = Command::new(program).args(arguments).status().unwrap();
    assert!(status.success(), "{program} {arguments:?}: {status}");
}

/// A folder that is a disk of so many KiB.
fn disk(kib: u32) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let (size, path) = (format!("size={kib}k"), dir.path().to_str().unwrap());
    run("mount", &["-t", "tmpfs", "-o", &size, "tmpfs", path]);
    dir
}

/// What the status says of recording: why nothing is written, and how many rows were.
async fn recording(gateway: &TestGateway) -> (Option<String>, u64) {
    let (_, status) = admin::get(&gateway.gateway, "/status").await;
    let recorder = &status["recorder"];
    (
        recorder["degraded"].as_str().map(str::to_owned),
        recorder["recorded"].as_u64().unwrap(),
    )
}

/// Traffic goes on. A request has ended, and can be counted on in the log, once its answer was read whole.
async fn open(gateway: &TestGateway) {
    let answer = gateway.get("/open").await;
    assert_eq!(answer.status(), 200, "traffic goes on");
    answer.bytes().await.unwrap();
}

async fn until_healed(gateway: &TestGateway) {
    let until = std::time::Instant::now() + PATIENCE;
    while let (Some(said), _) = recording(gateway).await {
        assert!(std::time::Instant::now() < until, "still: {said}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// I6, LG-5
#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_no_traffic_and_the_log_goes_on_once_there_is_room() {
    if !is_alone("disk::a_full_disk_stops_no_traffic_and_the_log_goes_on_once_there_is_room") {
        return;
    }
    let service = upstream("x".repeat(20_000).leak()).await;
    let yaml = SHOP.replace("UPSTREAM", &service.url());
    let gateway = TestGateway::in_dir(disk(24 * 1024), Some(&yaml)).await;
    open(&gateway).await;
    gateway.gateway.recorder().flush().await;
    assert_eq!(recording(&gateway).await, (None, 1));

    let ballast = gateway.data_dir().join("ballast");
    let mut file = std::fs::File::create(&ballast).unwrap();
    let full = loop {
        if let Err(error) = file.write_all(&[0; 4096]) {
            break error;
        }
    };
    assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
    let mut sent = 1;
    let said = loop {
        open(&gateway).await;
        sent += 1;
        if let (Some(said), _) = recording(&gateway).await {
            break said;
        }
        assert!(sent < 2_000, "{sent} requests found room on a full disk");
    };
    assert!(
        said.contains("traffic.db") && said.contains("the disk is full"),
        "{said}"
    );
    for _ in 0..20 {
        open(&gateway).await;
        sent += 1;
    }
    gateway.gateway.recorder().flush().await;
    assert!(recording(&gateway).await.0.is_some());

    drop(file);
    std::fs::remove_file(&ballast).unwrap();
    until_healed(&gateway).await;
    open(&gateway).await;
    sent += 1;
    gateway.gateway.recorder().flush().await;
    assert_eq!(recording(&gateway).await, (None, sent), "nothing was lost");
    assert_eq!(gateway.gateway.log().size().unwrap().rows, sent);
    // What was left is whole: another gateway goes on with it.
    let again = TestGateway::in_dir(gateway.stop().await, None).await;
    open(&again).await;
    assert_eq!(again.rows().await[0].seq, sent + 1);
}

/// I6
#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_may_only_be_read_stops_no_traffic_and_goes_on_once_it_may_be_written() {
    if !is_alone(
        "disk::a_log_that_may_only_be_read_stops_no_traffic_and_goes_on_once_it_may_be_written",
    ) {
        return;
    }
    let service = upstream("ok").await;
    let yaml = SHOP.replace("UPSTREAM", &service.url());
    let dir = disk(24 * 1024);
    let log = dir.path().join("traffic.db");
    std::fs::write(&log, []).unwrap();
    let log = log.to_str().unwrap();
    run("mount", &["--bind", log, log]);
    run("mount", &["-o", "remount,bind,ro", log]);

    let gateway = TestGateway::in_dir(dir, Some(&yaml)).await;
    for _ in 0..3 {
        assert_eq!(gateway.get("/open").await.status(), 200, "traffic goes on");
    }
    gateway.gateway.recorder().flush().await;
    let (said, recorded) = recording(&gateway).await;
    let said = said.unwrap();
    assert!(
        said.contains("traffic.db") && said.contains("Read-only"),
        "{said}"
    );
    assert_eq!(recorded, 0);

    // Readers of it are still there: for whoever opens it from now on.
    run("umount", &["--lazy", log]);
    until_healed(&gateway).await;
    gateway.gateway.recorder().flush().await;
    assert_eq!(recording(&gateway).await, (None, 3));
    let page = gateway.gateway.log().page(&Filter::default(), None, 10);
    let numbers: Vec<_> = page.unwrap().rows.iter().map(|row| row.seq).collect();
    assert_eq!(numbers, [3, 2, 1]);
}
