//! Is an answer kept? (RFC 9111, section 3)

use http::header::{AUTHORIZATION, COOKIE, SET_COOKIE};
use http::{HeaderMap, StatusCode};

use super::control::Directives;
use super::entry::Head;
use super::freshness::{Freshness, Lifetime, initial_age_ns, may_be_kept_unasked};
use super::key::{Key, Whose};
use super::policy::Policy;
use super::vary::{Vary, selecting, tags, vary};
use crate::clock::Now;

/// A request whose answer may be kept.
pub struct Asked<'a> {
    /// Under which key.
    pub key: &'a Key,
    /// Its fields as the service gets them.
    pub headers: &'a HeaderMap,
    /// Its directives.
    pub directives: &'a Directives,
    /// When it was sent on, on the clock's monotonic scale.
    pub at_ns: u64,
}

/// Whether an answer is kept: its head, and the reason in one sentence without a full stop.
pub type Verdict = Result<(Head, String), String>;

/// Decides whether the answer to a GET is kept.
pub fn may_be_kept(
    asked: &Asked<'_>,
    status: StatusCode,
    headers: &HeaderMap,
    policy: &Policy,
    now: Now,
) -> Verdict {
    let code = status.as_u16();
    let said = Directives::of_answer(headers);
    if code == 206 || code == 304 || status.is_informational() {
        return Err(format!("a {code} is no whole answer"));
    }
    if !policy.statuses.is_empty() && !policy.statuses.contains(&code) {
        return Err(format!(
            "status {code} is not among `cache.statuses` of the route"
        ));
    }
    if policy.obey_callers && asked.directives.has("no-store") {
        return Err("the request says `no-store` (RFC 9111, 5.2.1.5)".to_owned());
    }
    if said.has("must-understand") {
        if !is_understood(status) {
            let why = "`must-understand`, and its status is not known here (RFC 9111, 5.2.2.3)";
            return Err(why.to_owned());
        }
    } else if said.has("no-store") {
        return Err("it says `no-store` (RFC 9111, 5.2.2.5)".to_owned());
    }
    if said.has_unqualified("private") {
        return Err("it says `private`, and this cache is shared (RFC 9111, 5.2.2.7)".to_owned());
    }
    let Vary::On(names) = vary(headers) else {
        return Err("its `Vary` does for no other request (RFC 9111, 4.1)".to_owned());
    };
    let strips_cookie = || {
        let mut fields = said.fields("no-cache").chain(said.fields("private"));
        fields.any(|field| field == SET_COOKIE)
    };
    if headers.contains_key(SET_COOKIE) && !policy.store_set_cookie && !strips_cookie() {
        return Err("it sets a cookie (`cache.store_set_cookie` of the route)".to_owned());
    }
    let is_everyones = asked.key.whose == Whose::Everyone;
    let allowed = ["public", "s-maxage", "must-revalidate"];
    if is_everyones
        && asked.headers.contains_key(AUTHORIZATION)
        && !allowed.iter().any(|directive| said.has(directive))
    {
        let why = "the request has `Authorization`, and the answer is neither `public` nor says \
                   `s-maxage` or `must-revalidate` (RFC 9111, 3.5)";
        return Err(why.to_owned());
    }
    let freshness = Freshness::of(status, headers, policy, now);
    let tells_cookies_apart =
        names.contains(&COOKIE) || asked.key.headers.iter().any(|(name, _)| *name == COOKIE);
    if is_everyones
        && asked.headers.contains_key(COOKIE)
        && matches!(freshness.from, Lifetime::Route | Lifetime::Heuristic)
        && !said.has("public")
        && !tells_cookies_apart
    {
        let why =
            "the request has a cookie, and the answer does not say itself that it may be kept";
        return Err(why.to_owned());
    }
    let unasked = freshness.from == Lifetime::Unsaid;
    if unasked && !may_be_kept_unasked(status) && !said.has("public") {
        return Err(format!(
            "nothing says for how long a {code} is fresh (RFC 9111, 3)"
        ));
    }
    let has_validator = headers.contains_key(http::header::ETAG)
        || headers.contains_key(http::header::LAST_MODIFIED);
    let lives_on = freshness.may_be_stale()
        && freshness.from.is_explicit()
        && (freshness.stale_if_error_s > 0 || freshness.stale_while_revalidate_s > 0);
    if (freshness.lifetime_s == 0 || freshness.always_validate) && !has_validator && !lives_on {
        return Err(match freshness.from {
            Lifetime::Unsaid => {
                "nothing says for how long it is fresh, and it has no validator (RFC 9111, 4.2)"
            }
            _ => "it may not be used without asking, and it has no validator (RFC 9111, 4.3)",
        }
        .to_owned());
    }
    let why = match (freshness.always_validate, freshness.lifetime_s) {
        (true, _) => {
            "only to be used when the service says that it is still good (`no-cache`)".to_owned()
        }
        (false, 0) => "only to be used when the service says that it is still good".to_owned(),
        (false, seconds) => format!("fresh for {seconds} s by {}", freshness.from.words()),
    };
    let head = Head {
        status,
        headers: headers.clone(),
        selecting: selecting(&names, asked.headers),
        freshness,
        initial_age_ns: initial_age_ns(headers, asked.at_ns, now),
        tags: tags(headers),
        came: now,
    };
    Ok((head, why))
}

/// Whether a status is one whose rules for caches are followed here.
fn is_understood(status: StatusCode) -> bool {
    status.canonical_reason().is_some()
}
