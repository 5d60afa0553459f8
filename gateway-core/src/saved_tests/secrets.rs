//! What must not get into a configuration, which is shown, passed on and kept for good.

use http::HeaderMap;
use http::header::{HeaderName, HeaderValue};

use crate::config::{Config, HeaderLine, SavedTest};
use crate::record::redact::Redactor;

/// What knows the secrets of a configuration's callers.
pub(crate) fn redactor(config: &Config) -> Redactor {
    Redactor::new(&config.recording.redact, &config.api_keys)
}

/// The test with the mask where a secret stood, by the rules by which the log is masked, and in
/// words where that was, such as ``the header `authorization` ``.
pub(crate) fn masked(test: &SavedTest, redactor: &Redactor) -> (SavedTest, Vec<String>) {
    let mut masked = test.clone();
    let mut places = Vec::new();
    if let Some((method, target)) = test.request.split_once(' ') {
        let shown = redactor.path_and_query(target);
        if shown != target {
            masked.request = format!("{method} {shown}");
            places.push("the path or query".to_owned());
        }
    }
    for line in &mut masked.headers {
        let HeaderLine { name, value } = line;
        let shown = shown(redactor, name, value);
        if shown.as_deref().is_some_and(|shown| shown != value) {
            places.push(format!("the header `{}`", name.to_ascii_lowercase()));
            *value = shown.unwrap_or_default();
        }
    }
    (masked, places)
}

/// A header's value as the log would show it; `None` for what is no header.
fn shown(redactor: &Redactor, name: &str, value: &str) -> Option<String> {
    let name = name.parse::<HeaderName>().ok()?;
    let value = HeaderValue::from_bytes(value.as_bytes()).ok()?;
    let headers = HeaderMap::from_iter([(name, value)]);
    redactor.headers(&headers).pop().map(|line| line.value)
}
