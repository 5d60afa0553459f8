//! Where an API key may be used.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::ids::{RouteName, VersionName};

/// Where an API key may be used. A new key may be used nowhere until it is said where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum KeyAccess {
    /// On all routes that take API keys, those to come too.
    All,
    /// Only as one of these says; nowhere, where there are none.
    Selected {
        /// What it may be used for.
        #[serde(default)]
        grants: Vec<Grant>,
    },
}

/// A route that an API key may be used on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// The route. Where there is none of this name, the grant allows nothing.
    pub route: RouteName,
    /// Versions of it. Empty: all.
    #[serde(default)]
    pub versions: Vec<VersionName>,
    /// Methods. Empty: all.
    #[serde(default)]
    #[schema(example = json!(["GET", "HEAD"]))]
    pub methods: Vec<String>,
}

/// What a key may not be used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotGranted {
    /// The route, whatever version and method.
    Route,
    /// This version of the route.
    Version,
    /// This method on the route.
    Method,
}

impl Default for KeyAccess {
    fn default() -> Self {
        Self::Selected { grants: Vec::new() }
    }
}

impl KeyAccess {
    /// Whether a request may be made with the key.
    ///
    /// # Errors
    /// What it may not be used for: that which comes closest.
    pub fn check(
        &self,
        route: &RouteName,
        version: Option<&VersionName>,
        method: &str,
    ) -> Result<(), NotGranted> {
        let Self::Selected { grants } = self else {
            return Ok(());
        };
        let mut closest = NotGranted::Route;
        for grant in grants.iter().filter(|grant| grant.route == *route) {
            let versions = &grant.versions;
            if !versions.is_empty() && !version.is_some_and(|one| versions.contains(one)) {
                if closest == NotGranted::Route {
                    closest = NotGranted::Version;
                }
            } else if !grant.methods.is_empty() && !grant.methods.iter().any(|one| one == method) {
                closest = NotGranted::Method;
            } else {
                return Ok(());
            }
        }
        Err(closest)
    }

    /// Lets grants follow a route that has another name now; says whether there were any.
    pub fn rename_route(&mut self, old: &RouteName, new: &RouteName) -> bool {
        let Self::Selected { grants } = self else {
            return false;
        };
        let mut found = false;
        for grant in grants.iter_mut().filter(|grant| grant.route == *old) {
            grant.route = new.clone();
            found = true;
        }
        found
    }

    /// What it may be used for, one by one; nothing, where it may be used everywhere.
    pub fn grants(&self) -> &[Grant] {
        match self {
            Self::All => &[],
            Self::Selected { grants } => grants,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(route: &str, versions: &[&str], methods: &[&str]) -> Grant {
        Grant {
            route: route.into(),
            versions: versions.iter().map(|name| (*name).into()).collect(),
            methods: methods.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    /// KEY-6
    #[test]
    fn a_key_may_be_used_for_what_was_granted_and_for_nothing_else() {
        let access = KeyAccess::Selected {
            grants: vec![
                grant("orders", &["v1"], &["GET"]),
                grant("orders", &["v2"], &[]),
                grant("shop", &[], &["GET", "POST"]),
            ],
        };
        for (route, version, method, expected) in [
            ("orders", Some("v1"), "GET", Ok(())),
            ("orders", Some("v1"), "POST", Err(NotGranted::Method)),
            ("orders", Some("v2"), "DELETE", Ok(())),
            ("orders", Some("v3"), "GET", Err(NotGranted::Version)),
            ("orders", None, "GET", Err(NotGranted::Version)),
            ("shop", None, "POST", Ok(())),
            ("shop", Some("v9"), "GET", Ok(())),
            ("shop", None, "get", Err(NotGranted::Method)),
            ("else", None, "GET", Err(NotGranted::Route)),
        ] {
            let version = version.map(VersionName::from);
            let found = access.check(&route.into(), version.as_ref(), method);
            assert_eq!(found, expected, "{method} {route} {version:?}");
            assert_eq!(
                KeyAccess::All.check(&route.into(), version.as_ref(), method),
                Ok(())
            );
            assert_eq!(
                KeyAccess::default().check(&route.into(), version.as_ref(), method),
                Err(NotGranted::Route),
                "a new key may be used nowhere"
            );
        }
    }
}
