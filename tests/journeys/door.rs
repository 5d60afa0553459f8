//! A way into the UI, with an empty data folder behind it.

use std::path::{Path, PathBuf};

use tempfile::TempDir;
use thirtyfour::WebDriver;

use crate::page::Page;
use crate::process::Process;

/// A running UI.
pub struct Door {
    pub page: Page,
    pub data: TempDir,
    /// The gateway's program, where the journey started it itself.
    pub gateway: Option<Process>,
    driver: WebDriver,
    _processes: Vec<Process>,
}

impl Door {
    pub async fn new(
        name: &'static str,
        driver: WebDriver,
        data: TempDir,
        gateway: Option<Process>,
        processes: Vec<Process>,
    ) -> Self {
        driver
            .set_implicit_wait_timeout(std::time::Duration::ZERO)
            .await
            .unwrap();
        let page = Page::new(driver.clone(), pictures(name));
        Self {
            page,
            data,
            gateway,
            driver,
            _processes: processes,
        }
    }

    /// Leaves, so that the programs end in their own way.
    pub async fn close(self) {
        self.driver.quit().await.unwrap();
    }
}

/// Where the pictures of a journey go; emptied first.
fn pictures(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../test-output/journeys")
        .join(name);
    if root.exists() {
        std::fs::remove_dir_all(&root).unwrap();
    }
    std::fs::create_dir_all(&root).unwrap();
    root
}
