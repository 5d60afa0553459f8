//! The bodies that are looked at, ready to give their pages: few, and for a short while.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{PagedBody, View};
use crate::ids::ExchangeId;

/// How many are held: a body as it was sent and formatted.
const MOST: usize = 2;
/// How long one is held that nobody asks for.
const IDLE: Duration = Duration::from_secs(60);

/// Which body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Which {
    /// Of which request.
    pub exchange: ExchangeId,
    /// On which side.
    pub side: Side,
    /// How it is looked at.
    pub view: View,
}

/// The request's body or the answer's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = BodySide)]
pub enum Side {
    /// What the caller sent.
    Request,
    /// What the caller got.
    Response,
}

/// The bodies that are held.
#[derive(Default)]
pub struct OpenedBodies {
    held: Mutex<Vec<Opened>>,
    /// Held by whoever reads one, so that only one is read at a time.
    reading: Mutex<()>,
}

struct Opened {
    which: Which,
    body: Arc<PagedBody>,
    used: Instant,
}

impl OpenedBodies {
    /// A body that is held.
    pub fn held(&self, which: Which) -> Option<Arc<PagedBody>> {
        let mut held = self.held.lock();
        let at = held.iter().position(|opened| opened.which == which)?;
        let mut opened = held.remove(at);
        opened.used = Instant::now();
        let body = opened.body.clone();
        held.push(opened);
        Some(body)
    }

    /// A body that is held, or else that `read` gives, which may take its time. It is held from then
    /// on if it has several pages.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn open<E>(
        self: &Arc<Self>,
        which: Which,
        read: impl FnOnce() -> Result<PagedBody, E>,
    ) -> Result<Arc<PagedBody>, E> {
        let _reading = self.reading.lock();
        if let Some(body) = self.held(which) {
            return Ok(body);
        }
        // Room is made before, so that there are never more.
        let mut held = self.held.lock();
        if held.len() >= MOST {
            held.remove(0);
        }
        drop(held);
        let body = Arc::new(read()?);
        if body.pages() > 1 {
            let mut held = self.held.lock();
            if held.is_empty() {
                self.forget_later();
            }
            held.push(Opened {
                which,
                body: body.clone(),
                used: Instant::now(),
            });
        }
        Ok(body)
    }

    /// Holds none any more.
    pub fn forget_all(&self) {
        self.held.lock().clear();
    }

    /// Lets go of what nobody asks for, until there is nothing more.
    fn forget_later(self: &Arc<Self>) {
        let bodies = Arc::downgrade(self);
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(IDLE).await;
                let Some(bodies) = bodies.upgrade() else {
                    return;
                };
                let mut held = bodies.held.lock();
                held.retain(|opened| opened.used.elapsed() < IDLE);
                if held.is_empty() {
                    return;
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use uuid::Uuid;

    use super::super::PAGE_BYTES;
    use super::*;

    #[tokio::test]
    async fn few_are_held_and_those_that_were_asked_for_last() {
        let bodies = Arc::new(OpenedBodies::default());
        let which = |n| Which {
            exchange: ExchangeId(Uuid::from_u128(n)),
            side: Side::Response,
            view: View::Sent,
        };
        let is_read = |n, bytes| {
            let mut is_read = false;
            let read = || {
                is_read = true;
                Ok::<_, Infallible>(PagedBody::bytes(vec![0; bytes]))
            };
            let Ok(_) = bodies.open(which(n), read);
            is_read
        };
        let large = PAGE_BYTES + 1;
        assert!(is_read(1, large) && is_read(2, large));
        assert!(!is_read(1, large), "it is held");
        assert!(is_read(3, large));
        assert!(!is_read(1, large), "it was asked for after 2");
        assert!(is_read(2, large), "this one made room");
        assert!(
            is_read(4, 10) && is_read(4, 10),
            "small ones are read again"
        );
        bodies.forget_all();
        assert!(is_read(2, large));
    }
}
