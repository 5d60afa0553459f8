//! The prover is proved: whichever line of an export is changed, it says so.

mod haproxy;
mod nginx;

use gateway_core::export::{File, products};
use gateway_core::prove::Badge;

use crate::{EVERYTHING, proved};

/// A change of one line.
pub(crate) struct Mutation {
    /// What stands in the product's main file.
    pub(crate) line: &'static str,
    /// What it is changed into.
    pub(crate) into: &'static str,
    /// The class of requests that has to see it.
    pub(crate) seen_by: &'static str,
}

async fn are_found(product: &'static str, mutations: &'static [Mutation]) {
    let main_file = products()
        .into_iter()
        .find(|one| one.id == product)
        .unwrap()
        .main_file;
    for Mutation {
        line,
        into,
        seen_by,
    } in mutations
    {
        let tamper = move |files: &mut Vec<File>| {
            let conf = files
                .iter_mut()
                .find(|file| file.name == main_file)
                .unwrap();
            assert!(
                conf.text.contains(line),
                "{product}: `{line}` does not stand in the export"
            );
            conf.text = conf.text.replacen(line, into, 1);
        };
        let proof = proved(product, EVERYTHING, Some(&tamper)).await;
        let found = proof
            .classes
            .iter()
            .find(|one| one.name == *seen_by)
            .unwrap();
        assert_ne!(
            found.badge,
            Badge::Proved,
            "{product}: `{line}` was changed unseen"
        );
        assert!(!found.different.is_empty());
    }
}

#[tokio::test]
async fn one_changed_line_of_nginx_is_found() {
    are_found("nginx", nginx::MUTATIONS).await;
}

#[tokio::test]
async fn one_changed_line_of_haproxy_is_found() {
    are_found("haproxy", haproxy::MUTATIONS).await;
}
