//! Lines of the export to Traefik, each changed in a way that a class of requests has to see.

use super::Mutation;

pub(crate) const MUTATIONS: &[Mutation] = &[
    Mutation {
        line: "\"rejectStatusCode\": 401",
        into: "\"rejectStatusCode\": 200",
        seen_by: "keys",
    },
    Mutation {
        line: "\"burst\": 5",
        into: "\"burst\": 6",
        seen_by: "limits",
    },
    Mutation {
        line: "(Method(\\\"GET\\\") || Method(\\\"HEAD\\\"))",
        into: "Method(\\\"GET\\\")",
        seen_by: "methods",
    },
    Mutation {
        line: "\"Access-Control-Expose-Headers\": \"x-served-by\"",
        into: "\"Access-Control-Expose-Headers\": \"\"",
        seen_by: "cors",
    },
    Mutation {
        line: "\"service\": \"shop-next\"",
        into: "\"service\": \"shop\"",
        seen_by: "versions",
    },
    Mutation {
        line: "\"maxRequestBodyBytes\": 64",
        into: "\"maxRequestBodyBytes\": 65",
        seen_by: "bodies",
    },
    Mutation {
        line: "\"X-Real-Ip\": \"\"",
        into: "\"X-Nothing\": \"\"",
        seen_by: "hosts",
    },
    Mutation {
        line: "!QueryRegexp(\\\"quiet\\\", \\\"^\\\")) && (Method(",
        into: "PathRegexp(\\\"^\\\")) && (Method(",
        seen_by: "conditions",
    },
    Mutation {
        line: "\"rejectStatusCode\": 400",
        into: "\"rejectStatusCode\": 200",
        seen_by: "no route",
    },
    Mutation {
        line: "\"rejectStatusCode\": 403",
        into: "\"rejectStatusCode\": 204",
        seen_by: "closed routes",
    },
];
