//! The feed of events, into channels of the window.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use futures_util::StreamExt as _;
use gateway_core::admin::events::{Event, EventQuery, subscribe};
use tauri::State;
use tauri::async_runtime::JoinHandle;
use tauri::ipc::Channel;

use crate::desktop::Desktop;

/// Feeds that are running.
#[derive(Default)]
pub(crate) struct Subscriptions {
    next: AtomicU32,
    running: Mutex<HashMap<u32, JoinHandle<()>>>,
}

/// Begins a feed: `query` as for `GET /api/v1/events`. Gives the number to close it by.
#[tauri::command]
pub(crate) async fn events(
    query: String,
    channel: Channel<Event>,
    desktop: State<'_, Desktop>,
    subscriptions: State<'_, Subscriptions>,
) -> Result<u32, String> {
    let query = EventQuery::parse(&query).map_err(|problem| problem.detail)?;
    let feed = subscribe(&desktop.gateway, query).map_err(|problem| problem.detail)?;
    let id = subscriptions.next.fetch_add(1, Ordering::Relaxed);
    let task = tauri::async_runtime::spawn(async move {
        let mut feed = std::pin::pin!(feed);
        while let Some(event) = feed.next().await {
            if channel.send(event).is_err() {
                // The page is gone.
                return;
            }
        }
    });
    subscriptions.add(id, task);
    Ok(id)
}

/// Ends a feed.
#[tauri::command]
pub(crate) fn events_close(id: u32, subscriptions: State<'_, Subscriptions>) {
    subscriptions.close(id);
}

impl Subscriptions {
    fn add(&self, id: u32, task: JoinHandle<()>) {
        let mut running = self.lock();
        running.retain(|_, task| !task.inner().is_finished());
        running.insert(id, task);
    }

    fn close(&self, id: u32) {
        if let Some(task) = self.lock().remove(&id) {
            task.abort();
        }
    }

    /// Ends all feeds: the page that asked for them is being left.
    pub(crate) fn close_all(&self) {
        for (_, task) in self.lock().drain() {
            task.abort();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<u32, JoinHandle<()>>> {
        // Nothing that could panic runs while it is held.
        self.running
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
