//! `traceparent` (W3C Trace Context, level 1): the caller's trace goes on, with the gateway as one
//! step in it; without one, a trace begins here.

use http::HeaderMap;
use rand::RngCore as _;

/// The step of a trace that the gateway is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceContext {
    /// Id of the whole trace, 32 hex digits.
    pub trace_id: String,
    /// What to send on as `traceparent`.
    pub traceparent: String,
}

impl TraceContext {
    /// Continues the trace in `headers`, or begins one. An invalid or repeated `traceparent` counts
    /// as none, and its `tracestate` is removed (section 3.3).
    pub fn next(headers: &mut HeaderMap) -> Self {
        let incoming = match headers.get_all("traceparent").iter().count() {
            1 => headers
                .get("traceparent")
                .and_then(|value| parse(value.to_str().ok()?)),
            _ => None,
        };
        let mut random = rand::rng();
        let parent_id = random.next_u64().max(1);
        let (trace_id, flags) = incoming.unwrap_or_else(|| {
            headers.remove("tracestate");
            let (high, low) = (random.next_u64(), random.next_u64().max(1));
            (format!("{high:016x}{low:016x}"), "01".to_owned())
        });
        let traceparent = format!("00-{trace_id}-{parent_id:016x}-{flags}");
        Self {
            trace_id,
            traceparent,
        }
    }
}

/// Trace id and flags of a valid `traceparent`.
fn parse(text: &str) -> Option<(String, String)> {
    let mut parts = text.split('-');
    let (version, trace_id, parent_id, flags) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let hex = |text: &str, length| {
        text.len() == length && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    let not_zero = |text: &str| text.bytes().any(|b| b != b'0');
    let valid = hex(version, 2)
        && version != "ff"
        // Version 00 has exactly these four; later ones may have more.
        && (version != "00" || parts.next().is_none())
        && hex(trace_id, 32)
        && not_zero(trace_id)
        && hex(parent_id, 16)
        && not_zero(parent_id)
        && hex(flags, 2);
    valid.then(|| (trace_id.to_owned(), flags.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    fn next(traceparent: &str) -> TraceContext {
        let mut headers = HeaderMap::new();
        headers.insert("traceparent", traceparent.parse().unwrap());
        TraceContext::next(&mut headers)
    }

    #[test]
    fn a_trace_goes_on_with_the_gateway_as_a_step() {
        let context = next(&format!("00-{TRACE}-00f067aa0ba902b7-00"));
        assert_eq!(context.trace_id, TRACE);
        assert!(context.traceparent.starts_with(&format!("00-{TRACE}-")));
        assert!(
            context.traceparent.ends_with("-00"),
            "the caller's flags are kept"
        );
        assert!(
            !context.traceparent.contains("00f067aa0ba902b7"),
            "the gateway is its own step"
        );
    }

    #[test]
    fn an_invalid_trace_is_replaced() {
        for text in [
            "",
            "00",
            &format!("00-{TRACE}-00f067aa0ba902b7-01-x"),
            &format!("ff-{TRACE}-00f067aa0ba902b7-01"),
            &format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
            &format!("00-{}-00f067aa0ba902b7-01", TRACE.to_uppercase()),
            &format!("00-{TRACE}-0000000000000000-01"),
        ] {
            let context = next(text);
            assert_ne!(context.trace_id, TRACE, "{text}");
            assert_eq!(context.traceparent.len(), 55);
        }
    }
}
