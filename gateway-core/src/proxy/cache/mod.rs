//! Is there an answer that is kept and may be given again?
//!
//! Before a request is sent on, what is kept is looked through ([`Caching::look_up`]); what the service
//! answers then passes by here again ([`Caching::answered`]). What decides is in [`crate::cache`].

mod answered;
mod fill;
mod give;
mod invalidate;
mod keys;
mod status;

use std::sync::Arc;

use http::{HeaderMap, Method, Response};

use super::body::AnswerBody;
use super::error::{ErrorCode, ProxyError};
use super::permit::Permit;
use crate::aggregate::plan::Plan;
use crate::cache::conditional::{OF_SERVICE, ask_whether_good, is_conditional_or_partial};
use crate::cache::control::Directives;
use crate::cache::entry::Stored;
use crate::cache::flight::{Landing, Lead, Seat, landed};
use crate::cache::key::{Key, Place};
use crate::cache::reusing::{Reuse, reuse};
use crate::cache::together::Together;
use crate::cache::vary::selecting;
use crate::cache::{Cache, Expected, Policy};
use crate::clock::Clock;
use crate::record::decision::{CacheFact, CacheResult};

pub use fill::Filling;
pub(super) use invalidate::invalidate;

/// How long a request waits for what another one is getting.
const LONGEST_WAIT_NS: u64 = 10_000_000_000;
/// How often it does: the first answer of an address says what others differ by.
const MOST_WAITS: usize = 2;

/// What is wanted of services.
pub(super) struct Wanted<'a> {
    /// The request's fields as services get them.
    pub(super) headers: &'a HeaderMap,
    /// Its query, likewise.
    pub(super) query: Option<&'a str>,
    /// Where several services answer together: how.
    pub(super) parts: Option<&'a Plan>,
}

/// One request on a route whose answers are kept.
pub(super) struct Caching {
    cache: Arc<Cache>,
    clock: Clock,
    policy: Arc<Policy>,
    key: Arc<Key>,
    place: Arc<Place>,
    method: Method,
    /// The request's fields as the service is to get them, before any condition of ours.
    headers: HeaderMap,
    directives: Directives,
    /// Whether several services answer together. They are asked for all of it, whatever the caller asks for.
    is_together: bool,
    /// Why each request has to be sent on, if it has.
    is_no_question: Option<String>,
    /// What was found, for the trace.
    pub(super) fact: CacheFact,
    /// Why it is sent on (RFC 9211, section 2.2).
    forwarded_for: &'static str,
    /// Whether it was.
    was_sent: bool,
    /// Status of what the service answered.
    forward_status: Option<u16>,
    /// What is kept and not fresh, or not good enough for the caller.
    stale: Option<Arc<Stored>>,
    /// Whether the service is asked if `stale` is still good.
    validating: bool,
    /// Those who wait for what this one gets.
    lead: Option<Lead>,
    expected: Option<Expected>,
    asked_ns: u64,
}

/// What came of looking.
pub(super) enum Looked {
    /// Something that is kept answers.
    Answer(Box<Response<AnswerBody>>),
    /// It answers though it is stale, and is to be fetched anew.
    AnswerAndRefresh(Box<Response<AnswerBody>>, Arc<Stored>),
    /// The service is asked.
    Ask,
}

/// Whether and why nothing is looked for.
enum Ready {
    Look,
    Not(&'static str, String),
}

impl Caching {
    /// What is needed to look; `None` on a route that keeps nothing.
    pub(super) fn on(
        cache: &Arc<Cache>,
        clock: &Clock,
        permit: &Permit<'_>,
        wanted: &Wanted<'_>,
    ) -> Option<Self> {
        let policy = permit.found.route.cache.clone()?;
        let head = permit.head;
        let key = keys::key(permit, wanted, &policy);
        let fact = CacheFact {
            result: CacheResult::Miss,
            reason: String::new(),
            whose: key.whose.words(),
            age_s: None,
            ttl_s: None,
            collapsed: false,
            stored: None,
            stored_reason: None,
            invalidated: 0,
        };
        Some(Self {
            cache: cache.clone(),
            clock: clock.clone(),
            key: Arc::new(key),
            place: Arc::new(keys::place(permit)),
            method: head.method.clone(),
            headers: wanted.headers.clone(),
            directives: match policy.obey_callers {
                true => Directives::of_request(&head.headers),
                false => Directives::default(),
            },
            is_together: wanted.parts.is_some(),
            is_no_question: wanted
                .parts
                .and_then(Plan::changing)
                .map(|part| format!("part `{}` is asked for with {}", part.name, part.method)),
            policy,
            fact,
            forwarded_for: "uri-miss",
            was_sent: false,
            forward_status: None,
            stale: None,
            validating: false,
            lead: None,
            expected: None,
            asked_ns: 0,
        })
    }

