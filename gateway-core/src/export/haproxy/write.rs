//! The files for HAProxy: what stands beside the routes, and their order.

use super::words::plain;
use super::{Window, callers, matching, pages, route, versions};
use crate::config::{
    ActiveCheck, ActiveCheckKind, Algorithm, Balance, HashBy, LimitBy, PassiveCheck, Protocol,
    Retries, Service, Target, Timeouts, Tls,
};
use crate::export::gate::{Gate, Limit, LimitKind, Scope, parts};
use crate::export::lines::Lines;
use crate::export::{File, Placeholder, Written};

/// Files in the making.
pub(super) struct Writer<'g, 'c> {
    pub(super) gate: &'g Gate<'c>,
    conf: Lines,
    pub(super) files: Vec<File>,
    pub(super) placeholders: Vec<Placeholder>,
    /// Which backend a request goes to; these rules come last, as they are read last.
    pub(super) backends: Vec<String>,
}

/// Writes `haproxy.cfg` and the maps.
pub(super) fn write(gate: &Gate<'_>) -> Written {
    let mut writer = Writer {
        gate,
        conf: Lines::new("haproxy.cfg"),
        files: Vec::new(),
        placeholders: Vec::new(),
        backends: Vec::new(),
    };
    writer.head();
    for n in 0..gate.limits.len() {
        writer.table(n);
    }
    writer.frontend();
    for (n, service) in gate.used_services() {
        writer.backend(n, service);
    }
    let (conf, marks) = writer.conf.finish();
    writer.files.push(conf);
    Written {
        files: writer.files,
        marks,
        placeholders: writer.placeholders,
    }
}

impl Writer<'_, '_> {
    /// A rule of the frontend.
    pub(super) fn rule(&mut self, text: impl AsRef<str>) {
        self.conf.put(format!("  {}", text.as_ref().trim_end()));
    }

    /// A remark among the rules.
    pub(super) fn note(&mut self, text: &str) {
        self.conf.put(format!("  # {text}"));
    }

    /// Says that the next rule is about a setting.
    pub(super) fn mark(&mut self, path: impl Into<String>) {
        self.conf.mark(path);
    }

    fn head(&mut self) {
        let version = env!("CARGO_PKG_VERSION");
        self.conf.put(format!(
            "# Exported by Gatewright {version} for HAProxy 2.6 and later. REPORT.md says what is different."
        ));
        for line in [
            "global",
            "  maxconn 4096",
            "defaults",
            "  mode http",
            "  timeout http-request 30s",
            "  timeout client 60s",
            "  timeout connect 2s",
            "  timeout server 60s",
            "  timeout tunnel 1h",
            "  retries 0",
            "  http-reuse safe",
        ] {
            self.conf.put(line);
        }
    }

    /// The table of a limit.
    fn table(&mut self, n: usize) {
        let limit = &self.gate.limits[n];
        let LimitKind::Rate(shape) = &limit.kind else {
            return;
        };
        if let Some(Window {
            requests: _,
            millis,
        }) = Window::of(shape)
        {
            self.conf.mark(&limit.at);
            self.conf.put(format!("backend gw_limit_{n}"));
            self.conf.put(format!(
                "  stick-table type string len 128 size 100k expire {millis}ms store gpc0_rate({millis}ms)"
            ));
        }
    }

    fn frontend(&mut self) {
        let gate = self.gate;
        let listen = &gate.config.listen;
        self.conf.put("frontend gateway");
        self.conf.mark("listen");
        let bind = match listen.address {
            std::net::IpAddr::V4(address) => format!("{address}:{}", listen.port),
            std::net::IpAddr::V6(address) => format!("[{address}]:{}", listen.port),
        };
        self.rule(format!("bind {bind}"));
        for n in 0..gate.routes.len() {
            self.rule(format!("acl r{n} var(txn.entry) -m str r{n} r{n}v"));
        }
        matching::write(self);
        route::sizes(self);
        pages::write(self);
        callers::write(self);
        for n in 0..gate.routes.len() {
            route::write(self, n);
        }
        versions::told(self);
        for rule in std::mem::take(&mut self.backends) {
            self.rule(rule);
        }
    }

