//! Is an answer kept that is made of several? Only where each of them may be, for as long as the first of
//! them is fresh, and for requests that have the same in whatever any of them differs by.

use std::sync::Arc;

use http::{HeaderMap, HeaderName, StatusCode};

use super::control::Directives;
use super::entry::Head;
use super::freshness::{Freshness, Lifetime};
use super::key::Key;
use super::policy::Policy;
use super::storing::{Asked, Verdict, may_be_kept};
use super::vary::Selecting;
use crate::clock::Now;

/// What several answers say of the one that is made of them, as far as they have come. In which order they
/// come makes no difference.
pub struct Together {
    /// Under which key it would be kept.
    key: Arc<Key>,
    /// The request's fields as services get them, but for those that each part sets itself.
    headers: HeaderMap,
    directives: Directives,
    policy: Arc<Policy>,
    /// The first of the parts that keeps it from being kept, by its place, and why.
    refused: Option<(usize, String)>,
    terms: Option<Terms>,
}

/// The answer for a part.
pub struct PartAnswer<'a> {
    /// The place of the part among all.
    pub index: usize,
    /// Its name.
    pub name: &'a str,
    /// The headers that its request has whatever the caller sent, or does not have at all. What they
    /// are follows from the key and from what other parts say.
    pub own: &'a dyn Fn(&HeaderName) -> bool,
    /// Status.
    pub status: StatusCode,
    /// Its fields as they came.
    pub headers: &'a HeaderMap,
    /// When it was asked for, on the clock's monotonic scale.
    pub asked_ns: u64,
    /// When it came.
    pub came: Now,
}

/// The strictest of what was said.
struct Terms {
    /// Until when all are fresh, on the clock's monotonic scale.
    until_ns: u64,
    /// The place and the name of the part that is stale first, and who says so.
    first: (usize, String, Lifetime),
    must_revalidate: bool,
    stale_if_error_s: u64,
    selecting: Selecting,
    tags: Vec<Box<str>>,
}

impl Together {
    /// Nothing was said yet about an answer to this request.
    pub fn new(
        key: Arc<Key>,
        headers: HeaderMap,
        directives: Directives,
        policy: Arc<Policy>,
    ) -> Self {
        Self {
            key,
            headers,
            directives,
            policy,
            refused: None,
            terms: None,
        }
    }

    /// The answer for a part has come. Of a part that is asked for each entry of a list there are several.
    pub fn hear(&mut self, answer: &PartAnswer<'_>) {
        let mut headers = self.headers.clone();
        for name in self.headers.keys().filter(|name| (answer.own)(name)) {
            headers.remove(name);
        }
        let asked = Asked {
            key: &self.key,
            headers: &headers,
            directives: &self.directives,
            at_ns: answer.asked_ns,
        };
        let PartAnswer { status, came, .. } = *answer;
        let verdict = may_be_kept(&asked, status, answer.headers, &self.policy, came);
        match verdict.and_then(|(head, _)| terms(head, answer)) {
            Ok(terms) => {
                self.terms = Some(match self.terms.take() {
                    None => terms,
                    Some(before) => before.and(terms),
                });
            }
            Err(why) => {
                let before = self.refused.as_ref().map(|(index, _)| *index);
                if before.is_none_or(|before| answer.index < before) {
                    let why = format!("part `{}`: {why}", answer.name);
                    self.refused = Some((answer.index, why));
                }
            }
        }
    }

    /// Whether the answer that was made of all, with these fields, is kept from `now` on.
    pub fn verdict(self, status: StatusCode, headers: &HeaderMap, now: Now) -> Verdict {
        if let Some((_, why)) = self.refused {
            return Err(why);
        }
        let Some(terms) = self.terms else {
            return Err("no service was asked".to_owned());
        };
        let (_, part, from) = terms.first;
        let left_s = terms.until_ns.saturating_sub(now.monotonic_ns) / 1_000_000_000;
        if left_s == 0 {
            return Err(format!("part `{part}`: it is stale by now"));
        }
        let why = format!("fresh for {left_s} s by {} (part `{part}`)", from.words());
        let head = Head {
            status,
            headers: headers.clone(),
            selecting: terms.selecting,
            freshness: Freshness {
                lifetime_s: left_s,
                from,
                always_validate: false,
                must_revalidate: terms.must_revalidate,
                // Nobody makes it anew in the background.
                stale_while_revalidate_s: 0,
                stale_if_error_s: terms.stale_if_error_s,
            },
            initial_age_ns: 0,
            tags: terms.tags,
            came: now,
        };
        Ok((head, why))
    }
}

