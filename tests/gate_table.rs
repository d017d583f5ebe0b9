//! Writes the gate's semantics down as tables (docs/gate-table.md) and fails when the file is stale, so that a
//! change of semantics shows in its diff. `UPDATE=1 cargo test --test gate_table` rewrites it.
#![allow(missing_docs, clippy::unwrap_used)]

mod world;

use std::fmt::Write;
use std::path::Path;

use sluicegate::consent::{Answers, Subject};
use sluicegate::gate::{PartyStanding, Request};
use sluicegate::register::document::{Document, Frequency, Minors, Role};
use sluicegate::register::{
    Age, Ground, Identifies, Instant, ItemId, Method, Necessity, Register, RowId, Source, Transform,
};
use world::document::{company, document, item, period, purpose, register, row, row_item};
use world::moment::Moment;
use world::play::{BEGINNING, act, order, party};

const DAY: i64 = 86_400_000;
const YEAR: i64 = 366 * DAY;
const GROUNDS: [Ground; 4] =
    [Ground::Consent, Ground::SeparateConsent, Ground::Contract, Ground::StatutoryDuty];

/// What was said about the item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Nothing,
    Asked,
    Granted,
    GrantedWithRow,
    GrantedInBundle,
    Refused,
    Withdrawn,
}

const SAID: [(Said, &str); 7] = [
    (Said::Nothing, "never asked"),
    (Said::Asked, "asked, not answered"),
    (Said::Granted, "granted alone"),
    (Said::GrantedWithRow, "granted with its row"),
    (Said::GrantedInBundle, "granted among others"),
    (Said::Refused, "refused"),
    (Said::Withdrawn, "granted, withdrawn"),
];

/// What became of the register since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    None,
    Narrowed,
    Reworded,
    Editorial,
    Widened,
    WidenedAccepted,
    Off,
    OffOn,
    OffOnAccepted,
}

const CHANGES: [(Change, &str); 9] = [
    (Change::None, "unchanged"),
    (Change::Narrowed, "narrowed"),
    (Change::Reworded, "reworded"),
    (Change::Editorial, "reworded, editorial"),
    (Change::Widened, "widened"),
    (Change::WidenedAccepted, "widened, notice accepted anew"),
    (Change::Off, "row off"),
    (Change::OffOn, "row off and on"),
    (Change::OffOnAccepted, "row off and on, notice accepted anew"),
];

/// A row to an entrusted party with one optional item on this ground, and one beside it that is asked too.
fn one_item(ground: Ground) -> Document {
    let items = ["item", "beside"].map(|id| item(id, Source::Host, Identifies::Nobody));
    let mut to = company("party");
    to.role = Role::EntrustedParty;
    let within = |id: &str, ground| row_item(id, ground, Necessity::Optional, Transform::None);
    let mut row = row(
        "row",
        "party",
        "purpose",
        vec![within("item", ground), within("beside", Ground::SeparateConsent)],
    );
    row.method = Method::SdkLocal;
    document(items.to_vec(), vec![to], vec![purpose("purpose", "DeliveryOfGoods")], vec![row])
}

fn id(text: &str) -> ItemId {
    ItemId::new(text).unwrap()
}

fn day(day: i64) -> Instant {
    Instant::from_millis(BEGINNING + day * DAY).unwrap()
}

fn subject(item: Option<&str>) -> Subject {
    Subject { row: RowId::new("row").unwrap(), party: party(0), item: item.map(id) }
}

fn say(answers: &mut Answers, register: &Register, said: Said, guardian: bool) {
    let act = act(day(0), guardian);
    let (own, whole) = (subject(Some("item")), subject(None));
    match said {
        Said::Nothing => {}
        Said::Asked => answers.asked(register, &[own], &act).unwrap(),
        Said::Granted => drop(answers.grant(register, &[own], &act).unwrap()),
        Said::GrantedWithRow => drop(answers.grant(register, &[whole], &act).unwrap()),
        Said::GrantedInBundle => {
            answers.grant(register, &[own, subject(Some("beside"))], &act).map(drop).unwrap();
        }
        Said::Refused => drop(answers.refuse(register, &[own], &act).unwrap()),
        Said::Withdrawn => {
            answers.grant(register, std::slice::from_ref(&own), &act).unwrap();
            answers.withdraw(register, &own, &act).unwrap();
        }
    }
}

