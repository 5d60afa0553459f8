//! Calendar days, weeks and months of a time zone.

use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Timestamp, ToSpan as _, civil};

use crate::config::CalendarPeriod;

/// A time zone by its IANA name. The rules come with the program, so that every machine counts alike.
#[derive(Clone, Debug)]
pub struct Zone {
    name: String,
    rules: TimeZone,
}

/// From when to when: the end is no longer part of it. Microseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// When it begins.
    pub start_us: i64,
    /// When the next begins.
    pub end_us: i64,
}

impl Zone {
    /// The zone of this name, such as `Europe/Berlin`, if there is one.
    pub fn named(name: &str) -> Option<Self> {
        let rules = TimeZoneDatabase::bundled().get(name).ok()?;
        let name = rules.iana_name().unwrap_or(name).to_owned();
        Some(Self { name, rules })
    }

    /// UTC.
    pub fn utc() -> Self {
        Self {
            name: "UTC".to_owned(),
            rules: TimeZone::UTC,
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The period that a moment lies in. It begins with the first moment of its first day, whether
    /// that is midnight or, where clocks go forward at midnight, one o'clock.
    pub fn period(&self, per: CalendarPeriod, at_us: i64) -> Period {
        let moment = moment(at_us).to_zoned_datetime(self.rules.clone());
        let day = moment.date();
        let (first, next) = match per {
            CalendarPeriod::Day => (Ok(day), day.tomorrow()),
            CalendarPeriod::Week => {
                let since_monday = day.weekday().to_monday_zero_offset();
                let monday = day.checked_sub(since_monday.days());
                (monday, day.checked_add((7 - since_monday).days()))
            }
            CalendarPeriod::Month => (Ok(day.first_of_month()), day.last_of_month().tomorrow()),
        };
        // Only the first and the last week of the calendar have an end beyond it.
        let begins = |day: Result<civil::Date, _>, beyond: i64| {
            let begins = day.and_then(|day| day.to_zoned_datetime(self.rules.clone()));
            begins.map_or(beyond, |begins| begins.timestamp().as_microsecond())
        };
        Period {
            start_us: begins(first, i64::MIN),
            end_us: begins(next, i64::MAX),
        }
    }

    /// A moment for people, such as `1 December 00:00 (Europe/Berlin)`.
    pub fn text(&self, at_us: i64) -> String {
        let moment = moment(at_us).to_zoned_datetime(self.rules.clone());
        format!("{} ({})", moment.strftime("%-d %B %H:%M"), self.name)
    }

    /// The same with its year, such as `1 December 2026 00:00 (UTC)`.
    pub fn text_with_year(&self, at_us: i64) -> String {
        let moment = moment(at_us).to_zoned_datetime(self.rules.clone());
        format!("{} ({})", moment.strftime("%-d %B %Y %H:%M"), self.name)
    }
}

/// As near as the calendar goes.
fn moment(at_us: i64) -> Timestamp {
    Timestamp::from_microsecond(at_us).unwrap_or(match at_us {
        ..0 => Timestamp::MIN,
        0.. => Timestamp::MAX,
    })
}

#[cfg(test)]
mod tests {
    use CalendarPeriod::{Day, Month, Week};
    use proptest::prelude::*;

    use super::*;

    fn us(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_microsecond()
    }

    fn period(zone: &str, per: CalendarPeriod, at: &str) -> (String, String) {
        let found = Zone::named(zone).unwrap().period(per, us(at));
        let text = |at| moment(at).to_string();
        (text(found.start_us), text(found.end_us))
    }

    fn hours(zone: &str, per: CalendarPeriod, at: &str) -> i64 {
        let found = Zone::named(zone).unwrap().period(per, us(at));
        (found.end_us - found.start_us) / 3_600_000_000
    }

    fn pair(start: &str, end: &str) -> (String, String) {
        (start.to_owned(), end.to_owned())
    }

    #[test]
    fn days_are_as_long_as_clocks_make_them() {
        let berlin = |at| hours("Europe/Berlin", Day, at);
        assert_eq!(berlin("2026-03-28T12:00:00Z"), 24);
        assert_eq!(berlin("2026-03-29T12:00:00Z"), 23, "clocks go forward");
        assert_eq!(berlin("2026-10-25T12:00:00Z"), 25, "clocks go back");
        assert_eq!(hours("Europe/Berlin", Week, "2026-03-25T12:00:00Z"), 167);
        assert_eq!(
            period("Europe/Berlin", Day, "2026-03-29T21:59:59Z"),
            pair("2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z")
        );
    }

    /// Where clocks go forward at midnight, the day begins at one.
    #[test]
    fn a_day_without_a_midnight_begins_with_its_first_moment() {
        assert_eq!(
            period("America/Sao_Paulo", Day, "2018-11-04T12:00:00Z"),
            pair("2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z")
        );
        assert_eq!(
            period("Africa/Cairo", Day, "2026-04-24T12:00:00Z"),
            pair("2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z")
        );
    }

    #[test]
    fn months_end_when_they_end() {
        let utc = |at| period("UTC", Month, at);
        assert_eq!(
            utc("2026-01-31T23:59:59.999999Z"),
            pair("2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z")
        );
        assert_eq!(
            utc("2026-02-28T12:00:00Z"),
            pair("2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z")
        );
        assert_eq!(
            period("Europe/Berlin", Month, "2026-11-30T23:30:00Z"),
            pair("2026-11-30T23:00:00Z", "2026-12-31T23:00:00Z"),
            "it is December there already"
        );
    }

    #[test]
    fn a_leap_day_is_a_day_of_february() {
        assert_eq!(hours("UTC", Month, "2028-02-10T00:00:00Z"), 29 * 24);
        assert_eq!(hours("UTC", Month, "2026-02-10T00:00:00Z"), 28 * 24);
        assert_eq!(hours("UTC", Month, "2100-02-10T00:00:00Z"), 28 * 24);
        assert_eq!(
            period("UTC", Day, "2028-02-29T13:00:00Z"),
            pair("2028-02-29T00:00:00Z", "2028-03-01T00:00:00Z")
        );
    }

    #[test]
    fn weeks_begin_on_monday() {
        assert_eq!(
            period("UTC", Week, "2026-11-29T23:59:59Z"),
            pair("2026-11-23T00:00:00Z", "2026-11-30T00:00:00Z")
        );
        assert_eq!(
            period("UTC", Week, "2026-11-30T00:00:00Z"),
            pair("2026-11-30T00:00:00Z", "2026-12-07T00:00:00Z")
        );
    }

    #[test]
    fn a_moment_is_told_in_its_zone() {
        let berlin = Zone::named("Europe/Berlin").unwrap();
        let text = berlin.text(us("2026-11-30T23:00:00Z"));
        assert_eq!(text, "1 December 00:00 (Europe/Berlin)");
        assert!(Zone::named("Europe/Atlantis").is_none());
        assert!(Zone::named("").is_none());
    }

    proptest! {
        #[test]
        fn periods_hold_their_moment_and_follow_each_other_without_a_gap(
            zone in prop::sample::select(vec![
                "UTC", "Europe/Berlin", "America/Sao_Paulo", "Africa/Cairo", "Australia/Lord_Howe",
                "America/Havana", "Asia/Kathmandu", "Pacific/Apia",
            ]),
            per in prop::sample::select(vec![Day, Week, Month]),
            at_us in 0..4_102_444_800_000_000_i64,
        ) {
            let zone = Zone::named(zone).unwrap();
            let found = zone.period(per, at_us);
            prop_assert!(found.start_us <= at_us && at_us < found.end_us, "{:?}", found);
            for inside in [found.start_us, found.end_us - 1] {
                prop_assert_eq!(zone.period(per, inside), found);
            }
            prop_assert_eq!(zone.period(per, found.end_us).start_us, found.end_us);
        }

        #[test]
        fn no_moment_is_beyond_the_calendar(at_us in any::<i64>()) {
            for per in [Day, Week, Month] {
                let found = Zone::named("Europe/Berlin").unwrap().period(per, at_us);
                prop_assert!(found.start_us < found.end_us);
            }
        }
    }
}
