//! What parts of an answer are to each other: their order, and that no two of them can ever stand in the
//! same place.

use crate::aggregate::merge::META;
use crate::aggregate::plan::Part;
use crate::aggregate::shape::Keys;
use crate::config::Issue;

/// The parts, each after those it needs; else of the order of the config.
///
/// # Errors
/// A circle of parts that wait for each other.
pub(super) fn order(parts: &[Part]) -> Result<Vec<usize>, Vec<usize>> {
    let mut order: Vec<usize> = Vec::new();
    while order.len() < parts.len() {
        let ready = (0..parts.len()).find(|n| {
            !order.contains(n) && parts[*n].needs.iter().all(|need| order.contains(need))
        });
        match ready {
            Some(n) => order.push(n),
            None => return Err(circle(parts, &order)),
        }
    }
    Ok(order)
}

/// A circle among the parts that are not in the order. Each of them needs another of them.
fn circle(parts: &[Part], order: &[usize]) -> Vec<usize> {
    let mut way: Vec<usize> = (0..parts.len())
        .filter(|n| !order.contains(n))
        .take(1)
        .collect();
    while let Some(last) = way.last() {
        let next = parts[*last].needs.iter().find(|need| !order.contains(need));
        let Some(next) = next else { break };
        if let Some(begin) = way.iter().position(|n| n == next) {
            return way.split_off(begin);
        }
        way.push(*next);
    }
    way
}

/// Sees to it that no two parts can ever stand in the same place (AG-1).
pub(super) fn check_places(parts: &mut [Part], meta: bool, at: &str, issues: &mut Vec<Issue>) {
    let keys: Vec<Keys> = parts.iter().map(keys).collect();
    for n in 0..parts.len() {
        let here = format!("{at}.parts[{n}].mount");
        let Some(mount) = parts[n].mount.clone() else {
            continue;
        };
        if meta && mount.first().is_some_and(|first| first == META) {
            let message = format!("`{META}` says what is missing (`meta`); choose another place");
            issues.push(Issue::error(here.clone(), message));
        }
        let mut shared = mount.is_empty();
        for other in 0..parts.len() {
            let Some(others) = parts[other].mount.clone() else {
                continue;
            };
            if other == n || !others.starts_with(&mount) {
                continue;
            }
            shared = true;
            // Of two in the same place the later one is told.
            if others == mount && other > n {
                continue;
            }
            let both = match others.get(mount.len()) {
                None => keys[n].common(&keys[other]),
                Some(next) => keys[n].may_hold(next).then(|| Some(next.clone())),
            };
            if let Some(field) = both {
                let message = collision(&parts[other].name, &mount, field.as_deref());
                issues.push(Issue::error(here.clone(), message));
            }
        }
        if !shared {
            continue;
        }
        parts[n].must_be_object = true;
        if parts[n].for_each.is_some() {
            let message = "a list cannot share its place with others; give it one of its own";
            issues.push(Issue::error(here, message));
        } else if parts[n]
            .default
            .as_ref()
            .is_some_and(|value| !value.is_object())
        {
            let message = "others stand in the same place, so it has to be an object";
            issues.push(Issue::error(format!("{at}.parts[{n}].default"), message));
        }
    }
}

fn collision(other: &str, mount: &[String], field: Option<&str>) -> String {
    let place = match mount {
        [] => "in the answer itself".to_owned(),
        mount => format!("under `{}`", mount.join(".")),
    };
    match field {
        Some(field) => format!(
            "it may have a field `{field}` {place}, where part `{other}` stands or has one too: give \
             one of them another `mount`, or name its fields with `select`, `drop` or `rename`"
        ),
        None => format!(
            "its fields and those of part `{other}` stand {place} and may be the same: give one of \
             them another `mount`, or name its fields with `select`"
        ),
    }
}

/// The fields that a part's object may have, also where its default stands for it.
fn keys(part: &Part) -> Keys {
    let mut keys = part.shape.keys();
    if let Some(serde_json::Value::Object(default)) = &part.default {
        default.keys().for_each(|name| keys.add(name));
    }
    keys
}

/// A required part that needs an optional one makes that one required, too, which nobody can see.
pub(super) fn warn_of_weak_needs(parts: &[Part], at: &str, issues: &mut Vec<Issue>) {
    for (n, part) in parts.iter().enumerate().filter(|(_, part)| part.required) {
        let weak = part.needs.iter().map(|need| &parts[*need]);
        let weak = weak.filter(|need| !need.required && need.stand_in().is_none());
        for need in weak {
            let message = format!(
                "it is required and needs part `{}`, which is not: without that there is no answer",
                need.name
            );
            issues.push(Issue::warning(format!("{at}.parts[{n}].required"), message));
        }
    }
}