/// The register after the change, and whether the notice is accepted again under it.
fn changed(then: &Register, change: Change) -> (Register, bool) {
    let mut document = then.document().clone();
    document.version += 1;
    let row = &mut document.rows[0];
    match change {
        Change::None | Change::OffOn | Change::OffOnAccepted => {}
        Change::Narrowed => row.retention = period("P30D"),
        Change::Reworded => document.purposes[0].text.en.push_str(", in other words"),
        Change::Editorial => {
            row.editorial_of = vec![then.rows()[0].hash()];
            document.purposes[0].text.en.push_str(", in other words");
        }
        Change::Widened | Change::WidenedAccepted => row.retention = period("P3Y"),
        Change::Off => document.off.rows.push("row".to_owned()),
    }
    if matches!(change, Change::OffOn | Change::OffOnAccepted) {
        document.version += 1;
    }
    (register(&document), matches!(change, Change::WidenedAccepted | Change::OffOnAccepted))
}

fn moment(register: &Register, answers: Answers, age: Age, at: Instant) -> Moment {
    Moment {
        row: register.rows()[0].clone(),
        party: party(0),
        order: Some(order(0)),
        age,
        at,
        request: Some(Request { case: "case".to_owned(), order: order(0), secret: false }),
        available: true,
        answers,
        current: true,
        expiry_time: at,
        last_off: None,
        recent: Vec::new(),
        standing: PartyStanding { has_key: true, enrolled: true },
    }
}

/// The outcome for `item`.
fn outcome(moment: &Moment) -> String {
    match moment.outcome(&id("item")) {
        Ok(_) => "**released**".to_owned(),
        Err(reason) => reason.code().to_owned(),
    }
}

fn cell(ground: Ground, said: Said, change: Change, age: Age, guardian: bool) -> String {
    let then = register(&one_item(ground));
    let mut answers = Answers::default();
    answers.accept_notice(&then, 1, act(day(0), guardian)).unwrap();
    say(&mut answers, &then, said, guardian);
    let (now, again) = changed(&then, change);
    if again {
        answers.accept_notice(&now, 1, act(day(1), guardian)).unwrap();
    }
    let at = |millis: i64| {
        let mut moment = moment(&now, answers.clone(), age, day(0).plus_millis(millis));
        moment.last_off = matches!(change, Change::OffOn | Change::OffOnAccepted).then_some(2);
        outcome(&moment)
    };
    let (before, after) = (at(YEAR - 1), at(YEAR));
    if before == after { before } else { format!("{before}, then {after}") }
}

fn name(ground: Ground) -> &'static str {
    match ground {
        Ground::Consent => "consent",
        Ground::SeparateConsent => "separate consent",
        Ground::Contract => "contract",
        Ground::StatutoryDuty => "statutory duty (on an open request about the order)",
    }
}

fn header(text: &mut String, first: &str, columns: impl IntoIterator<Item = &'static str>) {
    let columns: Vec<&str> = columns.into_iter().collect();
    writeln!(text, "| {first} | {} |", columns.join(" | ")).unwrap();
    writeln!(text, "| --- |{}", " --- |".repeat(columns.len())).unwrap();
}

fn by_ground(text: &mut String) {
    let people = [
        (Age::Over14, false, "14 or older, or unknown"),
        (Age::Under14, true, "under 14, a guardian answered"),
        (Age::Under14, false, "under 14, the child answered"),
    ];
    for ground in GROUNDS {
        writeln!(text, "\n## An optional item on {}", name(ground)).unwrap();
        for (age, guardian, who) in people {
            writeln!(text, "\n### {who}\n").unwrap();
            header(text, "said", CHANGES.map(|(_, title)| title));
            for (said, title) in SAID {
                let cells: Vec<String> =
                    CHANGES.iter().map(|(change, _)| cell(ground, said, *change, age, guardian)).collect();
                if age == Age::Over14 {
                    let unknown =
                        CHANGES.iter().map(|(change, _)| cell(ground, said, *change, Age::Unknown, guardian));
                    assert!(unknown.eq(cells.iter().cloned()), "unknown is not as 14 or older");
                }
                writeln!(text, "| {title} | {} |", cells.join(" | ")).unwrap();
            }
        }
    }
}

