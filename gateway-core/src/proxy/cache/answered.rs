//! What the service answered, and what of it is kept.

use std::sync::Arc;

use http::header::{CONTENT_LENGTH, ETAG, LAST_MODIFIED};
use http::{HeaderMap, Method, Response, StatusCode};
use http_body::Body as _;

use super::Caching;
use super::fill::{Keep, fill};
use crate::cache::Expected;
use crate::cache::entry::Stored;
use crate::cache::flight::Landing;
use crate::cache::reusing::may_stand_in;
use crate::cache::storing::{Asked, Verdict, may_be_kept};
use crate::cache::together::Together;
use crate::clock::Now;
use crate::proxy::body::AnswerBody;
use crate::proxy::error::{ErrorCode, ProxyError};
use crate::record::decision::CacheResult;

impl Caching {
    /// What the caller gets, now that the service has answered, or has not. `answer` has no field of
    /// its connection any more.
    ///
    /// # Errors
    /// `answer`, where nothing that is kept may stand in for it.
    pub(in crate::proxy) fn answered(
        &mut self,
        answer: Result<Response<AnswerBody>, ProxyError>,
    ) -> Result<Response<AnswerBody>, ProxyError> {
        if self.fact.result == CacheResult::Bypass {
            self.forward_status = answer.as_ref().ok().map(|answer| answer.status().as_u16());
            return answer;
        }
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => return self.instead_of(error),
        };
        let status = answer.status();
        self.forward_status = Some(status.as_u16());
        if self.validating && status == StatusCode::NOT_MODIFIED {
            return Ok(self.still_good(&answer));
        }
        if matches!(status.as_u16(), 500 | 502 | 503 | 504)
            && let Some(response) = self.stand_in(|| format!("the service answered {status}"))
        {
            return Ok(response);
        }
        if self.method == Method::HEAD {
            self.learn_from_head(&answer);
            return Ok(answer);
        }
        Ok(self.keep(answer))
    }

    /// What the caller gets, now that several services have answered together, or have not. `together` is
    /// what they say of keeping it; absent where not all of it is there.
    ///
    /// # Errors
    /// `answer`, where nothing that is kept may stand in for it.
    pub(in crate::proxy) fn answered_together(
        &mut self,
        answer: Result<Response<AnswerBody>, ProxyError>,
        together: Option<Together>,
    ) -> Result<Response<AnswerBody>, ProxyError> {
        if self.fact.result == CacheResult::Bypass {
            return answer;
        }
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) => return self.instead_of(error),
        };
        let now = self.clock.now();
        let Some(expected) = self.expected.take() else {
            self.not_kept("only its head was asked for".to_owned());
            return Ok(answer);
        };
        let Some(together) = together else {
            // What is kept and whole stays, and may stand in for what fails.
            self.not_kept("not all of its parts are there".to_owned());
            self.is_for_nobody_else(now);
            return Ok(answer);
        };
        let verdict = together.verdict(answer.status(), answer.headers(), now);
        Ok(self.keep_if(verdict, answer, expected, now))
    }

    /// What is kept, where services failed and it may stand in.
    ///
    /// # Errors
    /// `error`, where it may not.
    fn instead_of(&mut self, error: ProxyError) -> Result<Response<AnswerBody>, ProxyError> {
        let code = error.code().as_str();
        let why = match &error {
            ProxyError::Upstream(..) | ProxyError::Unavailable { .. } => {
                Some(format!("the service gave no answer ({code})"))
            }
            ProxyError::Aggregate(refused)
                if matches!(refused.code, ErrorCode::PartFailed | ErrorCode::PartTimeout) =>
            {
                Some(format!("part `{}` is not there ({code})", refused.part))
            }
            _ => None,
        };
        match why.and_then(|why| self.stand_in(|| why)) {
            Some(response) => Ok(response),
            None => Err(error),
        }
    }

    /// What is kept, where the service failed and it may stand in.
    fn stand_in(&mut self, why: impl FnOnce() -> String) -> Option<Response<AnswerBody>> {
        let now_ns = self.clock.monotonic_ns();
        let stale = self.stale.clone()?;
        if !may_stand_in(&stale, &self.directives, now_ns) {
            return None;
        }
        let reason = format!(
            "{}; {}, and it may stand in (`stale-if-error`)",
            self.fact.reason,
            why()
        );
        self.found(CacheResult::Stale, reason);
        self.expected = None;
        self.land(Landing::OfNoUse);
        Some(self.give(&stale, now_ns))
    }

    /// The service says that what is kept is still good.
    fn still_good(&mut self, answer: &Response<AnswerBody>) -> Response<AnswerBody> {
        let now = self.clock.now();
        let stale = self.stale.take().expect("it was asked about");
        let (fresh, headers) = stale.freshened(answer.headers(), self.asked_ns, now, &self.policy);
        let fresh = Arc::new(fresh);
        let reason = format!(
            "{}; the service says that it is still good (304)",
            self.fact.reason
        );
        self.found(CacheResult::Revalidated, reason);
        self.fact.stored = self
            .expected
            .take()
            .map(|expected| expected.keep(fresh.clone()));
        let lifetime_s = fresh.freshness.lifetime_s;
        self.fact.stored_reason = Some(format!(
            "fresh for {lifetime_s} s again by {}",
            fresh.freshness.from.words()
        ));
        self.land(Landing::Kept);
        self.give_with(&fresh, headers, now.monotonic_ns)
    }

    /// The service's answer to the caller, and kept if it may be.
    fn keep(&mut self, answer: Response<AnswerBody>) -> Response<AnswerBody> {
        let now = self.clock.now();
        let Some(expected) = self.expected.take() else {
            self.not_kept("only a part of it or its state was asked for".to_owned());
            return answer;
        };
        let asked = Asked {
            key: &self.key,
            headers: &self.headers,
            directives: &self.directives,
            at_ns: self.asked_ns,
        };
        let (status, headers) = (answer.status(), answer.headers());
        let verdict = may_be_kept(&asked, status, headers, &self.policy, now);
        self.keep_if(verdict, answer, expected, now)
    }

    /// The answer to the caller, and kept as the verdict says.
    fn keep_if(
        &mut self,
        verdict: Verdict,
        answer: Response<AnswerBody>,
        expected: Expected,
        now: Now,
    ) -> Response<AnswerBody> {
        let status = answer.status();
        let too_long = answer.body().size_hint().lower() > self.policy.max_answer_bytes;
        let verdict = verdict.and_then(|kept| match too_long {
            true => Err("it is longer than `cache.max_answer_bytes`".to_owned()),
            false => Ok(kept),
        });
        self.fact.stored = Some(verdict.is_ok());
        match verdict {
            Ok((head, why)) => {
                self.fact.stored_reason = Some(why);
                let keep = Keep {
                    head,
                    policy: self.policy.clone(),
                    expected,
                    lead: self.lead.take(),
                    clock: self.clock.clone(),
                };
                answer.map(|body| fill(body, keep))
            }
            Err(why) => {
                self.fact.stored_reason = Some(why);
                // What the service says now is newer than what is kept, unless it failed.
                if let Some(stale) = self.stale.as_ref().filter(|_| !status.is_server_error()) {
                    self.cache.forget(&self.key, stale);
                }
                self.is_for_nobody_else(now);
                answer
            }
        }
    }

    fn not_kept(&mut self, why: String) {
        self.fact.stored = Some(false);
        self.fact.stored_reason = Some(why);
    }

    /// Whoever waits for the answer asks itself, and so does the next one.
    fn is_for_nobody_else(&mut self, now: Now) {
        self.cache.is_of_no_use(self.key.clone(), now.monotonic_ns);
        self.land(Landing::OfNoUse);
    }

    /// What the answer to a HEAD says of what is kept (RFC 9111, section 4.3.5).
    fn learn_from_head(&mut self, answer: &Response<AnswerBody>) {
        self.not_kept("the answer to a HEAD has no body".to_owned());
        let Some(stale) = self
            .stale
            .clone()
            .filter(|_| answer.status() == StatusCode::OK)
        else {
            return;
        };
        let now = self.clock.now();
        if !is_same_state(&stale, answer.headers()) {
            self.cache.forget(&self.key, &stale);
            return;
        }
        let (fresh, _) = stale.freshened(answer.headers(), self.asked_ns, now, &self.policy);
        let expected = self.cache.expect(self.key.clone(), self.place.clone());
        self.fact.stored = Some(expected.keep(Arc::new(fresh)));
        let why = "by the answer to a HEAD, what is kept is still good";
        self.fact.stored_reason = Some(why.to_owned());
    }

    fn land(&mut self, how: Landing) {
        if let Some(lead) = self.lead.take() {
            lead.land(how);
        }
    }
}

/// Whether fields speak of the state that is kept, as far as they say.
fn is_same_state(stored: &Stored, headers: &HeaderMap) -> bool {
    let same = |name| match (headers.get(&name), stored.headers.get(&name)) {
        (Some(new), Some(old)) => new == old,
        (Some(_), None) | (None, _) => true,
    };
    let length = headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok());
    let same_length = length.is_none_or(|length| length == stored.body.len().to_string());
    same(ETAG) && same(LAST_MODIFIED) && same_length
}
