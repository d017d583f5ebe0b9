//! Invariant 3 under SIGKILL: whatever a killed process had handed over or acknowledged is in the store afterwards.
//!
//! 20 rounds; `SLUICEGATE_CRASH_ROUNDS` sets another number (200 in the full run, 5,000 on demand).
#![allow(clippy::unwrap_used, missing_docs)]
#![cfg(unix)]

mod support;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use sluicegate::consent::State;
use sluicegate::ledger::{Export, verify_export};
use sluicegate::register::*;
use sluicegate::sdk::{Outcome, Sluicegate};
use support::*;

/// The store that the child process works on.
const FOLDER: &str = "SLUICEGATE_CRASH_FOLDER";
/// Where the child begins to count its attempts.
const FIRST: &str = "SLUICEGATE_CRASH_FIRST";
/// After how many rounds a new store is begun, so that verifying stays quick.
const ROUNDS_PER_STORE: u32 = 40;

#[test]
fn what_a_killed_process_had_handed_over_or_acknowledged_is_there_afterwards() {
    let rounds: u32 = std::env::var("SLUICEGATE_CRASH_ROUNDS").map_or(20, |text| text.parse().unwrap());
    let (mut shop, mut known) = (Shop::ready(), Known::default());
    let (mut dice, mut delivered) = (0x2026_1124_u64, 0);
    for round in 0..rounds {
        if round > 0 && round % ROUNDS_PER_STORE == 0 {
            (shop, known) = (Shop::ready(), Known::default());
        }
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        // From before the child has opened the store to well into its work.
        delivered += known.play(shop.folder.path(), round * 1_000_000, Duration::from_millis(dice % 600));
        shop.reopen(&signed_register());
        known.check(&shop.gate, round);
    }
    assert!(
        delivered >= rounds as usize,
        "only {delivered} deliveries in {rounds} rounds put nothing to the test"
    );
}

/// What children said before they were killed, which therefore has to hold.
#[derive(Default)]
struct Known {
    /// The digest of the last delivery of each attempt.
    delivered: BTreeMap<u32, String>,
    /// The newest acknowledged answer: its generation and whether it was a grant.
    answered: Option<(u64, bool)>,
}

impl Known {
    /// Lets a child work until it is killed after `life`; gives back how many deliveries it made.
    fn play(&mut self, folder: &Path, first: u32, life: Duration) -> usize {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "works_until_it_is_killed", "--nocapture"])
            .env(FOLDER, folder)
            .env(FIRST, first.to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let lines = std::thread::spawn(move || out.lines().map_while(Result::ok).collect::<Vec<_>>());
        std::thread::sleep(life);
        child.kill().unwrap();
        let status = child.wait().unwrap();
        assert_eq!(status.code(), None, "the child ended by itself: {status}");
        let before = self.delivered.len();
        for line in lines.join().unwrap() {
            // A line that was cut off by the kill is not said.
            let words: Vec<&str> = line.split(' ').collect();
            match words[..] {
                ["delivered", attempt, digest, "."] => {
                    self.delivered.insert(attempt.parse().unwrap(), digest.to_owned());
                }
                ["answered", generation, granted, "."] => {
                    self.answered = Some((generation.parse().unwrap(), granted == "true"));
                }
                _ => {}
            }
        }
        self.delivered.len() - before
    }

    fn check(&self, gate: &Sluicegate, round: u32) {
        let export = Export::from_json(gate.export_ledger(at(100)).unwrap().as_bytes()).unwrap();
        let summary = verify_export(&export).unwrap();
        assert_eq!(summary.kinds.get("reset"), None, "round {round}: no kill damages the store");
        let entered: BTreeMap<u64, &str> = export
            .leaves
            .iter()
            .filter(|leaf| leaf.entry["kind"] == "hand_over")
            .map(|leaf| (leaf.entry["attempt"].as_u64().unwrap(), leaf.entry["payload"].as_str().unwrap()))
            .collect();
        for (attempt, digest) in &self.delivered {
            let found = entered.get(&u64::from(*attempt)).copied();
            assert_eq!(
                found,
                Some(digest.as_str()),
                "round {round}: attempt {attempt} left without its entry"
            );
        }

        let lin = AccountId::new("lin").unwrap();
        let answers = gate.answers(&lin, at(100)).unwrap();
        assert!(answers.current, "round {round}: an interrupted write is no rollback");
        if let Some((generation, granted)) = self.answered {
            assert!(
                answers.answers.generation() >= generation,
                "round {round}: an acknowledged answer is lost"
            );
            if answers.answers.generation() == generation {
                let given =
                    answers.answers.given().iter().find(|answer| answer.subject == payment()).unwrap();
                assert_eq!(given.state == State::Granted, granted, "round {round}");
            }
        }

        // What the ledger has, also beyond what the child could still say, is what the attempt gives again.
        let Some((attempt, digest)) = entered.last_key_value() else { return };
        let mut again = ask("alipay.payment");
        again.attempt = u32::try_from(*attempt).unwrap();
        if let Outcome::Permitted { delivery, .. } = gate.share(&again).unwrap() {
            assert_eq!(
                Hash::of(delivery.text().as_bytes()).to_string(),
                *digest,
                "round {round}: a second sharing"
            );
        }
    }
}

/// The child. Runs as a test of this program, and does nothing unless it was started as one.
#[test]
fn works_until_it_is_killed() {
    let (Ok(folder), Ok(first)) = (std::env::var(FOLDER), std::env::var(FIRST)) else { return };
    let gate = open_at(Path::new(&folder), &signed_register(), TestHost::new(), at(0)).unwrap();
    let lin = AccountId::new("lin").unwrap();
    let mut said = std::io::stdout().lock();
    let first: u32 = first.parse().unwrap();
    for step in 0.. {
        let granted = step % 2 == 0;
        let generation = match granted {
            true => gate.grant(&lin, &[payment()], &act(6)).unwrap(),
            false => gate.withdraw(&lin, &[payment()], &act(7)).unwrap(),
        };
        writeln!(said, "\nanswered {generation} {granted} .").unwrap();
        for attempt in [first + step * 2, first + step * 2 + 1] {
            let mut ask = ask("alipay.payment");
            ask.attempt = attempt;
            let outcome = gate.share(&ask).unwrap();
            writeln!(said, "delivered {attempt} {} .", Hash::of(text(&outcome).as_bytes())).unwrap();
        }
    }
}

fn payment() -> sluicegate::consent::Subject {
    subject("alipay.payment", "alipay", None)
}
