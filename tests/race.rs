//! Invariants 3 and 4 under contention: a withdrawal against a share, and the same attempt asked at once, in threads and
//! in processes on one store.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use sluicegate::ledger::{Export, verify_export};
use sluicegate::register::*;
use sluicegate::sdk::{Outcome, Sluicegate};
use support::*;

/// What a child process is to do, and on which store.
const CHILD: &str = "SLUICEGATE_RACE_CHILD";
const FOLDER: &str = "SLUICEGATE_RACE_FOLDER";

fn lin() -> AccountId {
    AccountId::new("lin").unwrap()
}

fn payment() -> sluicegate::consent::Subject {
    subject("alipay.payment", "alipay", None)
}

fn is_of_device(item: &str) -> bool {
    item.starts_with("device.") || item.starts_with("check.")
}

fn shares_device(outcome: &Outcome) -> bool {
    released(outcome).iter().any(|item| is_of_device(item))
}

/// A numbered attempt of the same order.
fn attempt(number: u32) -> sluicegate::sdk::ShareAsk {
    let mut ask = ask("alipay.payment");
    ask.attempt = number;
    ask
}

#[test]
fn a_withdrawal_that_returned_while_the_host_was_asked_wins() {
    let shop = Shop::ready();
    shop.grant("lin", payment());
    let (asked, was_asked) = mpsc::channel();
    let (go, may_go) = mpsc::channel::<()>();
    let once = Mutex::new(Some((asked, may_go)));
    *shop.host.before.lock().unwrap() = Some(Box::new(move || {
        // The share stands here, with everything released, until the withdrawal has returned.
        if let Some((asked, may_go)) = once.lock().unwrap().take() {
            asked.send(()).unwrap();
            may_go.recv_timeout(Duration::from_secs(20)).expect("the withdrawal waits for no share");
        }
    }));
    let outcome = std::thread::scope(|scope| {
        let share = scope.spawn(|| shop.share(&attempt(1)));
        was_asked.recv_timeout(Duration::from_secs(20)).unwrap();
        shop.gate.withdraw(&lin(), &[payment()], &act(5)).unwrap();
        go.send(()).unwrap();
        share.join().unwrap()
    });
    assert!(!shares_device(&outcome), "{:?}", released(&outcome));
    assert_eq!(reasons(&outcome)["device.model"], "withdrawn");
    assert!(released(&outcome).contains(&"order.amount_minor".to_owned()), "the order is paid all the same");
    assert_consents_stood(&shop.gate);
}

#[test]
fn a_withdrawal_in_one_process_wins_over_a_share_in_another() {
    let shop = Shop::ready();
    shop.grant("lin", payment());
    let mut child = Player::start("waits_in_provide", shop.folder.path());
    child.expect("asked");
    shop.gate.withdraw(&lin(), &[payment()], &act(5)).unwrap();
    child.tell("go");
    let released = child.line();
    assert!(released.contains("order.amount_minor"), "{released}");
    assert!(!released.contains("device.") && !released.contains("check."), "{released}");
    child.end();
    assert_consents_stood(&shop.gate);
}

#[test]
fn no_interleaving_of_threads_and_processes_shares_on_a_consent_that_ended() {
    let shop = Shop::ready();
    let other = open_at(shop.folder.path(), &signed_register(), TestHost::new(), at(0)).unwrap();
    let mut child = Player::start("shares_and_answers", shop.folder.path());
    child.expect("ready");
    child.tell("go");

    let (clock, attempts, stop) = (AtomicU64::new(1), AtomicU64::new(1), AtomicBool::new(false));
    let history = Mutex::new(Vec::new());
    let gates = [&shop.gate, &other];
    std::thread::scope(|scope| {
        for thread in 0..8u64 {
            let (clock, attempts, stop, history, gates) = (&clock, &attempts, &stop, &history, &gates);
            scope.spawn(move || {
                let mut dice = Dice(thread + 1);
                while !stop.load(Ordering::Relaxed) {
                    let gate = gates[dice.roll(2) as usize];
                    let from = clock.fetch_add(1, Ordering::SeqCst);
                    let did = match dice.roll(6) {
                        0 => gate.grant(&lin(), &[payment()], &act(6)).ok().map(|_| Did::Grant),
                        1 => gate.withdraw(&lin(), &[payment()], &act(7)).ok().map(|_| Did::Withdraw),
                        _ => {
                            let number = attempts.fetch_add(1, Ordering::SeqCst) as u32;
                            gate.share(&attempt(number)).ok().map(|o| Did::Share(shares_device(&o)))
                        }
                    };
                    let to = clock.fetch_add(1, Ordering::SeqCst);
                    history.lock().unwrap().extend(did.map(|did| (from, to, did)));
                }
            });
        }
        std::thread::sleep(duration("SLUICEGATE_RACE_SECONDS", 3));
        stop.store(true, Ordering::Relaxed);
    });
    child.tell("stop");
    child.expect("stopped");
    child.end();

    // As the ledger has it, over both processes.
    let (with, without) = assert_consents_stood(&shop.gate);
    assert!(with >= 5 && without >= 5, "nothing was put to the test: {with} shares with, {without} without");
    // As the callers of this process saw it. The other process only grants besides, at times it does not tell, so
    // what it granted is taken from the ledger's verdict above.
    let history = history.into_inner().unwrap();
    let shares = history.iter().filter(|(.., did)| matches!(did, Did::Share(_))).count();
    let withdrawals = history.iter().filter(|(.., did)| matches!(did, Did::Withdraw)).count();
    assert!(shares >= 20 && withdrawals >= 5, "{shares} shares, {withdrawals} withdrawals");
}

