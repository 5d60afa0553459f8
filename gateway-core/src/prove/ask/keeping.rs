//! Answers that are kept: the same address asked several times. Each request says which one it is, and
//! services answer with what they were asked, so that each answer says whose request it was made for.

use super::{Asked, Asking, add_query};
use crate::config::{Condition, RouteCache};
use crate::snapshot::matcher::paths::{End, PathForm};
use crate::snapshot::versions::Unnamed;

/// The class of these requests.
const CLASS: &str = "kept answers";

/// Says which request of a series this is.
pub(in crate::prove) const STEP: &str = "x-asked";

/// Says what the series is about.
const SERIES: &str = "X-Series";

/// A line that the service answers with.
pub(in crate::prove) const ANSWER_WITH: &str = "x-answer-with";

/// The status that the service answers with.
pub(in crate::prove) const ANSWER_STATUS: &str = "x-answer-status";

const FRESH: &str = "Cache-Control: max-age=600";
const PUBLIC: &str = "Cache-Control: public, max-age=600";

/// A series of requests for one address.
struct Series {
    plain: Asked,
    steps: Vec<Asked>,
}

impl Series {
    /// One more request, with these headers instead of any of their names; `with` are lines that the
    /// service answers with.
    fn step(&mut self, with: &[&str], headers: &[(&str, &str)]) -> &mut Asked {
        let mut asked = self.plain.clone();
        for (name, _) in headers {
            asked
                .headers
                .retain(|(one, _)| !one.eq_ignore_ascii_case(name));
        }
        for (name, value) in headers {
            asked
                .headers
                .push(((*name).to_owned(), (*value).to_owned()));
        }
        asked.headers.retain(|(_, value)| !value.is_empty());
        let number = (self.steps.len() + 1).to_string();
        asked.headers.push((STEP.to_owned(), number));
        for line in with {
            asked
                .headers
                .push((ANSWER_WITH.to_owned(), (*line).to_owned()));
        }
        self.steps.push(asked);
        self.steps.last_mut().expect("it was just put there")
    }

    /// The same twice.
    fn twice(mut self, with: &[&str], headers: &[(&str, &str)]) -> Self {
        self.step(with, headers);
        self.step(with, headers);
        self
    }

    /// One after another, the service answering the same.
    fn each(mut self, with: &[&str], all: &[&[(&str, &str)]]) -> Self {
        for headers in all {
            self.step(with, headers);
        }
        self
    }

    /// The same with this status.
    fn with_status(mut self, status: u16) -> Self {
        for step in &mut self.steps {
            let status = (ANSWER_STATUS.to_owned(), status.to_string());
            step.headers.push(status);
        }
        self
    }
}

impl Asked {
    /// Whether it is of a series about one of these.
    pub(in crate::prove) fn is_about(&self, names: &[&str]) -> bool {
        let mut headers = self.headers.iter();
        headers.any(|(name, value)| name == SERIES && names.contains(&value.as_str()))
    }

    /// Which one of its series it is.
    pub(in crate::prove) fn step(&self) -> Option<&str> {
        let mut headers = self.headers.iter();
        let found = headers.find(|(name, _)| name == STEP);
        found.map(|(_, value)| value.as_str())
    }
}

impl Asking<'_, '_> {
    /// Series of requests for addresses of a route that keeps answers.
    pub(super) fn kept_answers(&self, all: &mut Vec<Asked>) {
        let Some(cache) = &self.route.config.cache else {
            return;
        };
        let methods = &self.route.config.matches.methods;
        let takes = |method: &str| methods.is_empty() || methods.iter().any(|one| one == method);
        if !takes("GET") {
            return;
        }
        let mut made: Vec<Vec<Asked>> = Vec::new();
        let mut put = |series: Series| made.push(series.steps);
        // The series that matters most: whoever has one address alone is asked about this.
        put(self.callers());
        for with in [
            &[FRESH][..],
            &[],
            &["Cache-Control: no-store"],
            &["Cache-Control: no-store", FRESH],
            &["Cache-Control: private, max-age=600"],
            &[FRESH, "Cache-Control: private"],
            &["Cache-Control: no-cache"],
            &["Cache-Control: max-age=0"],
            &["Cache-Control: s-maxage=600, max-age=0"],
            &["Expires: Thu, 01 Jan 1970 00:00:00 GMT"],
            &["Expires: 0"],
            &["X-Accel-Expires: 600", "Cache-Control: no-store"],
            &[FRESH, "Set-Cookie: session=1"],
            &["Set-Cookie: session=1"],
            &[FRESH, "Vary: *"],
            &[FRESH, "Vary: Accept, *"],
        ] {
            put(self.series("answers").twice(with, &[]));
        }
        for status in [404, 500, 302, 201] {
            put(self.series("statuses").twice(&[], &[]).with_status(status));
            put(self
                .series("statuses")
                .twice(&[FRESH], &[])
                .with_status(status));
        }
        self.personal(&mut put);
        self.apart(cache, &mut put);
        self.asked_otherwise(cache, &takes, &mut put);
        for (k, mut steps) in made.into_iter().enumerate() {
            let mut apart = true;
            for step in &mut steps {
                apart = self.set_apart(step, k);
            }
            if apart || k == 0 {
                all.extend(steps);
            }
        }
    }