/// Everything was granted alone and accepted, then the item changed its ground, then the notice was accepted anew.
fn ground_to_ground(text: &mut String) {
    writeln!(text, "\n## An item that changes its ground\n").unwrap();
    writeln!(
        text,
        "Accepted and granted alone on the ground at the left. Then the register gives the item the"
    )
    .unwrap();
    writeln!(text, "ground above; first outcome as it is, second once the notice was accepted anew.\n")
        .unwrap();
    header(text, "was", GROUNDS.map(name));
    for from in GROUNDS {
        let then = register(&one_item(from));
        let mut answers = Answers::default();
        answers.accept_notice(&then, 1, act(day(0), false)).unwrap();
        say(&mut answers, &then, Said::Granted, false);
        let cells = GROUNDS.map(|to| {
            let mut document = one_item(to);
            document.version = 2;
            let now = register(&document);
            let before = outcome(&moment(&now, answers.clone(), Age::Over14, day(1)));
            let mut anew = answers.clone();
            anew.accept_notice(&now, 1, act(day(1), false)).unwrap();
            let after = outcome(&moment(&now, anew, Age::Over14, day(1)));
            if before == after { before } else { format!("{before}, then {after}") }
        });
        writeln!(text, "| {} | {} |", name(from), cells.join(" | ")).unwrap();
    }
}

/// One thing at a time, with everything else in order.
fn moments(text: &mut String) {
    writeln!(text, "\n## One thing at a time\n").unwrap();
    writeln!(text, "Everything accepted and granted alone; then this.\n").unwrap();
    header(text, "", GROUNDS.map(name));
    type Turn = fn(&mut Moment);
    let turns: [(&str, Turn); 14] = [
        ("nothing", |_| {}),
        ("the vault can't be used", |moment| moment.available = false),
        ("the answers may be old", |moment| moment.current = false),
        ("no notice accepted", |moment| moment.answers = Answers::default()),
        ("another party", |moment| moment.party = party(1)),
        ("the item is off", |moment| moment.row.items[0].off = true),
        ("never for people under 14, and under 14", |moment| {
            moment.row.minors = Minors::Never;
            moment.age = Age::Under14;
        }),
        ("ran once today, at most once a day", |moment| {
            moment.row.frequency = Some(Frequency { most: 1, within: period("P1D") });
            moment.recent = vec![moment.at];
        }),
        ("no key of the party", |moment| moment.standing.has_key = false),
        ("not enrolled with the party", |moment| moment.standing.enrolled = false),
        ("no request", |moment| moment.request = None),
        ("a secret request", |moment| moment.request.as_mut().unwrap().secret = true),
        ("a request about another order", |moment| moment.order = Some(order(1))),
        ("a required item beside it is off", |moment| {
            moment.row.items[1].necessity = Necessity::Required;
            moment.row.items[1].off = true;
        }),
    ];
    for (title, turn) in turns {
        let cells = GROUNDS.map(|ground| {
            let register = register(&one_item(ground));
            let mut answers = Answers::default();
            answers.accept_notice(&register, 1, act(day(0), false)).unwrap();
            say(&mut answers, &register, Said::Granted, false);
            let mut moment = moment(&register, answers, Age::Over14, day(1));
            turn(&mut moment);
            outcome(&moment)
        });
        writeln!(text, "| {title} | {} |", cells.join(" | ")).unwrap();
    }
}

#[test]
fn the_committed_table_is_what_the_gate_does() {
    let mut text = String::from(
        "# What the gate decides\n\n\
         Written by `UPDATE=1 cargo test --test gate_table`; a test fails when it is stale. Codes are those of\n\
         `gate::Reason`. \"a, then b\" is before and after the year that a grant lasts. The row goes to an\n\
         entrusted party; its notice was accepted before anything was said, by whoever answered.\n",
    );
    by_ground(&mut text);
    ground_to_ground(&mut text);
    moments(&mut text);
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/gate-table.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == text,
        "docs/gate-table.md is stale: UPDATE=1 cargo test --test gate_table, and read the diff"
    );
}
