//! A way into the UI, with an empty data folder behind it.

use std::fs::File;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use thirtyfour::WebDriver;

use crate::page::Page;
use crate::process::{Process, within_seconds};

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

    /// Closes the window and waits until the gateway has ended in its own way.
    pub async fn leave(&mut self) {
        match &mut self.gateway {
            Some(gateway) => assert!(gateway.terminate().await, "it does not end well"),
            None => self.driver.clone().quit().await.unwrap(),
        }
        self.ended().await;
    }

    /// Waits until the gateway has ended in its own way.
    pub async fn ended(&self) {
        let databases = self.databases();
        let unlocked = within_seconds(20, || {
            let lock = File::open(databases[0].with_file_name("lock")).ok()?;
            lock.try_lock().is_ok().then_some(())
        });
        assert!(
            unlocked.await.is_some(),
            "the gateway still holds its data folder"
        );
    }

    /// Leaves what has ended already, and gives its data.
    pub fn left(self) -> TempDir {
        self.data
    }

    /// The files that hold data.
    pub fn databases(&self) -> Vec<PathBuf> {
        let mut files = Vec::new();
        for folder in [
            self.data.path().to_owned(),
            self.data.path().join("gatewright"),
        ] {
            let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
            files.extend(entries.map(|entry| entry.path()).filter(|path| {
                path.file_name()
                    .is_some_and(|name| name.to_string_lossy().contains(".db"))
            }));
        }
        assert!(!files.is_empty(), "there are no databases");
        files
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
