//! How much processor and memory instances use, with everything they started.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

use super::managed::Managed;

const EVERY: Duration = Duration::from_secs(2);

/// What an instance uses.
#[derive(Clone, Debug)]
pub(super) struct Usage {
    /// The program itself; what was started is its supervisor.
    pub(super) pid: Option<u32>,
    pub(super) cpu_percent: f32,
    pub(super) memory_bytes: u64,
    pub(super) processes: u32,
}

/// The programs to look at.
pub(crate) type Watched = Arc<Mutex<Vec<Arc<Managed>>>>;

/// Looks at all instances again and again, as long as there are any.
pub(crate) async fn measure(watched: Watched) {
    let mut tick = tokio::time::interval(EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    let mut system = None;
    loop {
        tick.tick().await;
        let all = watched.lock().clone();
        let pids: Vec<_> = all.into_iter().map(|one| (one.pids(), one)).collect();
        if pids.iter().all(|(pids, _)| pids.is_empty()) {
            continue;
        }
        let before = system.take();
        let looked = tokio::task::spawn_blocking(move || {
            // Where the system tells nothing of its processes, nothing is known.
            let mut looking = match before {
                Some(before) => before,
                None => System::new().ok()?,
            };
            refresh(&mut looking);
            for (pids, managed) in pids {
                let usages = pids.iter().map(|(n, pid)| (*n, usage(&looking, *pid)));
                managed.note_usage(usages.collect());
            }
            Some(looking)
        });
        system = looked.await.ok().flatten();
    }
}

fn refresh(system: &mut System) {
    let what = ProcessRefreshKind::nothing()
        .with_cpu()
        .with_memory()
        .without_tasks();
    system.refresh_processes_specifics(ProcessesToUpdate::All, true, what);
}

/// What everything that `supervisor` started uses.
fn usage(system: &System, supervisor: u32) -> Usage {
    let family = descendants(system, supervisor);
    let own = family.first().copied();
    let mut usage = Usage {
        pid: own.map(Pid::as_u32),
        cpu_percent: 0.0,
        memory_bytes: 0,
        processes: 0,
    };
    for process in family.iter().filter_map(|pid| system.process(*pid)) {
        usage.cpu_percent += process.cpu_usage();
        usage.memory_bytes += process.memory();
        usage.processes += 1;
    }
    usage
}

/// Everything that a process started, what it started itself first; on Windows itself too.
fn descendants(system: &System, of: u32) -> Vec<Pid> {
    let root = Pid::from_u32(of);
    let mut family = match cfg!(windows) {
        true => vec![root],
        false => Vec::new(),
    };
    let mut parents = vec![root];
    while let Some(parent) = parents.pop() {
        for (pid, process) in system.processes() {
            if process.parent() == Some(parent) && !family.contains(pid) && *pid != root {
                family.push(*pid);
                parents.push(*pid);
            }
        }
    }
    family
}

/// The same for once: blocks.
pub(super) fn family(of: u32) -> Vec<u32> {
    let Ok(mut system) = System::new() else {
        return Vec::new();
    };
    refresh(&mut system);
    descendants(&system, of)
        .into_iter()
        .map(Pid::as_u32)
        .collect()
}
