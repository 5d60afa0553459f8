//! Usage for spreadsheets (RFC 4180).

use std::fmt::Write as _;

use jiff::Timestamp;

use crate::store::{Usage, UsageGroup};

const HEAD: &str = "from,until,name,id,requests,1xx,2xx,3xx,401,429,other 4xx,5xx,request bytes,\
                    response bytes,retries,measured,p50 us,p95 us,p99 us,cache hits,revalidated,\
                    stale,cache misses,bypassed,cache saved bytes\r\n";

/// A line for each group and point; where there are no groups, for each point of all together.
pub(super) fn text(usage: &Usage) -> String {
    let mut text = HEAD.to_owned();
    match usage.groups.is_empty() {
        true => lines(&mut text, usage, &usage.total, "all"),
        false => {
            for group in &usage.groups {
                lines(&mut text, usage, group, "none");
            }
        }
    }
    text
}

fn lines(text: &mut String, usage: &Usage, group: &UsageGroup, unnamed: &str) {
    let name = group.label.as_ref().or(group.name.as_ref());
    let name = cell(name.map_or(unnamed, |name| name));
    let id = group.label.as_ref().and(group.name.as_deref());
    let id = cell(id.unwrap_or_default());
    let points = &group.points;
    let outcomes = &points.outcomes;
    for index in 0..points.retries.len() {
        let offset = i64::try_from(index).unwrap_or(0) * usage.step_s * 1_000_000;
        let from = usage.since_us + offset;
        let counts = [
            outcomes.informational[index],
            outcomes.success[index],
            outcomes.redirect[index],
            outcomes.unauthenticated[index],
            outcomes.limited[index],
            outcomes.caller_error[index],
            outcomes.server_error[index],
        ];
        let (from, until) = (time(from), time(from + usage.step_s * 1_000_000));
        let requests: u64 = counts.iter().sum();
        let _ = write!(text, "{from},{until},{name},{id},{requests}");
        let rest = [
            points.request_bytes[index],
            points.response_bytes[index],
            points.retries[index],
            points.total.n[index],
        ];
        for number in counts.into_iter().chain(rest) {
            let _ = write!(text, ",{number}");
        }
        for percentile in [
            &points.total.p50_us,
            &points.total.p95_us,
            &points.total.p99_us,
        ] {
            let percentile = percentile[index].map(|us| us.to_string());
            let _ = write!(text, ",{}", percentile.unwrap_or_default());
        }
        let cache = &points.cache;
        for numbers in [
            &cache.hits,
            &cache.revalidated,
            &cache.stale,
            &cache.misses,
            &cache.bypassed,
            &cache.saved_bytes,
        ] {
            let _ = write!(text, ",{}", numbers[index]);
        }
        text.push_str("\r\n");
    }
}

fn time(at_us: i64) -> String {
    Timestamp::from_microsecond(at_us).map_or_else(|_| at_us.to_string(), |at| at.to_string())
}

/// Text as one cell that no spreadsheet takes for a formula.
fn cell(text: &str) -> String {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let text = match is_formula {
        true => format!("'{text}"),
        false => text.to_owned(),
    };
    match text.contains(['"', ',', '\r', '\n']) || is_formula {
        true => format!("\"{}\"", text.replace('"', "\"\"")),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula_and_each_stays_one_cell() {
        for (text, written) in [
            ("orders", "orders"),
            ("a,\"b\"", "\"a,\"\"b\"\"\""),
            ("=1+1", "\"'=1+1\""),
            ("+1", "\"'+1\""),
            ("-1", "\"'-1\""),
            ("@x", "\"'@x\""),
            ("\tx", "\"'\tx\""),
            ("\rx", "\"'\rx\""),
            ("two\r\nlines", "\"two\r\nlines\""),
        ] {
            assert_eq!(cell(text), written);
        }
    }
}
