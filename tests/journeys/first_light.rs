//! The first journey: from nothing to a limited caller, with the reason for every answer in the
//! window.

use crate::door::Door;
use crate::{browser, desktop};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn first_light_in_a_browser() {
    first_light(browser::open("browser").await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn first_light_in_the_desktop_app() {
    first_light(desktop::open("desktop").await).await;
}

async fn first_light(door: Door) {
    door.page.reads("Put a gateway in front of a service").await;
    door.page.picture("first-run").await;
    door.close().await;
}