    /// `about`: what the series is about, for those who read what differs.
    fn series(&self, about: &str) -> Series {
        let mut plain = self.plain();
        plain.class = CLASS;
        plain.headers.push((SERIES.to_owned(), about.to_owned()));
        plain.method = "GET".to_owned();
        Series {
            plain,
            steps: Vec::new(),
        }
    }

    /// Gives the requests of a series an address that no other has; false where there is none.
    fn set_apart(&self, asked: &mut Asked, k: usize) -> bool {
        let is_prefix = matches!(
            self.route.compiled.path.form,
            PathForm::Segments(_, End::Anything | End::Parameter(_))
        );
        let anywhere = self.route.compiled.hosts.is_empty();
        if is_prefix {
            let at = asked.target.find('?').unwrap_or(asked.target.len());
            asked.target.insert_str(at, &format!("/kept-{k}"));
        }
        if anywhere {
            asked.host = format!("kept-{k}.{}", asked.host);
        }
        is_prefix || anywhere
    }

    /// One caller after another, and the first again.
    fn callers(&self) -> Series {
        let mut series = self.series("callers");
        for secret in self.secrets.iter().chain(self.secrets.first()) {
            series.step(&[PUBLIC], &[("X-API-Key", secret)]);
        }
        series.step(&[PUBLIC], &[("X-API-Key", "")]);
        series
    }

    /// Answers that are for one caller alone.
    fn personal(&self, put: &mut impl FnMut(Series)) {
        let one = self.secrets.first().map_or("", String::as_str);
        let other = self.secrets.last().map_or("", String::as_str);
        for with in [
            &[FRESH][..],
            &[],
            &[PUBLIC],
            &["Cache-Control: s-maxage=600"],
            &["Cache-Control: max-age=600, must-revalidate"],
        ] {
            put(self.series("authorization").each(
                with,
                &[
                    &[("Authorization", "Basic YTph")],
                    &[("Authorization", "Basic Yjpi")],
                    &[],
                ],
            ));
            put(self.series("cookies").each(
                with,
                &[&[("Cookie", "session=a")], &[("Cookie", "session=b")], &[]],
            ));
            // What everyone may get is given to whoever shows something, too.
            put(self.series("everyone").each(
                with,
                &[
                    &[],
                    &[("Authorization", "Basic YTph")],
                    &[("Cookie", "session=a")],
                ],
            ));
            put(self.series("keys").each(
                with,
                &[
                    &[("X-API-Key", one)],
                    &[("X-API-Key", other)],
                    &[("X-API-Key", one)],
                ],
            ));
        }
        for name in ["X-Consumer-Id", "X-Forwarded-For", "Authorization", "X-Who"] {
            let vary = format!("Vary: {name}");
            put(self.series("vary of the gateway").each(
                &[PUBLIC, &vary],
                &[
                    &[("X-API-Key", one)],
                    &[("X-API-Key", other)],
                    &[("X-API-Key", one)],
                ],
            ));
        }
    }

