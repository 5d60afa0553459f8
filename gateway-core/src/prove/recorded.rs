//! Requests of the log, sent to both gateways of a proof.

use std::collections::BTreeMap;

use super::LeftOut;
use super::ask::Asked;
use crate::export::ExportKey;
use crate::export::gate::Gate;
use crate::record::detail::ExchangeDetail;
use crate::record::filter::Filter;
use crate::record::summary::RequestOrigin;
use crate::replay::{self, ReplayRequest, is_safe};
use crate::snapshot::versions::Unnamed;
use crate::store::{LogStore, StoreError};

/// What recorded requests are called among the classes of a proof.
pub const CLASS: &str = "recorded traffic";

/// Most of them in one proof.
pub const MOST: usize = 2_000;

/// A request of the log.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// As its caller sent it, without what the log does not hold.
    request: ReplayRequest,
    /// Whether something is missing that changes what it does.
    incomplete: bool,
    /// The route that took it.
    route: Option<String>,
    /// Id of the API key that it was made with.
    key: Option<String>,
}

/// Which requests of the log are sent.
#[derive(Clone, Debug)]
pub struct Selection {
    /// How many at most, the newest first; never more than [`MOST`].
    pub most: usize,
    /// Which of them.
    pub filter: Filter,
    /// Also those whose methods may change something. Services of a proof only echo, so nothing does.
    pub all_methods: bool,
}

/// Reads requests of the log, newest first. Blocks.
///
/// # Errors
/// The log cannot be read.
pub fn read(log: &LogStore, selection: &Selection) -> Result<Vec<Recorded>, StoreError> {
    let most = selection.most.min(MOST);
    let mut found = Vec::new();
    let mut before = None;
    loop {
        let page = log.page(&selection.filter, before, 200)?;
        for row in page.rows {
            // What came from a file was asked of somebody else's server, and an answer is fetched anew
            // for nobody.
            let wanted = !matches!(row.origin, RequestOrigin::Import | RequestOrigin::Refresh)
                && (selection.all_methods || is_safe(&row.method));
            if !wanted {
                continue;
            }
            let Some((summary, kept)) = log.exchange(row.id)? else {
                continue;
            };
            let route = summary.route.as_ref().map(ToString::to_string);
            let key = summary.key.as_ref().map(|key| key.id.to_string());
            let (request, incomplete) = replay::as_sent(&ExchangeDetail {
                sentence: String::new(),
                summary,
                kept,
            });
            found.push(Recorded {
                request,
                incomplete,
                route,
                key,
            });
            if found.len() == most {
                return Ok(found);
            }
        }
        match page.next {
            Some(next) => before = Some(next),
            None => return Ok(found),
        }
    }
}

/// Those that can be compared, and why the others cannot.
pub(super) fn asked(
    gate: &Gate<'_>,
    recorded: &[Recorded],
    keys: &[(&ExportKey, &String)],
) -> (Vec<Asked>, Vec<LeftOut>) {
    let mut asked = Vec::new();
    let mut left_out: BTreeMap<&'static str, usize> = BTreeMap::new();
    // Oldest first, as they came.
    for one in recorded.iter().rev() {
        match of(gate, one, keys) {
            Ok(one) => asked.push(one),
            Err(why) => *left_out.entry(why).or_default() += 1,
        }
    }
    let left_out = left_out.into_iter().map(|(why, count)| LeftOut {
        why: why.to_owned(),
        count,
    });
    (asked, left_out.collect())
}

fn of(
    gate: &Gate<'_>,
    recorded: &Recorded,
    keys: &[(&ExportKey, &String)],
) -> Result<Asked, &'static str> {
    let Recorded {
        request,
        incomplete,
        route,
        key,
    } = recorded;
    if *incomplete {
        return Err("a secret or a part of the body is not in the log");
    }
    if request.body_base64.is_some() {
        return Err("the body is no text");
    }
    let named = |name: &String| {
        let mut routes = gate.routes.iter();
        routes.position(|route| route.config.name.as_str() == name)
    };
    let route = match route {
        // Whatever the first route answers by itself, a refusal is not it.
        None => 0,
        Some(name) => named(name).ok_or("their route is not there any more, or switched off")?,
    };
    if let Some(found) = gate.routes.get(route) {
        if found.closed.is_some() {
            return Err("their route is exported closed");
        }
        if !gate.limits_of(route).is_empty() {
            return Err("their route has limits, which are proved by themselves");
        }
        let versions = found.compiled.versions.as_ref();
        if versions.is_some_and(|versions| matches!(versions.unnamed, Unnamed::Split(_))) {
            return Err("their route spreads callers over versions by chance");
        }
    }
    let mut headers: Vec<_> = request
        .headers
        .iter()
        .map(|line| (line.name.clone(), line.value.clone()))
        .collect();
    if let Some(id) = key {
        let (_, secret) = keys
            .iter()
            .find(|(key, _)| key.id.as_ref() == Some(id))
            .ok_or("their API key is not good any more")?;
        headers.push(("X-API-Key".to_owned(), (*secret).clone()));
    }
    if headers
        .iter()
        .any(|(name, value)| name.contains(['\r', '\n']) || value.contains(['\r', '\n']))
    {
        return Err("a header of theirs cannot be written again");
    }
    Ok(Asked {
        class: CLASS,
        route,
        method: request.method.clone(),
        target: request.path.clone(),
        headers,
        host: request.host.clone(),
        body: request.body.clone().unwrap_or_default(),
        times: 1,
    })
}
