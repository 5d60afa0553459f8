//! Names as Kubernetes takes them.

use crate::export::gate::{Gate, Slot};

/// Lower-case letters, digits and `-` of a name, after what makes it unlike all others.
pub(super) fn object(before: &str, name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|c| match c.is_ascii_alphanumeric() {
            true => c.to_ascii_lowercase(),
            false => '-',
        })
        .take(40)
        .collect();
    let made = format!("{before}-{plain}");
    made.trim_end_matches('-').to_owned()
}

/// The backend of a target of a service.
pub(super) fn backend(service: usize, target: usize, name: &str) -> String {
    object(&format!("s{service}-{target}"), name)
}

/// What a key stands under: its consumer, where that has one key and a name that can stand there.
pub(super) fn client(gate: &Gate<'_>, slot: &Slot) -> String {
    let name = &slot.key.consumer;
    let alone = gate
        .slots
        .iter()
        .filter(|one| one.key.consumer == *name)
        .count()
        == 1;
    let taken = gate.slots.iter().any(|one| one.label == *name);
    let fits = !name.is_empty()
        && name.len() <= 200
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    match alone && fits && !taken {
        true => name.clone(),
        false => slot.label.clone(),
    }
}

/// A time as Kubernetes writes it.
pub(super) fn duration(ms: u32) -> String {
    match (ms / 1_000, ms % 1_000) {
        (0, rest) => format!("{rest}ms"),
        (whole, _) if whole > 99_999 => format!("{}m", whole / 60),
        (whole, 0) => format!("{whole}s"),
        (whole, rest) => format!("{whole}s{rest}ms"),
    }
}