    /// Looks through what is kept. `has_body` says that something follows the request's head.
    ///
    /// # Errors
    /// The caller takes only what is kept, and nothing that is may be given.
    pub(super) async fn look_up(
        &mut self,
        permit: &Permit<'_>,
        has_body: bool,
    ) -> Result<Looked, ProxyError> {
        if let Ready::Not(forwarded_for, why) = self.ready(permit, has_body) {
            self.forwarded_for = forwarded_for;
            self.found(CacheResult::Bypass, why);
            return Ok(Looked::Ask);
        }
        let mut waits = 0;
        loop {
            let now_ns = self.clock.monotonic_ns();
            let (forwarded_for, why, by_caller) = match self.judge(now_ns) {
                Judged::Give(looked) => {
                    self.lead = None;
                    return Ok(looked);
                }
                Judged::Ask(forwarded_for, why, by_caller) => (forwarded_for, why, by_caller),
            };
            self.forwarded_for = forwarded_for;
            self.found(CacheResult::Miss, why);
            if self.directives.has("only-if-cached") {
                return Err(ProxyError::Request(
                    ErrorCode::NotCached,
                    format!("{}.", ErrorCode::NotCached.title().trim_end_matches('.')).into(),
                ));
            }
            if self.lead.is_some() || by_caller || !self.is_for_others(now_ns) {
                break;
            }
            match self
                .cache
                .flights
                .join((self.key.clone(), self.selecting()))
            {
                // Once more: the flight before may have landed since.
                Seat::Lead(lead) => self.lead = Some(lead),
                Seat::Wait(_) if waits == MOST_WAITS => break,
                Seat::Wait(flight) => {
                    waits += 1;
                    let late = self
                        .clock
                        .sleep_until(now_ns.saturating_add(LONGEST_WAIT_NS));
                    let landing = tokio::select! {
                        biased;
                        landing = landed(flight) => landing,
                        () = late => Landing::OfNoUse,
                    };
                    match landing {
                        Landing::OfNoUse => break,
                        Landing::Flying | Landing::Kept => self.fact.collapsed = true,
                    }
                }
            }
        }
        self.fact.collapsed = false;
        self.plan();
        Ok(Looked::Ask)
    }

    /// What would come of looking, where nothing is sent or changed.
    pub(super) fn would_look_up(
        &mut self,
        permit: &Permit<'_>,
        has_body: bool,
    ) -> Option<Response<AnswerBody>> {
        if let Ready::Not(forwarded_for, why) = self.ready(permit, has_body) {
            self.forwarded_for = forwarded_for;
            self.found(CacheResult::Bypass, why);
            return None;
        }
        match self.judge(self.clock.monotonic_ns()) {
            Judged::Give(Looked::Answer(response) | Looked::AnswerAndRefresh(response, _)) => {
                Some(*response)
            }
            Judged::Give(Looked::Ask) => None,
            Judged::Ask(forwarded_for, why, _) => {
                self.forwarded_for = forwarded_for;
                self.found(CacheResult::Miss, why);
                None
            }
        }
    }

    /// A copy that fetches `stale` anew, in nobody's name.
    pub(super) fn refreshing(&self, stale: Arc<Stored>) -> Self {
        let fact = CacheFact {
            result: CacheResult::Miss,
            ..self.fact.clone()
        };
        let mut copy = Self {
            cache: self.cache.clone(),
            clock: self.clock.clone(),
            policy: self.policy.clone(),
            key: self.key.clone(),
            place: self.place.clone(),
            method: Method::GET,
            headers: self.headers.clone(),
            directives: Directives::default(),
            is_together: self.is_together,
            is_no_question: self.is_no_question.clone(),
            fact,
            forwarded_for: "stale",
            was_sent: false,
            forward_status: None,
            validating: false,
            stale: Some(stale),
            lead: None,
            expected: None,
            asked_ns: 0,
        };
        copy.plan();
        copy
    }

    /// Several services are asked for what is to be known; given back is what hears what they say of it.
    pub(super) fn together(&mut self) -> Together {
        self.was_sent = true;
        let (headers, directives) = (self.headers.clone(), self.directives.clone());
        Together::new(self.key.clone(), headers, directives, self.policy.clone())
    }

    /// Makes the request ask what is to be known.
    pub(super) fn condition(&mut self, headers: &mut HeaderMap) {
        self.was_sent = true;
        self.asked_ns = self.clock.monotonic_ns();
        if let Some(stale) = self.stale.as_ref().filter(|_| self.validating) {
            ask_whether_good(headers, stale);
        }
    }

    /// Most bytes of an answer that is kept.
    pub(super) fn most_bytes(&self) -> u64 {
        self.policy.max_answer_bytes
    }

