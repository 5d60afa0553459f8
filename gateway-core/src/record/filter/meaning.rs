//! Says in words what a filter means.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Expression;
use super::deep::{Deep, Side as BodySide};
use super::range::{Range, Side};
use super::test::{Column, Measure, Pattern, Property, Test};
use crate::record::decision::Stage;

/// One sentence without a full stop; empty for a filter that shows everything.
pub(super) fn of(expression: &Expression) -> String {
    match all(expression) {
        parts if parts.is_empty() => String::new(),
        parts => format!("Requests {}", listed(&parts, "and")),
    }
}

fn all(expression: &Expression) -> Vec<String> {
    match expression {
        Expression::All(parts) => parts.iter().map(|part| phrase(part, false)).collect(),
        other => vec![phrase(other, false)],
    }
}

/// What follows "requests".
fn phrase(expression: &Expression, negated: bool) -> String {
    match expression {
        // By De Morgan: "not (a or b)" reads worse than "not a and not b".
        Expression::All(parts) => several(parts, negated, if negated { "or" } else { "and" }),
        Expression::Any(parts) => match (merged(parts), negated) {
            (Some(merged), false) => merged,
            _ => several(parts, negated, if negated { "and" } else { "or" }),
        },
        Expression::Not(part) => phrase(part, !negated),
        Expression::Test(test) => self::test(test, negated),
    }
}

fn several(parts: &[Expression], negated: bool, with: &str) -> String {
    let parts: Vec<_> = parts.iter().map(|part| phrase(part, negated)).collect();
    match &*parts {
        [] => "of any kind".to_owned(),
        [one] => one.clone(),
        _ if with == "or" => format!("either {}", listed(&parts, "or")),
        _ => listed(&parts, with),
    }
}

fn listed(parts: &[String], with: &str) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} {with} {last}", first.join(", ")),
    }
}

/// `status:401,403` reads "answered 401 or 403".
fn merged(parts: &[Expression]) -> Option<String> {
    let numbers: Option<Vec<_>> = parts
        .iter()
        .map(|part| match part {
            Expression::Test(Test::Number(Measure::Status, range)) => Some(status(*range)),
            _ => None,
        })
        .collect();
    if let Some(numbers) = numbers {
        return Some(format!("answered {}", listed(&numbers, "or")));
    }
    let texts: Option<Vec<_>> = parts
        .iter()
        .map(|part| match part {
            Expression::Test(Test::Text(column, pattern)) => Some((*column, pattern)),
            _ => None,
        })
        .collect();
    let texts = texts?;
    let (column, _) = *texts.first()?;
    let same = texts.iter().all(|(other, _)| *other == column);
    let patterns: Vec<_> = texts.iter().map(|(_, it)| looks(it, false)).collect();
    same.then(|| format!("whose {} {}", name(column), listed(&patterns, "or")))
}

fn test(test: &Test, negated: bool) -> String {
    let not = if negated { "not " } else { "" };
    match test {
        Test::Text(column, pattern) => {
            format!("whose {} {}", name(*column), looks(pattern, negated))
        }
        Test::Id(id) => format!("{not}with the id `{id}`"),
        Test::Under(prefix) if prefix.is_empty() => format!("{not}on any path"),
        Test::Under(prefix) => format!("{not}on `{prefix}` or below it"),
        Test::Anywhere(text) if negated => format!("that do not mention `{text}`"),
        Test::Anywhere(text) => format!("that mention `{text}`"),
        Test::Number(measure, range) => number(*measure, *range, negated),
        Test::Is(property) => format!("{not}{}", self::property(*property)),
        Test::Parameter(name, None) => format!("{not}with the parameter `{name}`"),
        Test::Parameter(name, Some(pattern)) => {
            format!("whose parameter `{name}` {}", looks(pattern, negated))
        }
        Test::Deep(deep) => self::deep(deep, negated),
    }
}

fn deep(deep: &Deep, negated: bool) -> String {
    let not = if negated { "not " } else { "" };
    match deep {
        Deep::RequestHeader(name, None) => format!("{not}with the header `{name}`"),
        Deep::RequestHeader(name, Some(pattern)) => {
            format!("whose header `{name}` {}", looks(pattern, negated))
        }
        Deep::ResponseHeader(name, None) => format!("{not}answered with the header `{name}`"),
        Deep::ResponseHeader(name, Some(pattern)) => {
            format!("whose answer's header `{name}` {}", looks(pattern, negated))
        }
        Deep::Body(side, pattern) => {
            format!("whose {} {}", body(*side), looks(pattern, negated))
        }
        Deep::Member(side, path, pattern) => {
            let (looks, path) = (looks(pattern, negated), path.join("."));
            format!("in whose {} `{path}` {looks}", body(*side))
        }
        Deep::Trace(id) => format!("{not}of the trace `{id}`"),
        Deep::LimitedBy(pattern) => {
            format!(
                "{not}stopped by a limit whose name {}",
                looks(pattern, false)
            )
        }
        Deep::LimitLeft(range) => {
            format!(
                "{not}that left a limit {}",
                bounds(*range, ToString::to_string)
            )
        }
        Deep::Truncated => format!("{not}with a body that is kept in part only"),
    }
}

fn body(side: BodySide) -> &'static str {
    match side {
        BodySide::Request => "request body",
        BodySide::Response => "answer's body",
        BodySide::Either => "request or answer body",
    }
}

fn name(column: Column) -> &'static str {
    match column {
        Column::Method => "method",
        Column::Path => "path",
        Column::Query => "query",
        Column::Host => "host",
        Column::Key => "key",
        Column::Consumer => "consumer",
        Column::Plan => "plan",
        Column::Route => "route",
        Column::Version => "version",
        Column::Service => "service",
        Column::Upstream => "target",
        Column::Code => "error code",
        Column::Note => "note",
        Column::Source => "source",
        Column::Cache => "cache result",
        Column::Ip => "address",
        Column::Protocol => "protocol",
    }
}

