//! The program behind a service, compiled. What runs is taken over from the service of the same name
//! where the program is the same, so that a change of other settings restarts nothing.

use std::sync::Arc;
use std::time::Duration;

use crate::config::{self, Issue};
use crate::process::managed::{Managed, ManagedService, Rules};
use crate::process::program::Program;
use crate::snapshot::{Service, Target};

/// The program of a service; `None` where something is wrong with it.
pub(super) fn compile_process(
    process: &config::Process,
    service: &config::Service,
    targets: &[Target],
    before: Option<&Arc<Service>>,
    at: &str,
    issues: &mut Vec<Issue>,
) -> Option<ManagedService> {
    let config::Process {
        command,
        folder,
        environment,
        env_file,
        readiness: config::Readiness { path },
        min_instances,
        max_instances,
        target_in_flight,
        idle_ms,
        start_timeout_ms,
        stop_grace_ms,
        stable_window_ms,
        panic_window_ms,
    } = process;
    check_place(service, targets, at, issues);
    let at = format!("{at}.process");
    let mut wrong = |field: &str, message: String| {
        issues.push(Issue::error(format!("{at}.{field}"), message));
    };
    let words = shlex::split(command);
    if command.trim().is_empty() {
        wrong(
            "command",
            "say which program is run, such as `node server.js`".to_owned(),
        );
    } else if words.is_none() {
        wrong(
            "command",
            "a quotation mark in it is never closed".to_owned(),
        );
    }
    for (field, text) in [("folder", folder), ("env_file", env_file)] {
        if text.as_ref().is_some_and(|text| text.trim().is_empty()) {
            wrong(field, "this is empty; leave it out instead".to_owned());
        }
    }
    for name in environment.keys() {
        if name.is_empty() || name.contains(['=', '\0']) {
            wrong(
                "environment",
                format!("`{name}` is no name of an environment variable"),
            );
        } else if name == "PORT" {
            let message = "`PORT` is the gateway's to set: each instance has its own".to_owned();
            wrong("environment", message);
        }
    }
    if let Some(path) = path
        && !(path.starts_with('/') && http::uri::PathAndQuery::try_from(path.as_str()).is_ok())
    {
        wrong(
            "readiness.path",
            format!("`{path}` is no path; it begins with `/`"),
        );
    }
    if min_instances > max_instances {
        let message =
            format!("at least {min_instances} cannot run where at most {max_instances} may");
        wrong("min_instances", message);
    }
    if panic_window_ms > stable_window_ms {
        let message = "it must be no longer than `stable_window_ms`".to_owned();
        wrong("panic_window_ms", message);
    }
    let words = words.filter(|words| !words.is_empty())?;
    let target = targets.first()?;
    let program = Program {
        command: words,
        written: command.clone(),
        folder: folder.clone(),
        environment: environment.clone(),
        env_file: env_file.clone(),
        target: target.clone(),
    };
    let same = before
        .and_then(|before| before.managed.as_ref())
        .map(|managed| &managed.shared)
        .filter(|shared| shared.program == program);
    let shared = match same {
        Some(shared) => shared.clone(),
        None => Arc::new(Managed::new(service.name.clone(), program)),
    };
    let ns = |ms: u32| u64::from(ms) * 1_000_000;
    Some(ManagedService {
        shared,
        rules: Rules {
            ready_path: path.clone(),
            min: u32::from(*min_instances),
            max: u32::from(*max_instances).max(1),
            target_in_flight: *target_in_flight,
            idle_ns: ns(*idle_ms),
            start_timeout_ns: ns(*start_timeout_ms),
            stop_grace: Duration::from_millis((*stop_grace_ms).into()),
            stable_ns: ns(*stable_window_ms),
            panic_ns: ns(*panic_window_ms),
        },
    })
}

