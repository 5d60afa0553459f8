//! What a configuration makes the gateway read besides itself. A file from elsewhere brings none of
//! that along unless a person says so.

use crate::config::{Config, Issue};
use crate::process::program::fingerprint;

/// Place and description of everything that `after` reads and `before` does not.
pub(super) fn new_reads(before: &Config, after: &Config) -> Vec<(String, String)> {
    let known: Vec<_> = reads(before).into_iter().map(|(_, what)| what).collect();
    let mut new = reads(after);
    new.retain(|(_, what)| !known.contains(what));
    new
}

/// The commands of services that `after` runs and `before` does not, each with its service. They run
/// only once a person has approved them (SE-4).
pub(super) fn new_runs(before: &Config, after: &Config) -> Vec<String> {
    let known: Vec<_> = before
        .services
        .iter()
        .filter_map(|service| service.process.as_ref())
        .map(fingerprint)
        .collect();
    let services = after.services.iter();
    services
        .filter_map(|service| Some((&service.name, service.process.as_ref()?)))
        .filter(|(_, process)| !known.contains(&fingerprint(process)))
        .map(|(name, process)| format!("`{}` for service `{name}`", process.command))
        .collect()
}

/// Passwords that come with the file: whoever knows one can call from then on, so it is said.
pub(super) fn new_passwords(before: &Config, after: &Config) -> Vec<Issue> {
    let known = |hash: &str| {
        let mut consumers = before.consumers.iter();
        consumers.any(|one| one.password_hash.as_deref() == Some(hash))
    };
    let consumers = after.consumers.iter().enumerate();
    consumers
        .filter(|(_, one)| {
            one.password_hash
                .as_deref()
                .is_some_and(|hash| !known(hash))
        })
        .map(|(n, one)| {
            let message = format!(
                "a password of `{}` comes with the file: whoever knows it can call",
                one.name
            );
            Issue::warning(format!("consumers[{n}].password_hash"), message)
        })
        .collect()
}

fn reads(config: &Config) -> Vec<(String, String)> {
    let mut reads = Vec::new();
    for (n, service) in config.services.iter().enumerate() {
        let env_file = service.process.as_ref().and_then(|p| p.env_file.as_ref());
        if let Some(file) = env_file {
            reads.push((
                format!("services[{n}].process.env_file"),
                format!("the file `{file}`"),
            ));
        }
        if let Some(file) = &service.tls.ca_file {
            reads.push((
                format!("services[{n}].tls.ca_file"),
                format!("the file `{file}`"),
            ));
        }
    }
    for (n, issuer) in config.issuers.iter().enumerate() {
        let at = format!("issuers[{n}]");
        if let Some(file) = issuer.jwks.as_ref().and_then(|jwks| jwks.file.as_ref()) {
            reads.push((format!("{at}.jwks.file"), format!("the file `{file}`")));
        }
        let Some(secret) = &issuer.secret else {
            continue;
        };
        if let Some(file) = &secret.file {
            reads.push((format!("{at}.secret.file"), format!("the file `{file}`")));
        }
        if let Some(name) = &secret.env {
            let what = format!("the environment variable `{name}`");
            reads.push((format!("{at}.secret.env"), what));
        }
    }
    reads
}