    /// The rules that count a route's requests and refuse those beyond its limits.
    pub(super) fn limits(&mut self, n: usize) {
        let gate = self.gate;
        let limits: Vec<(usize, u64)> = gate
            .limits_of(n)
            .into_iter()
            .filter_map(|m| match &gate.limits[m].kind {
                LimitKind::Rate(shape) => Window::of(shape).map(|window| (m, window.requests)),
                LimitKind::Quota | LimitKind::Concurrency(_) => None,
            })
            .take(3)
            .collect();
        for (counter, (m, _)) in limits.iter().enumerate() {
            let limit = &gate.limits[*m];
            self.conf.mark(&limit.at);
            for (fallback, whose) in whose(limit, n).into_iter().enumerate() {
                let only = scope(gate, limit);
                let if_none = match fallback {
                    0 => String::new(),
                    _ => format!(" !{{ var(txn.counted_{m}) -m found }}"),
                };
                self.rule(format!(
                    "http-request set-var(txn.counted_{m}) {whose} if r{n} {only}{if_none}"
                ));
            }
            self.rule(format!(
                "http-request track-sc{counter} var(txn.counted_{m}) table gw_limit_{m} if r{n} {{ var(txn.counted_{m}) -m found }}"
            ));
        }
        for (counter, (_, most)) in limits.iter().enumerate() {
            self.rule(format!(
                "http-request return status 429 hdr Retry-After 1 if r{n} {{ sc{counter}_gpc0_rate ge {most} }}"
            ));
        }
        for counter in 0..limits.len() {
            self.rule(format!("http-request sc-inc-gpc0({counter}) if r{n}"));
        }
    }

    fn backend(&mut self, n: usize, service: &Service) {
        let Service {
            name,
            targets,
            protocol,
            tls,
            balance,
            health,
            breaker: _,
            retries,
            hold_ms: _,
            process: _,
            timeouts,
        } = service;
        let at = format!("services[{n}]");
        self.conf.mark(&at);
        self.conf.put(format!("backend gw_{name}"));
        let Balance {
            algorithm,
            hash_by,
            hash_name,
            sticky_cookie,
        } = balance;
        self.conf.mark(format!("{at}.balance"));
        let hash_name = hash_name.as_deref().unwrap_or_default();
        match algorithm {
            Algorithm::RoundRobin => self.rule("balance roundrobin"),
            Algorithm::LeastInFlight => self.rule("balance leastconn"),
            Algorithm::PowerOfTwo => self.rule("balance random(2)"),
            Algorithm::ConsistentHash => {
                self.rule(match hash_by {
                    HashBy::Ip => "balance source".to_owned(),
                    HashBy::Header => format!("balance hdr({hash_name})"),
                    HashBy::Cookie => format!("balance hash req.cook({hash_name})"),
                    HashBy::Consumer => "balance hash var(txn.consumer)".to_owned(),
                });
                self.rule("hash-type consistent");
            }
        }
        if let Some(cookie) = sticky_cookie {
            self.rule(format!("cookie {} insert indirect nocache", plain(cookie)));
        }
        self.conf.mark(format!("{at}.timeouts"));
        let Timeouts {
            connect_ms,
            first_byte_ms,
            idle_ms,
            total_ms: _,
        } = timeouts;
        let wait = (*first_byte_ms).max(idle_ms.unwrap_or(0));
        self.rule(format!("timeout connect {connect_ms}ms"));
        self.rule(format!("timeout server {wait}ms"));
        self.conf.mark(format!("{at}.retries"));
        let Retries {
            attempts,
            statuses,
            budget_percent: _,
        } = retries;
        self.rule(format!("retries {attempts}"));
        if *attempts > 0 {
            self.rule("option redispatch 1");
            let mut words = vec!["conn-failure".to_owned(), "empty-response".to_owned()];
            words.extend(
                statuses
                    .iter()
                    .filter(|status| {
                        matches!(status, 404 | 408 | 425 | 500 | 501 | 502 | 503 | 504)
                    })
                    .map(ToString::to_string),
            );
            self.rule(format!("retry-on {}", words.join(" ")));
            self.rule("http-request disable-l7-retry if { method POST PATCH }");
        }
        let checked = self.health(&at, health);
        for (m, target) in targets.iter().enumerate() {
            self.conf.mark(format!("{at}.targets[{m}]"));
            self.conf.mark(format!("{at}.tls"));
            let sticky = match sticky_cookie {
                Some(_) => format!(" cookie t{m}"),
                None => String::new(),
            };
            let line = server(target, *protocol, tls);
            self.rule(format!("server t{m} {line}{checked}{sticky}"));
        }
    }

