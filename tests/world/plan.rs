//! What is drawn: a register, edits that make its later versions, steps in a person's life, and one ask.

use proptest::prelude::*;
use proptest::sample::select;

use super::sluicegate::register::document::{Minors, Relation, Role};
use super::sluicegate::register::{Age, Ground, Identifies, Method, Necessity, Transform};

/// The pool of items: id, and whether the device gives it.
pub const ITEMS: [(&str, bool); 6] = [
    ("order.amount", false),
    ("order.consignee", false),
    ("order.phone", false),
    ("device.model", true),
    ("device.oaid", true),
    ("order.remark", false),
];

/// The pool of purposes: id and DPV term.
pub const PURPOSES: [(&str, &str); 3] =
    [("payment", "PaymentManagement"), ("delivery", "DeliveryOfGoods"), ("ads", "Advertising")];

/// The pool of periods.
pub const PERIODS: [&str; 5] = ["PT1H", "P1D", "P30D", "P1Y", "P3Y"];

/// An item of a row, by its place in [`ITEMS`].
#[derive(Debug, Clone, Copy)]
pub struct RowItemPlan {
    pub item: usize,
    pub ground: Ground,
    pub necessity: Necessity,
    pub transform: Transform,
}

#[derive(Debug, Clone)]
pub struct RowPlan {
    pub recipient: usize,
    pub purpose: usize,
    pub method: Method,
    pub notice: u32,
    pub retention: usize,
    pub lasts: usize,
    pub frequency: Option<(u32, usize)>,
    pub deidentified: bool,
    pub minors: Minors,
    pub items: Vec<RowItemPlan>,
}

/// One change from a version to the next. Rows, items and recipients by their place.
#[derive(Debug, Clone)]
pub enum Edit {
    AddRow(RowPlan),
    RemoveRow(usize),
    AddItem(usize, RowItemPlan),
    DropItem(usize, usize),
    Ground(usize, usize, Ground),
    Necessity(usize, usize, Necessity),
    Transform(usize, usize, Transform),
    Retention(usize, usize),
    Frequency(usize, Option<(u32, usize)>),
    Minors(usize, Minors),
    Deidentified(usize, bool),
    Method(usize, Method),
    Purpose(usize, usize),
    Scenario(usize),
    Recipient(usize, usize),
    Notice(usize, u32),
    PurposeText(usize),
    RecipientName(usize),
    Role(usize, Role),
    Relation(usize, Relation),
    Label(usize),
    Sensitive(usize, bool),
    Identifies(usize, Identifies),
    RowOff(usize, bool),
    ItemOff(usize, bool),
    /// Marks the row as editorial of every earlier version of it.
    Editorial(usize),
}

/// What an answer is about; items by their place in [`ITEMS`].
#[derive(Debug, Clone, Copy)]
pub struct SubjectPlan {
    pub row: usize,
    pub party: usize,
    pub item: Option<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    Grant,
    Refuse,
    Withdraw,
    Asked,
}

#[derive(Debug, Clone)]
pub enum Step {
    Upgrade,
    Accept {
        version: u32,
        guardian: bool,
    },
    /// Everything that may be asked of the first party is granted, each by itself.
    GrantAll {
        guardian: bool,
    },
    Say {
        verb: Verb,
        subjects: Vec<SubjectPlan>,
        guardian: bool,
    },
    /// The device's clock moves, in hours; it may move back.
    Clock(i64),
    /// The host vouches for a time that is so many hours from the device's.
    Trusted(i64),
}

#[derive(Debug, Clone)]
pub struct AskPlan {
    pub row: usize,
    pub party: usize,
    pub age: Age,
    pub order: Option<usize>,
    /// The order it names, and whether it is secret.
    pub request: Option<(usize, bool)>,
    pub available: bool,
    pub current: bool,
    pub has_key: bool,
    pub enrolled: bool,
    /// Hand-overs so many hours before now (negative: dated after).
    pub recent: Vec<i64>,
}

#[derive(Debug, Clone)]
pub struct Plan {
    pub roles: [Role; 2],
    pub sensitive: [bool; 6],
    pub rows: Vec<RowPlan>,
    pub versions: Vec<Vec<Edit>>,
    pub steps: Vec<Step>,
    pub ask: AskPlan,
}

fn ground() -> impl Strategy<Value = Ground> {
    prop_oneof![
        3 => Just(Ground::Consent),
        4 => Just(Ground::SeparateConsent),
        3 => Just(Ground::Contract),
        1 => Just(Ground::StatutoryDuty),
    ]
}

