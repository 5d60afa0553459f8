//! Cases in tables, and what holds after each of them.

use futures_util::{StreamExt as _, stream};

use super::caller::{Answer, Caller};
use super::service::Service;
use super::unambiguous::Read;
use crate::harness::{TestGateway, gateway};

/// Bytes of a caller and what becomes of them.
pub struct Case {
    /// What is tried.
    pub name: String,
    /// Where it is said what must happen.
    pub rfc: &'static str,
    /// What is sent.
    pub send: Vec<u8>,
    /// What becomes of it.
    pub then: Then,
}

pub fn case(
    name: impl Into<String>,
    rfc: &'static str,
    send: impl AsRef<[u8]>,
    then: Then,
) -> Case {
    Case {
        name: name.into(),
        rfc,
        send: send.as_ref().to_vec(),
        then,
    }
}

/// What becomes of a case.
pub enum Then {
    /// One of these statuses is answered and the connection closed; nothing reaches the service.
    Refused(&'static [u16]),
    /// One of these statuses is answered; nothing reaches the service. The connection may stay.
    Denied(&'static [u16]),
    /// One of these statuses is answered and the connection closed; the service never sees the whole
    /// request.
    CutOff(&'static [u16]),
    /// The connection is closed without a word; nothing reaches the service.
    Closed,
    /// The caller leaves before all of the request was sent, and the service never sees it whole.
    Left,
    /// These statuses are answered, one after the other, and the connection is closed. The service
    /// does not see this, in lower case.
    First(&'static [u16], &'static str),
    /// These interim statuses may be answered, and then this one.
    Interim(&'static [u16], u16),
    /// The service answers, and does not see this, in lower case.
    Without(&'static str),
    /// The service answers so many requests, and sees these things and not those, compared in lower
    /// case with what came on the wire.
    Passed {
        answers: usize,
        sees: &'static [&'static str],
        never: &'static [&'static str],
    },
}

/// Passed once, and nothing more to say.
pub const PASSED: Then = Then::Passed {
    answers: 1,
    sees: &[],
    never: &[],
};

const CONFIG: &str = "
version: 1
listen: {port: 1}
services: [{name: raw, targets: [{url: 'SERVICE'}]}]
routes: [{name: all, service: raw, match: {path: /}}]
";

/// A gateway in front of `service`, whose routes take everything.
pub async fn in_front_of(service: &Service) -> TestGateway {
    gateway(&CONFIG.replace("SERVICE", &service.url())).await
}

/// Tries all cases, each before a service of its own, so that what reaches it came from that case.
/// Fails with a list of those that went otherwise.
pub async fn try_all(cases: Vec<Case>) {
    let failed: Vec<String> = stream::iter(&cases)
        .map(async |case| {
            let service = Service::start().await;
            let gateway = in_front_of(&service).await;
            let why = try_one(case, &gateway, &service).await.err()?;
            Some(format!("{} ({}): {why}", case.name, case.rfc))
        })
        .buffer_unordered(8)
        .filter_map(std::future::ready)
        .collect()
        .await;
    none_failed(&failed, cases.len());
}

/// Fails with the list of those of `all` cases that went otherwise, unless it is empty.
pub fn none_failed(failed: &[String], all: usize) {
    assert!(
        failed.is_empty(),
        "{} of {all} went wrong:\n{}",
        failed.len(),
        failed.join("\n")
    );
}

async fn try_one(case: &Case, gateway: &TestGateway, service: &Service) -> Result<(), String> {
    let mut caller = Caller::connect(gateway.address()).await;
    caller.send(&case.send).await;
    let method = match case.send.starts_with(b"HEAD ") {
        true => "HEAD",
        false => "GET",
    };
    match &case.then {
        Then::Closed => {
            caller.finish().await;
            let said = caller.closed().await;
            expect(said.is_empty(), || {
                format!("it said {:?}", String::from_utf8_lossy(&said))
            })?;
            nothing_reached(service)?;
        }
        Then::Refused(statuses) => {
            answered(&mut caller, method, statuses).await?;
            nothing_more(&mut caller).await?;
            nothing_reached(service)?;
        }
        Then::Denied(statuses) => {
            answered(&mut caller, method, statuses).await?;
            nothing_reached(service)?;
        }
        Then::CutOff(statuses) => {
            answered(&mut caller, method, statuses).await?;
            nothing_more(&mut caller).await?;
            no_whole_request(service)?;
        }
        Then::Left => {
            caller.finish().await;
            caller.closed().await;
            no_whole_request(service)?;
        }
        Then::First(statuses, never) => {
            for status in *statuses {
                answered(&mut caller, method, &[*status]).await?;
            }
            nothing_more(&mut caller).await?;
            seen(service, &[], &[never])?;
        }
        Then::Interim(interim, last) => {
            let mut all = interim.to_vec();
            all.push(*last);
            let mut answer = answered(&mut caller, method, &all).await?;
            while answer.status != *last {
                answer = answered(&mut caller, method, &all).await?;
            }
            own_answer(&answer, service, 0)?;
        }
        Then::Without(never) => {
            answered(&mut caller, method, &[200]).await?;
            seen(service, &[], &[never])?;
        }
        Then::Passed {
            answers,
            sees,
            never,
        } => {
            for n in 0..*answers {
                let answer = answered(&mut caller, method, &[200]).await?;
                if method != "HEAD" {
                    own_answer(&answer, service, n)?;
                }
            }
            seen(service, sees, never)?;
        }
    }
    drop(caller);
    ordinary(gateway, service).await
}

/// What holds after every case.
pub async fn ordinary(gateway: &TestGateway, service: &Service) -> Result<(), String> {
    let mut caller = Caller::connect(gateway.address()).await;
    // Twice, so that the second one meets a connection to the service that was used before.
    for path in ["/ordinary-1", "/ordinary-2"] {
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n");
        caller.send(request.as_bytes()).await;
        let answer = answered(&mut caller, "GET", &[200]).await?;
        let own = format!("GET {path} HTTP/1.1 0");
        expect(answer.text() == own, || {
            format!("{path} was answered {:?}", answer.text())
        })?;
    }
    service.requests().map(|_| ())
}

async fn answered(caller: &mut Caller, method: &str, statuses: &[u16]) -> Result<Answer, String> {
    let answer = caller.answer(method).await.ok_or("there was no answer")?;
    expect(statuses.contains(&answer.status), || {
        format!("{} was answered: {}", answer.status, answer.text())
    })?;
    let is_own = answer.header("content-type") == Some("application/problem+json");
    expect(answer.status < 400 || is_own, || {
        format!("it is no problem of the gateway's: {}", answer.head)
    })?;
    Ok(answer)
}

fn own_answer(answer: &Answer, service: &Service, n: usize) -> Result<(), String> {
    let requests = service.requests()?;
    let all: Vec<_> = requests.iter().map(own_text).collect();
    expect(all.contains(&answer.text()), || {
        format!("answer {n} is {:?}, of {all:?}", answer.text())
    })
}

async fn nothing_more(caller: &mut Caller) -> Result<(), String> {
    let more = caller.closed().await;
    expect(more.is_empty(), || {
        format!("there was more: {:?}", String::from_utf8_lossy(&more))
    })
}

fn no_whole_request(service: &Service) -> Result<(), String> {
    let whole = service.requests()?.into_iter().any(|read| read.is_whole);
    expect(!whole, || "the service saw a whole request".to_owned())
}

fn seen(service: &Service, sees: &[&str], never: &[&str]) -> Result<(), String> {
    let seen = service.connections().concat();
    let seen = String::from_utf8_lossy(&seen).to_ascii_lowercase();
    for what in sees {
        expect(seen.contains(what), || {
            format!("the service did not see {what:?} but {seen:?}")
        })?;
    }
    for what in never {
        expect(!seen.contains(what), || {
            format!("the service saw {what:?}: {seen:?}")
        })?;
    }
    Ok(())
}

fn own_text(request: &Read) -> String {
    format!("{} {}", request.line, request.body.len())
}

fn nothing_reached(service: &Service) -> Result<(), String> {
    let reached = service.connections().concat();
    expect(reached.is_empty(), || {
        format!("the service saw {:?}", String::from_utf8_lossy(&reached))
    })
}

pub fn expect(holds: bool, why: impl FnOnce() -> String) -> Result<(), String> {
    match holds {
        true => Ok(()),
        false => Err(why()),
    }
}