    /// Requests whose answers are told apart.
    fn apart(&self, cache: &RouteCache, put: &mut impl FnMut(Series)) {
        let language = |value| [("Accept-Language", value)];
        let (de, en) = (language("de"), language("en"));
        put(self
            .series("vary")
            .each(&[FRESH, "Vary: Accept-Language"], &[&de, &en, &de, &en]));
        put(self.series("vary lines").each(
            &[FRESH, "Vary: Accept-Language", "Vary: X-Other"],
            &[&de, &en, &de],
        ));
        put(self.series("no vary").each(&[FRESH], &[&de, &en]));
        for name in &cache.headers {
            let (a, b) = ([(name.as_str(), "a")], [(name.as_str(), "b")]);
            put(self.series("headers").each(&[FRESH], &[&a, &b, &[], &a]));
        }
        let mut names: Vec<&str> = cache.query_names.iter().map(String::as_str).collect();
        names.push("other");
        for name in names {
            let name: String = form_urlencoded::byte_serialize(name.as_bytes()).collect();
            let mut series = self.series("query");
            for query in [
                format!("{name}=1"),
                format!("{name}=2"),
                format!("a=3&{name}=1"),
                format!("{name}=1&{name}=2"),
                format!("{name}=1&{name}=3"),
                String::new(),
                format!("{name}=1"),
            ] {
                let asked = series.step(&[FRESH], &[]);
                if !query.is_empty() {
                    add_query(&mut asked.target, &query);
                }
            }
            put(series);
        }
        if self.route.compiled.hosts.is_empty() {
            let mut series = self.series("hosts");
            for host in [
                "one.example",
                "two.example",
                "one.example:81",
                "ONE.example",
            ] {
                host.clone_into(&mut series.step(&[FRESH], &[]).host);
            }
            put(series);
        }
        let versions = self.route.compiled.versions.as_ref();
        if let Some(versions) = versions
            && matches!(versions.unnamed, Unnamed::Default(_))
        {
            let mut series = self.series("versions");
            for version in versions.list.iter().chain(versions.list.first()) {
                let asked = series.step(&[FRESH], &[]);
                self.name_version(asked, &version.value);
            }
            put(series);
        }
    }

    /// Requests that ask for more than what is kept.
    fn asked_otherwise(
        &self,
        cache: &RouteCache,
        takes: &dyn Fn(&str) -> bool,
        put: &mut impl FnMut(Series),
    ) {
        for said in ["no-cache", "no-store", "only-if-cached"] {
            let asks = [("Cache-Control", said)];
            put(self
                .series("callers ask")
                .each(&[FRESH], &[&[], &asks, &[]]));
            put(self
                .series("callers ask")
                .each(&[FRESH], &[&asks, &[], &[]]));
        }
        let pragma = [("Pragma", "no-cache")];
        put(self.series("pragma").each(&[FRESH], &[&[], &pragma, &[]]));
        for name in ["If-Match", "If-None-Match"] {
            let asks = [(name, "\"a\"")];
            put(self
                .series("conditions")
                .each(&[FRESH], &[&asks, &asks, &[]]));
            put(self.series("conditions").each(&[FRESH], &[&[], &asks, &[]]));
        }
        let conditions = &cache.bypass;
        let of_query = conditions.query.iter().map(|one| (one, true));
        let all = conditions.headers.iter().map(|one| (one, false));
        for (condition, query) in all.chain(of_query) {
            put(self.bypassed(condition, query));
        }
        for method in ["HEAD", "POST"] {
            if takes(method) {
                let mut series = self.series("method").twice(&[FRESH], &[]);
                method.clone_into(&mut series.step(&[FRESH], &[]).method);
                series.step(&[FRESH], &[]);
                put(series);
            }
        }
        let mut series = self.series("body").twice(&[FRESH], &[]);
        "a question".clone_into(&mut series.step(&[FRESH], &[]).body);
        put(series);
    }

    fn bypassed(&self, condition: &Condition, query: bool) -> Series {
        let mut series = self.series("bypass").twice(&[FRESH], &[]);
        if let Some(value) = super::held(condition) {
            for _ in 0..2 {
                match query {
                    false => {
                        series.step(&[FRESH], &[(&condition.name, &value)]);
                    }
                    true => {
                        let pair = form_urlencoded::Serializer::new(String::new())
                            .append_pair(&condition.name, &value)
                            .finish();
                        add_query(&mut series.step(&[FRESH], &[]).target, &pair);
                    }
                }
            }
        }
        series.step(&[FRESH], &[]);
        series
    }
}
