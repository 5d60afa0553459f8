//! Methods, paths, queries, hosts, conditions and bodies: what a route takes, and just not.

use super::{Asked, Asking, add_query};

impl Asking<'_, '_> {
    pub(super) fn methods(&self, all: &mut Vec<Asked>) {
        for method in ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"] {
            all.push(Asked {
                class: "methods",
                method: method.to_owned(),
                ..self.plain()
            });
        }
    }

    pub(super) fn paths(&self, all: &mut Vec<Asked>) {
        let plain = self.plain();
        let (path, query) = plain.target.split_once('?').unwrap_or((&plain.target, ""));
        let first: String = path.chars().nth(1).map_or(String::new(), |c| {
            format!("/%{:02x}{}", u32::from(c), &path[2..])
        });
        let upper = path.to_ascii_uppercase();
        let bare = path.trim_end_matches('/');
        let mut paths = vec![
            path.to_owned(),
            upper,
            format!("{bare}x"),
            format!("{bare}/"),
            format!("{bare}//"),
            format!("{bare}/7"),
            format!("{bare}/a%20b%3Fc/d"),
            format!("{bare}/a%2Fb"),
            format!("{bare}/x;y=1"),
            format!("{bare};v=1"),
            format!("/{path}"),
            format!("/x{path}"),
            format!("{bare}/../etc"),
            format!("{bare}/%2e%2E/etc"),
            format!("{bare}/.hidden"),
            format!("{bare}/a%5cb"),
            format!("{bare}/a%00"),
            format!("{bare}/caf%C3%A9"),
            format!("{bare}/a.b~c-d_e:@!$&'()*+,="),
        ];
        if !first.is_empty() && path.len() > 2 && path.is_char_boundary(2) {
            paths.push(first);
        }
        for path in paths {
            let target = match query {
                "" => path,
                query => format!("{path}?{query}"),
            };
            all.push(Asked {
                class: "paths",
                target,
                ..self.plain()
            });
        }
        for query in ["a=1&b=%20&a=2", "empty=", "x=a+b&&y", "%41=%2F"] {
            let mut asked = self.plain();
            add_query(&mut asked.target, query);
            asked.class = "queries";
            all.push(asked);
        }
        for host in [
            "SHOP.example:8080",
            "other.localhost",
            "a.b.api.localhost",
            "127.0.0.1",
        ] {
            all.push(Asked {
                class: "hosts",
                host: host.to_owned(),
                ..self.plain()
            });
        }
    }

    pub(super) fn conditions(&self, all: &mut Vec<Asked>) {
        let matches = &self.route.config.matches;
        for condition in &matches.headers {
            let name = &condition.name;
            for value in [
                None,
                Some("never-this"),
                Some(condition.value.as_deref().unwrap_or("x")),
            ] {
                let mut asked = self.plain();
                asked.class = "conditions";
                asked
                    .headers
                    .retain(|(one, _)| !one.eq_ignore_ascii_case(name));
                if let Some(value) = value {
                    asked.headers.push((name.to_uppercase(), value.to_owned()));
                }
                all.push(asked);
            }
        }
        if matches.query.is_empty() {
            return;
        }
        let plain = self.plain();
        let path = plain
            .target
            .split('?')
            .next()
            .unwrap_or_default()
            .to_owned();
        let query = plain.target.split_once('?').map_or("", |(_, query)| query);
        let spelt: String = query
            .chars()
            .map(|c| match c.is_ascii_alphabetic() {
                true => format!("%{:02X}", u32::from(c)),
                false => c.to_string(),
            })
            .collect();
        let targets = [
            path.clone(),
            format!("{path}?{}", query.to_uppercase()),
            format!("{path}?{query}&{query}"),
            format!("{path}?before=1&{query}&after"),
            format!("{path}?{query}x"),
            format!("{path}?x{query}"),
            format!("{path}?{}", spelt.replace("%25", "%").replace('+', "%20")),
        ];
        let extra = matches.query.iter().map(|one| {
            let pair = form_urlencoded::Serializer::new(String::new())
                .append_pair(&one.name, "other")
                .finish();
            format!("{path}?{query}&{pair}")
        });
        for target in targets.into_iter().chain(extra) {
            all.push(Asked {
                class: "conditions",
                target,
                ..self.plain()
            });
        }
    }

    pub(super) fn bodies(&self, all: &mut Vec<Asked>) {
        let listen = &self.gate.config.listen;
        let most = self
            .route
            .config
            .max_request_body_bytes
            .or(listen.max_request_body_bytes);
        let Some(most) = most.and_then(|most| usize::try_from(most).ok()) else {
            return;
        };
        for size in [most, most + 1] {
            if (1..=1024 * 1024).contains(&size) {
                let method = match self.plain().method.as_str() {
                    "GET" if self.route.config.matches.methods.is_empty() => "POST".to_owned(),
                    method => method.to_owned(),
                };
                all.push(Asked {
                    class: "bodies",
                    method,
                    body: "b".repeat(size),
                    ..self.plain()
                });
            }
        }
    }
}
