//! Issuers of tokens, compiled.

use std::sync::Arc;
use std::time::Duration;

use http::Uri;

use super::origin::compile_url;
use crate::config::{self, Issue, TokenAlgorithm};
use crate::ids::IssuerName;
use crate::local_issuer;
use crate::snapshot::Snapshot;
use crate::snapshot::issuers::{Issuer, KeySource};
use crate::tokens::ClaimPath;

/// All issuers in the order of the config, and then the local one, where there is one.
pub(super) fn compile_issuers(
    issuers: &[config::Issuer],
    local: Option<&config::LocalIssuer>,
    listen: &config::Listen,
    previous: &Snapshot,
    issues: &mut Vec<Issue>,
) -> Vec<Arc<Issuer>> {
    let mut compiled: Vec<Arc<Issuer>> = Vec::new();
    for (index, issuer) in issuers.iter().enumerate() {
        let at = format!("issuers[{index}]");
        if issuers[..index].iter().any(|one| one.name == issuer.name) {
            let message = format!("another issuer is named `{}` too", issuer.name);
            issues.push(Issue::error(format!("{at}.name"), message));
        }
        if local.is_some() && issuer.name.as_str() == local_issuer::NAME {
            let message = "`local` is the local issuer's name; call this one something else";
            issues.push(Issue::error(format!("{at}.name"), message));
        }
        let before = previous.issuer(&issuer.name);
        if let Some(issuer) = compile_issuer(issuer, &at, listen, before, issues) {
            compiled.push(Arc::new(issuer));
        }
    }
    compiled.extend(local.map(|local| Arc::new(local_one(local))));
    compiled
}

fn local_one(local: &config::LocalIssuer) -> Issuer {
    Issuer {
        name: IssuerName::new(local_issuer::NAME),
        issuer: local_issuer::issuer(local.port),
        audiences: Vec::new(),
        algorithms: vec![TokenAlgorithm::ES256],
        consumer_claim: ClaimPath("sub".to_owned()),
        scope_claims: vec![ClaimPath("scope".to_owned())],
        groups_claim: Some(ClaimPath("groups".to_owned())),
        leeway_s: 60,
        source: KeySource::Local,
        keys: Arc::default(),
    }
}

fn compile_issuer(
    issuer: &config::Issuer,
    at: &str,
    listen: &config::Listen,
    before: Option<&Arc<Issuer>>,
    issues: &mut Vec<Issue>,
) -> Option<Issuer> {
    let config::Issuer {
        name,
        issuer: iss,
        audiences,
        algorithms,
        jwks: _,
        secret: _,
        consumer_claim,
        scope_claims,
        groups_claim,
        leeway_s,
    } = issuer;
    if iss.is_empty() {
        let message = "write the claim `iss` of its tokens";
        issues.push(Issue::error(format!("{at}.issuer"), message));
    }
    if audiences.is_empty() {
        let message = "tokens that were issued for other services are taken too; name this one's \
                       audience";
        issues.push(Issue::warning(format!("{at}.audiences"), message));
    }
    let source = compile_source(issuer, at, listen, issues)?;
    Some(Issuer {
        name: name.clone(),
        issuer: iss.clone(),
        audiences: audiences.clone(),
        algorithms: algorithms.clone(),
        consumer_claim: ClaimPath(consumer_claim.clone()),
        scope_claims: scope_claims.iter().cloned().map(ClaimPath).collect(),
        groups_claim: groups_claim.clone().map(ClaimPath),
        leeway_s: (*leeway_s).into(),
        keys: Issuer::keys_from(&source, before),
        source,
    })
}

/// JWT-1: with algorithms of both kinds, a public key could be tried as a secret.
fn compile_source(
    issuer: &config::Issuer,
    at: &str,
    listen: &config::Listen,
    issues: &mut Vec<Issue>,
) -> Option<KeySource> {
    let mut wrong = |field: &str, message: String| {
        issues.push(Issue::error(format!("{at}.{field}"), message));
        None
    };
    let all = || issuer.algorithms.iter().copied();
    match (!all().any(is_shared), all().all(is_shared)) {
        (true, true) => wrong("algorithms", "name an algorithm".to_owned()),
        (false, false) => wrong(
            "algorithms",
            "take either `HS*`, which need a shared secret, or the others, which need public keys"
                .to_owned(),
        ),
        (false, true) => match (&issuer.secret, &issuer.jwks) {
            (_, Some(_)) => wrong(
                "jwks",
                "`HS*` are checked with `secret`; published keys are no secrets".to_owned(),
            ),
            (None, None) => wrong("secret", "`HS*` need a shared secret".to_owned()),
            (Some(config::SecretFrom { env, file }), None) => match (env, file) {
                (Some(env), None) => Some(KeySource::SecretEnv(env.clone())),
                (None, Some(file)) => Some(KeySource::SecretFile(file.clone())),
                _ => wrong("secret", "give either `env` or `file`".to_owned()),
            },
        },
        (true, false) => match (&issuer.jwks, &issuer.secret) {
            (_, Some(_)) => wrong(
                "secret",
                "these algorithms are checked with public keys: give `jwks`".to_owned(),
            ),
            (None, None) => wrong(
                "jwks",
                "say where the issuer's public keys are: `jwks.url` or `jwks.file`".to_owned(),
            ),
            (Some(jwks), None) => compile_jwks(jwks, at, listen, issues),
        },
    }
}

fn is_shared(algorithm: TokenAlgorithm) -> bool {
    use TokenAlgorithm::{HS256, HS384, HS512};
    matches!(algorithm, HS256 | HS384 | HS512)
}

fn compile_jwks(
    jwks: &config::Jwks,
    at: &str,
    listen: &config::Listen,
    issues: &mut Vec<Issue>,
) -> Option<KeySource> {
    let config::Jwks {
        url,
        file,
        refresh_s,
    } = jwks;
    match (url, file) {
        (Some(url), None) => {
            let at = format!("{at}.jwks.url");
            let url: Uri = compile_url(url, listen)
                .map_err(|message| issues.push(Issue::error(&at, message)))
                .ok()?;
            let host = url.host().unwrap_or_default().trim_matches(['[', ']']);
            let here = host == "localhost"
                || host.ends_with(".localhost")
                || host
                    .parse()
                    .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback());
            if url.scheme_str() == Some("http") && !here {
                let message = "without `https://`, whoever is between here and the issuer can \
                               change its keys";
                issues.push(Issue::warning(at, message));
            }
            let refresh = Duration::from_secs((*refresh_s).into());
            Some(KeySource::Url { url, refresh })
        }
        (None, Some(file)) => Some(KeySource::File(file.clone())),
        _ => {
            let message = "give either `url` or `file`";
            issues.push(Issue::error(format!("{at}.jwks"), message));
            None
        }
    }
}
