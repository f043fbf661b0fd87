//! Process groups: a tool and all that it starts end together, also when rowsmith itself is interrupted.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command};
use std::sync::{Mutex, MutexGuard, Once, PoisonError};
use std::thread;

use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process_group, waitid};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// Groups that run now.
static RUNNING: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

fn running() -> MutexGuard<'static, Vec<Pid>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The group of a child that was started as its leader.
#[derive(Debug)]
pub(super) struct Group(Pid);

impl Group {
    /// Starts a command as the leader of a group. No signal comes between its start and its entry among those that run.
    pub fn start(command: &mut Command) -> io::Result<(Child, Self)> {
        static WATCH: Once = Once::new();
        // Without the watch an interrupted rowsmith leaves its tools behind; nothing else changes.
        WATCH.call_once(|| _ = watch());
        let mut running = running();
        let child = command.process_group(0).spawn()?;
        let pid = Pid::from_child(&child);
        running.push(pid);
        Ok((child, Self(pid)))
    }

    /// Whether the leader has ended. It is not waited for: its number stays taken.
    pub fn has_ended(&self) -> io::Result<bool> {
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        Ok(waitid(WaitId::Pid(self.0), options)?.is_some())
    }
}

impl Drop for Group {
    /// Ends whatever of the group still runs; before the leader is waited for, so that its number is no other's.
    fn drop(&mut self) {
        let _ = kill_process_group(self.0, Signal::KILL);
        running().retain(|pid| *pid != self.0);
    }
}

/// A tool's group is not the terminal's, so an interrupt reaches rowsmith alone and has to be passed on.
fn watch() -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP])?;
    let pass_on = move || {
        for signal in signals.forever() {
            // Held to the end: no tool starts any more.
            let running = running();
            for group in running.iter() {
                let _ = kill_process_group(*group, Signal::KILL);
            }
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    };
    thread::Builder::new().name("signals".to_owned()).spawn(pass_on).map(drop)
}
