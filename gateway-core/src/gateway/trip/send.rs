//! Sends requests until a limit refuses one.

use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use http::header::RETRY_AFTER;
use http::{HeaderMap, HeaderName, HeaderValue, Request, StatusCode};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Incoming;
use serde_json::Value;
use uuid::Uuid;

use super::{TripAnswers, TripError, TripPlan, TripWish, Tripped};
use crate::gateway::{Gateway, InsideError};
use crate::proxy::arrival::SentAs;
use crate::record::summary::RequestOrigin;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const PROXY_STATUS: HeaderName = HeaderName::from_static("proxy-status");

/// How long one request may take,
const ONE: Duration = Duration::from_secs(30);
/// and all together.
const ALL: Duration = Duration::from_secs(60);
/// Most requests at the same time.
const MOST_AT_ONCE: usize = 50;
/// How much of an answer is read, and for how long: it may be one that never ends.
const MOST_BODY: usize = 64 * 1024;
const BODY: Duration = Duration::from_secs(1);

/// How one request was answered.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    /// The problem, where the gateway itself answered with one.
    problem: Option<Value>,
}

/// What came of the requests so far.
#[derive(Default)]
struct Tally {
    answers: Vec<TripAnswers>,
    refused_by: Vec<String>,
    retry_after_s: Option<u64>,
    /// Why no more are sent, in one sentence.
    end: Option<String>,
}

impl Gateway {
    /// Sends requests until one is answered 429, or as many as were planned were sent.
    ///
    /// # Errors
    /// Nothing was sent, and why; or one got no answer.
    pub async fn trip(&self, wish: &TripWish, at_most: u64) -> Result<Tripped, TripError> {
        let plan = self.plan_trip(wish)?;
        if plan.requests > at_most {
            return Err(TripError::TooMany(plan.requests));
        }
        let request_id = Uuid::now_v7().to_string();
        let sent_as = SentAs {
            origin: RequestOrigin::Trip,
            replay_of: wish.replay_of,
            key: wish.key,
            consumer: None,
        };
        let request = || {
            let mut request = Request::new(Full::new(Bytes::new()));
            *request.method_mut() = wish.head.method.clone();
            *request.uri_mut() = wish.head.uri.clone();
            *request.headers_mut() = wish.head.headers.clone();
            let id = HeaderValue::from_str(&request_id).expect("a UUID is plain text");
            request.headers_mut().insert(REQUEST_ID, id);
            request
        };
        let started = Instant::now();
        let mut tally = Tally::default();
        let mut running = FuturesUnordered::new();
        let (mut sent, mut at_once) = (0, 1);
        loop {
            while tally.end.is_none() && sent < plan.requests && running.len() < at_once {
                running.push(self.one(sent_as.clone(), request()));
                sent += 1;
            }
            let Some(answer) = running.next().await else {
                break;
            };
            let (answer, took) = answer?;
            at_once = at_once.max(how_many_at_once(&plan, took, sent));
            tally.add(&answer);
            if tally.end.is_none() && started.elapsed() > ALL {
                let seconds = ALL.as_secs();
                tally.end = Some(format!("Nothing was refused within {seconds} seconds."));
            }
        }
        let took_us = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
        Ok(tally.told(plan, sent, request_id, took_us))
    }

    /// Sends one request and reads its answer as far as it matters; says how long its head took.
    async fn one(
        &self,
        sent_as: SentAs,
        request: Request<Full<Bytes>>,
    ) -> Result<(Answer, Duration), InsideError> {
        let started = Instant::now();
        let sending = tokio::time::timeout(ONE, self.send_inside(sent_as, request));
        let late = |_| InsideError::Broken(format!("it took more than {} seconds", ONE.as_secs()));
        let (head, body) = sending.await.map_err(late)??.into_parts();
        let took = started.elapsed();
        let own = head
            .headers
            .get(PROXY_STATUS)
            .is_some_and(|value| value.as_bytes().starts_with(b"gatewright;"));
        let body = read(body).await;
        let problem = own.then(|| serde_json::from_slice(&body).unwrap_or(Value::Null));
        let answer = Answer {
            status: head.status,
            headers: head.headers,
            problem,
        };
        Ok((answer, took))
    }
}

/// The beginning of a body; nothing, where it is long or does not end.
async fn read(body: Incoming) -> Bytes {
    let whole = Limited::new(body, MOST_BODY).collect();
    match tokio::time::timeout(BODY, whole).await {
        Ok(Ok(whole)) => whole.to_bytes(),
        Ok(Err(_)) | Err(_) => Bytes::new(),
    }
}

/// So many that a slow service does not let the limit fill up again meanwhile.
fn how_many_at_once(plan: &TripPlan, took: Duration, sent: u64) -> usize {
    let Some(per) = plan.per else {
        return 1;
    };
    let requests = plan.requests.saturating_sub(sent) as f64;
    // In the time in which one comes back.
    let within = per.seconds() as f64 / plan.allowed.max(1) as f64;
    let wanted = (took.as_secs_f64() * requests / within).ceil();
    (wanted as usize).clamp(1, MOST_AT_ONCE)
}

impl Tally {
    fn add(&mut self, answer: &Answer) {
        let status = answer.status.as_u16();
        match self.answers.iter_mut().find(|one| one.status == status) {
            Some(one) => one.count += 1,
            None => self.answers.push(TripAnswers { status, count: 1 }),
        }
        match (answer.status, &answer.problem) {
            (StatusCode::TOO_MANY_REQUESTS, problem) => self.refused(answer, problem.as_ref()),
            // Refused before a limit counts it, and the next one would be too.
            (status, Some(problem)) if status.is_client_error() => {
                self.end.get_or_insert_with(|| {
                    let detail = problem["detail"].as_str().unwrap_or_default();
                    format!("The gateway refused it before any limit was asked. {detail}")
                        .trim_end()
                        .to_owned()
                });
            }
            _ => {}
        }
    }

    fn refused(&mut self, answer: &Answer, problem: Option<&Value>) {
        if self.retry_after_s.is_none() {
            let value = answer.headers.get(RETRY_AFTER);
            let value = value.and_then(|value| value.to_str().ok()?.parse().ok());
            self.retry_after_s = value;
        }
        let names = problem.and_then(|problem| problem["violated-policies"].as_array());
        for name in names.into_iter().flatten().filter_map(Value::as_str) {
            if !self.refused_by.iter().any(|known| known == name) {
                self.refused_by.push(name.to_owned());
            }
        }
        self.end.get_or_insert_with(|| match problem {
            Some(_) => String::new(),
            None => "The service itself answered 429; no limit of the gateway did.".to_owned(),
        });
    }

    fn told(self, plan: TripPlan, sent: u64, request_id: String, took_us: u64) -> Tripped {
        let Self {
            mut answers,
            refused_by,
            retry_after_s,
            end,
        } = self;
        answers.sort_by_key(|one| one.status == 429);
        let end = end.filter(|end| !end.is_empty());
        let sentence = match (end, &refused_by[..]) {
            (Some(end), _) => end,
            (None, []) => format!(
                "None of {sent} requests was refused: `{}` filled up meanwhile, or let more through.",
                plan.limit
            ),
            (None, names) => {
                let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
                let again = retry_after_s.map_or_else(String::new, |seconds| {
                    format!(" There is room again in {seconds} s.")
                });
                format!("Refused by {}.{again}", names.join(" and "))
            }
        };
        Tripped {
            plan,
            sent,
            answers,
            refused_by,
            retry_after_s,
            sentence,
            request_id,
            took_us,
        }
    }
}
