//! How long the register and the gate take: 200 rows and 500 items parse and validate in under 10 ms, a row of
//! ten items is decided in under 300 ns whatever the register's size.
#![allow(missing_docs, clippy::unwrap_used)]

#[path = "../tests/world/mod.rs"]
mod world;

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use sluicegate::consent::{Answers, Subject};
use sluicegate::gate::{Ask, PartyStanding, Standing, decide};
use sluicegate::register::{Age, Instant, PartyId, Register};
use world::document::{period, register};
use world::large::large;
use world::play::{BEGINNING, act};

fn parse(criterion: &mut Criterion) {
    let json = serde_json::to_vec(&large(200, 500)).unwrap();
    criterion.bench_function("parse and validate 200 rows and 500 items", |bencher| {
        bencher.iter(|| Register::parse(black_box(&json)).unwrap());
    });
}

/// Everything accepted and granted, each row for its company.
fn answered(register: &Register, now: Instant) -> Answers {
    let mut answers = Answers::default();
    answers.accept_notice(register, 1, act(now, false)).unwrap();
    for row in register.rows() {
        let subject = Subject { row: row.id.clone(), party: party(row.recipient.as_str()), item: None };
        answers.grant(register, &[subject], &act(now, false)).unwrap();
    }
    answers
}

fn party(id: &str) -> PartyId {
    PartyId::new(id).unwrap()
}

fn decisions(criterion: &mut Criterion) {
    let now = Instant::from_millis(BEGINNING).unwrap();
    let mut group = criterion.benchmark_group("decide a row of ten items");
    for rows in [1, 20, 200] {
        let then = register(&large(rows, 500));
        let answers = answered(&then, now);
        let mut narrowed = then.document().clone();
        narrowed.version = 2;
        narrowed.rows.iter_mut().for_each(|row| row.retention = period("P30D"));
        let narrowed = register(&narrowed);
        for (what, register) in [("unchanged", &then), ("narrowed since", &narrowed)] {
            let row = &register.rows()[rows / 2];
            let party = party(row.recipient.as_str());
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
            assert_eq!(decide(&ask, &standing).released().unwrap().items().len(), 10);
            group.bench_with_input(BenchmarkId::new(what, rows), &rows, |bencher, _| {
                bencher.iter(|| decide(black_box(&ask), black_box(&standing)));
            });
        }
    }
}

criterion_group!(benches, parse, decisions);
criterion_main!(benches);