fn necessity() -> impl Strategy<Value = Necessity> {
    prop_oneof![3 => Just(Necessity::Optional), 1 => Just(Necessity::Required)]
}

fn transform() -> impl Strategy<Value = Transform> {
    prop_oneof![
        5 => Just(Transform::None),
        1 => Just(Transform::Pseudonym),
        1 => Just(Transform::Sealed),
        1 => Just(Transform::Md5),
        1 => Just(Transform::Sha256Md5),
    ]
}

fn minors() -> impl Strategy<Value = Minors> {
    prop_oneof![3 => Just(Minors::Guardian), 1 => Just(Minors::Never)]
}

fn role() -> impl Strategy<Value = Role> {
    select(vec![Role::IndependentHandler, Role::EntrustedParty])
}

fn method() -> impl Strategy<Value = Method> {
    select(vec![Method::SdkLocal, Method::Background, Method::Interface])
}

fn frequency() -> impl Strategy<Value = Option<(u32, usize)>> {
    prop_oneof![2 => Just(None), 1 => (1..4_u32, 0..PERIODS.len()).prop_map(Some)]
}

fn row_item() -> impl Strategy<Value = RowItemPlan> {
    (0..ITEMS.len(), ground(), necessity(), transform())
        .prop_map(|(item, ground, necessity, transform)| RowItemPlan { item, ground, necessity, transform })
}

pub fn row() -> impl Strategy<Value = RowPlan> {
    let terms =
        (0..2_usize, prop_oneof![3 => 0..2_usize, 1 => Just(2_usize)], method(), 1..3_u32, 1..5_usize);
    let more = (1..5_usize, frequency(), prop::bool::weighted(0.2), minors());
    (terms, more, prop::collection::vec(row_item(), 1..5)).prop_map(|(terms, more, items)| {
        let (recipient, purpose, method, notice, retention) = terms;
        let (lasts, frequency, deidentified, minors) = more;
        RowPlan {
            recipient,
            purpose,
            method,
            notice,
            retention,
            lasts,
            frequency,
            deidentified,
            minors,
            items,
        }
    })
}

/// Mostly the first row, so that what is said and what is asked meet.
fn row_index() -> impl Strategy<Value = usize> {
    prop_oneof![4 => Just(0_usize), 1 => 0..4_usize]
}

fn item_index() -> impl Strategy<Value = usize> {
    0..ITEMS.len()
}

pub fn edit() -> impl Strategy<Value = Edit> {
    let rows = prop_oneof![
        1 => row().prop_map(Edit::AddRow),
        1 => row_index().prop_map(Edit::RemoveRow),
        3 => (row_index(), row_item()).prop_map(|(row, item)| Edit::AddItem(row, item)),
        3 => (row_index(), 0..5_usize).prop_map(|(row, at)| Edit::DropItem(row, at)),
        3 => (row_index(), 0..5_usize, ground()).prop_map(|(row, at, to)| Edit::Ground(row, at, to)),
        2 => (row_index(), 0..5_usize, necessity()).prop_map(|(row, at, to)| Edit::Necessity(row, at, to)),
        3 => (row_index(), 0..5_usize, transform()).prop_map(|(row, at, to)| Edit::Transform(row, at, to)),
        2 => (row_index(), 0..PERIODS.len()).prop_map(|(row, to)| Edit::Retention(row, to)),
        2 => (row_index(), frequency()).prop_map(|(row, to)| Edit::Frequency(row, to)),
        1 => (row_index(), minors()).prop_map(|(row, to)| Edit::Minors(row, to)),
        1 => (row_index(), any::<bool>()).prop_map(|(row, to)| Edit::Deidentified(row, to)),
        1 => (row_index(), method()).prop_map(|(row, to)| Edit::Method(row, to)),
    ];
    let words = prop_oneof![
        1 => (row_index(), 0..3_usize).prop_map(|(row, to)| Edit::Purpose(row, to)),
        1 => row_index().prop_map(Edit::Scenario),
        1 => (row_index(), 0..2_usize).prop_map(|(row, to)| Edit::Recipient(row, to)),
        1 => (row_index(), 1..4_u32).prop_map(|(row, to)| Edit::Notice(row, to)),
        2 => (0..3_usize).prop_map(Edit::PurposeText),
        2 => (0..2_usize).prop_map(Edit::RecipientName),
        2 => (0..2_usize, role()).prop_map(|(at, to)| Edit::Role(at, to)),
        1 => (0..2_usize, select(vec![Relation::Affiliate, Relation::Partner]))
            .prop_map(|(at, to)| Edit::Relation(at, to)),
        2 => item_index().prop_map(Edit::Label),
        3 => (item_index(), any::<bool>()).prop_map(|(at, to)| Edit::Sensitive(at, to)),
        2 => (item_index(), select(vec![Identifies::Nobody, Identifies::Device, Identifies::Person]))
            .prop_map(|(at, to)| Edit::Identifies(at, to)),
        8 => (row_index(), prop::bool::weighted(0.4)).prop_map(|(at, to)| Edit::RowOff(at, to)),
        2 => (item_index(), any::<bool>()).prop_map(|(at, to)| Edit::ItemOff(at, to)),
        6 => row_index().prop_map(Edit::Editorial),
    ];
    prop_oneof![3 => rows, 2 => words]
}