    fn health(&mut self, at: &str, health: &crate::config::Health) -> String {
        let mut words = String::new();
        self.conf.mark(format!("{at}.health"));
        if let Some(ActiveCheck {
            kind,
            path,
            statuses,
            interval_ms,
            timeout_ms,
            healthy_after,
            unhealthy_after,
        }) = &health.active
        {
            if *kind == ActiveCheckKind::Http {
                self.rule("option httpchk");
                self.rule(format!(
                    "http-check send meth GET uri {} hdr host health",
                    plain(path)
                ));
                let good = match statuses.as_slice() {
                    [] => "rstatus ^[23]".to_owned(),
                    [one] => format!("status {one}"),
                    many => {
                        let all: Vec<_> = many.iter().map(ToString::to_string).collect();
                        format!("rstatus ^({})", all.join("|"))
                    }
                };
                self.rule(format!("http-check expect {good}"));
            }
            self.rule(format!("timeout check {timeout_ms}ms"));
            words =
                format!(" check inter {interval_ms}ms rise {healthy_after} fall {unhealthy_after}");
        }
        if let Some(PassiveCheck {
            failures,
            statuses: _,
            eject_ms,
        }) = &health.passive
        {
            if words.is_empty() {
                words = format!(" check inter {eject_ms}ms rise 1 fall 1000");
            }
            words.push_str(&format!(
                " observe layer7 error-limit {failures} on-error mark-down"
            ));
        }
        words
    }
}

fn server(target: &Target, protocol: Protocol, tls: &Tls) -> String {
    let Target { url, weight } = target;
    let (scheme, host, _) = parts(url);
    let port = match (host.rfind(':'), scheme) {
        (Some(at), _) if !host[at..].contains(']') => "",
        (_, "https") => ":443",
        _ => ":80",
    };
    // At most 256 here, at most 1,000 there.
    let weight = match weight {
        0 => 0,
        weight => (u32::from(*weight) * 256 / 1_000).max(u32::from((*weight).min(16))),
    };
    let mut line = format!("{} weight {weight}", plain(&format!("{host}{port}")));
    if protocol == Protocol::Http2 {
        line.push_str(" proto h2");
    }
    if scheme == "https" {
        let Tls {
            ca_file,
            server_name,
            skip_verify,
        } = tls;
        let bare = host.rsplit_once(':').map_or(host, |(host, _)| host);
        let name = server_name.as_deref().unwrap_or(bare);
        line.push_str(&format!(" ssl sni str({name}) alpn http/1.1"));
        match skip_verify {
            true => line.push_str(" verify none"),
            false => {
                let file = ca_file
                    .as_deref()
                    .unwrap_or("/etc/ssl/certs/ca-certificates.crt");
                let file = plain(file);
                line.push_str(&format!(
                    " verify required verifyhost {name} ca-file {file}"
                ));
            }
        }
    }
    line
}

/// Whose requests a limit counts, and what counts in their place where there is none.
fn whose(limit: &Limit<'_>, n: usize) -> Vec<String> {
    match limit.by {
        LimitBy::Key => vec!["var(txn.slot)".to_owned(), "src".to_owned()],
        LimitBy::Consumer => vec!["var(txn.consumer)".to_owned(), "src".to_owned()],
        LimitBy::Ip => vec!["src".to_owned()],
        LimitBy::Header => vec![
            format!("req.fhdr({})", limit.of.unwrap_or_default()),
            "str(-)".to_owned(),
        ],
        LimitBy::Route => vec![format!("str(r{n})")],
        LimitBy::Claim | LimitBy::Global => vec!["str(all)".to_owned()],
    }
}

fn scope(gate: &Gate<'_>, limit: &Limit<'_>) -> String {
    match &limit.scope {
        Scope::All | Scope::Route(_) => String::new(),
        Scope::Slots(slots) => {
            let labels: Vec<_> = slots
                .iter()
                .map(|n| gate.slots[*n].label.as_str())
                .collect();
            match labels.is_empty() {
                true => "{ always_false }".to_owned(),
                false => format!("{{ var(txn.slot) -m str -- {} }}", labels.join(" ")),
            }
        }
        Scope::Version(_, version) => format!("{{ var(txn.version) -m str -- {version} }}"),
    }
}
