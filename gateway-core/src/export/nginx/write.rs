//! The files for NGINX: what stands beside the routes, and their order.

use super::words::{header, plain};
use super::{Rate, cache, callers, location, matching, own_answer};
use crate::config::{Algorithm, Balance, HashBy, LimitBy, PassiveCheck, Service, Target};
use crate::export::gate::{Gate, LimitKind, Scope, parts};
use crate::export::lines::Lines;
use crate::export::{File, Placeholder, Written};

/// Files in the making.
pub(super) struct Writer<'g, 'c> {
    pub(super) gate: &'g Gate<'c>,
    pub(super) conf: Lines,
    pub(super) files: Vec<File>,
    pub(super) placeholders: Vec<Placeholder>,
}

/// Writes `nginx.conf` and `keys.map`.
pub(super) fn write(gate: &Gate<'_>) -> Written {
    let mut writer = Writer {
        gate,
        conf: Lines::new("nginx.conf"),
        files: Vec::new(),
        placeholders: Vec::new(),
    };
    writer.head();
    for (n, service) in gate.used_services() {
        writer.pool(n, service);
    }
    matching::write(&mut writer);
    callers::write(&mut writer);
    cache::shared(&mut writer);
    let bodies: Vec<_> = (0..gate.routes.len())
        .map(|n| location::prepare(&mut writer, n))
        .collect();
    for n in 0..gate.limits.len() {
        writer.limit(n);
    }
    writer.server(&bodies);
    writer.conf.put("}");
    let (conf, marks) = writer.conf.finish();
    writer.files.push(conf);
    Written {
        files: writer.files,
        marks,
        placeholders: writer.placeholders,
    }
}

