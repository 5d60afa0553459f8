//! Lines of the export to NGINX, each changed in a way that a class of requests has to see.

use super::Mutation;

pub(crate) const MUTATIONS: &[Mutation] = &[
    Mutation {
        line: "      if ($gw_slot = \"\") { return 401; }",
        into: "",
        seen_by: "keys",
    },
    Mutation {
        line: "burst=4 nodelay",
        into: "burst=9 nodelay",
        seen_by: "limits",
    },
    Mutation {
        line: "(?:GET|HEAD) [^ ]* /orders(?:;[^/]*)?/[^/]+/?",
        into: "(?:GET) [^ ]* /orders(?:;[^/]*)?/[^/]+/?",
        seen_by: "methods",
    },
    Mutation {
        line: "      proxy_set_header x-internal \"\";",
        into: "",
        seen_by: "paths",
    },
    Mutation {
        line: "https://app\\\\.example",
        into: "https://app.*",
        seen_by: "cors",
    },
    Mutation {
        line: "\"v2\" \"http://gw_shop-next/base\";",
        into: "\"v2\" \"http://gw_shop\";",
        seen_by: "versions",
    },
    Mutation {
        line: "client_max_body_size 64;",
        into: "client_max_body_size 65;",
        seen_by: "bodies",
    },
    Mutation {
        line: "      proxy_set_header x-forwarded-for \"${remote_addr}\";",
        into: "",
        seen_by: "hosts",
    },
    Mutation {
        line: "return 403; # closed",
        into: "return 204; # closed",
        seen_by: "closed routes",
    },
    // Whose answers are kept, and which ones are for nobody else.
    Mutation {
        line: "|${gw_slot}|${scheme}|${host}${gw_port}|${gw_raw_path}${gw_query_",
        into: "|${scheme}|${host}${gw_port}|${gw_raw_path}${gw_query_",
        seen_by: "kept answers",
    },
    Mutation {
        line: "      proxy_cache gw_cache_0;",
        into: "",
        seen_by: "kept answers",
    },
    Mutation {
        line: "      proxy_no_cache ",
        into: "      # ",
        seen_by: "kept answers",
    },
    Mutation {
        line: "      proxy_cache_bypass ",
        into: "      # ",
        seen_by: "kept answers",
    },
    Mutation {
        line: "map \"|${gw_said_for_shown}|",
        into: "map \"|1${gw_said_for_shown}|",
        seen_by: "kept answers",
    },
    Mutation {
        line: "      proxy_cache_valid ",
        into: "      # ",
        seen_by: "kept answers",
    },
    Mutation {
        line: "      proxy_cache gw_cache_0;",
        into: "      proxy_ignore_headers Set-Cookie Vary;\n      proxy_cache gw_cache_0;",
        seen_by: "kept answers",
    },
];

/// Changes of what is kept, by the series of requests that has to see each.
pub(crate) const OF_KEPT_ANSWERS: &[(&str, Mutation)] = &[
    // What is said to be for all is kept also where a cookie is shown.
    (
        "cookies",
        Mutation {
            line: "(?:public|s-maxage)",
            into: "(?:s-maxage)",
            seen_by: "kept answers",
        },
    ),
    // Callers are told apart already.
    (
        "vary of the gateway",
        Mutation {
            line: "[ \\\\t]*(?:\\\\*|",
            into: "[ \\\\t]*(?:\\\\*|x-consumer-id|",
            seen_by: "kept answers",
        },
    ),
    (
        "vary lines",
        Mutation {
            line: "      proxy_no_cache ",
            into: "      proxy_no_cache $http_accept_language ",
            seen_by: "kept answers",
        },
    ),
];
