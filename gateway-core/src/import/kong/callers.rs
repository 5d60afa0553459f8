//! Who may call: Kong's `key-auth`, `basic-auth`, `jwt`, `acl` and `ip-restriction`.

use super::super::fields::Fields;
use super::super::finding::{Findings, Grade};
use super::entities::Plugin;
use super::terms::{Reading, Terms, config_of};
use crate::config::{AccessRule, ApiKeys, AuthenticationMethod, Require};

/// Where the `key-auth` plugins of the file look for keys. Here that is said once for all routes.
#[derive(Default)]
pub(super) struct KeysSeen {
    headers: Vec<String>,
    bearer: bool,
    query: Option<String>,
    hidden: Option<bool>,
}

impl KeysSeen {
    /// Where keys are looked for; `None` where no plugin asks for any.
    pub(super) fn finish(self) -> Option<ApiKeys> {
        let strip = self.hidden?;
        Some(ApiKeys {
            headers: self.headers,
            bearer: self.bearer,
            query: self.query,
            strip,
        })
    }
}

/// Reads the plugins that find out who calls. In Kong each has to be satisfied, unless one names a
/// consumer for those who show nothing.
pub(super) fn authenticate(
    plugins: &[&Plugin<'_>],
    terms: &mut Terms,
    keys: &mut KeysSeen,
    findings: &mut Findings,
) {
    let methods = &mut terms.authentication.methods;
    let mut anonymous = false;
    for plugin in plugins {
        let method = match plugin.name.as_str() {
            "key-auth" => AuthenticationMethod::ApiKey,
            "basic-auth" => AuthenticationMethod::Basic,
            "jwt" => AuthenticationMethod::Jwt,
            _ => continue,
        };
        let fields = config_of(plugin, findings);
        match method {
            AuthenticationMethod::ApiKey => key_auth(&fields, keys, findings),
            AuthenticationMethod::Basic => basic_auth(&fields, findings),
            AuthenticationMethod::Jwt => {
                jwt(&fields, findings);
                terms.off = true;
            }
            AuthenticationMethod::Forward => {}
        }
        if fields
            .text("anonymous", findings)
            .is_some_and(|who| !who.is_empty())
        {
            anonymous = true;
            let message = "callers who show nothing are let through as nobody here; a wrong \
                           credential is refused, while Kong lets it through too";
            fields.find("anonymous", Grade::Approximate, message, findings);
        }
        if fields.truth("run_on_preflight", findings) != Some(false) {
            findings.of_many(
                Grade::Approximate,
                fields.place("run_on_preflight", "run_on_preflight"),
                "a browser's preflight is answered without a credential where the route has `cors`",
            );
        }
        fields.ignore(&["realm"]);
        fields.finish(findings);
        methods.push(method);
    }
    terms.authentication.anonymous = anonymous;
    terms.authentication.require = match methods.len() > 1 && !anonymous {
        true => Require::All,
        false => Require::Any,
    };
    // Tokens need an issuer, and the file names none that could be taken over: shut until then.
    if methods.contains(&AuthenticationMethod::Jwt) {
        methods.retain(|method| *method != AuthenticationMethod::Jwt);
        if methods.is_empty() {
            methods.push(AuthenticationMethod::ApiKey);
            keys.hidden.get_or_insert(true);
            if keys.headers.is_empty() {
                keys.headers.push("X-API-Key".to_owned());
            }
        }
    }
}

fn key_auth(fields: &Fields<'_>, keys: &mut KeysSeen, findings: &mut Findings) {
    let mut names: Vec<_> = fields
        .texts("key_names", findings)
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    if names.is_empty() {
        names.push("apikey".to_owned());
    }
    let in_header = fields.truth("key_in_header", findings).unwrap_or(true);
    let in_query = fields.truth("key_in_query", findings);
    if fields.truth("key_in_body", findings) == Some(true) {
        fields.find(
            "key_in_body",
            Grade::NotExpressible,
            "keys are not looked for in bodies here",
            findings,
        );
    }
    let known = keys.hidden.is_some();
    for name in &names {
        let is_new = !keys
            .headers
            .iter()
            .any(|one| one.eq_ignore_ascii_case(name));
        if !in_header || (!is_new && known) {
            continue;
        }
        if name.eq_ignore_ascii_case("authorization") {
            keys.bearer = true;
            let message = "keys in `Authorization` come after `Bearer` here";
            fields.find("key_names", Grade::Approximate, message, findings);
        } else if is_new {
            keys.headers.push(name.clone());
        }
        if known {
            let message = "where keys are looked for is said once for all routes here: all of the \
                           file's headers are looked at on all routes";
            fields.find("key_names", Grade::Approximate, message, findings);
        }
    }
    match in_query {
        Some(true) => {
            keys.query.get_or_insert_with(|| names[0].clone());
        }
        None => findings.of_many(
            Grade::Approximate,
            fields.place("key_in_query", "key_in_query"),
            "keys in the query are not taken unless `api_keys.query` names where; Kong takes them \
             unless it is told not to",
        ),
        Some(false) => {}
    }
    let hide = fields.truth("hide_credentials", findings).unwrap_or(false);
    match keys.hidden {
        Some(before) if before != hide => {
            let message =
                "whether keys reach services is said once for all routes here: they do not";
            fields.find("hide_credentials", Grade::Approximate, message, findings);
            keys.hidden = Some(true);
        }
        _ => keys.hidden = Some(hide),
    }
}

fn basic_auth(fields: &Fields<'_>, findings: &mut Findings) {
    if fields.truth("hide_credentials", findings) == Some(false) {
        fields.find(
            "hide_credentials",
            Grade::LeftOut,
            "see the route's request headers",
            findings,
        );
    }
}

fn jwt(fields: &Fields<'_>, findings: &mut Findings) {
    for name in [
        "key_claim_name",
        "claims_to_verify",
        "maximum_expiration",
        "secret_is_base64",
    ] {
        fields.ignore(&[name]);
    }
    fields.ignore(&[
        "uri_param_names",
        "cookie_names",
        "header_names",
        "hide_credentials",
    ]);
    let message = "name who issues the tokens under `issuers`, set the route's way to `jwt` and \
                   switch it on: it was imported switched off";
    fields.find_less_strict("", Grade::NeedsValue, message, findings);
}

/// Groups that may call.
pub(super) fn acl(reading: Reading<'_>, terms: &mut Terms, findings: &mut Findings) {
    let Reading { config: fields, .. } = reading;
    let mut texts = |one: &'static str, old: &'static str| -> Vec<String> {
        let mut list = fields.texts(one, findings);
        list.extend(fields.texts(old, findings));
        list.into_iter().map(|(text, _)| text).collect()
    };
    let allow = texts("allow", "whitelist");
    let deny = texts("deny", "blacklist");
    if !deny.is_empty() {
        let message = "groups cannot be kept out here, only let in: the route was imported \
                       switched off";
        fields.find_less_strict("deny", Grade::NotExpressible, message, findings);
        terms.off = true;
    }
    if !allow.is_empty() {
        if terms.authentication.methods.is_empty() {
            let message = "nobody is known on this route, so nobody is in a group: it was imported \
                           switched off";
            fields.find("allow", Grade::Approximate, message, findings);
            terms
                .authentication
                .methods
                .push(AuthenticationMethod::ApiKey);
            terms.off = true;
        }
        terms.authorization.push(AccessRule {
            groups: allow,
            ..AccessRule::default()
        });
    }
    fields.ignore(&[
        "hide_groups_header",
        "include_consumer_groups",
        "always_use_authenticated_groups",
    ]);
    fields.finish(findings);
}

/// Addresses that may call.
pub(super) fn ip_restriction(reading: Reading<'_>, terms: &mut Terms, findings: &mut Findings) {
    let Reading { config: fields, .. } = reading;
    let mut texts = |one: &'static str, old: &'static str| -> Vec<String> {
        let mut list = fields.texts(one, findings);
        list.extend(fields.texts(old, findings));
        list.into_iter().map(|(text, _)| text).collect()
    };
    let rule = AccessRule {
        allow_ips: texts("allow", "whitelist"),
        deny_ips: texts("deny", "blacklist"),
        ..AccessRule::default()
    };
    if !rule.allow_ips.is_empty() || !rule.deny_ips.is_empty() {
        terms.authorization.push(rule);
    }
    for name in ["status", "message"] {
        fields.tell(
            name,
            Grade::NotExpressible,
            "a refusal is always 403 and a problem document here",
            findings,
        );
    }
    fields.finish(findings);
}
