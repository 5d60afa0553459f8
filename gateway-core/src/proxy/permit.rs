//! A request that may pass, and what it becomes on its way to a service.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::Arc;

use http::header::{HOST, HeaderMap, HeaderValue};
use http::request::Parts;

use super::accept::Accepted;
use super::affinity::Affinity;
use super::answer::ambiguous;
use super::caller::Caller;
use super::error::ProxyError;
use super::headers::{self, Forwarded};
use super::query::without_parameter;
use super::resolve_version;
use super::trace_context::TraceContext;
use super::upgrade::Upgrade;
use crate::snapshot::header_edits::Variables;
use crate::snapshot::matcher::Found;
use crate::snapshot::mock::Mock;
use crate::snapshot::rewrite::{Address, PathChange, Paths};
use crate::snapshot::versions::Version;
use crate::snapshot::{Backend, HostHeader, Service};

/// A request that may pass, and all that was found out about it.
pub(crate) struct Permit<'r> {
    /// The request.
    pub head: &'r Parts,
    /// How it was read.
    pub accepted: Accepted,
    /// The route that takes it.
    pub found: Found,
    /// The version, and whether the caller named it.
    pub version: Option<(Arc<Version>, bool)>,
    /// Who is asking.
    pub caller: Caller,
    /// Where from.
    pub client: IpAddr,
    /// `http` or `https`.
    pub scheme: &'static str,
    /// What the caller wants to leave HTTP for.
    pub upgrade: Option<&'r Upgrade>,
}

/// A request as its service is to get it.
pub(crate) struct Prepared {
    pub path: String,
    pub query: Option<String>,
    pub headers: HeaderMap,
    /// What decides about the target.
    pub affinity: Affinity,
}

impl Prepared {
    /// Path and query, as the target is asked for them.
    pub(crate) fn path_and_query(&self) -> String {
        match &self.query {
            Some(query) => format!("{}?{query}", self.path),
            None => self.path.clone(),
        }
    }
}

/// A request's path, as the route that was found has it.
///
/// # Errors
/// It can be read in more than one way.
pub(crate) fn paths<'a>(
    head: &'a Parts,
    accepted: &'a Accepted,
    found: &Found,
) -> Result<Paths<'a>, ProxyError> {
    let paths = Paths {
        raw: head.uri.path(),
        normalised: &accepted.match_path,
    };
    paths.of(found).map_err(ambiguous)
}

