use std::time::Duration;

use uuid::Uuid;

use super::*;
use crate::clock::ManualClock;
use crate::keys::{KeyAccess, KeyChange, KeyError, NewKey};
use crate::store::ConfigStore;

const START_US: i64 = 1_767_225_600_000_000;

struct Ring {
    ring: Arc<KeyRing>,
    hands: ManualClock,
    dir: tempfile::TempDir,
}

fn ring() -> Ring {
    let dir = tempfile::tempdir().unwrap();
    let (clock, hands) = Clock::manual(START_US);
    let store = ConfigStore::open(&dir.path().join("gatewright.db")).unwrap();
    Ring {
        ring: Arc::new(KeyRing::load(store, clock).unwrap()),
        hands,
        dir,
    }
}

impl Ring {
    /// What a gateway that is started on the same folder would know.
    fn after_a_restart(&self) -> KeyRing {
        let store = ConfigStore::open(&self.dir.path().join("gatewright.db")).unwrap();
        KeyRing::load(store, self.ring.clock.clone()).unwrap()
    }

    fn code(&self, secret: &str) -> Option<ErrorCode> {
        self.ring.check(secret).err().map(|refusal| refusal.code)
    }
}

#[test]
fn everything_said_of_a_key_is_there_after_a_restart() {
    let Ring { ring, .. } = &ring();
    let new = NewKey {
        labels: BTreeMap::from([("team".to_owned(), "billing".to_owned())]),
        scopes: vec!["orders:read".to_owned()],
        plan: Some("gold".into()),
        expires_at_us: Some(START_US + 1),
        ..NewKey::new(" ci ").of("app").everywhere()
    };
    let issued = ring.issue(new).unwrap();
    assert_eq!(issued.key.name, "ci");
    let change = KeyChange {
        name: Some("other".to_owned()),
        plan: Some(None),
        access: Some(KeyAccess::default()),
        ..KeyChange::default()
    };
    let changed = ring.change(issued.key.id, &change).unwrap().unwrap();
    let expected = ApiKey {
        name: "other".to_owned(),
        plan: None,
        access: KeyAccess::default(),
        ..issued.key
    };
    assert_eq!(changed, expected);
    assert_eq!(ring.get(expected.id), Some(expected.clone()));
}

#[test]
fn changes_are_on_disk_before_they_are_in_force() {
    let ring = ring();
    let old = ring.ring.issue(NewKey::new("a").of("app")).unwrap();
    let change = KeyChange {
        scopes: Some(vec!["x".to_owned()]),
        ..KeyChange::default()
    };
    ring.ring.change(old.key.id, &change).unwrap().unwrap();
    let new = ring.ring.roll(old.key.id, Duration::from_secs(60));
    let new = new.unwrap().unwrap();
    ring.ring.revoke(new.key.id).unwrap();
    assert_eq!(ring.after_a_restart().list(), ring.ring.list());
}

/// KEY-5
#[test]
fn a_rolled_key_and_its_successor_are_both_good_until_the_overlap_ends() {
    let ring = ring();
    let new = NewKey {
        scopes: vec!["x".to_owned()],
        ..NewKey::new("a").of("app").everywhere()
    };
    let old = ring.ring.issue(new).unwrap();
    let new = ring.ring.roll(old.key.id, Duration::from_secs(60));
    let new = new.unwrap().unwrap();
    assert_ne!(old.secret, new.secret);
    assert_eq!(
        (&new.key.consumer, &new.key.scopes, &new.key.access),
        (&old.key.consumer, &old.key.scopes, &old.key.access)
    );
    assert_eq!(new.key.rolled_from, Some(old.key.id));
    let replaced = ring.ring.get(old.key.id).unwrap();
    assert_eq!(replaced.replaced_by, Some(new.key.id));
    assert_eq!(replaced.expires_at_us, Some(START_US + 60_000_000));

    ring.hands.advance(Duration::from_micros(59_999_999));
    assert_eq!(
        (ring.code(&old.secret), ring.code(&new.secret)),
        (None, None)
    );
    ring.hands.advance(Duration::from_micros(1));
    assert_eq!(ring.code(&old.secret), Some(ErrorCode::KeyExpired));
    assert_eq!(ring.code(&new.secret), None);
}

