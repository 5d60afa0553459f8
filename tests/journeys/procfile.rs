//! A project's `Procfile` is taken over, and its command runs in its folder once a person has approved
//! it.

use reqwest::StatusCode;

use crate::browser;
use crate::first_run::put_the_gateway_in_front;
use crate::process::free_port;
use crate::upstream::upstream;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_procfile_is_imported_and_its_command_approved() {
    let by_hand = upstream("by hand").await;
    let mut door = browser::open("procfile").await;
    let page = &door.page;
    let gateway = put_the_gateway_in_front(page, by_hand.address.port()).await;
    let project = tempfile::tempdir().unwrap();
    std::fs::write(
        project.path().join("server.js"),
        "require('http').createServer((q, a) => a.end('in ' + process.cwd()))\
         .listen(process.env.PORT)",
    )
    .unwrap();
    let folder = project.path().canonicalize().unwrap();

    let address = reqwest::Url::parse(&page.address().await).unwrap();
    let base = address.origin().ascii_serialization();
    page.go_to(&format!("{base}/history?show=import")).await;
    page.fill("Configuration to import", "web: node server.js")
        .await;
    page.click("//*[normalize-space()='Replace services and routes']")
        .await;
    let missing = folder.join("missing").display().to_string();
    page.fill("Folder its commands run in", &missing).await;
    page.reads("there is no folder").await;
    page.fill("Folder its commands run in", &folder.display().to_string())
        .await;
    page.fill(
        "Address here instead of http://127.0.0.1:5000",
        &format!("http://127.0.0.1:{}", free_port()),
    )
    .await;
    page.reads("node server.js for service web").await;
    page.is_accessible().await;
    page.picture_in_both_themes("import").await;
    page.press("Import 1 route").await;
    page.reads("Service web added").await;

    let refused = reqwest::get(&gateway).await.unwrap();
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.text().await.unwrap().contains("approved"));
    page.go_to(&format!("{base}/routes?sel=service:web")).await;
    page.reads("This command came with a file.").await;
    page.reads(&format!("Folder: {}", folder.display())).await;
    page.is_accessible().await;
    page.picture_in_both_themes("approval").await;
    page.press("Approve and run").await;
    page.reads("It does not run; the next request starts it.")
        .await;
    let answer = reqwest::get(&gateway).await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    let text = answer.text().await.unwrap();
    assert_eq!(text, format!("in {}", folder.display()));
    page.reads("1 instance is ready.").await;
    door.leave().await;
}