/// What an answer says that may be kept by itself: it has to be good without asking its service, since
/// nobody can ask for all of them whether they are still good.
fn terms(head: Head, answer: &PartAnswer<'_>) -> Result<Terms, String> {
    let Freshness {
        lifetime_s,
        from,
        always_validate,
        must_revalidate,
        stale_while_revalidate_s: _,
        stale_if_error_s,
    } = head.freshness;
    if always_validate {
        return Err("it says `no-cache`: its service would have to be asked each time".to_owned());
    }
    if lifetime_s == 0 {
        return Err(match from {
            Lifetime::Unsaid => "nothing says for how long it is fresh".to_owned(),
            from => format!("it is fresh for 0 s by {}", from.words()),
        });
    }
    let lifetime_ns = lifetime_s.saturating_mul(1_000_000_000);
    let left_ns = lifetime_ns.saturating_sub(head.initial_age_ns);
    if left_ns == 0 {
        let age_s = head.initial_age_ns / 1_000_000_000;
        let by = from.words();
        return Err(format!(
            "it was {age_s} s old when it came, and is fresh for {lifetime_s} s by {by}"
        ));
    }
    let mut selecting = head.selecting;
    selecting.retain(|(name, _)| !(answer.own)(name));
    Ok(Terms {
        until_ns: answer.came.monotonic_ns.saturating_add(left_ns),
        first: (answer.index, answer.name.to_owned(), from),
        must_revalidate,
        stale_if_error_s,
        selecting,
        tags: head.tags,
    })
}

