//! Passwords that are checked, and those that were: a good caller pays for the hash once.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use parking_lot::Mutex;
use ring::hmac;
use ring::rand::SystemRandom;
use tokio::sync::Semaphore;

use crate::passwords::Stored;

/// Most passwords that are remembered as good.
const MOST_KNOWN: usize = 10_000;

/// What is known of passwords, in memory alone.
pub struct Passwords {
    /// As many are checked at once as leaves half of the processors to other requests.
    turns: Arc<Semaphore>,
    /// Of this process, and told to nobody.
    secret: hmac::Key,
    known: Mutex<Known>,
}

/// Tags of passwords that are good, the oldest first.
#[derive(Default)]
struct Known {
    tags: HashSet<[u8; 32]>,
    order: VecDeque<[u8; 32]>,
}

impl Default for Passwords {
    fn default() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            turns: Arc::new(Semaphore::new((processors / 2).max(1))),
            secret: hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new())
                .expect("the system has random numbers"),
            known: Mutex::default(),
        }
    }
}

impl Passwords {
    /// Whether `password` is the one of `stored`. Waits for its turn where many are checked.
    pub async fn check(&self, password: &[u8], stored: &Stored) -> bool {
        let tag = self.tag(password, stored);
        if self.known.lock().tags.contains(&tag) {
            return true;
        }
        let turn = self.turns.clone().acquire_owned().await;
        let turn = turn.expect("nobody closes it");
        // Whoever waited behind a request with the same password need not check it again.
        if self.known.lock().tags.contains(&tag) {
            return true;
        }
        let (password, stored) = (password.to_vec(), stored.clone());
        let checked = tokio::task::spawn_blocking(move || {
            // Kept until the end, also where the caller has gone.
            let _turn = turn;
            stored.is_of(&password)
        });
        let good = checked.await.unwrap_or(false);
        if good {
            self.known.lock().add(tag);
        }
        good
    }

    /// Tells passwords apart without keeping them. The hash is part of it, so that a changed
    /// password is checked anew.
    fn tag(&self, password: &[u8], stored: &Stored) -> [u8; 32] {
        let mut context = hmac::Context::with_key(&self.secret);
        let hash = stored.as_str().as_bytes();
        context.update(&u64::try_from(hash.len()).unwrap_or(u64::MAX).to_be_bytes());
        context.update(hash);
        context.update(password);
        let mut tag = [0; 32];
        tag.copy_from_slice(context.sign().as_ref());
        tag
    }
}

impl Known {
    fn add(&mut self, tag: [u8; 32]) {
        if !self.tags.insert(tag) {
            return;
        }
        self.order.push_back(tag);
        if self.order.len() > MOST_KNOWN
            && let Some(oldest) = self.order.pop_front()
        {
            self.tags.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_good_password_is_remembered_and_a_wrong_one_is_not() {
        let passwords = Passwords::default();
        let stored = Stored::new(&crate::passwords::hash("one")).unwrap();
        assert!(passwords.check(b"one", &stored).await);
        assert!(passwords.check(b"one", &stored).await);
        assert!(!passwords.check(b"two", &stored).await);
        assert_eq!(passwords.known.lock().order.len(), 1);
        // Another hash, even of the same password, is another password.
        let changed = Stored::new(&crate::passwords::hash("one")).unwrap();
        assert_ne!(
            passwords.tag(b"one", &stored),
            passwords.tag(b"one", &changed)
        );
    }

    #[test]
    fn the_oldest_is_forgotten() {
        let mut known = Known::default();
        for n in 0..=MOST_KNOWN {
            let mut tag = [0; 32];
            tag[..8].copy_from_slice(&n.to_be_bytes());
            known.add(tag);
        }
        assert_eq!(
            (known.tags.len(), known.order.len()),
            (MOST_KNOWN, MOST_KNOWN)
        );
        assert!(!known.tags.contains(&[0; 32]));
    }
}
