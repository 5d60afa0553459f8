//! Why the gateway itself answered, as a code: its status, its title, and what proxies are told.
//!
//! Exhaustive matches, so that a new code does not compile until each has been decided.

use http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why the gateway itself answered. Stable: callers and the UI may rely on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The request breaks HTTP in a way that two programs could read differently.
    BadRequest,
    /// The path could be read in two ways (dot segments, backslashes, control characters).
    AmbiguousPath,
    /// The method asks for something no route can do, such as `CONNECT`.
    MethodUnsupported,
    /// The transfer coding is not supported.
    TransferCodingUnsupported,
    /// The version of HTTP is not supported.
    HttpVersionUnsupported,
    /// The path and query are too long.
    UriTooLong,
    /// The headers are too large.
    HeadersTooLarge,
    /// The body is larger than the gateway takes.
    BodyTooLarge,
    /// The request stopped coming: its head was not there in time, or its body stood still.
    RequestTimeout,
    /// As many connections are open as the gateway takes. Answered before anything is read, so never
    /// in the log.
    TooManyConnections,
    /// No route takes the request.
    RouteNotFound,
    /// A route takes the path, but not with this method.
    MethodNotAllowed,
    /// The route has no version of this name.
    VersionUnknown,
    /// The route has versions, and the request names none.
    VersionRequired,
    /// The version is past its sunset.
    VersionGone,
    /// The route needs an API key and there is none.
    KeyMissing,
    /// What was given cannot be an API key.
    KeyMalformed,
    /// No such API key was ever issued.
    KeyInvalid,
    /// The API key was revoked.
    KeyRevoked,
    /// Several different API keys were given.
    KeyDuplicate,
    /// The API key was good until a time that has passed.
    KeyExpired,
    /// The route needs a credential, of several kinds or of another than an API key, and there is
    /// none.
    CredentialMissing,
    /// There is no such consumer with such a password.
    PasswordInvalid,
    /// The token is not good; the answer says which part of it.
    TokenInvalid,
    /// The keys that a token would have to be checked with cannot be had.
    IssuerUnavailable,
    /// The service that is asked about callers could not be asked.
    ForwardAuthFailed,
    /// The service that is asked about callers did not answer in time.
    ForwardAuthTimeout,
    /// The caller is known, but lacks a scope.
    InsufficientScope,
    /// The caller is known, but may not do this.
    Forbidden,
    /// A page of another origin asked whether it may call, and may not.
    CorsRefused,
    /// The caller has used up a rate limit.
    RateLimited,
    /// The caller has used up a quota.
    QuotaExceeded,
    /// Too many of the caller's requests are running.
    ConcurrencyExceeded,
    /// Nothing listens at the target.
    UpstreamRefused,
    /// The target's name could not be resolved.
    UpstreamUnresolved,
    /// The target closed or reset the connection before it answered.
    UpstreamReset,
    /// The target's answer is not HTTP.
    UpstreamInvalid,
    /// The target may not be called: it is the gateway itself, or an address that is never proxied.
    UpstreamForbidden,
    /// The target's certificate is not trusted, or TLS failed in another way.
    UpstreamTls,
    /// No target of the service is healthy.
    NoHealthyUpstream,
    /// The service kept failing and is left alone for a while.
    CircuitOpen,
    /// The service's program is being started, or too many requests wait for that.
    ServiceStarting,
    /// The service's program was stopped by a person, or the gateway does not run it.
    ServiceStopped,
    /// The service's program ends by itself again and again.
    CrashLoop,
    /// No person on this machine has approved the service's program.
    ProcessNotApproved,
    /// The target could not be connected to in time.
    UpstreamConnectTimeout,
    /// The target did not answer in time.
    UpstreamTimeout,
    /// The route has nothing but a mock, and none of its rules fits the request.
    MockHasNoRule,
    /// The answer of a mock could not be made.
    MockFailed,
    /// A fault that is switched on answered in the place of the service.
    FaultInjected,
    /// A fault that is switched on closed the connection. Only in the log.
    FaultReset,
    /// A part of the answer, without which there is none, could not be had.
    PartFailed,
    /// A part of the answer, without which there is none, did not come in time.
    PartTimeout,
    /// A part of the answer needs a value that the request does not have.
    PartNeedsValue,
    /// The answer that would be made of several is too long.
    AggregateTooLarge,
    /// The caller takes only an answer that is kept (`only-if-cached`), and none may be given.
    NotCached,
    /// The caller went away before there was an answer. Only in the log.
    ClientClosed,
    /// A fault in the gateway itself.
    Internal,
}

