//! A decision allocates the same, whatever the size of the register and of the answers.
#![allow(missing_docs, clippy::unwrap_used)]

mod world;

use sluicegate::consent::{Answers, Subject};
use sluicegate::gate::{Ask, PartyStanding, Standing, decide};
use sluicegate::register::{Age, Instant, PartyId};
use world::document::register;
use world::large::large;
use world::play::{BEGINNING, act};

/// How often, and how many bytes.
fn allocated(rows: usize) -> (u64, u64) {
    let now = Instant::from_millis(BEGINNING).unwrap();
    let register = register(&large(rows, 50));
    let mut answers = Answers::default();
    answers.accept_notice(&register, 1, act(now, false)).unwrap();
    let party = PartyId::new("party").unwrap();
    for row in register.rows() {
        let subject = Subject { row: row.id.clone(), party: party.clone(), item: None };
        answers.grant(&register, &[subject], &act(now, false)).unwrap();
    }
    let row = &register.rows()[rows / 2];
    let ask = Ask { row, party: &party, order: None, age: Age::Over14, at: now, request: None };
    let standing = Standing::Known {
        answers: &answers,
        current: true,
        expiry_time: now,
        last_off: None,
        items_last_off: &[],
        recent: &[],
        party: PartyStanding { has_key: true, enrolled: true },
    };
    let mut released = 0;
    let measured = allocation_counter::measure(|| {
        let decision = decide(&ask, &standing);
        released = decision.items().iter().filter(|item| item.outcome.is_ok()).count();
    });
    assert_eq!(released, 10);
    (measured.count_total, measured.bytes_total)
}

#[test]
fn a_decision_allocates_once_whatever_the_registers_size() {
    let small = allocated(2);
    assert_eq!(small.0, 1, "the list of items, and nothing else");
    assert_eq!(allocated(60), small);
}
