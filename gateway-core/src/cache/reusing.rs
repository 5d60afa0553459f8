//! May an answer that is kept be given? (RFC 9111, section 4)

use super::control::Directives;
use super::entry::Stored;
use super::policy::Policy;

/// Whether an answer that is kept is given; the reason is one sentence without a full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reuse {
    /// It is fresh.
    Fresh(String),
    /// It is stale, and the caller takes it all the same.
    Stale(String),
    /// It is stale, is given, and is fetched anew in the background.
    WhileRevalidating(String),
    /// The service has to be asked first.
    Validate {
        /// Why.
        why: String,
        /// Whether it is the caller who wants that, though the answer would do.
        by_caller: bool,
    },
}

/// Decides whether `stored` is given.
pub fn reuse(stored: &Stored, request: &Directives, policy: &Policy, now_ns: u64) -> Reuse {
    let freshness = &stored.freshness;
    let age_s = stored.age_s(now_ns);
    let lifetime_s = freshness.lifetime_s;
    let by = freshness.from.words();
    let nothing = Directives::default();
    let request = match policy.obey_callers {
        true => request,
        false => &nothing,
    };
    let validate = |why: String, by_caller| Reuse::Validate { why, by_caller };
    if freshness.always_validate {
        return validate(
            "`no-cache`: the service is asked each time".to_owned(),
            false,
        );
    }
    if request.has("no-cache") {
        return validate("the request says `no-cache`".to_owned(), true);
    }
    let too_old = request.seconds("max-age").filter(|most| age_s > *most);
    let is_fresh = lifetime_s > age_s;
    if let Some(most) = too_old.filter(|_| is_fresh) {
        let why = format!("it is {age_s} s old, and the request says `max-age={most}`");
        return validate(why, true);
    }
    let left_s = lifetime_s.saturating_sub(age_s);
    if let Some(least) = request.seconds("min-fresh").filter(|least| left_s < *least) {
        let why = format!("it is fresh for {left_s} s, and the request says `min-fresh={least}`");
        return validate(why, is_fresh);
    }
    if is_fresh {
        return Reuse::Fresh(format!("fresh: {age_s} s of {lifetime_s} s by {by}"));
    }
    let over_s = age_s - lifetime_s;
    let stale = match lifetime_s {
        0 => format!("stale: {by}"),
        _ => format!("stale: {age_s} s old, fresh for {lifetime_s} s by {by}"),
    };
    if !freshness.may_be_stale() {
        return validate(format!("{stale}, and it must be revalidated"), false);
    }
    if too_old.is_none() && request.has("max-stale") {
        let takes = request.is_bare("max-stale")
            || request
                .seconds("max-stale")
                .is_some_and(|most| over_s <= most);
        if takes {
            return Reuse::Stale(format!("{stale}; the request takes that (`max-stale`)"));
        }
    }
    if over_s < freshness.stale_while_revalidate_s && !request.has("max-age") {
        let most = freshness.stale_while_revalidate_s;
        return Reuse::WhileRevalidating(format!("{stale}; `stale-while-revalidate={most}`"));
    }
    validate(stale, false)
}

/// Whether `stored` is given where the service failed.
pub fn may_stand_in(stored: &Stored, request: &Directives, now_ns: u64) -> bool {
    let freshness = &stored.freshness;
    let over_s = stored.age_s(now_ns).saturating_sub(freshness.lifetime_s);
    let most = request
        .seconds("stale-if-error")
        .unwrap_or(freshness.stale_if_error_s);
    freshness.may_be_stale() && over_s < most
}
