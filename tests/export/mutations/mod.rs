//! The prover is proved: whichever line of an export is changed, it says so.

mod caddy;
mod envoy;
mod haproxy;
mod nginx;
mod traefik;

use gateway_core::export::File;
use gateway_core::prove::{Badge, Class};

use crate::{EVERYTHING, proved};

/// A change of one line.
pub(crate) struct Mutation {
    /// What stands in one of the export's files.
    pub(crate) line: &'static str,
    /// What it is changed into.
    pub(crate) into: &'static str,
    /// The class of requests that has to see it.
    pub(crate) seen_by: &'static str,
}

async fn are_found(product: &'static str, mutations: &'static [Mutation]) {
    for mutation in mutations {
        let found = found(product, mutation).await;
        assert!(!found.different.is_empty());
    }
}

/// What a class of requests says of a changed line.
async fn found(product: &'static str, mutation: &'static Mutation) -> Class {
    let Mutation {
        line,
        into,
        seen_by,
    } = mutation;
    let tamper = move |files: &mut Vec<File>| {
        let conf = files
            .iter_mut()
            .find(|file| file.text.contains(line))
            .unwrap_or_else(|| panic!("{product}: `{line}` does not stand in the export"));
        conf.text = conf.text.replacen(line, into, 1);
    };
    let proof = proved(product, EVERYTHING, Some(&tamper)).await;
    let mut classes = proof.classes.into_iter();
    let found = classes.find(|one| one.name == *seen_by).unwrap();
    assert_ne!(
        found.badge,
        Badge::Proved,
        "{product}: `{line}` was changed unseen"
    );
    found
}

#[tokio::test]
async fn one_changed_line_of_nginx_is_found() {
    are_found("nginx", nginx::MUTATIONS).await;
}

/// That some differences of kept answers are known hides no other one of the same series.
#[tokio::test]
async fn what_is_kept_otherwise_than_is_known_is_found_in_each_series() {
    for (series, mutation) in nginx::OF_KEPT_ANSWERS {
        let found = found("nginx", mutation).await;
        let header = format!("X-Series: {series}");
        let mut different = found.different.iter();
        assert!(
            different.any(|unlike| unlike.headers.contains(&header)),
            "`{}`: {:#?}",
            mutation.line,
            found.different
        );
    }
}

#[tokio::test]
async fn one_changed_line_of_haproxy_is_found() {
    are_found("haproxy", haproxy::MUTATIONS).await;
}

#[tokio::test]
async fn one_changed_line_of_caddy_is_found() {
    are_found("caddy", caddy::MUTATIONS).await;
}

#[tokio::test]
async fn one_changed_line_of_traefik_is_found() {
    are_found("traefik", traefik::MUTATIONS).await;
}

#[tokio::test]
async fn one_changed_line_of_envoy_is_found() {
    are_found("envoy", envoy::MUTATIONS).await;
}
