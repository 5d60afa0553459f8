//! Bounds of numbers, and the numbers people write: statuses, durations, sizes, times.

use jiff::civil;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

/// What a number must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Range {
    /// Within bounds, both included.
    Between(i64, i64),
    /// On one side of a percentile of the requests at hand, which has to be found out first.
    Percentile(Side, u8),
}

/// Which side of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Above,
    From,
    UpTo,
    Below,
}

impl Side {
    pub(super) fn of(comparison: &str) -> Option<Self> {
        match comparison {
            ">" => Some(Self::Above),
            ">=" => Some(Self::From),
            "<=" => Some(Self::UpTo),
            "<" => Some(Self::Below),
            _ => None,
        }
    }

    /// The numbers on this side of what stands for `low` to `high`.
    pub(super) fn range(self, low: i64, high: i64) -> Range {
        match self {
            Self::Above if high == i64::MAX => NONE,
            Self::Above => Range::Between(high + 1, i64::MAX),
            Self::From => Range::Between(low, i64::MAX),
            Self::UpTo => Range::Between(i64::MIN, high),
            Self::Below if low == i64::MIN => NONE,
            Self::Below => Range::Between(i64::MIN, low - 1),
        }
    }
}

/// No number at all.
const NONE: Range = Range::Between(1, 0);

impl Range {
    /// Whether a number is within. None is within a percentile that was not found out.
    pub(super) fn holds(self, number: i64) -> bool {
        match self {
            Self::Between(from, to) => (from..=to).contains(&number),
            Self::Percentile(..) => false,
        }
    }
}

/// What people write for a number of some kind: the numbers it may stand for, both included.
pub(super) type Read<'a> = dyn Fn(&str) -> Option<(i64, i64)> + 'a;

/// `404`, or `4xx` for a whole class.
pub(super) fn status(text: &str) -> Option<(i64, i64)> {
    let class = text.to_ascii_lowercase();
    if let Some(digit) = class.strip_suffix("xx") {
        let class: i64 = digit.parse().ok().filter(|digit| (1..=9).contains(digit))?;
        return Some((class * 100, class * 100 + 99));
    }
    let status = text
        .parse()
        .ok()
        .filter(|status| (0..=999).contains(status))?;
    Some((status, status))
}

/// `200ms`, `1.5s`, `300us`; a bare number is in milliseconds. In microseconds.
pub(super) fn duration(text: &str) -> Option<(i64, i64)> {
    with_unit(
        text,
        &[("us", 1.0), ("ms", 1e3), ("s", 1e6), ("m", 60e6), ("", 1e3)],
    )
}

/// `10kb`, `1.5mb`, `64kib`; k is 1000 and ki is 1024. In bytes.
pub(super) fn size(text: &str) -> Option<(i64, i64)> {
    const UNITS: [(&str, f64); 14] = [
        ("kib", 1024.0),
        ("mib", 1_048_576.0),
        ("gib", 1_073_741_824.0),
        ("ki", 1024.0),
        ("mi", 1_048_576.0),
        ("gi", 1_073_741_824.0),
        ("kb", 1e3),
        ("mb", 1e6),
        ("gb", 1e9),
        ("k", 1e3),
        ("m", 1e6),
        ("g", 1e9),
        ("b", 1.0),
        ("", 1.0),
    ];
    with_unit(text, &UNITS)
}

/// A whole number.
pub(super) fn count(text: &str) -> Option<(i64, i64)> {
    let count = text.parse().ok().filter(|count| *count >= 0)?;
    Some((count, count))
}

fn with_unit(text: &str, units: &[(&str, f64)]) -> Option<(i64, i64)> {
    let text = text.to_ascii_lowercase();
    let (number, unit) = units
        .iter()
        .find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, *factor)))?;
    let is_number = |number: &f64| number.is_finite() && *number >= 0.0;
    let number: f64 = number.parse().ok().filter(is_number)?;
    let number = (number * unit).round() as i64;
    Some((number, number))
}

/// `p95`: which percentile.
pub(super) fn percentile(text: &str) -> Option<u8> {
    match text.to_ascii_lowercase().as_str() {
        "p50" => Some(50),
        "p90" => Some(90),
        "p95" => Some(95),
        "p99" => Some(99),
        _ => None,
    }
}

/// `-15m` (ago), `14:00` (the last time it was that), `2026-12-01`, `2026-12-01T14:00` or with an
/// offset. In microseconds since 1970; times without an offset are those of `zone`.
pub(super) fn moment(text: &str, now_us: i64, zone: &TimeZone) -> Option<i64> {
    if let Some(ago) = text.strip_prefix('-') {
        let units = [("s", 1e6), ("m", 60e6), ("h", 3_600e6), ("d", 86_400e6)];
        let (_, ago) = with_unit(ago, &units)?;
        return now_us.checked_sub(ago);
    }
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Some(moment.as_microsecond());
    }
    let of_zone = |moment: civil::DateTime| {
        let zoned = moment.to_zoned_datetime(zone.clone()).ok()?;
        Some(zoned.timestamp().as_microsecond())
    };
    if text.contains('-') {
        // A day alone is its midnight.
        return of_zone(text.parse().ok()?);
    }
    let time: civil::Time = text.parse().ok()?;
    let now = Timestamp::from_microsecond(now_us).ok()?;
    let today = now.to_zoned_datetime(zone.clone()).date();
    let moment = of_zone(today.to_datetime(time))?;
    match moment <= now_us {
        true => Some(moment),
        false => of_zone(today.checked_sub(1.day()).ok()?.to_datetime(time)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_with_their_units() {
        assert_eq!(duration("1.5s"), Some((1_500_000, 1_500_000)));
        assert_eq!(duration("20"), Some((20_000, 20_000)));
        assert_eq!(size("10kb"), Some((10_000, 10_000)));
        assert_eq!(size("2ki"), Some((2_048, 2_048)));
        assert_eq!(size("1.5MiB"), Some((1_572_864, 1_572_864)));
        assert_eq!(size("12"), Some((12, 12)));
        assert_eq!(status("4xx"), Some((400, 499)));
        for wrong in ["", "x", "-1s", "infs", "1kk"] {
            assert_eq!((duration(wrong), size(wrong)), (None, None), "{wrong}");
        }
    }

    #[test]
    fn times_are_ago_of_the_clock_or_written_out() {
        const DAY: i64 = 86_400_000_000;
        const HOUR: i64 = 3_600_000_000;
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        // 2026-01-01, 12:00 there.
        let noon = 1_767_225_600_000_000 + 11 * HOUR;
        for (text, moment) in [
            ("-15m", Some(noon - HOUR / 4)),
            ("-2d", Some(noon - 2 * DAY)),
            ("11:30", Some(noon - HOUR / 2)),
            ("12:30", Some(noon + HOUR / 2 - DAY)),
            ("2026-01-01", Some(noon - 12 * HOUR)),
            ("2026-01-01T13:00", Some(noon + HOUR)),
            ("2026-01-01T13:00:00.5Z", Some(noon + 2 * HOUR + 500_000)),
            ("2026-01-01T13:00:00+02:00", Some(noon)),
            ("yesterday", None),
            ("-15", None),
            ("25:00", None),
        ] {
            assert_eq!(super::moment(text, noon, &zone), moment, "{text}");
        }
    }
}
