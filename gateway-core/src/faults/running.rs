//! A fault while it is on: whom it is for, how many it has seen and struck.

use std::sync::atomic::{AtomicU64, Ordering};

use uuid::Uuid;

use super::{Effect, Fault, LimitPlace, NewFault, Refusal, Stopping, Strike, Target};

/// A fault that was switched on.
pub(super) struct Running {
    pub(super) id: Uuid,
    new: NewFault,
    began_at_us: i64,
    ends_at_us: i64,
    seen: AtomicU64,
    struck: AtomicU64,
}

impl Running {
    /// Switches it on now.
    pub(super) fn begin(new: NewFault, now_us: i64) -> Self {
        Self {
            id: Uuid::now_v7(),
            began_at_us: now_us,
            ends_at_us: now_us + i64::from(new.for_seconds) * 1_000_000,
            new,
            seen: AtomicU64::new(0),
            struck: AtomicU64::new(0),
        }
    }

    /// Whether it has neither run out nor struck as many requests as it may.
    pub(super) fn is_on(&self, now_us: i64) -> bool {
        let most = self.new.times.map(u64::from);
        let spent = most.is_some_and(|most| self.struck.load(Ordering::Relaxed) >= most);
        now_us < self.ends_at_us && !spent
    }

    /// Whether it is on, and for such requests.
    pub(super) fn concerns(&self, target: &Target<'_>, now_us: i64) -> bool {
        let NewFault {
            effect: _,
            route,
            version,
            key,
            share_percent: _,
            for_seconds: _,
            times: _,
        } = &self.new;
        self.is_on(now_us)
            && route.as_ref().is_none_or(|route| route == target.route)
            && version
                .as_ref()
                .is_none_or(|version| Some(version) == target.version)
            && key.is_none_or(|key| Some(key) == target.key)
    }

    /// What it refuses requests as, if that is what it does.
    pub(super) fn refusal(&self) -> Option<Refusal> {
        match self.new.effect {
            Effect::Refuse { refusal } => Some(refusal),
            Effect::Latency { .. }
            | Effect::Error { .. }
            | Effect::Reset
            | Effect::Truncate { .. }
            | Effect::Drip { .. }
            | Effect::LetThrough { .. } => None,
        }
    }

    /// Whether it strikes requests that go to their service.
    pub(super) fn strikes_at_service(&self) -> bool {
        match self.new.effect {
            Effect::Latency { .. }
            | Effect::Error { .. }
            | Effect::Reset
            | Effect::Truncate { .. }
            | Effect::Drip { .. } => true,
            Effect::Refuse { .. } | Effect::LetThrough { .. } => false,
        }
    }

    /// Whether it lets a request pass all of these limits.
    pub(super) fn lets(&self, target: &Target<'_>, stopping: &[Stopping<'_>], now_us: i64) -> bool {
        let Effect::LetThrough { past } = &self.new.effect else {
            return false;
        };
        let is_past = |limit: &Stopping<'_>| {
            past.iter().any(|place| {
                let LimitPlace {
                    name,
                    owner,
                    partition,
                } = place;
                let whosever = partition
                    .as_deref()
                    .is_none_or(|one| one == limit.partition);
                name == limit.name && owner == limit.owner && whosever
            })
        };
        self.concerns(target, now_us) && stopping.iter().all(is_past)
    }

    /// Strikes a request, unless it is one that is left alone. The share is kept exactly: of any hundred
    /// requests in a row as many as were asked for. So is how many it strikes, however many come at the
    /// same time.
    pub(super) fn strike(&self) -> Option<Strike> {
        let number = self.seen.fetch_add(1, Ordering::Relaxed);
        let share = u64::from(self.new.share_percent);
        let up_to = |number: u64| number * share / 100;
        if up_to(number + 1) == up_to(number) {
            return None;
        }
        let most = self.new.times.map_or(u64::MAX, u64::from);
        let one_more = |struck: u64| (struck < most).then_some(struck + 1);
        let (set, read) = (Ordering::Relaxed, Ordering::Relaxed);
        let struck = self.struck.fetch_update(set, read, one_more).ok()?;
        let effect = match self.new.effect {
            Effect::Latency { ms, spread_ms } => Effect::Latency {
                ms: ms.saturating_add(spread(struck, spread_ms)),
                spread_ms: 0,
            },
            ref other => other.clone(),
        };
        Some(Strike {
            effect,
            share_percent: self.new.share_percent,
            times: self.new.times,
        })
    }

    /// How it is now.
    pub(super) fn shown(&self) -> Fault {
        Fault {
            id: self.id,
            effect: self.new.effect.clone(),
            route: self.new.route.clone(),
            version: self.new.version.clone(),
            key: self.new.key,
            share_percent: self.new.share_percent,
            times: self.new.times,
            began_at_us: self.began_at_us,
            ends_at_us: self.ends_at_us,
            seen: self.seen.load(Ordering::Relaxed),
            struck: self.struck.load(Ordering::Relaxed),
        }
    }
}

/// The `n`th of numbers that are spread evenly from 0 to `most`, in no order: multiples of the golden
/// ratio leave no gaps, however few are taken.
fn spread(n: u64, most: u32) -> u32 {
    let part = (n + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
    let scaled = (part * (u64::from(most) + 1)) >> 32;
    u32::try_from(scaled).unwrap_or(most)
}
