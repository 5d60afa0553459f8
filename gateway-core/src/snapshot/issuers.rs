//! Who issues the tokens that are taken, and the keys they are checked with.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use http::Uri;
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};

use crate::clock::Now;
use crate::config::TokenAlgorithm;
use crate::ids::IssuerName;
use crate::tokens::{ClaimPath, KeySet, VerifyingKey};

/// The least time between two fetches of a key set, in nanoseconds (JWT-2).
const LEAST_BETWEEN_NS: u64 = 30_000_000_000;
/// How long a request waits for a fetch that may bring the key of its token.
const PATIENCE: Duration = Duration::from_secs(2);

/// An issuer of tokens.
pub struct Issuer {
    /// Its name.
    pub name: IssuerName,
    /// The claim `iss`.
    pub issuer: String,
    /// One of these among the claim `aud`; empty if it does not matter.
    pub audiences: Vec<String>,
    /// The algorithms that are taken; all of one kind.
    pub algorithms: Vec<TokenAlgorithm>,
    /// Where the consumer is named.
    pub consumer_claim: ClaimPath,
    /// Where scopes are.
    pub scope_claims: Vec<ClaimPath>,
    /// Where groups are.
    pub groups_claim: Option<ClaimPath>,
    /// How far clocks may differ, in seconds.
    pub leeway_s: i64,
    /// Where its keys come from.
    pub source: KeySource,
    /// Its keys, as far as they are known.
    pub keys: Arc<IssuerKeys>,
}

/// Where an issuer's keys come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// A key set, fetched again and again.
    Url {
        /// Where it is.
        url: Uri,
        /// How long it is used before it is fetched anew.
        refresh: Duration,
    },
    /// A key set in a file.
    File(String),
    /// A secret in an environment variable of this name.
    SecretEnv(String),
    /// A secret in a file.
    SecretFile(String),
    /// The key of the local issuer.
    Local,
}

/// What signatures are checked with.
#[derive(Clone, PartialEq, Eq)]
pub enum Held {
    /// Public keys.
    Public(KeySet),
    /// A shared secret.
    Secret(VerifyingKey),
}

/// The keys of an issuer. They outlive a change of the configuration that leaves their source alone.
#[derive(Default)]
pub struct IssuerKeys {
    held: ArcSwapOption<Held>,
    progress: Mutex<Progress>,
    wanted: Notify,
    ended: watch::Sender<()>,
}

/// How far it is with reading them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// When those that are held were read, microseconds since 1970.
    pub read_at_us: Option<i64>,
    /// Why they could not be read the last time.
    pub error: Option<String>,
    /// When the next try begins, on the clock's monotonic scale; `None` where there is none.
    pub next_ns: Option<u64>,
    began_ns: Option<u64>,
    running: bool,
    failures: u32,
}

impl IssuerKeys {
    /// What is held, if anything was ever read.
    pub fn held(&self) -> Option<Arc<Held>> {
        self.held.load_full()
    }

    /// How far it is with reading them.
    pub fn progress(&self) -> Progress {
        self.progress.lock().clone()
    }

    /// Says that they are being read.
    pub fn begin(&self, now_ns: u64) {
        let mut progress = self.progress.lock();
        progress.running = true;
        progress.began_ns = Some(now_ns);
    }

    /// Takes what was read. What was held before stays good if that failed (JWT-2). Then `refresh`
    /// says when to read again: after a failure sooner, the less often it failed.
    pub fn end(&self, read: Result<Held, String>, now: Now, refresh: Option<Duration>) {
        let mut progress = self.progress.lock();
        progress.running = false;
        match read {
            Ok(held) => {
                progress.read_at_us = Some(now.epoch_us);
                progress.error = None;
                progress.failures = 0;
                self.held.store(Some(Arc::new(held)));
            }
            Err(error) => {
                progress.error = Some(error);
                progress.failures = progress.failures.saturating_add(1);
            }
        }
        let wait_ns = refresh.map(|refresh| {
            let refresh_ns = u64::try_from(refresh.as_nanos()).unwrap_or(u64::MAX);
            let known = self.held.load().is_some();
            match progress.failures {
                0 => refresh_ns,
                // A service that starts after the gateway is found soon.
                n if !known => refresh_ns.min(LEAST_BETWEEN_NS.min(1_000_000_000 << n.min(5))),
                _ => refresh_ns.min(LEAST_BETWEEN_NS),
            }
        });
        progress.next_ns = wait_ns.map(|ns| now.monotonic_ns.saturating_add(ns));
        drop(progress);
        self.ended.send_replace(());
    }

