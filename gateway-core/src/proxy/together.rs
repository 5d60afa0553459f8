//! The end of a request's life where several services answer together: what is kept of their answers, or
//! else one that is made of them. The same stages in the same order as where one service answers.

use http::{HeaderMap, Response};
use parking_lot::Mutex;

use super::aggregate::{self, Making};
use super::body::{AnswerBody, UnreadBody};
use super::cache::{Caching, Looked, Wanted, invalidate};
use super::call::Call;
use super::error::ProxyError;
use super::permit::Permit;
use super::pipeline::{CACHE_STATUS, look_up};
use super::tracer::Tracer;
use crate::aggregate::plan::Plan;

impl Call<'_> {
    /// An answer of several services that is kept, or else one that is made of theirs.
    pub(super) async fn kept_or_made(
        &self,
        permit: &Permit<'_>,
        plan: &Plan,
        body: UnreadBody,
        trace: &mut Tracer<'_>,
    ) -> Result<Option<Response<AnswerBody>>, ProxyError> {
        let gateway = self.gateway;
        let has_body = !body.is_end_stream();
        let request_id = trace.exchange.request_id.clone();
        let variables = permit.variables(&request_id);
        let headers = permit.headers(self.trace_context, &variables);
        let query = permit.query();
        let wanted = Wanted {
            headers: &headers,
            query: query.as_deref(),
            parts: Some(plan),
        };
        if let Some(what_if) = self.what_if {
            return Ok(self.would_make(permit, plan, &wanted, trace, what_if));
        }

        // Is there an answer that is kept and may be given again?
        let mut caching = Caching::on(&gateway.cache, &gateway.clock, permit, &wanted);
        let answer = match look_up(caching.as_mut(), permit, has_body, trace).await? {
            // It is never fetched anew behind its caller's back: parts are asked in a caller's name.
            Looked::Answer(response) | Looked::AnswerAndRefresh(response, _) => Ok(*response),
            Looked::Ask => {
                let caching = caching.as_mut();
                self.make(permit, plan, headers, body, caching, trace).await
            }
        };
        if let Some(caching) = &caching {
            trace.cached(caching.end());
        }

        // What the route adds for its caller.
        let mut response = answer?;
        let headers = response.headers_mut();
        permit.edit_answer(headers, &variables);
        if let Some(caching) = &caching {
            headers.append(CACHE_STATUS, caching.status_line());
        }
        Ok(Some(response))
    }

    /// The answer that several services give together, or what is kept where that stands in for it.
    async fn make(
        &self,
        permit: &Permit<'_>,
        plan: &Plan,
        headers: HeaderMap,
        body: UnreadBody,
        mut caching: Option<&mut Caching>,
        trace: &mut Tracer<'_>,
    ) -> Result<Response<AnswerBody>, ProxyError> {
        let together = caching.as_deref_mut().map(Caching::together);
        let together = together.map(Mutex::new);
        let making = Making {
            plan,
            headers,
            body,
            together: together.as_ref(),
        };
        let made = aggregate::answer_for(self, permit, making, trace).await;
        let is_whole = matches!(&made, Ok((_, true)));
        let answer = made.map(|(response, _)| response);
        let invalidated = answer.as_ref().map_or(0, |response| {
            invalidate(
                &self.gateway.cache,
                permit,
                permit.query().as_deref(),
                response,
            )
        });
        let Some((caching, together)) = caching.zip(together) else {
            return answer;
        };
        caching.fact.invalidated = invalidated;
        let together = is_whole.then(|| together.into_inner());
        caching.answered_together(answer, together)
    }
}
