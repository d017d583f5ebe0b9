//! Compares `gate::decide` with a second statement of its rules, in Cedar, over random worlds.
//!
//! `cargo run --release -- 100000 [seed]` prints how many were compared and every difference; exit code 1 on any.

mod facts;
mod judge;
#[path = "../../tests/world/mod.rs"]
mod world;

use std::process::ExitCode;

use judge::Judge;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use sluicegate::gate::Reason;
use world::plan::{Plan, plan};
use world::play::Played;

/// What was compared.
#[derive(Debug, Default)]
struct Tally {
    worlds: usize,
    items: usize,
    released: usize,
    differences: Vec<String>,
}

fn compare(judge: &Judge, plan: &Plan, tally: &mut Tally) {
    let world = Played::of(plan);
    let moment = world.moment();
    tally.worlds += 1;
    for ((id, outcome), (_, withheld)) in moment.outcomes().iter().zip(judge.verdicts(&world, &moment)) {
        tally.items += 1;
        tally.released += usize::from(outcome.is_ok());
        // Cedar names every rule that withholds; the gate names the first, which must be one of them.
        let agrees = match (outcome, &withheld) {
            (Ok(_), None) => true,
            (Err(reason), Some(rules)) => names(rules.iter().map(String::as_str), *reason),
            _ => false,
        };
        if !agrees {
            let difference = format!("{id}: the gate says {outcome:?}, Cedar {withheld:?}\n  in {plan:?}");
            tally.differences.push(difference);
        }
    }
}

fn names<'a>(mut rules: impl Iterator<Item = &'a str>, reason: Reason) -> bool {
    rules.any(|rule| rule == reason.code() || (rule == "row_widened_reach" && reason == Reason::RowWidened))
}

fn run(cases: usize, seed: u64) -> Tally {
    let judge = Judge::new();
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let plans = plan();
    let mut tally = Tally::default();
    for _ in 0..cases {
        let drawn = plans.new_tree(&mut runner).expect("nothing is filtered").current();
        compare(&judge, &drawn, &mut tally);
    }
    tally
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse::<u64>());
    let (Some(Ok(cases)), seed) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: sluicegate-cedar CASES [SEED]");
        return ExitCode::from(2);
    };
    let seed = seed.and_then(Result::ok).unwrap_or(1);
    let tally = run(usize::try_from(cases).unwrap_or(usize::MAX), seed);
    for difference in tally.differences.iter().take(20) {
        println!("{difference}");
    }
    println!(
        "seed {seed}: {} worlds, {} items compared, {} of them released, {} differences",
        tally.worlds,
        tally.items,
        tally.released,
        tally.differences.len()
    );
    if tally.differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[cfg(test)]
mod tests {
    use super::run;

    #[test]
    fn cedar_and_the_gate_agree_on_five_hundred_worlds() {
        let tally = run(500, 500);
        assert!(tally.differences.is_empty(), "{}", tally.differences[0]);
        assert!(tally.released >= 50, "too few were released to say anything: {}", tally.released);
    }
}
