//! Capability types: what the gate did not decide is not read, assembled, signed or sealed, because it does not compile.
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use sluicegate::consent::Answers;
use sluicegate::device::{Deadlines, Earlier, ItemReader, LiveSystem, ReadBudget, gather};
use sluicegate::gate::{Ask, PartyStanding, Standing, decide};
use sluicegate::jose::jwe::RecipientKey;
use sluicegate::payload::{Event, Occasion, PseudonymSecret, batch};
use sluicegate::register::*;
use sluicegate_cli::receive::open_batch;
use support::*;

#[test]
fn what_was_not_decided_does_not_compile() {
    trybuild::TestCases::new().compile_fail("tests/compile-fail/*.rs");
}

#[test]
fn the_one_way_through_compiles_and_a_partner_opens_what_comes_out() {
    let controller = demo_key("controller-sig");
    let register = Register::verify(&signed_register(), controller.public()).unwrap();
    let party = PartyId::new("lantern").unwrap();
    let subjects = [subject("ads.delivery", "lantern", None)];
    let mut answers = Answers::default();
    answers.accept_notice(&register, 1, act(0)).unwrap();
    answers.grant(&register, &subjects, &act(0)).unwrap();

    // Decided, read, assembled and sealed: each step takes what the one before made.
    let row = register.row(&RowId::new("ads.delivery").unwrap()).unwrap();
    let ask = Ask { row, party: &party, order: None, age: Age::Over14, at: at(1), request: None };
    let standing = Standing::Known {
        answers: &answers,
        current: true,
        expiry_time: at(1),
        last_off: None,
        items_last_off: &[],
        recent: &[],
        party: PartyStanding { has_key: true, enrolled: true },
    };
    let released = decide(&ask, &standing).released().unwrap();
    let (system, budget) = (LiveSystem::new(), ReadBudget::new());
    let reader =
        ItemReader { system: &system, budget: &budget, deadlines: Deadlines::default(), install_id: "id" };
    let nothing = |items: Vec<ItemId>| Ok::<_, ()>(items.into_iter().map(|item| (item, None)).collect());
    let gathered = gather(released, &register, &reader, at(1), &mut Earlier::default(), nothing).unwrap();
    let nonce = Nonce::new("n").unwrap();
    let occasion = Occasion { register: &register, party: &party, at: at(1), nonce: &nonce, order: None };
    let key = demo_key("ads-lantern-enc");
    let seal_to = RecipientKey::new(key.public().clone()).unwrap();
    let exposure =
        Event { item: ItemId::new("ad.exposure").unwrap(), at: at(0), content: "creative-1".into() };
    let made = batch(&gathered, vec![exposure], occasion, PseudonymSecret(&[7; 32]), &seal_to).unwrap();

    assert_eq!(open_batch(&made.text, &key, &party).unwrap().events.len(), 1);
}