impl Writer<'_, '_> {
    fn head(&mut self) {
        let version = env!("CARGO_PKG_VERSION");
        self.conf.put(format!(
            "# Exported by Gatewright {version} for NGINX 1.22 and later. REPORT.md says what is different."
        ));
        self.conf.put("worker_processes auto;");
        self.conf.put("daemon off;");
        self.conf.put("pid nginx.pid;");
        self.conf.put("error_log stderr warn;");
        self.conf.put("events { worker_connections 4096; }");
        self.conf.put("http {");
        self.conf.put("  access_log off;");
        self.conf.put("  server_tokens off;");
        // Where to go stays as it is written, without this host and port before it.
        self.conf.put("  absolute_redirect off;");
        for path in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
            self.conf.put(format!("  {path}_temp_path {path}_temp;"));
        }
        self.conf.put("  variables_hash_max_size 16384;");
        self.conf.put("  variables_hash_bucket_size 256;");
        self.conf.put("  map_hash_max_size 65536;");
        self.conf.put("  map_hash_bucket_size 256;");
        self.conf.put("  limit_req_status 429;");
        self.conf.put("  limit_conn_status 429;");
        self.conf.put("  limit_req_log_level info;");
        self.conf.put("  geo $gw_dollar { default \"$\"; }");
        self.conf
            .put("  map $args $gw_more_args { default \"&${args}\"; \"\" \"\"; }");
        self.conf
            .put("  map $status $gw_retry_after { default \"\"; 429 1; }");
        self.conf
            .put("  map $http_upgrade $gw_connection { default upgrade; \"\" \"\"; }");
        self.conf.put("  map $request_uri $gw_raw_path {");
        self.conf.put("    default $request_uri;");
        self.conf.put(format!("    {} $1;", plain(r"~\A([^?]*)\?")));
        self.conf.put("  }");
        self.conf.put("  map $http_host $gw_port {");
        self.conf.put("    default \"\";");
        self.conf.put(format!("    {} $1;", plain(r"~(:[0-9]*)\z")));
        self.conf.put("  }");
        if self.gate.config.api_keys.bearer {
            self.conf.put("  map $gw_bearer $gw_authorization_left {");
            self.conf.put("    default \"\";");
            self.conf.put("    \"\" $http_authorization;");
            self.conf.put("  }");
        }
    }

    fn pool(&mut self, n: usize, service: &Service) {
        let Service {
            name,
            targets,
            protocol: _,
            tls: _,
            balance,
            health,
            breaker: _,
            retries: _,
            hold_ms: _,
            process: _,
            timeouts: _,
        } = service;
        self.conf.mark(format!("services[{n}]"));
        self.conf.put(format!("  upstream gw_{name} {{"));
        let Balance {
            algorithm,
            hash_by,
            hash_name,
            sticky_cookie: _,
        } = balance;
        let name = hash_name.as_deref().unwrap_or_default();
        let hashed = match hash_by {
            HashBy::Ip => "${remote_addr}".to_owned(),
            HashBy::Header => header(name),
            HashBy::Cookie => format!("${{cookie_{name}}}"),
            HashBy::Consumer => "${gw_by_consumer}".to_owned(),
        };
        self.conf.mark(format!("services[{n}].balance"));
        match algorithm {
            _ if targets.len() < 2 => {}
            Algorithm::RoundRobin => {}
            Algorithm::LeastInFlight => self.conf.put("    least_conn;"),
            Algorithm::PowerOfTwo => self.conf.put("    random two least_conn;"),
            Algorithm::ConsistentHash => {
                self.conf.put(format!("    hash \"{hashed}\" consistent;"));
            }
        }
        self.conf.mark(format!("services[{n}].health"));
        let fails = match &health.passive {
            None => "max_fails=0".to_owned(),
            Some(PassiveCheck {
                failures,
                statuses: _,
                eject_ms,
            }) => {
                let seconds = eject_ms.div_ceil(1_000).max(1);
                format!("max_fails={failures} fail_timeout={seconds}s")
            }
        };
        for (m, Target { url, weight }) in targets.iter().enumerate() {
            self.conf.mark(format!("services[{n}].targets[{m}]"));
            let (scheme, host, _) = parts(url);
            let port = match (host.rfind(':'), scheme) {
                (Some(at), _) if !host[at..].contains(']') => "",
                (_, "https") => ":443",
                _ => ":80",
            };
            let share = match weight {
                0 => "down".to_owned(),
                weight => format!("weight={weight}"),
            };
            let server = plain(&format!("{host}{port}"));
            self.conf
                .put(format!("    server {server} {share} {fails};"));
        }
        self.conf.put("    keepalive 32;");
        self.conf.put("  }");
    }

    /// Whose requests a limit counts; an empty value is not counted.
    fn limit(&mut self, n: usize) {
        let limit = &self.gate.limits[n];
        let whose = match limit.by {
            LimitBy::Key => "${gw_by_key}".to_owned(),
            LimitBy::Consumer => "${gw_by_consumer}".to_owned(),
            LimitBy::Ip => "@${remote_addr}".to_owned(),
            LimitBy::Header => format!("={}", header(limit.of.unwrap_or_default())),
            LimitBy::Route => "=${gw_location}".to_owned(),
            LimitBy::Claim | LimitBy::Global => "=".to_owned(),
        };
        self.conf.mark(&limit.at);
        match &limit.scope {
            Scope::All | Scope::Route(_) => {
                self.conf.put(format!(
                    "  map \"{whose}\" $gw_count_{n} {{ default \"{whose}\"; }}"
                ));
            }
            Scope::Slots(slots) => {
                self.conf.put(format!("  map $gw_slot $gw_count_{n} {{"));
                self.conf.put("    default \"\";");
                for slot in slots {
                    let label = &self.gate.slots[*slot].label;
                    self.conf.put(format!("    {label} \"{whose}\";"));
                }
                self.conf.put("  }");
            }
            Scope::Version(route, version) => {
                self.conf
                    .put(format!("  map $gw_version_{route} $gw_count_{n} {{"));
                self.conf.put("    default \"\";");
                self.conf
                    .put(format!("    {} \"{whose}\";", plain(version)));
                self.conf.put("  }");
            }
        }
        match &limit.kind {
            LimitKind::Rate(shape) => {
                if let Some(rate) = Rate::of(shape) {
                    let rate = rate.text();
                    self.conf.put(format!(
                        "  limit_req_zone $gw_count_{n} zone=gw_{n}:10m rate={rate};"
                    ));
                }
            }
            LimitKind::Concurrency(_) => {
                self.conf
                    .put(format!("  limit_conn_zone $gw_count_{n} zone=gw_{n}:10m;"));
            }
            LimitKind::Quota => {}
        }
    }

    fn server(&mut self, bodies: &[Vec<(Option<String>, String)>]) {
        let listen = &self.gate.config.listen;
        self.conf.put("  server {");
        self.conf.mark("listen");
        let address = match listen.address {
            std::net::IpAddr::V4(address) => format!("{address}:{}", listen.port),
            std::net::IpAddr::V6(address) => format!("[{address}]:{}", listen.port),
        };
        self.conf
            .put(format!("    listen {address} default_server;"));
        self.conf.put("    server_name _;");
        self.conf.put("    root empty;");
        self.conf.mark("listen.max_request_body_bytes");
        let most = listen.max_request_body_bytes.unwrap_or(0);
        self.conf.put(format!("    client_max_body_size {most};"));
        // Before the path is another one: maps that come later still have to see it.
        self.conf.put("    set $gw_path $uri;");
        self.conf.put("    if ($gw_unclear) { return 400; }");
        self.conf.put("    rewrite ^ /$gw_location last;");
        self.conf.put("    location = /none { return 404; }");
        self.conf.put("    location = /methods { return 405; }");
        for (n, body) in bodies.iter().enumerate() {
            self.conf.put(format!("    location = /r{n} {{"));
            for (mark, line) in body {
                if let Some(mark) = mark {
                    self.conf.mark(mark);
                }
                self.conf.put(format!("      {line}"));
            }
            self.conf.put("    }");
            if location::answers_after_limits(self.gate, n) {
                self.conf.put(format!("    location @r{n} {{"));
                for line in own_answer::own_answer(self.gate, n) {
                    self.conf.put(format!("      {line}"));
                }
                self.conf.put("    }");
            }
        }
        self.conf.put("  }");
    }
}