/// Where the first instance listens.
fn check_place(service: &config::Service, targets: &[Target], at: &str, issues: &mut Vec<Issue>) {
    if service.targets.len() > 1 {
        let message = "with a process it has one target: where the first instance listens; the \
                       others get ports of their own";
        issues.push(Issue::error(format!("{at}.targets"), message));
    }
    if let Some(target) = targets.first() {
        let host = target.origin.host();
        let ip = host.parse::<std::net::IpAddr>();
        let here = host == "localhost" || ip.is_ok_and(|ip| ip.is_loopback());
        if !here {
            let message = format!(
                "a process runs on this machine, not on `{host}`; write `http://127.0.0.1:{}`",
                target.origin.port()
            );
            issues.push(Issue::error(format!("{at}.targets[0].url"), message));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::config::file;
    use crate::snapshot::Snapshot;
    use crate::snapshot::compile::compile;

    fn issues(targets: &str, process: &str) -> Vec<String> {
        let yaml = format!(
            "{{version: 1, services: [{{name: s, targets: [{targets}], process: {process}}}]}}"
        );
        let config = file::parse(&yaml).unwrap();
        let found = match compile(&config, 1, &Snapshot::default()) {
            Ok(compiled) => compiled.warnings,
            Err(issues) => issues,
        };
        found.into_iter().map(|issue| issue.path).collect()
    }

    const HERE: &str = "{url: 'http://127.0.0.1:3000'}";

    #[test]
    fn a_program_that_could_not_run_is_refused_at_its_place() {
        for (process, place) in [
            ("{}", "command"),
            ("{command: ' '}", "command"),
            ("{command: 'echo \"a'}", "command"),
            ("{command: a, folder: ''}", "folder"),
            ("{command: a, env_file: ' '}", "env_file"),
            ("{command: a, environment: {'A=B': c}}", "environment"),
            ("{command: a, environment: {PORT: '1'}}", "environment"),
            ("{command: a, readiness: {path: well}}", "readiness.path"),
            (
                "{command: a, min_instances: 3, max_instances: 2}",
                "min_instances",
            ),
            (
                "{command: a, stable_window_ms: 1000, panic_window_ms: 2000}",
                "panic_window_ms",
            ),
        ] {
            let expected = format!("services[0].process.{place}");
            assert_eq!(issues(HERE, process), [expected], "{process}");
        }
        let right = "{command: 'npm run dev -- --port {port}', folder: /srv, env_file: .env, \
                     environment: {A: b}, readiness: {path: /health}, max_instances: 4}";
        assert_eq!(issues(HERE, right), [""; 0]);
    }

    #[test]
    fn the_first_instance_listens_at_the_one_target_on_this_machine() {
        let two = format!("{HERE}, {{url: 'http://127.0.0.1:3001'}}");
        assert_eq!(issues(&two, "{command: a}"), ["services[0].targets"]);
        let away = "{url: 'http://10.0.0.1:3000'}";
        assert_eq!(issues(away, "{command: a}"), ["services[0].targets[0].url"]);
        for here in ["http://localhost:3000", "http://[::1]:3000/base"] {
            assert_eq!(
                issues(&format!("{{url: '{here}'}}"), "{command: a}"),
                [""; 0]
            );
        }
    }

    #[test]
    fn a_change_of_numbers_keeps_what_runs_and_another_command_does_not() {
        let snapshot = |process: &str, before: &Snapshot| {
            let yaml = format!(
                "{{version: 1, services: [{{name: s, targets: [{HERE}], process: {process}}}]}}"
            );
            compile(&file::parse(&yaml).unwrap(), 1, before)
                .unwrap()
                .snapshot
        };
        let managed = |snapshot: &Snapshot| {
            let service = &snapshot.services[&"s".into()];
            service.managed.as_ref().unwrap().shared.clone()
        };
        let first = snapshot("{command: a}", &Snapshot::default());
        let more = snapshot("{command: a, max_instances: 7}", &first);
        assert!(std::sync::Arc::ptr_eq(&managed(&first), &managed(&more)));
        let other = snapshot("{command: b}", &more);
        assert!(!std::sync::Arc::ptr_eq(&managed(&more), &managed(&other)));
    }
}
