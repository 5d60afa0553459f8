//! Lines of the export to Envoy, each changed in a way that a class of requests has to see.

use super::Mutation;

pub(crate) const MUTATIONS: &[Mutation] = &[
    Mutation {
        line: "exact: \"key_bob\"",
        into: "exact: \"key_nobody\"",
        seen_by: "keys",
    },
    Mutation {
        line: "max_tokens: 5\n",
        into: "max_tokens: 6\n",
        seen_by: "limits",
    },
    Mutation {
        line: "- name: \":method\"\n                                string_match:\n                                  safe_regex:\n                                    regex: \"GET|HEAD\"",
        into: "- name: \":method\"\n                                string_match:\n                                  safe_regex:\n                                    regex: \"GET\"",
        seen_by: "methods",
    },
    Mutation {
        line: "request_headers_to_remove: [\"x-internal\"]",
        into: "request_headers_to_remove: [\"x-nothing\"]",
        seen_by: "versions",
    },
    Mutation {
        line: "- name: \"envoy.filters.http.cors\"",
        into: "- name: \"envoy.filters.http.cors\"\n                    disabled: true",
        seen_by: "cors",
    },
    Mutation {
        line: "cluster: \"shop-next\"",
        into: "cluster: \"shop\"",
        seen_by: "versions",
    },
    Mutation {
        line: "longest_body: 64",
        into: "longest_body: 65",
        seen_by: "bodies",
    },
    Mutation {
        line: "value: \"%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT%\"",
        into: "value: \"%REQ(x-forwarded-for)%\"",
        seen_by: "hosts",
    },
    Mutation {
        line: "status: 403\n                        - name: \"numbers",
        into: "status: 204\n                        - name: \"numbers",
        seen_by: "closed routes",
    },
];
