//! Lines of the export to Caddy, each changed in a way that a class of requests has to see.

use super::Mutation;

pub(crate) const MUTATIONS: &[Mutation] = &[
    Mutation {
        line: "\"status_code\": 401",
        into: "\"status_code\": 200",
        seen_by: "keys",
    },
    Mutation {
        line: "\"method\": [\"GET\", \"HEAD\"]",
        into: "\"method\": [\"GET\"]",
        seen_by: "methods",
    },
    Mutation {
        line: "\"x-internal\"",
        into: "\"x-nothing\"",
        seen_by: "paths",
    },
    Mutation {
        line: "https://app\\\\.example",
        into: "https://app.*",
        seen_by: "cors",
    },
    Mutation {
        line: "\"name\": \"shop-next\"",
        into: "\"name\": \"shop\"",
        seen_by: "versions",
    },
    Mutation {
        line: "|6[5-9][0-9]{0}",
        into: "|6[4-9][0-9]{0}",
        seen_by: "bodies",
    },
    Mutation {
        line: "{http.request.host.labels.1}.{http.request.host.labels.0}{http.regexp.port.1}",
        into: "{http.request.host.labels.1}.{http.request.host.labels.0}",
        seen_by: "hosts",
    },
    Mutation {
        line: "                  \"header_regexp\": {\n                    \"X-Debug\": {\n                      \"pattern\": \"\\\\A(?:on)\\\\z\"",
        into: "                  \"header_regexp\": {\n                    \"X-Debug\": {\n                      \"pattern\": \"\\\\A(?:on|never-this)\\\\z\"",
        seen_by: "conditions",
    },
    Mutation {
        line: "\"status_code\": 404",
        into: "\"status_code\": 200",
        seen_by: "no route",
    },
    Mutation {
        line: "\"entry\": [\"r19\"]\n                  }\n                }\n              ],\n              \"handle\": [\n                {\n                  \"handler\": \"static_response\",\n                  \"status_code\": 403",
        into: "\"entry\": [\"r19\"]\n                  }\n                }\n              ],\n              \"handle\": [\n                {\n                  \"handler\": \"static_response\",\n                  \"status_code\": 204",
        seen_by: "closed routes",
    },
];