#[test]
fn what_starts_after_a_withdrawal_returned_shares_nothing_of_the_device() {
    let shop = Shop::ready();
    let (clock, stop) = (AtomicU64::new(1), AtomicBool::new(false));
    let history = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for thread in 0..8u64 {
            let (clock, stop, history, shop) = (&clock, &stop, &history, &shop);
            scope.spawn(move || {
                let mut dice = Dice(thread + 101);
                while !stop.load(Ordering::Relaxed) {
                    // Drawn from few, so that earlier results are asked again too.
                    let number = dice.roll(40) as u32;
                    let choice = dice.roll(6);
                    let from = clock.fetch_add(1, Ordering::SeqCst);
                    let did = match choice {
                        0 => shop.gate.grant(&lin(), &[payment()], &act(6)).ok().map(|_| Did::Grant),
                        1 => shop.gate.withdraw(&lin(), &[payment()], &act(7)).ok().map(|_| Did::Withdraw),
                        _ => shop.gate.share(&attempt(number)).ok().map(|o| Did::Share(shares_device(&o))),
                    };
                    let to = clock.fetch_add(1, Ordering::SeqCst);
                    history.lock().unwrap().extend(did.map(|did| (from, to, did)));
                }
            });
        }
        std::thread::sleep(duration("SLUICEGATE_RACE_SECONDS", 3));
        stop.store(true, Ordering::Relaxed);
    });
    let history = history.into_inner().unwrap();
    let of = |want: fn(&Did) -> bool| history.iter().filter(move |(.., did)| want(did));
    let mut with = 0;
    for (from, to, _) in of(|did| matches!(did, Did::Share(true))) {
        with += 1;
        // The last withdrawal that had returned when the share began, and a grant that may have come after it.
        let before = of(|did| matches!(did, Did::Withdraw)).filter(|(_, end, _)| end < from);
        let Some((withdrawn, ..)) = before.max_by_key(|(start, ..)| *start) else { continue };
        let granted =
            of(|did| matches!(did, Did::Grant)).any(|(start, end, _)| end > withdrawn && start < to);
        assert!(granted, "a share from {from} to {to} went out on the consent withdrawn from {withdrawn} on");
    }
    assert!(with > 0, "no share had a consent");
    assert_consents_stood(&shop.gate);
}

