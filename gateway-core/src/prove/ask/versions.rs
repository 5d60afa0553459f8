//! Versions: named, misspelt, twice, or not at all.

use super::{Asked, Asking, add_query, example};
use crate::snapshot::versions::{Scheme, Unnamed};

impl Asking<'_, '_> {
    pub(super) fn name_version(&self, asked: &mut Asked, value: &str) {
        let Some(versions) = &self.route.compiled.versions else {
            return;
        };
        match &versions.scheme {
            Scheme::FirstSegment => asked.target = format!("/{value}{}", asked.target),
            Scheme::AfterPrefix(_) => {
                let prefix = example::path(self.route);
                let rest = asked.target.strip_prefix(&prefix).unwrap_or_default();
                asked.target = format!("{prefix}/{value}{rest}");
            }
            Scheme::Header(name) => asked.headers.push((name.to_string(), value.to_owned())),
            Scheme::Query(name) => add_query(&mut asked.target, &format!("{name}={value}")),
            Scheme::Accept(name) => {
                let accept = format!("application/json; {name}={value}");
                asked.headers.push(("Accept".to_owned(), accept));
            }
            Scheme::Host(_) => {
                let label = asked.host.split_once('.').map_or("", |(label, _)| label);
                let rest = asked.host.strip_prefix(label).unwrap_or_default();
                asked.host = match value.contains('.') {
                    true => value.to_owned(),
                    false => format!("{value}{rest}"),
                };
            }
        }
    }

    pub(super) fn versions(&self, all: &mut Vec<Asked>) {
        let Some(versions) = &self.route.compiled.versions else {
            return;
        };
        let base = || {
            let mut asked = self.plain();
            if !matches!(versions.unnamed, Unnamed::Default(_)) {
                // A plain request names one already.
                asked.target = example::path(self.route);
                asked.headers.retain(|(name, _)| match &versions.scheme {
                    Scheme::Header(header) => !name.eq_ignore_ascii_case(header.as_str()),
                    Scheme::Accept(_) => name != "Accept",
                    _ => true,
                });
            }
            asked.class = "versions";
            asked
        };
        if !matches!(versions.unnamed, Unnamed::Split(_)) {
            all.push(base());
        }
        let mut values: Vec<String> = versions.list.iter().map(|one| one.value.clone()).collect();
        values.extend([
            "v99".to_owned(),
            "V1".to_owned(),
            "vx".to_owned(),
            "v1x".to_owned(),
        ]);
        for value in &values {
            for rest in ["", "/more/of%20it", "/"] {
                let mut asked = base();
                asked.target.push_str(rest);
                self.name_version(&mut asked, value);
                all.push(asked);
            }
        }
        // A version's own rewrite may not know what to do with an odd spelling; the others' would.
        for version in &versions.list {
            for doubled in [true, false] {
                let mut asked = base();
                match doubled {
                    true => asked.target.insert(0, '/'),
                    false => {
                        let at = asked.target.find('?').unwrap_or(asked.target.len());
                        asked.target.insert_str(at, ";v=1");
                    }
                }
                self.name_version(&mut asked, &version.value);
                all.push(asked);
            }
        }
        if let Scheme::Query(name) = &versions.scheme {
            let first = versions.list.first().map_or("v1", |one| &one.value);
            let last = versions.list.last().map_or("v2", |one| &one.value);
            let spelt: String = last.bytes().map(|byte| format!("%{byte:02x}")).collect();
            for query in [
                format!("{name}={first}&{name}={last}"),
                format!("{name}={first}&{name}={first}"),
                format!("a=1&{name}={spelt}&b=2"),
                format!("{name}="),
                format!("x{name}={first}"),
            ] {
                let mut asked = base();
                add_query(&mut asked.target, &query);
                all.push(asked);
            }
        }
    }
}
