//! Tests against what really happens to a process: a tracer attaches and leaves, code is mapped from a memfd.
//!
//! The victim is this test program started again, so that no other test sees the attack.
#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};

use super::fixtures::{answer, detected, not_detected};
use super::look::Probe;
use super::{LiveSystem, Reason, debugger, hook, root, vpn};
use crate::register::Value;

/// Set in the victim: it answers the check of that name for each line it is sent.
const VICTIM: &str = "SLUICEGATE_TEST_VICTIM";

struct Victim {
    child: Child,
    stdin: ChildStdin,
    answers: std::io::Lines<BufReader<std::process::ChildStdout>>,
}

impl Victim {
    fn start(check: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "device::adversaries::the_victim", "--ignored", "--nocapture"])
            .env(VICTIM, check)
            .env_remove("LD_PRELOAD")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, stdin, answers }
    }

    /// Does what `order` says in the victim, then asks it.
    fn ask(&mut self, order: &str) -> Result<Value, Reason> {
        writeln!(self.stdin, "{order}").unwrap();
        let json =
            self.answers.by_ref().find_map(|line| Some(line.unwrap().split_once("answer ")?.1.to_owned()));
        Ok(serde_json::from_str(&json.unwrap()).unwrap())
    }
}

impl Drop for Victim {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
#[ignore = "started by the tests below"]
fn the_victim() {
    let Ok(check) = std::env::var(VICTIM) else { return };
    let check: Probe = match check.as_str() {
        "hook" => hook::check,
        "root" => root::check,
        "vpn" => vpn::check,
        _ => debugger::check,
    };
    let mut code = None;
    for line in std::io::stdin().lines() {
        match line.unwrap().as_str() {
            "map" => code = Some(Code::map()),
            "unmap" => code = None,
            _ => {}
        }
        println!("\nanswer {}", serde_json::to_string(&answer(check, &LiveSystem::new()).unwrap()).unwrap());
    }
    drop(code);
}

#[test]
fn a_tracer_is_detected_while_it_is_attached_and_not_before_or_after() {
    let mut victim = Victim::start("debugger");
    assert_eq!(victim.ask("look"), not_detected());
    let pid = victim.child.id() as libc::pid_t;
    let none = std::ptr::null_mut::<libc::c_void>();
    // SAFETY: ptrace and waitpid act on our own child; no pointer is followed but `status`, which is ours.
    unsafe {
        assert_eq!(libc::ptrace(libc::PTRACE_SEIZE, pid, none, none), 0);
    }
    assert_eq!(victim.ask("look"), detected(95));
    let mut status = 0;
    // SAFETY: as above.
    unsafe {
        assert_eq!(libc::ptrace(libc::PTRACE_INTERRUPT, pid, none, none), 0);
        assert_eq!(libc::waitpid(pid, &mut status, libc::__WALL), pid);
        assert_eq!(libc::ptrace(libc::PTRACE_DETACH, pid, none, none), 0);
    }
    assert_eq!(victim.ask("look"), not_detected());
}

#[test]
fn code_mapped_from_a_memfd_is_detected_while_it_is_mapped_and_not_before_or_after() {
    let mut victim = Victim::start("hook");
    assert_eq!(victim.ask("look"), not_detected());
    assert_eq!(victim.ask("map"), detected(70));
    assert_eq!(victim.ask("unmap"), not_detected());
}

/// A page of code in a memfd, as an injector maps its agent.
struct Code(*mut libc::c_void);

impl Code {
    const SIZE: usize = 4096;

    fn map() -> Self {
        // SAFETY: the name is NUL-terminated; the mapping is new and nothing is run from it.
        unsafe {
            let file = libc::memfd_create(c"libutils.so".as_ptr(), 0);
            assert!(file >= 0 && libc::ftruncate(file, Self::SIZE as libc::off_t) == 0);
            let rights = libc::PROT_READ | libc::PROT_EXEC;
            let code = libc::mmap(std::ptr::null_mut(), Self::SIZE, rights, libc::MAP_PRIVATE, file, 0);
            assert_ne!(code, libc::MAP_FAILED);
            libc::close(file);
            Self(code)
        }
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours and nothing refers to it.
        unsafe {
            libc::munmap(self.0, Self::SIZE);
        }
    }
}
