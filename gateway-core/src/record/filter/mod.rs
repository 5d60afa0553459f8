//! What a person types above the log: one meaning, for rows that arrive and for rows in the store.

mod explain;
mod parse;
mod sql;
mod test;

use rusqlite::types::Value;

use super::summary::ExchangeSummary;
use test::Test;

/// Which rows to show. The default shows all.
#[derive(Clone, Debug, Default)]
pub struct Filter(Option<Expression>);

/// Why a filter cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct FilterError {
    /// Where, in bytes from the beginning.
    pub at: usize,
    /// What is wrong and what to write instead.
    pub message: String,
}

#[derive(Clone, Debug)]
enum Expression {
    All(Vec<Expression>),
    Any(Vec<Expression>),
    Not(Box<Expression>),
    Test(Test),
}

impl Filter {
    /// Reads a filter such as `status:5xx key:acme -path:/health "timeout"`.
    ///
    /// # Errors
    /// Where it cannot be read, and why.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        parse::parse(text).map(Self)
    }

    /// Whether a row is shown.
    pub fn matches(&self, row: &ExchangeSummary) -> bool {
        self.0
            .as_ref()
            .is_none_or(|expression| expression.matches(row))
    }

    /// The same as a condition on the table `exchanges`, and the values of its `?`s.
    pub fn to_sql(&self) -> (String, Vec<Value>) {
        match &self.0 {
            None => ("1".to_owned(), Vec::new()),
            Some(expression) => sql::condition(expression),
        }
    }
}