fn subject() -> impl Strategy<Value = SubjectPlan> {
    let party = prop_oneof![5 => Just(0_usize), 1 => Just(1_usize)];
    (row_index(), party, prop::option::weighted(0.6, item_index()))
        .prop_map(|(row, party, item)| SubjectPlan { row, party, item })
}

pub fn step() -> impl Strategy<Value = Step> {
    let verb = prop_oneof![
        6 => Just(Verb::Grant), 1 => Just(Verb::Refuse), 1 => Just(Verb::Withdraw), 1 => Just(Verb::Asked),
    ];
    let subjects = prop_oneof![
        3 => prop::collection::vec(subject(), 1), 1 => prop::collection::vec(subject(), 2..4),
    ];
    let hours = select(vec![0, 1, 20, 24, 25, 40, 24 * 20, 24 * 40, 24 * 400, -1, -30, -24 * 300]);
    prop_oneof![
        5 => Just(Step::Upgrade),
        3 => (1..4_u32, prop::bool::weighted(0.4))
            .prop_map(|(version, guardian)| Step::Accept { version, guardian }),
        9 => (verb, subjects, prop::bool::weighted(0.4))
            .prop_map(|(verb, subjects, guardian)| Step::Say { verb, subjects, guardian }),
        1 => any::<bool>().prop_map(|guardian| Step::GrantAll { guardian }),
        2 => hours.prop_map(Step::Clock),
        1 => (-48..48_i64).prop_map(Step::Trusted),
    ]
}

pub fn ask() -> impl Strategy<Value = AskPlan> {
    let age = prop_oneof![3 => Just(Age::Over14), 2 => Just(Age::Under14), 1 => Just(Age::Unknown)];
    let who = (row_index(), prop_oneof![6 => Just(0_usize), 1 => Just(1_usize)], age);
    let order = prop_oneof![4 => Just(Some(0)), 1 => Just(Some(1)), 1 => Just(None)];
    let request = prop::option::weighted(
        0.7,
        (prop_oneof![4 => Just(0_usize), 1 => Just(1_usize)], prop::bool::weighted(0.2)),
    );
    let often = |p: f64| prop::bool::weighted(p);
    let standing = (often(0.97), often(0.9), often(0.95), often(0.95));
    let recent = prop_oneof![
        2 => Just(Vec::new()), 1 => prop::collection::vec(select(vec![0, 1, 2, 23, 24, 100, 800, -3, -2000]), 1..5),
    ];
    (who, order, request, standing, recent).prop_map(|(who, order, request, standing, recent)| AskPlan {
        row: who.0,
        party: who.1,
        age: who.2,
        order,
        request,
        available: standing.0,
        current: standing.1,
        has_key: standing.2,
        enrolled: standing.3,
        recent,
    })
}

/// A whole world.
pub fn plan() -> impl Strategy<Value = Plan> {
    let head = ([role(), role()], prop::array::uniform6(prop::bool::weighted(0.2)));
    let rows = prop::collection::vec(row(), 1..4);
    let versions = prop::collection::vec(prop::collection::vec(edit(), 1..4), 0..4);
    // Most lives begin with the notice.
    let first = prop::option::weighted(
        0.9,
        (1..4_u32, any::<bool>()).prop_map(|(version, guardian)| Step::Accept { version, guardian }),
    );
    (head, rows, versions, first, prop::collection::vec(step(), 0..14), ask()).prop_map(
        |(head, rows, versions, first, steps, ask)| Plan {
            roles: head.0,
            sensitive: head.1,
            rows,
            versions,
            steps: first.into_iter().chain(steps).collect(),
            ask,
        },
    )
}
