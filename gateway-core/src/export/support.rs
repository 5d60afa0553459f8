//! How a product stands to what a configuration uses, and what several products have in common there.

use crate::config::Sticky;

/// How a product stands to a [`Feature`](super::feature::Feature). Notes are one sentence without a full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Support {
    /// It has just that.
    Exact,
    /// It has something like it.
    Approximated(String),
    /// It has nothing for it.
    NotExpressible(String),
    /// It has it in a paid edition or in a module that is not built in.
    NeedsPaid(String),
    /// A value has to be filled in.
    FillIn(String),
    /// It is about this gateway alone.
    LeftOut(String),
}

impl Support {
    pub(super) fn about(note: impl Into<String>) -> Self {
        Self::Approximated(note.into())
    }

    pub(super) fn none(note: impl Into<String>) -> Self {
        Self::NotExpressible(note.into())
    }

    pub(super) fn paid(note: impl Into<String>) -> Self {
        Self::NeedsPaid(note.into())
    }

    pub(super) fn left_out(note: impl Into<String>) -> Self {
        Self::LeftOut(note.into())
    }

    /// What no product is to have.
    pub(super) fn here_alone() -> Self {
        Self::left_out("it is about this gateway alone")
    }

    /// Of `ManagedProcess`, where no programs are started.
    pub(super) fn no_programs() -> Self {
        let note = "it starts no programs: run the service's program at the target's address by other \
                    means, such as a systemd unit";
        Self::FillIn(note.to_owned())
    }

    /// Of `Cache`, where none is written because of `why`.
    pub(super) fn no_cache(why: &str) -> Self {
        Self::none(format!("{why}: every request goes to the service"))
    }

    /// Of `Cache` on a route whose answers are made of several, where none can be.
    pub(super) fn nothing_to_keep() -> Self {
        Self::none("an answer cannot be made of several, so there is none to keep")
    }

    /// Of `Mock`.
    pub(super) fn mock_stays() -> Self {
        Self::left_out("the service answers there, not the mock")
    }

    /// Of `OnlyMock`.
    pub(super) fn nobody_but_a_mock() -> Self {
        Self::none("mocks stay here, and there is no service to ask")
    }

    /// Of `ShadowLimit`.
    pub(super) fn refuses_nothing() -> Self {
        Self::left_out("a limit that refuses nothing is not written")
    }

    /// Of `CacheBudget`.
    pub(super) fn no_cache_budget() -> Self {
        Self::left_out("no cache is written")
    }

    /// Of `Aggregate`.
    pub(super) fn one_service_each() -> Self {
        Self::none("an answer cannot be made of several")
    }

    /// Of `Breaker`.
    pub(super) fn no_breaker() -> Self {
        Self::none("a failing service is called all the same")
    }

    /// Of `MixedTargets`, where all targets of a service have one scheme and path.
    pub(super) fn targets_alike() -> Self {
        Self::none("targets of one service differ in scheme or in the path of their URL")
    }

    /// Of `OtherWaysToo`, where API keys are the only way.
    pub(super) fn keys_alone() -> Self {
        Self::none("callers without an API key are refused, whatever else they show")
    }

    /// Of `Hold`.
    pub(super) fn no_waiting() -> Self {
        Self::none("requests do not wait for a target that is being restarted")
    }

    /// Of `ConsistentHash`.
    pub(super) fn another_hash() -> Self {
        Self::about("another hash: the same caller stays at one target, perhaps at another one")
    }

    /// Of `QueryMatches`.
    pub(super) fn undecoded_query() -> Self {
        Self::about("the expression is held against undecoded text")
    }

    /// Of `RewriteByRegex`.
    pub(super) fn encoded_refused() -> Self {
        Self::about("a path with percent-encoding in it is answered 400")
    }

    /// Of `Quota`.
    pub(super) fn no_calendar() -> Self {
        Self::none("nothing is counted by calendar periods")
    }

    /// Of `VersionByAccept`.
    pub(super) fn unweighed() -> Self {
        Self::about("preferences (`q=`) are not weighed: the first version named counts")
    }

    /// Of `StickyCookie`.
    pub(super) fn another_cookie() -> Self {
        Self::about("the cookie names the target in another way")
    }

    /// Of `Panic`.
    pub(super) fn all_left_out() -> Self {
        Self::about("all targets that are down are left out, however few are up")
    }

    /// Of `Jwt`.
    pub(super) fn no_tokens_yet() -> Self {
        Self::none("tokens are not carried over yet")
    }

    /// Of `FirstByteTimeout`, where one time holds for every read.
    pub(super) fn between_reads(ms: u32) -> Self {
        Self::about(format!(
            "between any two reads, and so also within an answer: {ms} ms"
        ))
    }

    /// Of `IdleTimeout`, where the time for the first byte is that for pauses.
    pub(super) fn one_pause(ms: u32) -> Self {
        Self::about(format!(
            "one time for the first byte and for pauses: the longer one, and {ms} ms at least"
        ))
    }

    /// Of `TotalTimeout`.
    pub(super) fn no_total(ms: u32) -> Self {
        Self::none(format!(
            "an answer may take longer than {ms} ms in all if it never pauses"
        ))
    }

    /// Of `Retries`.
    pub(super) fn retries(attempts: u8) -> Self {
        Self::about(format!(
            "tried again {attempts} times at most, without a budget"
        ))
    }

    /// Of `Split`, where shares are drawn.
    pub(super) fn by_chance(sticky: Sticky) -> Self {
        Self::about(match sticky {
            Sticky::None => "by chance, not in turn: shares are even in the long run",
            Sticky::Key | Sticky::Consumer | Sticky::Ip => {
                "another hash: the same caller stays with one version, perhaps with another one"
            }
            Sticky::Cookie => "by chance, and services see the cookie too",
        })
    }
}