#[test]
fn a_key_is_rolled_once_and_only_while_it_is_good() {
    let ring = ring();
    let [rolled, revoked] = ["a", "b"].map(|name| ring.ring.issue(NewKey::new(name)).unwrap());
    let roll = |id| ring.ring.roll(id, Duration::ZERO);
    let short = NewKey {
        expires_at_us: Some(START_US + 10),
        ..NewKey::new("c")
    };
    let short = ring.ring.issue(short).unwrap();
    let new = ring.ring.roll(short.key.id, Duration::from_secs(9));
    assert_eq!(
        ring.ring.get(short.key.id).unwrap().expires_at_us,
        Some(START_US + 10),
        "an overlap makes no key live longer"
    );
    assert_eq!(
        new.unwrap().unwrap().key.expires_at_us,
        Some(START_US + 10),
        "its successor lives as long as it was to"
    );
    roll(rolled.key.id).unwrap();
    assert_eq!(ring.code(&rolled.secret), Some(ErrorCode::KeyExpired));
    ring.ring.revoke(revoked.key.id).unwrap();
    for id in [rolled.key.id, revoked.key.id, short.key.id] {
        assert!(matches!(roll(id), Err(KeyError::State(_))));
    }
    assert!(roll(KeyId(Uuid::nil())).unwrap().is_none());
}

#[test]
fn a_revoked_key_stays_revoked_whatever_becomes_of_it() {
    let ring = ring();
    let key = ring.ring.issue(NewKey::new("a")).unwrap();
    assert!(ring.ring.revoke(key.key.id).unwrap());
    let first = ring.ring.get(key.key.id).unwrap().revoked_at_us;
    ring.hands.advance(Duration::from_secs(1));
    assert!(ring.ring.revoke(key.key.id).unwrap());
    assert_eq!(ring.ring.get(key.key.id).unwrap().revoked_at_us, first);
    let change = KeyChange {
        expires_at_us: Some(None),
        ..KeyChange::default()
    };
    ring.ring.change(key.key.id, &change).unwrap();
    assert_eq!(ring.code(&key.secret), Some(ErrorCode::KeyRevoked));
    assert!(!ring.ring.revoke(KeyId(Uuid::nil())).unwrap());
}

#[test]
fn when_a_key_was_last_used_is_written_down_apart_from_requests() {
    let ring = ring();
    let [used, unused] = ["a", "b"].map(|name| ring.ring.issue(NewKey::new(name)).unwrap());
    ring.hands.advance(Duration::from_secs(5));
    ring.ring.check(&used.secret).unwrap();
    let last = |ring: &KeyRing, id| ring.get(id).unwrap().last_used_at_us;
    let at = Some(START_US + 5_000_000);
    assert_eq!(last(&ring.ring, used.key.id), at);
    assert_eq!(last(&ring.after_a_restart(), used.key.id), None);
    ring.ring.keep_last_used().unwrap();
    assert_eq!(last(&ring.after_a_restart(), used.key.id), at);
    assert_eq!(last(&ring.after_a_restart(), unused.key.id), None);
    // A change of the key does not take it back.
    ring.ring
        .change(used.key.id, &KeyChange::default())
        .unwrap();
    assert_eq!(last(&ring.ring, used.key.id), at);
    // Nobody waits for anybody more than once a second.
    ring.ring.check(&used.secret).unwrap();
    assert!(ring.ring.used.lock().is_empty());
}

/// Cost is counted, not timed: however many keys there are, a change replaces one entry and leaves
/// the others as they are in memory, and a request looks up one hash.
#[test]
fn a_change_of_one_key_of_many_touches_no_other() {
    let ring = ring();
    let issued: Vec<_> = (0..200)
        .map(|n| ring.ring.issue(NewKey::new(format!("k{n}"))).unwrap())
        .collect();
    let entries = |ring: &KeyRing| -> Vec<_> {
        let entries = ring.entries.read();
        entries.by_id.values().map(Arc::as_ptr).collect()
    };
    let before = entries(&ring.ring);
    ring.ring.revoke(issued[77].key.id).unwrap();
    let after = entries(&ring.ring);
    let changed = before.iter().zip(&after).filter(|(a, b)| a != b).count();
    assert_eq!((before.len(), changed), (200, 1));
}

