//! The layers of routers: what is decided for all routes, and then for each alone.

use super::rules::Rule;
use super::tree::{Router, Tree};
use super::{callers, forward, limits, matching, pages, paths, versions};
use crate::export::gate::{Callers, Gate, Scope};
use crate::snapshot::Backend;
use crate::snapshot::answer::OwnAnswer;

/// All routers.
pub(super) fn routers(gate: &Gate<'_>, tree: &mut Tree) {
    let unsupported = Rule::method(&["TRACE".to_owned(), "CONNECT".to_owned()]);
    tree.refuse(Router::first("method-unsupported", unsupported), 501);
    tree.refuse(Router::first("odd-path", paths::refused()), 400);
    matching::preflights(gate, tree);
    let mut below = matching::entries(gate, tree);
    for (n, route) in gate.routes.iter().enumerate() {
        if let (Some(cors), None) = (&route.config.cors, &route.closed)
            && !below[n].is_empty()
        {
            below[n] = pages::routers(tree, n, route, cors, &below[n]);
        }
    }
    let shared = share(gate, tree, &mut below);
    for (n, above) in below.iter().enumerate() {
        if !above.is_empty() && gate.routes[n].closed.is_none() {
            one(gate, tree, n, above, shared);
        }
    }
}

/// Sends requests of several routes past routers that all of them pass. Whether there are any.
fn share(gate: &Gate<'_>, tree: &mut Tree, below: &mut [Vec<String>]) -> bool {
    let open = |n: usize| gate.routes[n].closed.is_none();
    let all = |below: &[Vec<String>], wanted: &dyn Fn(usize) -> bool| {
        let mut names: Vec<String> = Vec::new();
        for (n, one) in below.iter().enumerate().filter(|(n, _)| wanted(*n)) {
            debug_assert!(open(n));
            for name in one {
                if !names.contains(name) {
                    names.push(name.clone());
                }
            }
        }
        names
    };
    let takes_keys = |n: usize| open(n) && gate.routes[n].callers != Callers::Anyone;
    let above = all(below, &takes_keys);
    if !above.is_empty() {
        let known = callers::routers(gate, tree, &above);
        for (n, names) in below.iter_mut().enumerate() {
            if !takes_keys(n) || names.is_empty() {
                continue;
            }
            names.clone_from(&known);
            let route = &gate.routes[n];
            if let Some(rule) = callers::unknown(gate, route.callers) {
                let rule = Rule::all([callers::on(n), rule]);
                let router = Router::below(&known, format!("r{n}-no-key"), rule)
                    .about(format!("{}.authentication", route.at));
                tree.refuse(router, 401);
            }
        }
    }
    let mut shared = false;
    for k in 0..gate.limits.len() {
        if !matches!(gate.limits[k].scope, Scope::All | Scope::Slots(_)) {
            continue;
        }
        let above = all(below, &open);
        if above.is_empty() {
            continue;
        }
        let counted = limits::routers(gate, tree, k, &above);
        shared = true;
        for (n, names) in below.iter_mut().enumerate() {
            if open(n) && !names.is_empty() {
                names.clone_from(&counted);
            }
        }
    }
    shared
}

/// What is decided for one route alone.
fn one(gate: &Gate<'_>, tree: &mut Tree, n: usize, above: &[String], shared: bool) {
    let route = &gate.routes[n];
    let among_others = shared || route.callers != Callers::Anyone;
    let here = match among_others {
        true => callers::on(n),
        false => Rule::always(),
    };
    let mut above = above.to_vec();
    if let Some(found) = &route.compiled.versions {
        above = versions::routers(tree, n, route, found, &above, &here);
    } else if among_others {
        above = vec![tree.pass(Router::below(&above, format!("r{n}"), here))];
    }
    if above.is_empty() {
        return;
    }
    for (m, denial) in route.denials.iter().enumerate() {
        if let Some(rule) = callers::denied(gate, denial) {
            let router = Router::below(&above, format!("r{n}-denied-{m}"), rule);
            tree.refuse(router.about(&denial.at), 403);
        }
    }
    for k in gate.limits_of(n) {
        if matches!(gate.limits[k].scope, Scope::Route(_) | Scope::Version(..)) {
            above = limits::routers(gate, tree, k, &above);
        }
    }
    match &route.compiled.backend {
        Backend::Own(OwnAnswer::Redirect(redirect)) => {
            forward::moved(tree, n, route, redirect, &above)
        }
        // Such a route is closed.
        Backend::Own(OwnAnswer::Fixed(_) | OwnAnswer::OnlyMock) | Backend::Aggregate(_) => {
            tree.refuse(
                Router::below(&above, format!("r{n}-answer"), Rule::always()),
                403,
            );
        }
        Backend::Service(_) => forward::forward(gate, tree, n, route, &above),
    }
}
