//! One property for each invariant of DESIGN that concerns the gate, over random worlds.
//!
//! `PROPTEST_CASES=10000` for the full run. docs/proofs.md lists which mutation each of them catches.
#![allow(missing_docs, clippy::unwrap_used)]

mod change;
mod ground;
mod people;
mod register;
mod time;
#[path = "../world/mod.rs"]
mod world;

use proptest::prelude::*;
use sluicegate::gate::Reason;
use sluicegate::register::{Ground, Necessity, Transform};
use world::plan::{Plan, RowItemPlan, Step, plan};
use world::play::Played;

const HOUR: i64 = 3_600_000;

fn played() -> impl Strategy<Value = Played> {
    plan().prop_map(|plan: Plan| Played::of(&plan))
}

/// Worlds that begin with everything accepted and granted, so that something mostly leaves.
fn lively() -> impl Strategy<Value = Played> {
    (plan(), any::<bool>(), 1..4_u32).prop_map(|(mut plan, guardian, version)| {
        let begin = [Step::Accept { version, guardian }, Step::GrantAll { guardian }];
        plan.steps.splice(0..0, begin);
        plan.ask.available = true;
        Played::of(&plan)
    })
}

/// Worlds whose first row has a statutory duty, at first.
fn dutiful() -> impl Strategy<Value = Played> {
    plan().prop_map(|mut plan: Plan| {
        let row = &mut plan.rows[0];
        (row.purpose, row.deidentified) = (0, false);
        row.items.truncate(2);
        let duty = RowItemPlan {
            item: 0,
            ground: Ground::StatutoryDuty,
            necessity: Necessity::Required,
            transform: Transform::None,
        };
        row.items.push(duty);
        Played::of(&plan)
    })
}

/// The properties above would hold of a gate that never opens and of worlds that never vary. These are neither.
#[test]
fn the_worlds_are_lively() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::{Config, TestRunner};
    let mut runner = TestRunner::new_with_rng(
        Config::default(),
        proptest::test_runner::TestRng::deterministic_rng(proptest::test_runner::RngAlgorithm::ChaCha),
    );
    let (mut grounds, mut reasons, mut changed) = (Vec::new(), Vec::new(), 0);
    for _ in 0..3000 {
        let world = Played::of(&plan().new_tree(&mut runner).unwrap().current());
        let moment = world.moment();
        let stale = |hash| hash != moment.row.hash();
        for (_, outcome) in moment.outcomes() {
            match outcome {
                Ok(basis) => {
                    grounds.push(basis.ground);
                    let given = moment.answers.given().iter().find(|answer| answer.id == basis.answer);
                    changed += usize::from(given.is_some_and(|answer| stale(answer.row_hash)));
                }
                Err(reason) => reasons.push(reason),
            }
        }
    }
    for ground in [Ground::Consent, Ground::SeparateConsent, Ground::Contract, Ground::StatutoryDuty] {
        let count = grounds.iter().filter(|released| **released == ground).count();
        println!("released on {ground:?}: {count}");
        assert!(count >= 20, "{ground:?}: {count}");
    }
    println!("released on a grant for an earlier row: {changed}");
    assert!(changed >= 10, "released on a grant for an earlier row: {changed}");
    let by_sdk = [Reason::Absent, Reason::NotProvided, Reason::Contended, Reason::AttemptSpent];
    for reason in Reason::ALL.iter().filter(|reason| !by_sdk.contains(reason)) {
        let count = reasons.iter().filter(|withheld| *withheld == reason).count();
        println!("{}: {count}", reason.code());
        assert!(count >= 1, "{} is never reached", reason.code());
    }
}
