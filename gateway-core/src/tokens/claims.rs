//! What a token claims, and whether it holds now.

use serde_json::{Map, Value};

use super::error::{TokenError, shown};

/// What is expected of a token's claims.
pub struct Expectations<'a> {
    /// `iss`, exactly.
    pub issuer: &'a str,
    /// One of these among `aud`; empty if it does not matter.
    pub audiences: &'a [String],
    /// How far clocks may differ, in seconds.
    pub leeway_s: i64,
    /// The time, in seconds since 1970.
    pub now_s: i64,
}

/// Where a claim is: its name, or names that lead into objects with points between them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimPath(pub String);

/// Claims of a token whose signature is right.
pub struct Claims<'c>(pub &'c Map<String, Value>);

impl Claims<'_> {
    /// Checks `iss`, `aud`, `exp`, which must be there, `nbf` and `iat` (JWT-3).
    ///
    /// # Errors
    /// The first of them that is not as it has to be.
    pub fn check(&self, expected: &Expectations<'_>) -> Result<(), TokenError> {
        let Expectations {
            issuer,
            audiences,
            leeway_s,
            now_s,
        } = expected;
        if self.0.get("iss").and_then(Value::as_str) != Some(issuer) {
            let told = "Tokens of this issuer are not taken here (iss).";
            return Err(claim("iss", format!("is not `{issuer}`"), told));
        }
        self.check_audience(audiences)?;
        let told = "The token does not say until when it is good (exp).";
        let Some(exp) = self.time("exp")? else {
            return Err(claim("exp", "is missing".to_owned(), told));
        };
        if *now_s >= exp.saturating_add(*leeway_s) {
            let past = now_s.saturating_sub(exp);
            let problem = format!("was {past} s ago");
            return Err(claim("exp", problem, "The token has expired (exp)."));
        }
        for (name, told) in [
            ("nbf", "The token is not good yet (nbf)."),
            ("iat", "The token was issued in the future (iat)."),
        ] {
            let Some(time) = self.time(name)? else {
                continue;
            };
            let ahead = time.saturating_sub(*now_s);
            if ahead > *leeway_s {
                return Err(claim(name, format!("is {ahead} s ahead"), told));
            }
        }
        Ok(())
    }

    fn check_audience(&self, wanted: &[String]) -> Result<(), TokenError> {
        if wanted.is_empty() {
            return Ok(());
        }
        let told = "The token is for somebody else (aud).";
        let audiences: Vec<&str> = match self.0.get("aud") {
            None => return Err(claim("aud", "is missing".to_owned(), told)),
            Some(Value::String(one)) => vec![one],
            // Whatever is no text names nobody.
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
            Some(_) => return Err(claim("aud", "is neither text nor a list".to_owned(), told)),
        };
        if audiences.iter().any(|one| wanted.iter().any(|w| w == one)) {
            return Ok(());
        }
        let shown: Vec<_> = audiences
            .iter()
            .take(5)
            .map(|one| format!("`{}`", shown(one)))
            .collect();
        let problem = format!(
            "names {}, and none of the issuer's `audiences`",
            shown.join(", ")
        );
        Err(claim("aud", problem, told))
    }

    /// A `NumericDate` (RFC 7519, section 2), in whole seconds.
    fn time(&self, name: &'static str) -> Result<Option<i64>, TokenError> {
        let told = match name {
            "exp" => "The end of the token is no time (exp).",
            "nbf" => "The beginning of the token is no time (nbf).",
            _ => "The time of issue of the token is no time (iat).",
        };
        let problem = || claim(name, "is no number of seconds since 1970".to_owned(), told);
        let Some(value) = self.0.get(name) else {
            return Ok(None);
        };
        let seconds = match (value.as_i64(), value.as_f64()) {
            (Some(seconds), _) => seconds,
            (None, Some(seconds)) if seconds.abs() < 1e15 => seconds.floor() as i64,
            _ => return Err(problem()),
        };
        match seconds {
            0..=1_000_000_000_000 => Ok(Some(seconds)),
            _ => Err(problem()),
        }
    }

    /// The text at a place.
    pub fn text(&self, at: &ClaimPath) -> Option<&str> {
        at.find(self.0)?.as_str()
    }

    /// The words at a place: a list, or text with spaces between them.
    pub fn words(&self, at: &ClaimPath) -> Vec<String> {
        match at.find(self.0) {
            Some(Value::String(text)) => text.split_ascii_whitespace().map(str::to_owned).collect(),
            Some(Value::Array(list)) => list
                .iter()
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
            _ => Vec::new(),
        }
    }
}