impl ErrorCode {
    /// Status of the answer. For [`Self::ClientClosed`] and [`Self::FaultReset`] the one shown in the
    /// log; nothing is sent. That of [`Self::FaultInjected`] is whichever the fault says.
    pub fn status(self) -> StatusCode {
        match self {
            Self::BadRequest | Self::AmbiguousPath => StatusCode::BAD_REQUEST,
            Self::MethodUnsupported | Self::TransferCodingUnsupported => {
                StatusCode::NOT_IMPLEMENTED
            }
            Self::HttpVersionUnsupported => StatusCode::HTTP_VERSION_NOT_SUPPORTED,
            Self::TooManyConnections => StatusCode::SERVICE_UNAVAILABLE,
            Self::UriTooLong => StatusCode::URI_TOO_LONG,
            Self::HeadersTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::RequestTimeout => StatusCode::REQUEST_TIMEOUT,
            Self::RouteNotFound => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::KeyMissing
            | Self::KeyMalformed
            | Self::KeyInvalid
            | Self::KeyRevoked
            | Self::KeyDuplicate
            | Self::KeyExpired
            | Self::CredentialMissing
            | Self::PasswordInvalid
            | Self::TokenInvalid => StatusCode::UNAUTHORIZED,
            Self::InsufficientScope | Self::Forbidden | Self::CorsRefused => StatusCode::FORBIDDEN,
            Self::RateLimited | Self::QuotaExceeded | Self::ConcurrencyExceeded => {
                StatusCode::TOO_MANY_REQUESTS
            }
            Self::IssuerUnavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::ForwardAuthFailed => StatusCode::BAD_GATEWAY,
            Self::ForwardAuthTimeout => StatusCode::GATEWAY_TIMEOUT,
            Self::UpstreamRefused
            | Self::UpstreamUnresolved
            | Self::UpstreamReset
            | Self::UpstreamInvalid
            | Self::UpstreamForbidden => StatusCode::BAD_GATEWAY,
            Self::VersionUnknown => StatusCode::NOT_FOUND,
            Self::VersionRequired => StatusCode::BAD_REQUEST,
            Self::VersionGone => StatusCode::GONE,
            Self::UpstreamTls => StatusCode::BAD_GATEWAY,
            Self::PartFailed | Self::AggregateTooLarge => StatusCode::BAD_GATEWAY,
            Self::PartTimeout => StatusCode::GATEWAY_TIMEOUT,
            Self::PartNeedsValue => StatusCode::BAD_REQUEST,
            Self::NoHealthyUpstream
            | Self::CircuitOpen
            | Self::ServiceStarting
            | Self::ServiceStopped
            | Self::CrashLoop
            | Self::ProcessNotApproved => StatusCode::SERVICE_UNAVAILABLE,
            Self::UpstreamConnectTimeout | Self::UpstreamTimeout | Self::NotCached => {
                StatusCode::GATEWAY_TIMEOUT
            }
            Self::MockHasNoRule => StatusCode::NOT_FOUND,
            Self::MockFailed => StatusCode::INTERNAL_SERVER_ERROR,
            Self::FaultInjected => StatusCode::SERVICE_UNAVAILABLE,
            Self::FaultReset => StatusCode::BAD_GATEWAY,
            Self::ClientClosed => StatusCode::from_u16(499).expect("499 is in range"),
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What is wrong, the same for each request that fails this way (RFC 9457, `title`).
    pub fn title(self) -> &'static str {
        match self {
            Self::BadRequest => "The request is not valid HTTP.",
            Self::AmbiguousPath => "The path can be read in more than one way.",
            Self::MethodUnsupported => "The method is not supported.",
            Self::TransferCodingUnsupported => "The transfer coding is not supported.",
            Self::HttpVersionUnsupported => "The version of HTTP is not supported.",
            Self::TooManyConnections => "Too many connections are open.",
            Self::UriTooLong => "The URI is too long.",
            Self::HeadersTooLarge => "The headers are too large.",
            Self::BodyTooLarge => "The request body is too large.",
            Self::RequestTimeout => "The request stopped coming.",
            Self::RouteNotFound => "No route takes this request.",
            Self::MethodNotAllowed => "The method is not allowed here.",
            Self::KeyMissing => "An API key is needed.",
            Self::KeyMalformed => "The API key is malformed.",
            Self::KeyInvalid => "The API key is not valid.",
            Self::KeyRevoked => "The API key has been revoked.",
            Self::KeyDuplicate => "More than one API key was sent.",
            Self::KeyExpired => "The API key has expired.",
            Self::CredentialMissing => "A credential is needed.",
            Self::PasswordInvalid => "The name or the password is not right.",
            Self::TokenInvalid => "The token is not valid.",
            Self::IssuerUnavailable => "The token cannot be checked at the moment.",
            Self::ForwardAuthFailed => "The service that decides about callers could not be asked.",
            Self::ForwardAuthTimeout => "The service that decides about callers did not answer.",
            Self::InsufficientScope => "The caller lacks a scope.",
            Self::Forbidden => "The caller may not do this.",
            Self::CorsRefused => "Pages of this origin may not do this.",
            Self::RateLimited | Self::QuotaExceeded => {
                "Request cannot be satisfied as assigned quota has been exceeded"
            }
            Self::ConcurrencyExceeded => "Too many requests are running.",
            Self::UpstreamRefused => "The service refused the connection.",
            Self::UpstreamUnresolved => "The service's name could not be resolved.",
            Self::UpstreamReset => "The service closed the connection before it answered.",
            Self::UpstreamInvalid => "The service's answer is not valid HTTP.",
            Self::UpstreamForbidden => "The service's address may not be called.",
            Self::VersionUnknown => "There is no such version.",
            Self::VersionRequired => "The request must name a version.",
            Self::VersionGone => "This version is gone.",
            Self::UpstreamTls => "The service could not be trusted over TLS.",
            Self::NoHealthyUpstream => "No instance of the service is healthy.",
            Self::CircuitOpen => "The service keeps failing and is left alone for a while.",
            Self::ServiceStarting => "The service is being started.",
            Self::ServiceStopped => "The service is stopped.",
            Self::CrashLoop => "The service's program ends by itself again and again.",
            Self::ProcessNotApproved => "The service's program has not been approved.",
            Self::UpstreamConnectTimeout => "The service could not be connected to in time.",
            Self::UpstreamTimeout => "The service did not answer in time.",
            Self::MockHasNoRule => "The mock has no rule for this request.",
            Self::MockFailed => "The mock's answer could not be made.",
            Self::FaultInjected => "A fault that is switched on answered.",
            Self::FaultReset => "A fault that is switched on closed the connection.",
            Self::PartFailed => "A part of the answer could not be had.",
            Self::PartTimeout => "A part of the answer did not come in time.",
            Self::PartNeedsValue => "The request lacks a value that is needed.",
            Self::AggregateTooLarge => "The answer would be too long.",
            Self::NotCached => "No answer is kept that may be given.",
            Self::ClientClosed => "The caller went away.",
            Self::Internal => "The gateway failed.",
        }
    }

    /// Error type for the `Proxy-Status` field (RFC 9209, section 2.3).
    pub fn proxy_status(self) -> &'static str {
        match self {
            Self::BadRequest
            | Self::AmbiguousPath
            | Self::MethodUnsupported
            | Self::TransferCodingUnsupported
            | Self::HttpVersionUnsupported
            | Self::UriTooLong
            | Self::HeadersTooLarge
            | Self::BodyTooLarge
            | Self::RequestTimeout
            | Self::ClientClosed => "http_request_error",
            Self::RouteNotFound | Self::MockHasNoRule => "destination_not_found",
            Self::MockFailed => "proxy_internal_error",
            Self::FaultInjected => "proxy_internal_response",
            Self::FaultReset => "connection_terminated",
            Self::MethodNotAllowed
            | Self::KeyMissing
            | Self::KeyMalformed
            | Self::KeyInvalid
            | Self::KeyRevoked
            | Self::KeyDuplicate
            | Self::KeyExpired
            | Self::CredentialMissing
            | Self::PasswordInvalid
            | Self::TokenInvalid
            | Self::InsufficientScope
            | Self::Forbidden
            | Self::CorsRefused
            | Self::RateLimited
            | Self::QuotaExceeded
            | Self::ConcurrencyExceeded => "http_request_denied",
            Self::IssuerUnavailable | Self::ForwardAuthFailed => "proxy_internal_response",
            Self::ForwardAuthTimeout => "http_response_timeout",
            Self::UpstreamRefused => "connection_refused",
            Self::UpstreamUnresolved => "dns_error",
            Self::UpstreamReset => "connection_terminated",
            Self::UpstreamInvalid => "http_protocol_error",
            Self::UpstreamForbidden => "destination_ip_prohibited",
            Self::VersionUnknown => "destination_not_found",
            Self::VersionRequired => "http_request_error",
            Self::VersionGone => "http_request_denied",
            Self::UpstreamTls => "tls_certificate_error",
            Self::NoHealthyUpstream
            | Self::CircuitOpen
            | Self::ServiceStarting
            | Self::ServiceStopped
            | Self::CrashLoop
            | Self::ProcessNotApproved => "destination_unavailable",
            Self::UpstreamConnectTimeout => "connection_timeout",
            Self::UpstreamTimeout => "http_response_timeout",
            Self::PartFailed => "destination_unavailable",
            Self::PartTimeout => "http_response_timeout",
            Self::PartNeedsValue => "http_request_error",
            Self::AggregateTooLarge => "http_response_body_size",
            Self::NotCached => "http_request_denied",
            Self::TooManyConnections => "connection_limit_reached",
            Self::Internal => "proxy_internal_error",
        }
    }

