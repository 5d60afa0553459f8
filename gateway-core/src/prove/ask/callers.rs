//! Keys, pages of other origins, and more requests than a limit lets through.

use super::{Asked, Asking, STRANGER, add_query};
use crate::export::gate::{Callers, LimitKind};

impl Asking<'_, '_> {
    pub(super) fn keys(&self, all: &mut Vec<Asked>) {
        let mut with = |headers: &[(&str, &str)], method: &str| {
            let mut asked = self.plain();
            asked.class = "keys";
            asked.method = method.to_owned();
            asked.headers.retain(|(name, _)| name != "X-API-Key");
            for (name, value) in headers {
                asked
                    .headers
                    .push(((*name).to_owned(), (*value).to_owned()));
            }
            all.push(asked);
        };
        let methods = &self.route.config.matches.methods;
        let usual: Vec<&str> = match methods.is_empty() {
            true => vec!["GET", "POST", "DELETE"],
            false => methods.iter().map(String::as_str).collect(),
        };
        for method in &usual {
            with(&[], method);
            for secret in self.secrets {
                with(&[("X-API-Key", secret)], method);
            }
        }
        if self.route.callers == Callers::Anyone && self.route.denials.is_empty() {
            return;
        }
        let method = usual[0];
        let some = self.secrets.first().map_or(STRANGER, String::as_str);
        let other = self.secrets.get(1).map_or(STRANGER, String::as_str);
        let swapped: String = some
            .chars()
            .map(|c| match c.is_ascii_lowercase() {
                true => c.to_ascii_uppercase(),
                false => c.to_ascii_lowercase(),
            })
            .collect();
        let bearer = format!("Bearer {some}");
        let bearer_other = format!("bearer {other}");
        let bearer_mistyped = format!("Bearer {some}x");
        let bearer_short = format!("Bearer  {}", &some[..12]);
        for headers in [
            &[("X-API-Key", "")][..],
            &[("X-API-Key", "nonsense")],
            &[("X-API-Key", "${KEY_ALICE}")],
            &[("X-API-Key", STRANGER)],
            &[("X-API-Key", &some[..some.len() - 1])],
            &[("X-API-Key", &swapped)],
            &[("Authorization", &bearer)],
            &[("Authorization", "Bearer nonsense")],
            &[("Authorization", "Basic YTpi")],
            &[("X-API-Key", some), ("Authorization", &bearer)],
            &[("X-API-Key", some), ("Authorization", &bearer_other)],
            &[("X-API-Key", some), ("Authorization", &bearer_mistyped)],
            &[("X-API-Key", some), ("Authorization", &bearer_short)],
            &[
                ("X-API-Key", some),
                ("Authorization", "Bearer for-the-service"),
            ],
            &[("X_API_KEY", some)],
        ] {
            with(headers, method);
        }
        if let Some(name) = &self.gate.config.api_keys.query {
            let mut asked = self.plain();
            asked.class = "keys";
            asked.headers.retain(|(name, _)| name != "X-API-Key");
            add_query(&mut asked.target, &format!("a=1&{name}={some}&b=2"));
            all.push(asked);
        }
    }

    pub(super) fn cors(&self, all: &mut Vec<Asked>) {
        let Some(cors) = &self.route.config.cors else {
            return;
        };
        let mut origins = vec![
            "https://evil.example".to_owned(),
            "null".to_owned(),
            "https://app.example.evil.example".to_owned(),
            "https://app.example:444".to_owned(),
            "http://app.example".to_owned(),
            "https://shop.example".to_owned(),
            "https://evilshop.example".to_owned(),
        ];
        for origin in &cors.origins {
            let known = origin.replace("*.", "a.b.").replace(":*", ":5173");
            origins.push(known.replace('*', "https://any.example"));
        }
        for origin in &origins {
            let mut asked = self.plain();
            asked.class = "cors";
            asked.headers.push(("Origin".to_owned(), origin.clone()));
            all.push(asked.clone());
            asked.headers.retain(|(name, _)| name != "X-API-Key");
            all.push(asked.clone());
            for (method, headers) in [
                ("GET", ""),
                ("POST", "x-api-key"),
                ("POST", "X-Api-Key, content-type"),
                ("POST", "x-api-key,x-other"),
                ("DELETE", "x-api-key"),
                ("get", ""),
            ] {
                let mut preflight = asked.clone();
                preflight.method = "OPTIONS".to_owned();
                let name = "Access-Control-Request-Method".to_owned();
                preflight.headers.push((name, method.to_owned()));
                if !headers.is_empty() {
                    let name = "Access-Control-Request-Headers".to_owned();
                    preflight.headers.push((name, headers.to_owned()));
                }
                all.push(preflight);
            }
        }
    }

    /// One more than may come at once, for each caller.
    pub(super) fn limits(&self, all: &mut Vec<Asked>) {
        let most = self
            .gate
            .limits_of(self.n)
            .into_iter()
            .filter_map(|limit| match &self.gate.limits[limit].kind {
                LimitKind::Rate(shape) => usize::try_from(shape.burst).ok(),
                LimitKind::Quota | LimitKind::Concurrency(_) => None,
            })
            .min();
        let Some(most) = most.filter(|most| *most <= 200) else {
            return;
        };
        let callers = match self.route.callers {
            Callers::Anyone => 1,
            Callers::KeyIfShown | Callers::Key => self.secrets.len().min(2),
        };
        for caller in 0..callers {
            let mut asked = self.plain();
            asked.class = "limits";
            asked.times = most + 3;
            for (name, value) in &mut asked.headers {
                if name == "X-API-Key" {
                    value.clone_from(&self.secrets[caller]);
                }
            }
            all.push(asked);
        }
    }
}