impl ClaimPath {
    /// What stands there. A claim whose own name has points in it, as URLs have, comes first.
    fn find<'c>(&self, claims: &'c Map<String, Value>) -> Option<&'c Value> {
        claims.get(&self.0).or_else(|| {
            let mut steps = self.0.split('.');
            let first = claims.get(steps.next()?)?;
            steps.try_fold(first, |value, step| value.get(step))
        })
    }
}

fn claim(claim: &'static str, problem: String, told: &'static str) -> TokenError {
    TokenError::Claim {
        claim,
        problem,
        told,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn check(claims: Value) -> Result<(), String> {
        let audiences = ["shop".to_owned(), "bank".to_owned()];
        let expected = Expectations {
            issuer: "https://id.example/",
            audiences: &audiences,
            leeway_s: 60,
            now_s: NOW,
        };
        let checked = Claims(claims.as_object().unwrap()).check(&expected);
        checked.map_err(|error| error.to_string())
    }

    fn with(changes: Value) -> Value {
        let mut claims = json!({"iss": "https://id.example/", "aud": "shop", "exp": NOW + 1});
        for (name, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => claims.as_object_mut().unwrap().remove(name),
                value => claims
                    .as_object_mut()
                    .unwrap()
                    .insert(name.clone(), value.clone()),
            };
        }
        claims
    }

    /// JWT-3
    #[test]
    fn claims_that_hold_are_taken() {
        for changes in [
            json!({}),
            json!({"aud": ["x", "bank", 7]}),
            json!({"exp": NOW - 59}),
            json!({"exp": NOW as f64 + 0.5}),
            json!({"nbf": NOW + 60, "iat": NOW + 60}),
            json!({"iat": 0}),
        ] {
            assert_eq!(check(with(changes.clone())), Ok(()), "{changes}");
        }
    }

    /// JWT-3
    #[test]
    fn the_claim_that_fails_is_named() {
        for (changes, reason) in [
            (json!({"exp": null}), "`exp` is missing"),
            (json!({"exp": NOW - 60}), "`exp` was 60 s ago"),
            (json!({"exp": "never"}), "`exp` is no number"),
            (json!({"exp": -1}), "`exp` is no number"),
            (json!({"exp": 1e300}), "`exp` is no number"),
            (json!({"exp": u64::MAX}), "`exp` is no number"),
            (json!({"nbf": NOW + 61}), "`nbf` is 61 s ahead"),
            (json!({"nbf": true}), "`nbf` is no number"),
            (json!({"iat": NOW + 61}), "`iat` is 61 s ahead"),
            (
                json!({"iss": "https://id.example"}),
                "`iss` is not `https://id.example/`",
            ),
            (json!({"iss": null}), "`iss` is not"),
            (json!({"iss": ["https://id.example/"]}), "`iss` is not"),
            (json!({"aud": null}), "`aud` is missing"),
            (json!({"aud": "shop2"}), "`aud` names `shop2`"),
            (json!({"aud": []}), "`aud` names"),
            (json!({"aud": {"shop": 1}}), "`aud` is neither"),
        ] {
            let error = check(with(changes.clone())).unwrap_err();
            assert!(error.contains(reason), "{changes}: {error}");
        }
    }

    #[test]
    fn words_are_found_by_name_and_inside_objects() {
        let claims = json!({
            "scope": "read  write",
            "realm_access": {"roles": ["admin", 7, "user"]},
            "https://x.example/roles": ["owner"],
            "sub": 7,
        });
        let claims = Claims(claims.as_object().unwrap());
        for (path, words) in [
            ("scope", vec!["read", "write"]),
            ("realm_access.roles", vec!["admin", "user"]),
            ("https://x.example/roles", vec!["owner"]),
            ("realm_access.roles.0", vec![]),
            ("nothing.there", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(claims.words(&ClaimPath(path.to_owned())), words, "{path}");
        }
        assert_eq!(claims.text(&ClaimPath("sub".to_owned())), None);
    }
}