impl Permit<'_> {
    /// What edits of headers may refer to.
    pub(crate) fn variables<'a>(&'a self, request_id: &'a str) -> Variables<'a> {
        Variables {
            request_id,
            client_ip: self.client,
            host: &self.accepted.host,
            path: self.head.uri.path(),
            route: self.found.route.name.as_str(),
            version: self
                .version
                .as_ref()
                .map_or("", |(version, _)| version.name.as_str()),
            consumer: self.caller.consumer.as_deref().unwrap_or_default(),
        }
    }

    /// The request's path, as its route has it.
    ///
    /// # Errors
    /// It can be read in more than one way.
    pub(crate) fn paths(&self) -> Result<Paths<'_>, ProxyError> {
        paths(self.head, &self.accepted, &self.found)
    }

    /// The caller's query, without a credential in it.
    pub(crate) fn query(&self) -> Option<String> {
        let mut query = self.head.uri.query().map(str::to_owned);
        if let Some(name) = &self.caller.credential_query {
            without_parameter(&mut query, name);
        }
        query
    }

    /// What a redirect may refer to.
    pub(crate) fn address(&self) -> Address<'_> {
        Address {
            host: self.accepted.host_name(),
            query: self.head.uri.query(),
        }
    }

    /// The request as `service` is to get it.
    ///
    /// # Errors
    /// The path can be read in more than one way, so that it cannot be rewritten.
    pub(crate) fn prepare(
        &self,
        service: &Service,
        trace_context: &TraceContext,
        variables: &Variables<'_>,
    ) -> Result<Prepared, ProxyError> {
        let mut headers = self.head.headers.clone();
        let (path, mut query) = self.target(&mut headers)?;
        if let Some(name) = &self.caller.credential_query {
            without_parameter(&mut query, name);
        }
        let affinity = Affinity::take(&service.balancer, &mut headers, self.client, &self.caller);
        self.prepare_headers(&mut headers, trace_context, variables);
        Ok(Prepared {
            path,
            query,
            headers,
            affinity,
        })
    }

    /// The caller's headers as services get them.
    pub(crate) fn headers(
        &self,
        trace_context: &TraceContext,
        variables: &Variables<'_>,
    ) -> HeaderMap {
        let mut headers = self.head.headers.clone();
        self.prepare_headers(&mut headers, trace_context, variables);
        headers
    }

    /// Headers of a request to `service` for a part of the answer, and what decides about its target.
    pub(crate) fn prepare_part(
        &self,
        service: &Service,
        trace_context: &TraceContext,
        variables: &Variables<'_>,
    ) -> (HeaderMap, Affinity) {
        let mut headers = self.head.headers.clone();
        let affinity = Affinity::take(&service.balancer, &mut headers, self.client, &self.caller);
        self.prepare_headers(&mut headers, trace_context, variables);
        (headers, affinity)
    }

    /// The path and query that a service is asked for, without the path of its own URL.
    ///
    /// # Errors
    /// The path can be read in more than one way, so that it cannot be rewritten.
    pub(crate) fn path_and_query(&self) -> Result<String, ProxyError> {
        let (path, query) = self.target(&mut self.head.headers.clone())?;
        Ok(match query {
            Some(query) => format!("{path}?{query}"),
            None => path,
        })
    }

    /// Path and query for a service. What only the gateway needs to know is taken out of `headers`
    /// too.
    fn target(&self, headers: &mut HeaderMap) -> Result<(String, Option<String>), ProxyError> {
        let mut query = self.head.uri.query().map(str::to_owned);
        if let Some(versions) = &self.found.route.versions {
            resolve_version::strip_name(versions, headers, &mut query);
        }
        Ok((self.path()?, query))
    }

    /// Who answers, if a service does: the version's, or else the route's.
    pub(crate) fn service(&self) -> Option<&Service> {
        let of_version = self
            .version
            .as_ref()
            .and_then(|(version, _)| version.service.as_deref());
        match (of_version, &self.found.route.backend) {
            (Some(service), _) => Some(service),
            (None, Backend::Service(service)) => Some(service),
            (None, Backend::Own(_) | Backend::Aggregate(_)) => None,
        }
    }

    /// What stands in for who answers: the version's, or else the route's.
    pub(crate) fn mock(&self) -> Option<&Mock> {
        let of_version = self
            .version
            .as_ref()
            .and_then(|(version, _)| version.mock.as_ref());
        match of_version {
            Some(mock) => mock.as_ref(),
            None => self.found.route.mock.as_ref(),
        }
    }

    /// The request's path, normalised, without a version that the caller named in it.
    ///
    /// # Errors
    /// It can be read in more than one way.
    pub(crate) fn path_without_version(&self) -> Result<Cow<'_, str>, ProxyError> {
        let paths = self.paths()?;
        let named = self.version.as_ref().is_some_and(|(_, named)| *named);
        let route = &self.found.route;
        let cut = match route.versions.as_ref().filter(|_| named) {
            Some(versions) => resolve_version::path_without_version(versions, route, paths)?,
            None => None,
        };
        Ok(match cut {
            Some((_, normalised)) => Cow::Owned(normalised),
            None => Cow::Borrowed(paths.normalised),
        })
    }

    /// The path to send on.
    fn path(&self) -> Result<String, ProxyError> {
        let route = &self.found.route;
        let paths = self.paths()?;
        let named = self.version.as_ref().is_some_and(|(_, named)| *named);
        let versions = route.versions.as_ref().filter(|_| named);
        let cut = match versions {
            Some(versions) => resolve_version::path_without_version(versions, route, paths)?,
            None => None,
        };
        let paths = cut
            .as_ref()
            .map_or(paths, |(raw, normalised)| Paths { raw, normalised });
        let of_version = self
            .version
            .as_ref()
            .and_then(|(version, _)| version.path_change.as_ref());
        let change = of_version.unwrap_or(&route.path_change);
        let path = change.apply(route, paths).map_err(ambiguous)?;
        Ok(match (versions, &self.found.version_segment) {
            // It was taken away to find the route.
            (Some(versions), Some(segment))
                if !versions.strip && !matches!(change, PathChange::Rewrite(_)) =>
            {
                format!("/{segment}{path}")
            }
            _ => path.into_owned(),
        })
    }

    /// Makes the caller's headers into those for the service.
    fn prepare_headers(
        &self,
        headers: &mut HeaderMap,
        trace_context: &TraceContext,
        variables: &Variables<'_>,
    ) {
        let route = &self.found.route;
        headers::for_upstream(
            headers,
            &Forwarded {
                client: self.client,
                host: &self.accepted.host,
                forwards_left: self.accepted.forwards_left,
                scheme: self.scheme,
                version: self.head.version,
                caller: &self.caller,
                request_id: variables.request_id,
                traceparent: &trace_context.traceparent,
            },
        );
        if let HostHeader::Fixed(host) = &route.host_header
            && let Ok(host) = HeaderValue::from_str(host.as_str())
        {
            headers.insert(HOST, host);
        }
        route.request_headers.apply(headers, variables);
        if let Some((version, _)) = &self.version {
            version.request_headers.apply(headers, variables);
        }
        if let Some(upgrade) = self.upgrade {
            upgrade.ask(headers);
        }
    }

    /// Makes the changes to an answer's headers that the route and its version ask for.
    pub(crate) fn edit_answer(&self, headers: &mut HeaderMap, variables: &Variables<'_>) {
        self.found.route.response_headers.apply(headers, variables);
        if let Some((version, _)) = &self.version {
            version.response_headers.apply(headers, variables);
        }
    }
}
