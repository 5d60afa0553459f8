//! How answers that NGINX keeps differ from those that are kept here: of which series, at which of its
//! requests, and in nothing but whose request they were made for.

use super::super::{Case, Known};
use crate::config::CacheAudience;
use crate::export::gate::Callers;
use crate::prove::ask::keeping::{ANSWER_WITH, STEP};
use crate::prove::compare::Answer;

const ID: &str = "kept-answers";

pub(in super::super) const KEPT: &[Known] = &[
    // An answer to a request with a cookie has to say that it is for all; here it has to say that it
    // may be kept.
    Known {
        id: ID,
        is: |case| {
            let for_all = case.says("public") || case.says("s-maxage");
            case.asked.is_about(&["cookies"])
                && !for_all
                && !case.is_callers_own()
                && case.asks_anew(&["cookie"])
        },
    },
    // What it would give though it is stale must not be an answer that forbids that.
    Known {
        id: ID,
        is: |case| {
            let series = ["authorization", "cookies", "everyone", "keys"];
            case.asked.is_about(&series)
                && case.says("must-revalidate")
                && case.may_be_stale()
                && case.asks_anew(&["authorization", "cookie", "x-api-key"])
        },
    },
    Known {
        id: ID,
        is: |case| {
            let others = case.asked.step() == Some("2");
            let of_caller = if others { case.of_caller() } else { Vec::new() };
            case.asked.is_about(&["vary of the gateway"])
                && case.varies_by_what_is_set()
                && case.asks_anew(&of_caller)
        },
    },
    // Before 1.23 the last line of `Vary` counts: what the first tells apart is not.
    Known {
        id: ID,
        is: |case| {
            case.asked.is_about(&["vary lines"])
                && case.asked.step() == Some("2")
                && case.made_for("2", "1")
                && case.is_otherwise_alike(&["accept-language"])
        },
    },
    // The first asks for what is kept alone, and is answered by the service there.
    Known {
        id: ID,
        is: |case| {
            let first = case.here.status == 504 && made_for(case.there) == Some("1");
            let then = case.made_for("2", "1") && case.is_otherwise_alike(&["cache-control"]);
            case.asked.is_about(&["callers ask"]) && (first || then)
        },
    },
    // The third is a POST, which throws away here what is kept.
    Known {
        id: ID,
        is: |case| {
            case.asked.is_about(&["method"])
                && case.made_for("4", "1")
                && case.is_otherwise_alike(&[])
        },
    },
    Known {
        id: ID,
        is: |case| {
            let mut headers = case.asked.headers.iter();
            case.asked.is_about(&["conditions"])
                && headers.any(|(name, _)| name == "If-Match")
                && (case.here.status, case.there.status) == (200, 412)
        },
    },
];

/// Which request of its series an answer was made for.
fn made_for(answer: &Answer) -> Option<&str> {
    answer.seen.as_ref()?.first(STEP)
}

impl Case<'_> {
    /// Whether these are the requests of the series that the answers were made for.
    fn made_for(&self, here: &str, there: &str) -> bool {
        made_for(self.here) == Some(here) && made_for(self.there) == Some(there)
    }

    /// Whether the answers are alike but for whose request they were made for, and for what these
    /// requests say in headers of these names.
    fn is_otherwise_alike(&self, names: &[&str]) -> bool {
        self.here
            .alike_without(self.there, &[names, &[STEP]].concat())
    }

    /// Whether the service is asked there, and answers as it did to the earlier request whose answer is
    /// given again here, but for headers of these names.
    fn asks_anew(&self, names: &[&str]) -> bool {
        let step = self.asked.step();
        let is_kept = made_for(self.here).is_some_and(|of| step.is_some_and(|step| of < step));
        is_kept && made_for(self.there) == step && self.is_otherwise_alike(names)
    }

    /// Whether the service says this of how its answer may be kept.
    fn says(&self, directive: &str) -> bool {
        let mut headers = self.asked.headers.iter();
        headers.any(|(name, line)| name == ANSWER_WITH && line.contains(directive))
    }

    fn is_shared(&self) -> bool {
        let cache = self.route.config.cache.as_ref();
        cache.is_some_and(|cache| cache.audience == CacheAudience::Shared)
    }

    /// Whether what is kept of this caller's answers is for nobody else anyway.
    fn is_callers_own(&self) -> bool {
        let seen = self.there.seen.as_ref();
        !self.is_shared() && seen.is_some_and(|seen| seen.has("x-consumer-id"))
    }

    /// Whether the route gives stale answers.
    fn may_be_stale(&self) -> bool {
        let cache = self.route.config.cache.as_ref();
        cache.is_some_and(|cache| {
            let stale = [cache.stale_while_revalidate_s, cache.stale_if_error_s];
            stale.into_iter().flatten().any(|seconds| seconds > 0)
        })
    }

    /// Headers in which requests of two callers differ.
    fn of_caller(&self) -> Vec<&str> {
        let set = &self.route.config.request_headers.set;
        let set = set.iter().filter(|one| one.value.contains("${consumer}"));
        let mut names: Vec<_> = set.map(|one| one.name.as_str()).collect();
        names.extend([
            "x-api-key",
            "x-consumer-groups",
            "x-consumer-id",
            "x-consumer-scopes",
        ]);
        names
    }

    /// Whether answers vary by a header that the gateway sets, and that the key of what is kept says
    /// nothing of.
    fn varies_by_what_is_set(&self) -> bool {
        let set = &self.route.config.request_headers.set;
        let with = self
            .asked
            .headers
            .iter()
            .filter(|(name, _)| name == ANSWER_WITH);
        let mut names = with.filter_map(|(_, line)| line.strip_prefix("Vary: "));
        names.any(|name| match name {
            "X-Forwarded-For" => true,
            "X-Consumer-Id" => self.is_shared(),
            "Authorization" => self.is_shared() && self.route.callers != Callers::Anyone,
            other => set.iter().any(|one| one.name.eq_ignore_ascii_case(other)),
        })
    }
}