fn looks(pattern: &Pattern, negated: bool) -> String {
    let (verb, text) = match (pattern, negated) {
        (Pattern::Contains(text), false) => ("contains", text.as_str()),
        (Pattern::Contains(text), true) => ("does not contain", text.as_str()),
        (Pattern::Is(text), false) => ("is", text.as_str()),
        (Pattern::Is(text), true) => ("is not", text.as_str()),
        (Pattern::Glob(text), false) => ("looks like", text.as_str()),
        (Pattern::Glob(text), true) => ("does not look like", text.as_str()),
        (Pattern::Regex(regex), false) => ("matches", regex.as_str()),
        (Pattern::Regex(regex), true) => ("does not match", regex.as_str()),
    };
    format!("{verb} `{text}`")
}

fn status(range: Range) -> String {
    match range {
        Range::Between(from, to) if from % 100 == 0 && to == from + 99 => {
            format!("{}xx", from / 100)
        }
        range => bounds(range, ToString::to_string),
    }
}

fn number(measure: Measure, range: Range, negated: bool) -> String {
    let not = if negated { "not " } else { "" };
    let took = if negated { "did not take" } else { "took" };
    let has = if negated { "does not have" } else { "has" };
    match measure {
        Measure::Status => format!("{not}answered {}", status(range)),
        Measure::Duration => format!("that {took} {}", bounds(range, |us| time(*us))),
        Measure::FirstByte => format!("whose first byte {took} {}", bounds(range, |us| time(*us))),
        Measure::Upstream => format!("whose service {took} {}", bounds(range, |us| time(*us))),
        Measure::ResponseBytes => format!("whose answer {has} {}", bounds(range, |n| size(*n))),
        Measure::RequestBytes => format!("whose body {has} {}", bounds(range, |n| size(*n))),
        Measure::Started => match range {
            Range::Between(from, i64::MAX) => format!("{not}since {}", moment(from)),
            Range::Between(i64::MIN, to) => format!("{not}before {}", moment(to.saturating_add(1))),
            Range::Between(from, to) => {
                format!("{not}between {} and {}", moment(from), moment(to))
            }
            Range::Percentile(..) => "of no time".to_owned(),
        },
    }
}

fn bounds(range: Range, write: impl Fn(&i64) -> String) -> String {
    match range {
        Range::Between(from, to) if from == to => write(&from),
        Range::Between(from, to) if from > to => "what nothing can be".to_owned(),
        Range::Between(from, i64::MAX) => format!("{} or more", write(&from)),
        Range::Between(i64::MIN, to) => format!("{} or less", write(&to)),
        Range::Between(from, to) => format!("{} to {}", write(&from), write(&to)),
        Range::Percentile(Side::Above | Side::From, percent) => format!("longer than p{percent}"),
        Range::Percentile(Side::UpTo | Side::Below, percent) => format!("less than p{percent}"),
    }
}

fn time(us: i64) -> String {
    match us {
        us if us % 1_000_000 == 0 && us > 0 => format!("{} s", us / 1_000_000),
        us if us % 1_000 == 0 => format!("{} ms", us / 1_000),
        us if us > 1_000 => format!("{:.1} ms", us as f64 / 1e3),
        us => format!("{us} µs"),
    }
}

fn size(bytes: i64) -> String {
    match bytes {
        bytes if bytes >= 1_000_000 => format!("{} MB", bytes as f64 / 1e6),
        bytes if bytes >= 1_000 => format!("{} kB", bytes as f64 / 1e3),
        bytes => format!("{bytes} bytes"),
    }
}

/// On this machine's clock.
fn moment(us: i64) -> String {
    let moment = Timestamp::from_microsecond(us).unwrap_or_default();
    let zoned = moment.to_zoned_datetime(TimeZone::system());
    zoned.strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn property(property: Property) -> &'static str {
    match property {
        Property::Error => "that failed (5xx)",
        Property::Slow => "that took 1 s or more",
        Property::Limited => "stopped by a limit (429)",
        Property::Unauthed => "refused for their caller (401, 403)",
        Property::Retried => "tried more than once",
        Property::Replayed => "sent from the window",
        Property::Refresh => "that fetched a kept answer anew",
        Property::Running => "still running",
        Property::Pinned => "pinned",
        Property::Unmatched => "that no route takes",
        Property::Websocket => "that became a WebSocket",
        Property::EventStream => "answered by an event stream",
        Property::Grpc => "of gRPC",
        Property::HasBody => "with a body",
        Property::HasQuery => "with a query",
        Property::HasKey => "with a known key",
        Property::HasConsumer => "of a known consumer",
        Property::HasPlan => "under a plan",
        Property::HasRoute => "with a route",
        Property::HasError => "with an error code",
        Property::HasMessages => "with messages",
        Property::DecidedBy(stage) => match stage {
            Stage::Accept => "decided while they were accepted",
            Stage::MatchRoute => "decided by the choice of a route",
            Stage::Cors => "decided by the rules for other origins",
            Stage::Authenticate => "decided by authentication",
            Stage::Version => "decided by the choice of a version",
            Stage::Authorise => "decided by authorisation",
            Stage::RateLimit => "decided by a limit",
            Stage::Cache => "answered from the cache",
            Stage::Forward => "decided by the service",
            Stage::Fault => "ended by a fault on purpose",
            Stage::Mock => "answered by a mock",
            Stage::Aggregate => "decided by several services together",
            Stage::Answer => "answered by the route itself",
        },
        Property::NotConnected => "without a connection to the service",
    }
}
