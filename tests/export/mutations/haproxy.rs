//! Lines of the export to HAProxy, each changed in a way that a class of requests has to see.

use super::Mutation;

pub(crate) const MUTATIONS: &[Mutation] = &[
    Mutation {
        line: "  http-request return status 401 if r0 !{ var(txn.slot) -m found }",
        into: "",
        seen_by: "keys",
    },
    Mutation {
        line: "_gpc0_rate ge 5 }",
        into: "_gpc0_rate ge 6 }",
        seen_by: "limits",
    },
    Mutation {
        line: "{ method GET HEAD } { var(txn.path)",
        into: "{ method GET } { var(txn.path)",
        seen_by: "methods",
    },
    Mutation {
        line: "  http-request del-header x-internal if r0",
        into: "",
        seen_by: "paths",
    },
    Mutation {
        line: "https://app\\\\.example",
        into: "https://app.*",
        seen_by: "cors",
    },
    Mutation {
        line: "use_backend gw_shop-next if r0",
        into: "use_backend gw_shop if r0",
        seen_by: "versions",
    },
    Mutation {
        line: "{ req.hdr_val(content-length) gt 64 }",
        into: "{ req.hdr_val(content-length) gt 65 }",
        seen_by: "bodies",
    },
    Mutation {
        line: "  http-request set-header x-forwarded-for \"%[src]\" if r0",
        into: "",
        seen_by: "hosts",
    },
    Mutation {
        line: "  http-request return status 403 if r19",
        into: "  http-request return status 204 if r19",
        seen_by: "closed routes",
    },
    // What a version's own rewrite does not know is not cut as the others' paths are.
    Mutation {
        line: " !{ var(txn.version) -m str -- v2 v3 }",
        into: "",
        seen_by: "versions",
    },
];