impl Terms {
    /// The stricter of both.
    fn and(self, other: Self) -> Self {
        let is_first = |one: &Self| (one.until_ns, one.first.0);
        let (strict, other) = match is_first(&self) <= is_first(&other) {
            true => (self, other),
            false => (other, self),
        };
        let mut selecting = strict.selecting;
        selecting.extend(other.selecting);
        selecting.sort_unstable_by(|(one, _), (other, _)| one.as_str().cmp(other.as_str()));
        selecting.dedup();
        let mut tags = strict.tags;
        tags.extend(other.tags);
        tags.sort_unstable();
        tags.dedup();
        Self {
            until_ns: strict.until_ns,
            first: strict.first,
            must_revalidate: strict.must_revalidate || other.must_revalidate,
            stale_if_error_s: strict.stale_if_error_s.min(other.stale_if_error_s),
            selecting,
            tags,
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;
    use crate::cache::key::Whose;

    const SECOND_NS: u64 = 1_000_000_000;

    fn at(seconds: u64) -> Now {
        Now {
            monotonic_ns: seconds * SECOND_NS,
            epoch_us: 1_000_000 * i64::try_from(seconds).unwrap(),
        }
    }

    fn fields(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    /// What becomes of an answer that is made at second 10, of parts that came at these seconds.
    fn verdict(
        policy: Policy,
        request: &HeaderMap,
        parts: &[(u64, &[(&'static str, &'static str)])],
    ) -> Result<(u64, String, Vec<String>), String> {
        let key = Key {
            route: "dash".into(),
            generation: 0,
            version: None,
            whose: Whose::Everyone,
            https: false,
            host: "a".into(),
            path: "/".into(),
            query: "".into(),
            whole_query: true,
            headers: Vec::new(),
        };
        let (directives, policy) = (Directives::default(), Arc::new(policy));
        let mut together = Together::new(Arc::new(key), request.clone(), directives, policy);
        for (index, (came, lines)) in parts.iter().enumerate() {
            together.hear(&PartAnswer {
                index,
                name: ["a", "b", "c"][index],
                own: &|name| name == "accept-encoding",
                status: StatusCode::OK,
                headers: &fields(lines),
                asked_ns: at(*came).monotonic_ns,
                came: at(*came),
            });
        }
        let verdict = together.verdict(StatusCode::OK, &HeaderMap::new(), at(10));
        verdict.map(|(head, why)| {
            let names = head.selecting.iter().map(|(name, _)| name.to_string());
            (head.freshness.lifetime_s, why, names.collect())
        })
    }

    /// CA-1
    #[test]
    fn the_strictest_part_decides_and_time_that_has_passed_counts() {
        let nothing = HeaderMap::new();
        let kept = verdict(
            Policy::for_tests(),
            &nothing,
            &[
                (0, &[("cache-control", "max-age=60"), ("age", "10")]),
                (9, &[("cache-control", "max-age=45"), ("age", "3")]),
                (10, &[("cache-control", "s-maxage=50")]),
            ],
        );
        let (left_s, why, _) = kept.unwrap();
        // Of the first are left 60 - 10 - 10, of the second 45 - 3 - 1.
        assert_eq!(left_s, 40);
        assert_eq!(why, "fresh for 40 s by `max-age` (part `a`)");
    }

    /// CA-1
    #[test]
    fn one_part_that_may_not_be_kept_is_enough_and_the_first_of_them_is_named() {
        let good: &[_] = &[("cache-control", "max-age=60")];
        let nothing = HeaderMap::new();
        for (bad, expected) in [
            (
                ("cache-control", "no-store"),
                "part `a`: it says `no-store`",
            ),
            (
                ("cache-control", "private, max-age=9"),
                "part `a`: it says `private`",
            ),
            (
                ("cache-control", "no-cache, max-age=9"),
                "part `a`: it may not be used",
            ),
            (
                ("cache-control", "max-age=0"),
                "part `a`: it may not be used",
            ),
            (("vary", "*"), "part `a`: its `Vary`"),
            (("set-cookie", "a=b"), "part `a`: it sets a cookie"),
            (("x", "y"), "part `a`: nothing says for how long"),
            (
                ("etag", "\"a\""),
                "part `a`: nothing says for how long it is fresh",
            ),
        ] {
            let refused = verdict(
                Policy::for_tests(),
                &nothing,
                &[
                    (0, &[bad]),
                    (0, good),
                    (0, &[("cache-control", "no-store")]),
                ],
            );
            let why = refused.unwrap_err();
            assert!(why.starts_with(expected), "{bad:?}: {why}");
        }
        let old: &[_] = &[("cache-control", "max-age=60"), ("age", "60")];
        let why = verdict(Policy::for_tests(), &nothing, &[(0, good), (0, old)]).unwrap_err();
        assert_eq!(
            why,
            "part `b`: it was 60 s old when it came, and is fresh for 60 s by `max-age`"
        );
        let short: &[_] = &[("cache-control", "max-age=10")];
        let why = verdict(Policy::for_tests(), &nothing, &[(0, good), (0, short)]).unwrap_err();
        assert_eq!(why, "part `b`: it is stale by now");
    }

    #[test]
    fn what_the_route_says_counts_for_parts_that_say_nothing_or_for_all() {
        let nothing = HeaderMap::new();
        let policy = |ttl_s, override_answer| Policy {
            ttl_s: Some(ttl_s),
            override_answer,
            ..Policy::for_tests()
        };
        let parts: &[(u64, &[_])] = &[(10, &[("cache-control", "max-age=60")]), (10, &[])];
        let (left_s, why, _) = verdict(policy(30, false), &nothing, parts).unwrap();
        assert_eq!(left_s, 30);
        assert_eq!(
            why,
            "fresh for 30 s by `cache.ttl_s` of the route (part `b`)"
        );
        let (left_s, ..) = verdict(policy(300, false), &nothing, parts).unwrap();
        assert_eq!(left_s, 60);
        let (left_s, ..) = verdict(policy(300, true), &nothing, parts).unwrap();
        assert_eq!(left_s, 300);
    }

    #[test]
    fn it_varies_by_all_that_a_part_varies_by_but_for_what_parts_set_themselves() {
        let request = fields(&[
            ("accept-encoding", "br"),
            ("x-tenant", "7"),
            ("x-lang", "de"),
        ]);
        let parts: &[(u64, &[_])] = &[
            (
                10,
                &[
                    ("cache-control", "max-age=60"),
                    ("vary", "accept-encoding, x-tenant"),
                ],
            ),
            (
                10,
                &[
                    ("cache-control", "max-age=60"),
                    ("vary", "x-lang, x-tenant"),
                ],
            ),
        ];
        let (_, _, names) = verdict(Policy::for_tests(), &request, parts).unwrap();
        assert_eq!(names, ["x-lang", "x-tenant"]);
    }
}
