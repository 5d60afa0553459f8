//! Bytes that no HTTP library would send, on real sockets, and what of them reaches a service.
//!
//! One rule holds after every case, whatever it was: what the service was sent can be read in one way
//! only ([`unambiguous`]), and ordinary requests afterwards get their own answers.

mod answers;
mod caller;
mod case;
mod connections;
mod fields;
mod forwarded;
mod framing;
mod h2;
mod hosts;
mod limits;
mod request_lines;
mod service;
mod slow;
mod unambiguous;

use case::{Case, try_all};

/// All cases, by group.
const GROUPS: [fn() -> Vec<Case>; 11] = [
    framing::lengths,
    framing::codings,
    framing::chunks,
    fields::headers,
    request_lines::request_lines,
    hosts::hosts,
    connections::one_after_the_other,
    forwarded::of_a_connection,
    forwarded::of_a_caller,
    forwarded::how_far,
    forwarded::expecting,
];

#[test]
fn there_are_at_least_120_cases_and_each_has_a_name_of_its_own_and_names_its_section() {
    let cases: Vec<_> = GROUPS.iter().flat_map(|group| group()).collect();
    let names: std::collections::HashSet<_> = cases.iter().map(|case| &case.name).collect();
    assert_eq!(names.len(), cases.len());
    assert!(names.len() >= 120, "{}", names.len());
    assert!(cases.iter().all(|case| case.rfc.starts_with("RFC ")));
}

#[tokio::test]
async fn a_content_length_is_read_in_one_way_only() {
    try_all(framing::lengths()).await;
}

#[tokio::test]
async fn a_transfer_coding_is_chunked_or_refused() {
    try_all(framing::codings()).await;
}

#[tokio::test]
async fn chunks_are_read_in_one_way_only() {
    try_all(framing::chunks()).await;
}

#[tokio::test]
async fn a_header_is_a_name_a_colon_and_a_value() {
    try_all(fields::headers()).await;
}

#[tokio::test]
async fn a_request_line_is_a_method_a_target_and_a_version() {
    try_all(request_lines::request_lines()).await;
}

#[tokio::test]
async fn a_request_names_one_host() {
    try_all(hosts::hosts()).await;
}

#[tokio::test]
async fn each_request_of_a_connection_gets_its_own_answer() {
    try_all(connections::one_after_the_other()).await;
}

#[tokio::test]
async fn what_speaks_of_a_connection_stays_on_it() {
    try_all(forwarded::of_a_connection()).await;
}

#[tokio::test]
async fn what_only_the_gateway_says_callers_cannot_say() {
    try_all(forwarded::of_a_caller()).await;
}

#[tokio::test]
async fn a_request_goes_as_far_as_it_may() {
    try_all(forwarded::how_far()).await;
}

#[tokio::test]
async fn a_body_is_asked_for_only_if_it_is_wanted() {
    try_all(forwarded::expecting()).await;
}