#[test]
fn the_same_attempt_asked_everywhere_at_once_is_one_sharing() {
    let shop = Shop::ready();
    shop.grant("lin", payment());
    let other = open_at(shop.folder.path(), &signed_register(), TestHost::new(), at(0)).unwrap();
    let mut children = [(); 2].map(|()| Player::start("shares_once", shop.folder.path()));
    children.iter_mut().for_each(|child| child.expect("ready"));
    children.iter_mut().for_each(|child| child.tell("go"));
    let mut texts: BTreeSet<String> = std::thread::scope(|scope| {
        let gates = [&shop.gate, &other, &shop.gate, &other, &shop.gate, &other];
        let shares = gates.map(|gate| scope.spawn(|| text(&gate.share(&attempt(1)).unwrap()).to_owned()));
        shares.into_iter().map(|share| share.join().unwrap()).collect()
    });
    for mut child in children {
        texts.insert(child.line());
        child.end();
    }
    assert_eq!(texts.len(), 1, "every caller has the same delivery");
    let delivered = Hash::of(texts.first().unwrap().as_bytes()).to_string();
    let payloads: Vec<String> = entries(&shop.gate)
        .iter()
        .filter(|entry| entry["kind"] == "hand_over")
        .map(|entry| entry["payload"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(payloads, [delivered], "and the ledger has it once");
}

/// The other process. Runs as a test of this program, and does nothing unless it was started as one.
#[test]
fn plays_the_other_process() {
    let (Ok(role), Ok(folder)) = (std::env::var(CHILD), std::env::var(FOLDER)) else { return };
    let host = TestHost::new();
    if role == "waits_in_provide" {
        let first = AtomicBool::new(true);
        *host.before.lock().unwrap() = Some(Box::new(move || {
            if first.swap(false, Ordering::SeqCst) {
                say("asked");
                hear("go");
            }
        }));
    }
    let gate = open_at(Path::new(&folder), &signed_register(), host, at(0)).unwrap();
    match role.as_str() {
        "waits_in_provide" => say(&released(&gate.share(&attempt(1)).unwrap()).join(" ")),
        "shares_once" => {
            say("ready");
            hear("go");
            say(text(&gate.share(&attempt(1)).unwrap()));
        }
        "shares_and_answers" => {
            say("ready");
            hear("go");
            let stop = Arc::new(AtomicBool::new(false));
            let heard = stop.clone();
            std::thread::spawn(move || {
                hear("stop");
                heard.store(true, Ordering::Relaxed);
            });
            let mut dice = Dice(77);
            for number in 1_000_000.. {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                match dice.roll(6) {
                    0 => drop(gate.grant(&lin(), &[payment()], &act(6))),
                    1 => drop(gate.withdraw(&lin(), &[payment()], &act(7))),
                    _ => drop(gate.share(&attempt(number))),
                }
            }
            say("stopped");
        }
        other => panic!("no role {other}"),
    }
}

/// What a call did, and for a share whether it shared of the device.
enum Did {
    Grant,
    Withdraw,
    Share(bool),
}

/// Walks the ledger: every hand-over was decided by the answers that stood right before it, and shared of the device
/// only while the row was granted. Gives back how many did, and how many did not.
fn assert_consents_stood(gate: &Sluicegate) -> (usize, usize) {
    let (mut granted, mut generation, mut with, mut without) = (false, 0, 0, 0);
    for (index, entry) in entries(gate).iter().enumerate() {
        match entry["kind"].as_str().unwrap() {
            "answer" => {
                generation = entry["answers_generation"].as_u64().unwrap();
                let about = &entry["about"]["row"];
                if about["row"] == "alipay.payment" && about.get("item").is_none_or(|item| item.is_null()) {
                    granted = entry["state"] == "granted";
                }
            }
            "hand_over" => {
                assert_eq!(entry["answers_generation"].as_u64().unwrap(), generation, "entry {index}");
                let items = entry["released"].as_array().unwrap();
                if items.iter().any(|item| is_of_device(item.as_str().unwrap())) {
                    assert!(granted, "entry {index} shares of the device without a consent");
                    with += 1;
                } else {
                    assert!(!granted, "entry {index} leaves out what was granted");
                    without += 1;
                }
            }
            _ => {}
        }
    }
    (with, without)
}

/// The ledger's entries in order, after it was verified.
fn entries(gate: &Sluicegate) -> Vec<serde_json::Value> {
    let export = Export::from_json(gate.export_ledger(at(100)).unwrap().as_bytes()).unwrap();
    verify_export(&export).unwrap();
    export.leaves.into_iter().map(|leaf| leaf.entry).collect()
}

fn duration(variable: &str, seconds: u64) -> Duration {
    let given = std::env::var(variable).ok().map(|text| text.parse().unwrap());
    Duration::from_secs(given.unwrap_or(seconds))
}

/// Numbers without a pattern (xorshift), the same in every run.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) % sides
    }
}

/// A child process that plays a role on the store in a folder; both sides speak in lines.
struct Player {
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Player {
    fn start(role: &str, folder: &Path) -> Self {
        let program: PathBuf = std::env::current_exe().unwrap();
        let mut child = Command::new(program)
            .args(["--exact", "plays_the_other_process", "--nocapture"])
            .env(CHILD, role)
            .env(FOLDER, folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (to, from) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, to, from }
    }

    fn tell(&mut self, line: &str) {
        writeln!(self.to, "{line}").unwrap();
    }

    /// The next line that it says; what its test harness prints is passed over.
    fn line(&mut self) -> String {
        let began = Instant::now();
        loop {
            let mut line = String::new();
            assert_ne!(self.from.read_line(&mut line).unwrap(), 0, "the other process ended early");
            if let Some(said) = line.trim_end().split_once(SAYS) {
                return said.1.to_owned();
            }
            assert!(began.elapsed() < Duration::from_secs(60));
        }
    }

    fn expect(&mut self, line: &str) {
        assert_eq!(self.line(), line);
    }

    fn end(mut self) {
        drop(self.to);
        assert!(self.child.wait().unwrap().success());
    }
}

const SAYS: &str = "says: ";

fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{SAYS}{line}").unwrap();
    out.flush().unwrap();
}

fn hear(line: &str) {
    let mut heard = String::new();
    std::io::stdin().read_line(&mut heard).unwrap();
    assert_eq!(heard.trim_end(), line);
}
