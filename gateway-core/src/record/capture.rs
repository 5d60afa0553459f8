//! Keeps the beginning of a body while it passes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use parking_lot::Mutex;

/// How much of a body is kept however many others are.
const ALWAYS: usize = 64 * 1024;
/// Most bytes beyond that which are kept of all bodies that pass, or have passed and wait for the
/// recorder's thread.
const MOST_BEYOND: usize = 256 * 1024 * 1024;

/// The kept beginning of a body, and how much passed.
#[derive(Debug, Default)]
pub(super) struct Captured {
    pub(super) kept: Vec<u8>,
    pub(super) passed: u64,
    /// Most bytes that are kept.
    pub(super) most: usize,
    beyond: Beyond,
}

/// The room for what is kept of large bodies, shared by all of them.
#[derive(Clone, Debug)]
pub(super) struct Room(Arc<AtomicUsize>);

/// What a body has of that room; given back when it is gone.
#[derive(Debug, Default)]
struct Beyond {
    room: Option<Room>,
    bytes: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self(Arc::new(AtomicUsize::new(MOST_BEYOND)))
    }
}

impl Captured {
    /// Keeps at most `most` bytes, and less where there is no room for that.
    pub(super) fn up_to(most: usize, room: &Room) -> Self {
        let room = (most > ALWAYS).then(|| room.clone());
        Self {
            most,
            beyond: Beyond { room, bytes: 0 },
            ..Self::default()
        }
    }

    /// A piece passes. What is kept is copied: a slice would hold on to a buffer of any size.
    pub(super) fn add(&mut self, piece: &Bytes) {
        self.passed += piece.len() as u64;
        let mut wanted = piece.len().min(self.most - self.kept.len());
        let free = ALWAYS.saturating_sub(self.kept.len());
        if wanted > free && !self.beyond.take(wanted - free) {
            // Nothing behind a gap is kept.
            wanted = free;
            self.most = self.kept.len() + free;
        }
        self.kept.extend_from_slice(&piece[..wanted]);
    }

    /// A copy of the beginning, for what is shown while it passes.
    pub(super) fn so_far(&self) -> Self {
        let most = self.most.min(ALWAYS);
        Self {
            kept: self.kept[..self.kept.len().min(most)].to_owned(),
            passed: self.passed,
            most,
            beyond: Beyond::default(),
        }
    }

    pub(super) fn truncated(&self) -> bool {
        self.passed > self.kept.len() as u64
    }
}

impl Beyond {
    fn take(&mut self, bytes: usize) -> bool {
        let Some(Room(room)) = &self.room else {
            return true;
        };
        let (set, read) = (Ordering::Relaxed, Ordering::Relaxed);
        let taken = room.fetch_update(set, read, |left| left.checked_sub(bytes));
        self.bytes += taken.map_or(0, |_| bytes);
        taken.is_ok()
    }
}

impl Drop for Beyond {
    fn drop(&mut self) {
        if let Some(Room(room)) = &self.room {
            room.fetch_add(self.bytes, Ordering::Relaxed);
        }
    }
}

/// A capture that is filled in one place and read in another.
pub(super) type SharedCapture = Arc<Mutex<Captured>>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_bodies_share_their_room_and_give_it_back() {
        let room = Room(Arc::new(AtomicUsize::new(100_000)));
        let piece = Bytes::from(vec![b'x'; 40_000]);
        let pass = |body: &mut Captured| (0..4).for_each(|_| body.add(&piece));
        let mut first = Captured::up_to(1_000_000, &room);
        pass(&mut first);
        assert_eq!((first.kept.len(), first.truncated()), (160_000, false));
        let mut second = Captured::up_to(1_000_000, &room);
        pass(&mut second);
        assert_eq!(
            (second.kept.len(), second.passed, second.truncated()),
            (ALWAYS, 160_000, true),
            "there is no room for more"
        );
        drop(first);
        second.add(&piece);
        assert_eq!(second.kept.len(), ALWAYS, "nothing behind a gap is kept");
        let mut third = Captured::up_to(1_000_000, &room);
        pass(&mut third);
        assert_eq!(third.kept.len(), 160_000);
        drop((second, third));
        assert_eq!(room.0.load(Ordering::Relaxed), 100_000);
    }
}
