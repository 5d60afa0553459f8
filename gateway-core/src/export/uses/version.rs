//! What the versions of a route use.

use super::route::{edit_uses, mock_use};
use super::{Found, is_odd};
use crate::config::{self, Sticky, VersionScheme};
use crate::export::feature::Feature;
use crate::export::patterns::portable;

pub(super) fn version_uses<'c>(
    versions: &'c config::Versions,
    is_regex: bool,
    at: &str,
    found: &mut Found<'c>,
) {
    let config::Versions {
        by,
        name,
        place: _,
        pattern,
        strip: _,
        default: _,
        split,
        list,
    } = versions;
    let feature = match by {
        VersionScheme::Path => Feature::VersionByPath,
        VersionScheme::Header => Feature::VersionByHeader,
        VersionScheme::Query => Feature::VersionByQuery,
        VersionScheme::Accept => Feature::VersionByAccept,
        VersionScheme::Host => Feature::VersionByHost,
    };
    found.add(feature, format!("{at}.by"));
    let odd = *by == VersionScheme::Header && name.as_deref().is_some_and(is_odd);
    found.add_if(odd, Feature::OddHeaderName, format!("{at}.name"));
    if let Some(pattern) = pattern
        && portable(pattern).is_err()
    {
        found.add(Feature::UnportableRegex, format!("{at}.pattern"));
    }
    if let Some(config::Split {
        sticky,
        cookie: _,
        weights: _,
    }) = split
    {
        let at = match sticky {
            Sticky::None => format!("{at}.split.weights"),
            Sticky::Key | Sticky::Consumer | Sticky::Ip | Sticky::Cookie => {
                format!("{at}.split.sticky")
            }
        };
        found.add(Feature::Split(*sticky), at);
    }
    for (n, version) in list.iter().enumerate() {
        let at = format!("{at}.list[{n}]");
        let config::Version {
            name: _,
            value: _,
            service: _,
            mock,
            rewrite,
            request_headers,
            response_headers,
            // Among those of the gate.
            rate_limits: _,
            quotas: _,
            concurrency: _,
            deprecated_at,
            sunset_at,
            enforce_sunset,
            deprecation_link,
            sunset_link,
            successor,
        } = version;
        if let Some(mock) = mock {
            mock_use(mock, false, &at, found);
        }
        let fills = rewrite.as_deref().is_some_and(|text| text.contains('{'));
        found.add_if(
            is_regex && fills,
            Feature::RewriteByRegex,
            format!("{at}.rewrite"),
        );
        edit_uses(request_headers, &format!("{at}.request_headers"), found);
        edit_uses(response_headers, &format!("{at}.response_headers"), found);
        let told = [deprecated_at, sunset_at, deprecation_link, sunset_link];
        found.add_if(
            told.iter().any(|one| one.is_some()) || successor.is_some(),
            Feature::Lifecycle,
            format!("{at}.deprecated_at"),
        );
        found.add_if(
            *enforce_sunset && sunset_at.is_some(),
            Feature::SunsetEnforced,
            format!("{at}.enforce_sunset"),
        );
    }
}