    /// Waits until somebody wants them read before their time, and the last time is long enough ago.
    pub async fn wanted(&self, now_ns: impl Fn() -> u64) {
        loop {
            self.wanted.notified().await;
            if self.may_begin(now_ns()) {
                return;
            }
        }
    }

    /// Asks for them to be read again and waits for that, for two seconds at most. `false` at once
    /// where they were read a moment ago: a caller must not be able to make the gateway ask and ask.
    pub async fn renew(&self, now_ns: u64) -> bool {
        // Before looking, so that no end falls between the two.
        let mut ended = self.ended.subscribe();
        let running = self.progress.lock().running;
        if !running {
            if !self.may_begin(now_ns) {
                return false;
            }
            self.wanted.notify_one();
        }
        let waited = tokio::time::timeout(PATIENCE, ended.changed()).await;
        matches!(waited, Ok(Ok(())))
    }

    fn may_begin(&self, now_ns: u64) -> bool {
        let began = self.progress.lock().began_ns;
        began.is_none_or(|began| now_ns.saturating_sub(began) >= LEAST_BETWEEN_NS)
    }
}

impl Issuer {
    /// The keys for its tokens, where `before` had the same source; else none yet. What is not
    /// fetched is read anew with each configuration.
    pub fn keys_from(source: &KeySource, before: Option<&Arc<Self>>) -> Arc<IssuerKeys> {
        let kept = before
            .filter(|before| matches!(source, KeySource::Url { .. }) && before.source == *source);
        kept.map_or_else(Arc::default, |before| before.keys.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const S: u64 = 1_000_000_000;

    fn at(s: u64) -> Now {
        Now {
            monotonic_ns: s * S,
            epoch_us: 0,
        }
    }

    fn set() -> Held {
        Held::Public(KeySet::default())
    }

    /// JWT-2
    #[test]
    fn keys_that_were_read_once_stay_good_when_reading_fails() {
        let keys = IssuerKeys::default();
        let refresh = Some(Duration::from_secs(900));
        keys.begin(0);
        keys.end(Ok(set()), at(0), refresh);
        assert_eq!(keys.progress().next_ns, Some(900 * S));
        keys.begin(900 * S);
        keys.end(Err("down".to_owned()), at(900), refresh);
        assert!(keys.held().is_some());
        assert_eq!(keys.progress().error.as_deref(), Some("down"));
        assert_eq!(keys.progress().next_ns, Some(930 * S));
    }

    #[test]
    fn an_issuer_that_was_never_reached_is_tried_again_soon_and_then_less_often() {
        let keys = IssuerKeys::default();
        let mut waits = Vec::new();
        for _ in 0..7 {
            keys.begin(0);
            let refresh = Some(Duration::from_secs(900));
            keys.end(Err("down".to_owned()), at(0), refresh);
            waits.push(keys.progress().next_ns.unwrap() / S);
        }
        assert_eq!(waits, [2, 4, 8, 16, 30, 30, 30]);
    }

    /// JWT-2
    #[tokio::test]
    async fn a_key_set_is_fetched_before_its_time_at_most_once_in_30_s() {
        let keys = IssuerKeys::default();
        keys.begin(0);
        keys.end(Ok(set()), at(0), Some(Duration::from_secs(900)));
        assert!(!keys.renew(29 * S).await);
        let renewing = keys.renew(30 * S);
        let fetching = async {
            keys.wanted(|| 30 * S).await;
            keys.begin(30 * S);
            keys.end(Ok(set()), at(30), Some(Duration::from_secs(900)));
        };
        let (renewed, ()) = tokio::join!(renewing, fetching);
        assert!(renewed);
        assert!(!keys.renew(31 * S).await);
    }
}