    /// The code as it stands in answers and in the log, such as `key_missing`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BadRequest => "bad_request",
            Self::AmbiguousPath => "ambiguous_path",
            Self::MethodUnsupported => "method_unsupported",
            Self::TransferCodingUnsupported => "transfer_coding_unsupported",
            Self::HttpVersionUnsupported => "http_version_unsupported",
            Self::TooManyConnections => "too_many_connections",
            Self::UriTooLong => "uri_too_long",
            Self::HeadersTooLarge => "headers_too_large",
            Self::BodyTooLarge => "body_too_large",
            Self::RequestTimeout => "request_timeout",
            Self::RouteNotFound => "route_not_found",
            Self::MethodNotAllowed => "method_not_allowed",
            Self::KeyMissing => "key_missing",
            Self::KeyMalformed => "key_malformed",
            Self::KeyInvalid => "key_invalid",
            Self::KeyRevoked => "key_revoked",
            Self::KeyDuplicate => "key_duplicate",
            Self::KeyExpired => "key_expired",
            Self::CredentialMissing => "credential_missing",
            Self::PasswordInvalid => "password_invalid",
            Self::TokenInvalid => "token_invalid",
            Self::IssuerUnavailable => "issuer_unavailable",
            Self::ForwardAuthFailed => "forward_auth_failed",
            Self::ForwardAuthTimeout => "forward_auth_timeout",
            Self::InsufficientScope => "insufficient_scope",
            Self::Forbidden => "forbidden",
            Self::CorsRefused => "cors_refused",
            Self::RateLimited => "rate_limited",
            Self::QuotaExceeded => "quota_exceeded",
            Self::ConcurrencyExceeded => "concurrency_exceeded",
            Self::UpstreamRefused => "upstream_refused",
            Self::UpstreamUnresolved => "upstream_unresolved",
            Self::UpstreamReset => "upstream_reset",
            Self::UpstreamInvalid => "upstream_invalid",
            Self::UpstreamForbidden => "upstream_forbidden",
            Self::VersionUnknown => "version_unknown",
            Self::VersionRequired => "version_required",
            Self::VersionGone => "version_gone",
            Self::UpstreamTls => "upstream_tls",
            Self::NoHealthyUpstream => "no_healthy_upstream",
            Self::CircuitOpen => "circuit_open",
            Self::ServiceStarting => "service_starting",
            Self::ServiceStopped => "service_stopped",
            Self::CrashLoop => "crash_loop",
            Self::ProcessNotApproved => "process_not_approved",
            Self::UpstreamConnectTimeout => "upstream_connect_timeout",
            Self::UpstreamTimeout => "upstream_timeout",
            Self::MockHasNoRule => "mock_has_no_rule",
            Self::MockFailed => "mock_failed",
            Self::FaultInjected => "fault_injected",
            Self::FaultReset => "fault_reset",
            Self::PartFailed => "part_failed",
            Self::PartTimeout => "part_timeout",
            Self::PartNeedsValue => "part_needs_value",
            Self::AggregateTooLarge => "aggregate_too_large",
            Self::NotCached => "not_cached",
            Self::ClientClosed => "client_closed",
            Self::Internal => "internal",
        }
    }
}
