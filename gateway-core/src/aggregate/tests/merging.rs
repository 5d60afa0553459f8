//! What stands where in the answer.

use proptest::prelude::*;

use super::*;

/// A part whose answer is one of these texts, or none.
fn parts_of_an_answer() -> impl Strategy<Value = Vec<(Value, Value)>> {
    let name = || prop::sample::select(vec!["a", "b", "c"]);
    let mount = prop_oneof![
        Just(None),
        Just(Some(String::new())),
        name().prop_map(|one| Some(one.to_owned())),
        (name(), name()).prop_map(|(one, other)| Some(format!("{one}.{other}"))),
    ];
    let fields = || prop::collection::vec(name(), 0..3);
    let rename = prop::option::of((name(), name()));
    let one = (mount, fields(), fields(), rename, fields());
    prop::collection::vec(one, 1..5).prop_map(|parts| {
        let parts = parts.into_iter().enumerate();
        let parts = parts.map(|(n, (mount, select, drop, rename, has))| {
            let rename: Vec<_> = rename.iter().map(|(from, to)| json!({"from": from, "to": to})).collect();
            let part = part(
                &format!("p{n}"),
                json!({"mount": mount, "select": select, "drop": drop, "rename": rename, "required": false}),
            );
            // Each value is the part's own, so that it can be found again.
            let answer: serde_json::Map<_, _> = has
                .into_iter()
                .map(|name| (name.to_owned(), json!(format!("p{n}.{name}"))))
                .collect();
            (part, Value::Object(answer))
        });
        parts.collect()
    })
}

fn leaves(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(object) => object.values().for_each(|one| leaves(one, found)),
        Value::String(text) => found.push(text.clone()),
        _ => {}
    }
}

proptest! {
    /// AG-1: whatever is saved, nothing of a part is lost to another, and the same bytes come of it
    /// whichever comes first.
    #[test]
    fn parts_never_take_each_others_place_whatever_their_order(
        parts in parts_of_an_answer(),
        pauses in prop::collection::vec(0_usize..6, 5),
    ) {
        let config = json!({"parts": parts.iter().map(|(part, _)| part).collect::<Vec<_>>()});
        let Ok(plan) = compiled(&config) else {
            return Ok(());
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let mut all = Vec::new();
        for turn in 0..pauses.len() {
            let played = Played::new(|call: &Call| {
                let pause = pauses[(call.part + turn) % pauses.len()];
                let answer = parts[call.part].1.clone();
                async move {
                    for _ in 0..pause {
                        tokio::task::yield_now().await;
                    }
                    reply(200, &answer)
                }
            });
            let made = runtime.block_on(made(&plan, &played, &Input::default()));
            let Merged::Object { body, incomplete } = made.merged else {
                panic!("no part is required");
            };
            prop_assert!(incomplete.is_empty());
            all.push(body);
        }
        prop_assert!(all.windows(2).all(|two| two[0] == two[1]), "{all:?}");
        let mut expected = Vec::new();
        for (part, (_, answer)) in plan.parts.iter().zip(&parts) {
            leaves(&part.shape.apply(answer.clone()), &mut expected);
        }
        let mut found = Vec::new();
        leaves(&serde_json::from_slice(&all[0]).unwrap(), &mut found);
        expected.sort();
        found.sort();
        prop_assert_eq!(expected, found);
    }
}