    /// Whether what the service answered is kept while it is read.
    pub(super) fn keeps_what_came(&self) -> bool {
        self.fact.result == CacheResult::Miss && self.fact.stored == Some(true)
    }

    /// Counts the request, and says what was found.
    pub(super) fn end(&self) -> CacheFact {
        self.policy.counters.count(self.fact.result);
        self.fact.clone()
    }

    fn ready(&self, permit: &Permit<'_>, has_body: bool) -> Ready {
        let head = permit.head;
        if !self.policy.methods.contains(&head.method) {
            let why = format!("{} is not answered from what is kept", head.method);
            return Ready::Not("method", why);
        }
        if permit.upgrade.is_some() {
            return Ready::Not("bypass", "the request asks for another protocol".to_owned());
        }
        if has_body {
            return Ready::Not("bypass", "the request has a body".to_owned());
        }
        if let Some(why) = &self.is_no_question {
            return Ready::Not("bypass", why.clone());
        }
        if let Some(rule) = self.policy.bypassed_by(&head.headers, head.uri.query()) {
            let why = format!("{} (`cache.bypass` of the route)", rule.sentence());
            return Ready::Not("bypass", why);
        }
        if self.directives.has("no-store") {
            return Ready::Not("request", "the request says `no-store`".to_owned());
        }
        if let Some(name) = OF_SERVICE
            .iter()
            .find(|name| head.headers.contains_key(*name))
        {
            let why = format!("only the service can decide about `{name}`");
            return Ready::Not("request", why);
        }
        Ready::Look
    }

    fn judge(&mut self, now_ns: u64) -> Judged {
        self.stale = None;
        let Some(resource) = self.cache.get(&self.key) else {
            let why = "nothing is kept for this address".to_owned();
            return Judged::Ask("uri-miss", why, false);
        };
        let Some(stored) = resource.select(&self.headers) else {
            let why = "what is kept is for other request headers (`Vary`)".to_owned();
            return Judged::Ask("vary-miss", why, false);
        };
        let stored = stored.clone();
        self.fact.age_s = Some(stored.age_s(now_ns));
        self.fact.ttl_s = Some(stored.ttl_s(now_ns));
        match reuse(&stored, &self.directives, &self.policy, now_ns) {
            Reuse::Fresh(why) => {
                self.found(CacheResult::Hit, why);
                Judged::Give(Looked::Answer(Box::new(self.give(&stored, now_ns))))
            }
            Reuse::Stale(why) => {
                self.found(CacheResult::Stale, why);
                Judged::Give(Looked::Answer(Box::new(self.give(&stored, now_ns))))
            }
            Reuse::WhileRevalidating(why) => {
                self.found(CacheResult::Stale, why);
                let response = Box::new(self.give(&stored, now_ns));
                Judged::Give(Looked::AnswerAndRefresh(response, stored))
            }
            Reuse::Validate { why, by_caller } => {
                let forwarded_for = if by_caller { "request" } else { "stale" };
                self.stale = Some(stored);
                Judged::Ask(forwarded_for, why, by_caller)
            }
        }
    }

    fn found(&mut self, result: CacheResult, reason: String) {
        self.fact.result = result;
        self.fact.reason = reason;
    }

    /// Whether what this request gets may do for others.
    fn is_for_others(&self, now_ns: u64) -> bool {
        self.gets_whole_answer() && self.cache.may_be_of_use(&self.key, now_ns)
    }

    /// Whether the service is asked for the whole answer, of which more than a state is told.
    fn gets_whole_answer(&self) -> bool {
        let validates = self
            .stale
            .as_ref()
            .is_some_and(|stale| stale.has_validator());
        self.method == Method::GET
            && (self.is_together || validates || !is_conditional_or_partial(&self.headers))
    }

    /// What is known to tell this request's answer from others of its address.
    fn selecting(&self) -> Vec<(http::HeaderName, Option<Vec<u8>>)> {
        let Some(resource) = self.cache.peek(&self.key) else {
            return Vec::new();
        };
        let newest = resource.variants().first();
        let names = newest.map(|stored| stored.selecting.iter().map(|(name, _)| name.clone()));
        let names: Vec<_> = names.into_iter().flatten().collect();
        selecting(&names, &self.headers)
    }

    /// Sees to it that the answer can be kept.
    fn plan(&mut self) {
        if !self.gets_whole_answer() {
            return;
        }
        let stale = self.stale.as_ref();
        self.validating = stale.is_some_and(|stale| stale.has_validator());
        let expected = self.cache.expect(self.key.clone(), self.place.clone());
        self.expected = Some(expected);
    }
}

enum Judged {
    Give(Looked),
    Ask(&'static str, String, bool),
}
