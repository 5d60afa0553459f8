//! When something last happened on a connection, so that callers who do nothing cannot hold it: not
//! by asking nothing, and not by leaving an answer unread.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use http_body::{Body, Frame, SizeHint};
use tokio::time::Instant;

/// What happens on one connection.
pub(crate) struct Activity {
    opened: Instant,
    /// When something last happened, in milliseconds since it was opened.
    last_ms: AtomicU64,
    /// Requests that wait for something else than their caller: for an answer, or for more of it.
    waiting: AtomicUsize,
    /// Whether a head is being read, which has a limit of its own.
    in_head: AtomicBool,
}

impl Activity {
    pub(crate) fn new() -> Self {
        Self {
            opened: Instant::now(),
            last_ms: AtomicU64::new(0),
            waiting: AtomicUsize::new(0),
            in_head: AtomicBool::new(false),
        }
    }

    /// A request has come; it waits for its answer.
    pub(crate) fn begin(self: &Arc<Self>) -> Waiting {
        let mut waiting = Waiting {
            activity: self.clone(),
            is_waiting: false,
        };
        waiting.set(true);
        waiting
    }

    /// A head is being read, or no longer.
    pub(super) fn set_in_head(&self, in_head: bool) {
        self.in_head.store(in_head, Ordering::Relaxed);
        self.touch();
    }

    /// Waits until nothing was to be waited for, and nothing has happened, for `idle`.
    pub(crate) async fn quiet(&self, idle: Duration) {
        loop {
            let last = Duration::from_millis(self.last_ms.load(Ordering::Relaxed));
            tokio::time::sleep_until(self.opened + last + idle).await;
            let is_busy = self.waiting.load(Ordering::Relaxed) > 0;
            if is_busy || self.in_head.load(Ordering::Relaxed) {
                self.touch();
            } else if self
                .since_ms()
                .saturating_sub(self.last_ms.load(Ordering::Relaxed))
                >= u64::try_from(idle.as_millis()).unwrap_or(u64::MAX)
            {
                return;
            }
        }
    }

    fn touch(&self) {
        self.last_ms.store(self.since_ms(), Ordering::Relaxed);
    }

    fn since_ms(&self) -> u64 {
        u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

/// A request of a connection: whether it waits for its service, or its service for its caller.
pub(crate) struct Waiting {
    activity: Arc<Activity>,
    is_waiting: bool,
}

impl Waiting {
    fn set(&mut self, is_waiting: bool) {
        self.activity.touch();
        if self.is_waiting == is_waiting {
            return;
        }
        self.is_waiting = is_waiting;
        match is_waiting {
            true => self.activity.waiting.fetch_add(1, Ordering::Relaxed),
            false => self.activity.waiting.fetch_sub(1, Ordering::Relaxed),
        };
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.set(false);
    }
}

/// An answer's body that says whether it waits for its service.
pub(crate) struct Watched<B> {
    body: B,
    waiting: Waiting,
}

impl<B> Watched<B> {
    pub(crate) fn new(body: B, mut waiting: Waiting) -> Self {
        waiting.set(false);
        Self { body, waiting }
    }
}

impl<B: Body + Unpin> Body for Watched<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        self.waiting.set(frame.is_pending());
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: Duration = Duration::from_millis(30);

    async fn is_quiet_within(activity: &Activity, time: Duration) -> bool {
        tokio::time::timeout(time, activity.quiet(IDLE))
            .await
            .is_ok()
    }

    const LONG: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn a_connection_without_requests_is_quiet() {
        assert!(is_quiet_within(&Activity::new(), LONG).await);
    }

    #[tokio::test]
    async fn waiting_for_a_service_is_not_being_quiet() {
        let activity = Arc::new(Activity::new());
        let waiting = activity.begin();
        assert!(!is_quiet_within(&activity, IDLE * 10).await);
        drop(waiting);
        assert!(is_quiet_within(&activity, LONG).await);
    }

    #[tokio::test]
    async fn an_answer_that_nobody_reads_is_quiet() {
        let activity = Arc::new(Activity::new());
        let body = http_body_util::Full::new(bytes::Bytes::from("x"));
        let _unread = Watched::new(body, activity.begin());
        assert!(is_quiet_within(&activity, LONG).await);
    }

    #[tokio::test]
    async fn a_head_that_is_being_read_is_not_quiet() {
        let activity = Activity::new();
        activity.set_in_head(true);
        assert!(!is_quiet_within(&activity, IDLE * 10).await);
    }
}