impl Expression {
    fn matches(&self, row: &ExchangeSummary) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.matches(row)),
            Self::Any(parts) => parts.iter().any(|part| part.matches(row)),
            Self::Not(part) => !part.matches(row),
            Self::Test(test) => test.matches(row),
        }
    }

    /// How many tests it is made of.
    fn tests(&self) -> usize {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().map(Self::tests).sum(),
            Self::Not(part) => part.tests(),
            Self::Test(_) => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::fixtures::{kept, row};
    use super::super::summary::{KeyName, RequestOrigin, Source, StreamKind};
    use super::*;
    use crate::ids::KeyId;
    use crate::store::{Finished, LogStore};

    #[test]
    fn terms_mean_what_they_say() {
        for (filter, shown) in [
            ("", true),
            ("status:200", true),
            ("status:2xx", true),
            ("status:4xx,5xx", false),
            ("status:>=200", true),
            ("status:201..299", false),
            ("method:get", true),
            ("method:POST,GET", true),
            ("-method:GET", false),
            ("path:/orders", true),
            ("path:/order", false),
            ("path:*ders*", true),
            ("path:=/orders", false),
            ("key:acme", true),
            ("key:\"acme ci\"", true),
            ("key:=acme", false),
            ("duration:>10ms", true),
            ("duration:1ms..12ms", false),
            ("duration:<0.1s", true),
            ("is:error", false),
            ("-is:limited source:upstream", true),
            ("status:500 OR path:/orders", true),
            ("(status:500 OR path:/x) method:GET", false),
            ("NOT (status:500 OR path:/x)", true),
            ("page=2", true),
            ("ORDERS", true),
            ("ORDER", true),
            ("\"no such\"", false),
            ("100%", false),
            ("host:local*:8080", true),
            ("id:R1", true),
            ("id:00000000-0000-0000-0000-000000000001", true),
            ("id:00000000", false),
        ] {
            let parsed = Filter::parse(filter).unwrap_or_else(|error| panic!("{filter}: {error}"));
            assert_eq!(parsed.matches(&row(1)), shown, "{filter}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_explained_at_its_place() {
        for (filter, at, message) in [
            (
                "stats:5xx",
                0,
                "there is no `stats:`; did you mean `status:`?",
            ),
            (
                "method:GET http://x",
                11,
                "there is no `http:`; put text in quotes to search for it",
            ),
            (
                "status:abc",
                7,
                "`abc` is no status; write `404`, `5xx`, `>=400` or `400..499`",
            ),
            ("status:", 0, "`status:` needs a value"),
            (
                "duration:>fast",
                9,
                "`>fast` is no duration; write `>200ms`, `<2s` or `1s..3s`",
            ),
            (
                "is:wrong",
                3,
                "`wrong` is not one of `error`, `limited`, `unauthed`, `running`, `replayed`, `ws`, `sse`, `grpc`",
            ),
            ("method:GET status:>=", 11, "`status:>=` needs a value"),
            ("-Duration:>", 1, "`Duration:>` needs a value"),
            ("stats:", 0, "there is no `stats:`; did you mean `status:`?"),
            ("status:401,", 10, "a value is missing after the comma"),
            ("status:401,,403", 10, "a value is missing after the comma"),
            ("is:error, limited", 8, "a value is missing after the comma"),
            (
                "a (b OR c",
                2,
                "this parenthesis is not closed; write `)` where it ends",
            ),
            (
                "a) b",
                1,
                "there is no `(` for this `)`; put text in quotes to search for it",
            ),
            (
                "path:\"/a b",
                5,
                "this quote is not closed; write `\"` where the text ends",
            ),
            (
                "a OR ",
                5,
                "something is missing or too much here; put text in quotes to search for it",
            ),
            ("OR a", 0, "something is missing before this"),
            (&"(".repeat(33), 32, "parentheses may go 32 deep"),
            (
                &"é".repeat(2_049),
                4_096,
                "a filter may have at most 4096 bytes",
            ),
            (&"a ".repeat(257), 0, "a filter may have at most 256 terms"),
        ] {
            let error = Filter::parse(filter).unwrap_err();
            assert_eq!(
                (error.at, error.message.as_str()),
                (at, message),
                "{filter}"
            );
        }
    }

    fn any_row() -> impl Strategy<Value = ExchangeSummary> {
        (
            prop::sample::select(vec!["GET", "POST", "DELETE"]),
            prop::sample::select(vec![
                "/",
                "/orders",
                "/Orders/7",
                "/orders-old",
                "/a%b_c",
                "/é",
            ]),
            prop::sample::select(vec![200_u16, 304, 401, 403, 404, 429, 499, 500, 502]),
            prop::option::of(prop::sample::select(vec!["acme", "Acme CI", "x"])),
            prop::option::of(prop::sample::select(vec!["orders", "users"])),
            0..3_000_000_u64,
            any::<bool>(),
            prop::option::of(prop::sample::select(vec![
                StreamKind::Websocket,
                StreamKind::EventStream,
            ])),
            prop::sample::select(vec![RequestOrigin::Caller, RequestOrigin::Trip]),
        )
            .prop_map(
                |(method, path, status, key, route, duration_us, own, stream, origin)| {
                    ExchangeSummary {
                        stream,
                        origin,
                        method: method.to_owned(),
                        path: path.to_owned(),
                        status,
                        key: key.map(|name| KeyName {
                            id: KeyId(uuid::Uuid::nil()),
                            name: name.to_owned(),
                        }),
                        route: route.map(Into::into),
                        duration_us,
                        source: if own {
                            Source::Gateway
                        } else {
                            Source::Upstream
                        },
                        ..row(0)
                    }
                },
            )
    }

    fn any_filter() -> impl Strategy<Value = String> {
        let term = prop::sample::select(vec![
            "status:4xx",
            "status:>=500",
            "status:401,429",
            "status:300..404",
            "method:get,post",
            "method:=GET",
            "path:/orders",
            "path:*7",
            "path:=/",
            "key:acme",
            "key:=x",
            "key:*i",
            "route:ord",
            "route:=orders",
            "duration:>1s",
            "duration:10ms..500ms",
            "is:error",
            "is:limited",
            "is:unauthed",
            "is:running",
            "is:replayed",
            "is:ws",
            "is:sse",
            "source:gateway",
            "acme",
            "orders",
            "%b_",
            "\"Acme CI\"",
            "É",
            "service:shop",
            "code:x",
            "ip:127",
            "id:r1",
            "id:R2,r3",
            "id:=00000000-0000-0000-0000-000000000002",
            "id:00000000000000000000000000000003",
            "id:0000",
            "id:r*",
        ]);
        term.prop_map(str::to_owned)
            .prop_recursive(3, 12, 3, |inner| {
                prop_oneof![
                    (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} {b}")),
                    (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} OR {b})")),
                    inner.prop_map(|a| format!("-({a})")),
                ]
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20))]
        #[test]
        fn rows_that_arrive_and_rows_in_the_store_are_judged_alike(
            rows in prop::collection::vec(any_row(), 1..20),
            filters in prop::collection::vec(any_filter(), 20),
        ) {
            let dir = tempfile::tempdir().unwrap();
            let log = LogStore::open(&dir.path().join("traffic.db")).unwrap();
            let rows: Vec<_> = rows
                .into_iter()
                .zip(1..)
                .map(|(summary, seq)| {
                    let id = row(seq).id;
                    Finished::new(ExchangeSummary { seq, id, ..summary }, &kept())
                })
                .collect();
            log.writer().unwrap().write(&rows).unwrap();
            for text in filters {
                let filter = Filter::parse(&text).unwrap();
                let stored = log.page(&filter, None, 100).unwrap().rows;
                let mut live: Vec<_> = rows
                    .iter()
                    .map(|row| (*row.summary).clone())
                    .filter(|row| filter.matches(row))
                    .collect();
                live.reverse();
                prop_assert_eq!(stored, live, "{}", text);
            }
        }

        #[test]
        fn nothing_that_is_read_is_too_much_for_the_store(
            text in prop::sample::select(vec!["a ", "status:1,2xx,>3 ", "-path:a*b*c ", "(", "-(", "a OR "]),
            times in 1..300_usize,
        ) {
            let open = text.repeat(times);
            let text = format!("{open}a{}", ")".repeat(open.matches('(').count()));
            if let Ok(filter) = Filter::parse(&text) {
                let dir = tempfile::tempdir().unwrap();
                let log = LogStore::open(&dir.path().join("traffic.db")).unwrap();
                log.page(&filter, None, 10).unwrap();
            }
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in any::<String>()) {
            if let Ok(filter) = Filter::parse(&text) {
                filter.matches(&row(1));
            }
        }
    }
}