#[test]
fn pages_hold_every_key_that_fits_once_and_say_how_many_there_are() {
    let ring = ring();
    for n in 0..25 {
        let new = NewKey {
            labels: BTreeMap::from([("team".to_owned(), format!("T{}", n % 2))]),
            ..NewKey::new(format!("key {n}")).of(if n < 20 { "app" } else { "ci" })
        };
        let key = ring.ring.issue(new).unwrap().key;
        if n == 3 {
            ring.ring.revoke(key.id).unwrap();
        }
    }
    let search = KeySearch {
        consumer: Some("app".to_owned()),
        state: Some(KeyState::Good),
        limit: 7,
        ..KeySearch::default()
    };
    let mut names = Vec::new();
    let mut before = None;
    loop {
        let found = ring.ring.find(&KeySearch {
            before,
            ..search.clone()
        });
        assert_eq!((found.matching, found.total), (19, 25));
        names.extend(found.keys.into_iter().map(|key| key.name));
        before = found.next;
        if before.is_none() {
            break;
        }
    }
    let expected = (0..20)
        .rev()
        .filter(|n| *n != 3)
        .map(|n| format!("key {n}"));
    assert_eq!(names, expected.collect::<Vec<_>>());
    let text = |text: &str| {
        let search = KeySearch {
            text: Some(text.to_owned()),
            limit: 100,
            ..KeySearch::default()
        };
        ring.ring.find(&search).matching
    };
    assert_eq!(
        (text("KEY 2"), text("t1"), text(""), text("!!")),
        (6, 12, 25, 0)
    );
    assert_eq!(ring.ring.counts()["app"], (19, 20));
}

#[test]
fn what_a_key_cannot_say_is_refused_in_its_place() {
    let ring = ring();
    let grant = |methods: &[&str]| crate::keys::Grant {
        route: "r".into(),
        versions: Vec::new(),
        methods: methods.iter().map(|name| (*name).to_owned()).collect(),
    };
    let access = |grants| KeyAccess::Selected { grants };
    for (new, at) in [
        (NewKey::new(" "), "name"),
        (NewKey::new("a").of("é"), "consumer"),
        (
            NewKey {
                scopes: vec!["ok".to_owned(), "a b".to_owned()],
                ..NewKey::new("a")
            },
            "scopes[1]",
        ),
        (
            NewKey {
                labels: BTreeMap::from([("x".to_owned(), "y".repeat(257))]),
                ..NewKey::new("a")
            },
            "labels.x",
        ),
        (
            NewKey {
                access: access(vec![grant(&["GET", "G T"])]),
                ..NewKey::new("a")
            },
            "access.grants[0].methods[1]",
        ),
    ] {
        let Err(KeyError::Refused(issues)) = ring.ring.issue(new) else {
            panic!("{at} was taken");
        };
        let paths: Vec<_> = issues.iter().map(|issue| issue.path.as_str()).collect();
        assert!(paths.contains(&at), "{paths:?}");
    }
    assert_eq!(ring.ring.list().len(), 0);
    let new = NewKey {
        access: access(vec![grant(&["get"])]),
        ..NewKey::new("a")
    };
    let key = ring.ring.issue(new).unwrap().key;
    assert_eq!(key.access, access(vec![grant(&["GET"])]));
}

#[tokio::test]
async fn what_goes_on_with_a_key_ends_when_it_expires_or_is_revoked() {
    let ring = ring();
    let [one, two] = ["a", "b"].map(|name| ring.ring.issue(NewKey::new(name)).unwrap());
    let until_ended = |id| {
        let keys = ring.ring.clone();
        tokio::spawn(async move { keys.until_ended(id).await })
    };
    let (revoked, expired) = (until_ended(one.key.id), until_ended(two.key.id));
    ring.ring.revoke(one.key.id).unwrap();
    revoked.await.unwrap();
    let change = KeyChange {
        expires_at_us: Some(Some(START_US + 10_000_000)),
        ..KeyChange::default()
    };
    ring.ring.change(two.key.id, &change).unwrap();
    assert!(!expired.is_finished());
    ring.hands.advance(Duration::from_secs(10));
    expired.await.unwrap();
}
