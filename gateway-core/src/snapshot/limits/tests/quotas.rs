//! Quotas, their periods, and clocks that go wrong.

use super::*;

#[test]
fn a_quota_begins_anew_with_its_period() {
    let limit = quota(2, CalendarPeriod::Day);
    let evening = on(EPOCH_US + DAY_US - 1);
    assert!(ask(&limit, on(EPOCH_US)) && ask(&limit, evening));
    let refused = &ask_in(&limit, Partition::all(), evening).quotas[0];
    assert_eq!((refused.used_before, refused.used_after), (2, 2));
    assert_eq!(refused.resets_at_us, EPOCH_US + DAY_US);
    assert_eq!(refused.retry_after_ms, 1);
    let morning = &ask_in(&limit, Partition::all(), on(EPOCH_US + DAY_US)).quotas[0];
    assert_eq!((morning.used_before, morning.used_after), (0, 1));
}

#[test]
fn a_clock_set_back_over_the_end_of_a_period_gives_no_second_quota() {
    let limit = quota(1, CalendarPeriod::Day);
    let midnight = EPOCH_US + DAY_US;
    assert!(ask(&limit, on(midnight - 1)));
    assert!(ask(&limit, on(midnight)));
    for now in [midnight - 1, EPOCH_US, midnight, midnight + DAY_US - 1] {
        assert!(!ask(&limit, on(now)));
    }
    assert!(ask(&limit, on(midnight + DAY_US)));
}

#[test]
fn a_clock_that_was_far_ahead_neither_locks_out_nor_gives_a_second_quota() {
    let limit = quota(1, CalendarPeriod::Day);
    assert!(ask(&limit, on(EPOCH_US + 1_000 * DAY_US)));
    assert!(!ask(&limit, on(EPOCH_US)), "that one counts");
    assert!(ask(&limit, on(EPOCH_US + DAY_US)), "until the next day");
}

#[test]
fn another_time_zone_gives_no_second_quota() {
    let mut counts = QuotaCounts::new();
    let mut of = |zone| {
        quota_in(
            1,
            CalendarPeriod::Day,
            LimitMode::Enforce,
            zone,
            &mut counts,
        )
    };
    // It is tomorrow in Auckland and still yesterday in Honolulu.
    let noon = EPOCH_US + DAY_US / 2;
    assert!(ask(&of("UTC"), on(noon)));
    for zone in ["Pacific/Auckland", "Pacific/Honolulu", "UTC"] {
        assert!(!ask(&of(zone), on(noon + 1)), "{zone}");
    }
    assert!(ask(&of("UTC"), on(noon + DAY_US)));
}

#[test]
fn what_a_quota_counted_outlives_the_process_and_a_change_of_its_number() {
    let mut counts = QuotaCounts::new();
    let of = |requests, counts: &mut _| {
        quota_in(
            requests,
            CalendarPeriod::Month,
            LimitMode::Enforce,
            "UTC",
            counts,
        )
    };
    let before = of(3, &mut counts);
    assert!(ask(&before, on(EPOCH_US)) && ask(&before, on(EPOCH_US)));
    let rows = changed_quotas(&counts);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].used.used, 2);
    assert_eq!(changed_quotas(&counts), [], "each change once");
    quotas_change_again(&counts, &rows);
    assert_eq!(changed_quotas(&counts), rows, "unless it could not be kept");
    let mut kept = kept_quotas(rows);
    let after = of(2, &mut kept);
    assert!(!ask(&after, on(EPOCH_US)));
    assert!(ask(&of(3, &mut kept), on(EPOCH_US)));
}
