//! How long an answer is fresh, and how old it is (RFC 9111, section 4.2).

use http::header::{AGE, DATE, EXPIRES, LAST_MODIFIED};
use http::{HeaderMap, StatusCode};

use super::control::Directives;
use super::date;
use super::policy::Policy;
use crate::clock::Now;

/// Longest freshness that nobody stated, in seconds.
const LONGEST_HEURISTIC_S: u64 = 24 * 60 * 60;
/// Statuses that may be kept without a word about it (RFC 9110, section 15.1), but for 206, of which
/// no part is kept, and 501: what failed is kept only where that is asked for.
const HEURISTIC: [u16; 10] = [200, 203, 204, 300, 301, 308, 404, 405, 410, 414];

/// How long an answer is fresh, and what may become of it afterwards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// For how many seconds it is fresh.
    pub lifetime_s: u64,
    /// Who says so.
    pub from: Lifetime,
    /// It is never given again without the service's leave (`no-cache`).
    pub always_validate: bool,
    /// Once stale it is never given again without the service's leave.
    pub must_revalidate: bool,
    /// For how long after that it may be given while it is fetched anew.
    pub stale_while_revalidate_s: u64,
    /// For how long after that it may be given where the service fails.
    pub stale_if_error_s: u64,
}

/// Who says how long an answer is fresh.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    /// `s-maxage`.
    SMaxAge,
    /// `max-age`.
    MaxAge,
    /// `Expires` and `Date`.
    Expires,
    /// The route's `ttl_s`.
    Route,
    /// A tenth of the time since it was modified.
    Heuristic,
    /// Nobody.
    Unsaid,
}

impl Lifetime {
    /// In a few words.
    pub fn words(self) -> &'static str {
        match self {
            Self::SMaxAge => "`s-maxage`",
            Self::MaxAge => "`max-age`",
            Self::Expires => "`Expires`",
            Self::Route => "`cache.ttl_s` of the route",
            Self::Heuristic => "a tenth of the time since `Last-Modified`",
            Self::Unsaid => "nobody says for how long",
        }
    }

    /// Whether the answer itself says so.
    pub fn is_explicit(self) -> bool {
        matches!(self, Self::SMaxAge | Self::MaxAge | Self::Expires)
    }
}

impl Freshness {
    /// What an answer that came at `now` says of itself, and the route of it.
    pub fn of(status: StatusCode, headers: &HeaderMap, policy: &Policy, now: Now) -> Self {
        let said = Directives::of_answer(headers);
        let (lifetime_s, from) = lifetime(status, headers, &said, policy, now);
        let by_route = from == Lifetime::Route;
        let or_route = |name, route: Option<u64>| said.seconds(name).or(route).unwrap_or(0);
        Self {
            lifetime_s,
            from,
            always_validate: said.has_unqualified("no-cache") && !by_route,
            must_revalidate: (said.has("must-revalidate")
                || said.has("proxy-revalidate")
                || said.has("s-maxage"))
                && !by_route,
            stale_while_revalidate_s: or_route(
                "stale-while-revalidate",
                policy.stale_while_revalidate_s,
            ),
            stale_if_error_s: or_route("stale-if-error", policy.stale_if_error_s),
        }
    }

    /// Whether it may be given at all once it is stale.
    pub fn may_be_stale(&self) -> bool {
        !self.always_validate && !self.must_revalidate
    }
}

fn lifetime(
    status: StatusCode,
    headers: &HeaderMap,
    said: &Directives,
    policy: &Policy,
    now: Now,
) -> (u64, Lifetime) {
    let code = status.as_u16();
    let by_route = policy.ttl_s.filter(|_| {
        policy.statuses.contains(&code) || (policy.statuses.is_empty() && HEURISTIC.contains(&code))
    });
    if let Some(ttl_s) = by_route.filter(|_| policy.override_answer) {
        return (ttl_s, Lifetime::Route);
    }
    let now_s = now.epoch_us.div_euclid(1_000_000);
    let date_s = date::of(headers, DATE).unwrap_or(now_s);
    if let Some(seconds) = said.seconds("s-maxage") {
        return (seconds, Lifetime::SMaxAge);
    }
    if let Some(seconds) = said.seconds("max-age") {
        return (seconds, Lifetime::MaxAge);
    }
    if headers.contains_key(EXPIRES) {
        // One that cannot be read has passed (RFC 9111, section 5.3).
        let left = date::of(headers, EXPIRES).map_or(0, |expires| expires - date_s);
        return (u64::try_from(left).unwrap_or(0), Lifetime::Expires);
    }
    if let Some(ttl_s) = by_route
        && !said.has_unqualified("no-cache")
    {
        return (ttl_s, Lifetime::Route);
    }
    let may_guess = HEURISTIC.contains(&code) || said.has("public");
    let modified_s = date::of(headers, LAST_MODIFIED).filter(|_| policy.heuristic && may_guess);
    match modified_s {
        Some(modified_s) => {
            let since = u64::try_from(date_s - modified_s).unwrap_or(0);
            (
                since.div_euclid(10).min(LONGEST_HEURISTIC_S),
                Lifetime::Heuristic,
            )
        }
        None => (0, Lifetime::Unsaid),
    }
}

/// Whether an answer of this status may be kept though it does not say so.
pub fn may_be_kept_unasked(status: StatusCode) -> bool {
    HEURISTIC.contains(&status.as_u16())
}

/// How old an answer was when it came, in nanoseconds: what it says of that (`Age`), and how long ago
/// it was made by its `Date` (RFC 9111, section 4.2.3).
pub fn initial_age_ns(headers: &HeaderMap, asked_ns: u64, now: Now) -> u64 {
    let said_s = headers
        .get(AGE)
        .and_then(|age| first_number(age.to_str().ok()?));
    let delay_ns = now.monotonic_ns.saturating_sub(asked_ns);
    let corrected = said_s
        .unwrap_or(0)
        .saturating_mul(1_000_000_000)
        .saturating_add(delay_ns);
    let now_s = now.epoch_us.div_euclid(1_000_000);
    let apparent_s = date::of(headers, DATE).map_or(0, |date| now_s.saturating_sub(date));
    // Dates have whole seconds, so one is taken off: an answer is not older than it is.
    let apparent_s = u64::try_from(apparent_s - 1).unwrap_or(0);
    corrected.max(apparent_s.saturating_mul(1_000_000_000))
}

/// The first of several; anything but a number is ignored (RFC 9111, section 5.1).
fn first_number(text: &str) -> Option<u64> {
    let first = text.split(',').next()?;
    // A parameter does not take the number away: better too old than too fresh.
    let first = first.split(';').next()?.trim();
    let digits = !first.is_empty() && first.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| first.parse().unwrap_or(u64::MAX))
}
