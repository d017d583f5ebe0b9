//! Register documents for tests: the smallest that pass `Register::from_document`, built from plain choices.
#![allow(dead_code, missing_docs, clippy::unwrap_used)]

use super::sluicegate::register::document::{
    AsPublished, Controller, Decided, Document, FORMAT, Item, Kind, Minors, Notice, Noun, Off, Purpose,
    Recipient, Relation, Role, Row, RowItem,
};
use super::sluicegate::register::{
    Bilingual, Ground, Identifies, ItemType, Method, Necessity, Period, Register, Source, Transform,
};

/// The public key of RFC 7515 A.3, for sealing.
pub fn sealing_key() -> serde_json::Value {
    serde_json::json!({
        "kty": "EC", "crv": "P-256", "use": "enc",
        "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    })
}

pub fn words(text: &str) -> Bilingual {
    Bilingual { zh: format!("{text}(中)"), en: text.to_owned() }
}

pub fn period(text: &str) -> Period {
    Period::new(text).unwrap()
}

pub fn item(id: &str, source: Source, identifies: Identifies) -> Item {
    Item {
        id: id.to_owned(),
        label: words(&format!("label of {id}")),
        kind: ItemType::Text,
        max: None,
        one_of: Vec::new(),
        sensitive: false,
        identifies,
        changeable: true,
        source,
    }
}

pub fn row_item(item: &str, ground: Ground, necessity: Necessity, transform: Transform) -> RowItem {
    RowItem { item: item.to_owned(), ground, necessity, transform }
}

/// A class of independent handlers: its members bring their keys, so that documents are cheap to check.
pub fn recipient(id: &str) -> Recipient {
    Recipient {
        id: id.to_owned(),
        kind: Kind::Class,
        relation: Relation::Partner,
        role: Role::IndependentHandler,
        name: words(&format!("name of {id}")),
        contact: words("contact"),
        policy: words("policy"),
        keys: Vec::new(),
        pinned: Vec::new(),
    }
}

/// The same key as one to verify the company's requests with; no test here has its private half.
pub fn signing_key() -> serde_json::Value {
    let mut key = sealing_key();
    key["use"] = "sig".into();
    key
}

/// One company, which can be sealed to and can sign the request of a statutory duty.
pub fn company(id: &str) -> Recipient {
    Recipient { kind: Kind::Company, keys: vec![sealing_key(), signing_key()], ..recipient(id) }
}

pub fn purpose(id: &str, dpv: &str) -> Purpose {
    Purpose {
        id: id.to_owned(),
        text: words(&format!("text of {id}")),
        dpv: format!("dpv:{dpv}"),
        cn_pipl: "cn-pipl:Provision".to_owned(),
    }
}

pub fn row(id: &str, recipient: &str, purpose: &str, items: Vec<RowItem>) -> Row {
    let mut row = Row {
        id: id.to_owned(),
        recipient: recipient.to_owned(),
        scenario: format!("event.{id}"),
        purpose: purpose.to_owned(),
        method: Method::Interface,
        notice: 1,
        retention: period("P1Y"),
        consent_lasts: period("P1Y"),
        ask_again_after: period("P30D"),
        frequency: None,
        deidentified: false,
        minors: Minors::Guardian,
        how_to_refuse: Some(words("settings")),
        sensitive_because: Some(words("delivery needs it")),
        impact_assessment: "PIA-1".to_owned(),
        items,
        editorial_of: Vec::new(),
        as_published: AsPublished {
            company: words("company"),
            product: None,
            information: words(""),
            purpose: words("purpose"),
            scenario: words("scenario"),
            method: words("method"),
            policy: words("policy"),
            nouns: Vec::new(),
        },
        decided_by_us: vec![Decided { what: words("retention"), items: Vec::new() }],
    };
    publish(&mut row);
    row
}

/// Words the published information anew, so that every item has its noun.
pub fn publish(row: &mut Row) {
    let noun = |item: &RowItem| Noun {
        zh: format!("项{}", item.item),
        en: format!("noun {}", item.item),
        items: vec![item.item.clone()],
    };
    let nouns: Vec<Noun> = row.items.iter().map(noun).collect();
    let joined = |each: fn(&Noun) -> &str| nouns.iter().map(each).collect::<Vec<_>>().join(", ");
    row.as_published.information = Bilingual { zh: joined(|noun| &noun.zh), en: joined(|noun| &noun.en) };
    row.as_published.nouns = nouns;
}

/// Version 1 of a register with notices 1 to 3, in both languages.
pub fn document(
    items: Vec<Item>,
    recipients: Vec<Recipient>,
    purposes: Vec<Purpose>,
    rows: Vec<Row>,
) -> Document {
    let notice = |version: u32, language: &str| Notice {
        version,
        language: language.to_owned(),
        url: format!("https://shop.example/privacy/{language}/{version}"),
        digest: "00".repeat(32),
    };
    Document {
        format: FORMAT.to_owned(),
        id: "shop".to_owned(),
        version: 1,
        issued: "2026-11-24".to_owned(),
        controller: Controller {
            id: "shop".to_owned(),
            name: words("Shop Ltd"),
            address: words("1 Main Street"),
            contact: "privacy@shop.example".to_owned(),
            rights: words("in settings"),
            storage: words("in the country"),
            jurisdiction: "CN".to_owned(),
            keys: vec![sealing_key()],
        },
        notices: (1..=3).flat_map(|version| [notice(version, "zh"), notice(version, "en")]).collect(),
        purposes,
        items,
        recipients,
        rows,
        off: Off::default(),
    }
}

pub fn register(document: &Document) -> Register {
    match Register::from_document(document.clone()) {
        Ok(register) => register,
        Err(invalid) => panic!("the test's register is invalid: {invalid}"),
    }
}

/// A small shop: a payment company, advertising partners and a money-laundering duty.
///
/// | row | item | ground | |
/// | --- | --- | --- | --- |
/// | pay | order.amount | contract | required |
/// | pay | order.remark | contract | optional |
/// | pay | device.model | separate consent | optional, asked with the row |
/// | pay | device.lang | separate consent | optional, asked with the row |
/// | pay | device.oaid | separate consent | optional, sealed: asked alone |
/// | ads | device.model | separate consent | required |
/// | ads | device.oaid | separate consent | optional, pseudonym |
/// | aml | order.amount | statutory duty | required |
/// | aml | order.remark | statutory duty | optional |
pub fn shop() -> Document {
    use Ground::{Contract, SeparateConsent, StatutoryDuty};
    use Necessity::{Optional, Required};
    let items = vec![
        item("order.amount", Source::Host, Identifies::Nobody),
        item("order.remark", Source::Host, Identifies::Nobody),
        item("device.model", Source::Device, Identifies::Nobody),
        item("device.lang", Source::Device, Identifies::Nobody),
        item("device.oaid", Source::Device, Identifies::Device),
    ];
    let pay = row(
        "pay",
        "payer",
        "payment",
        vec![
            row_item("order.amount", Contract, Required, Transform::None),
            row_item("order.remark", Contract, Optional, Transform::None),
            row_item("device.model", SeparateConsent, Optional, Transform::None),
            row_item("device.lang", SeparateConsent, Optional, Transform::None),
            row_item("device.oaid", SeparateConsent, Optional, Transform::Sealed),
        ],
    );
    let mut ads = row(
        "ads",
        "adverts",
        "ads",
        vec![
            row_item("device.model", SeparateConsent, Required, Transform::None),
            row_item("device.oaid", SeparateConsent, Optional, Transform::Pseudonym),
        ],
    );
    ads.deidentified = true;
    ads.minors = Minors::Never;
    let mut aml = row(
        "aml",
        "payer",
        "aml",
        vec![
            row_item("order.amount", StatutoryDuty, Required, Transform::None),
            row_item("order.remark", StatutoryDuty, Optional, Transform::None),
        ],
    );
    aml.method = Method::SdkLocal;
    document(
        items,
        vec![company("payer"), recipient("adverts")],
        vec![
            purpose("payment", "PaymentManagement"),
            purpose("ads", "Advertising"),
            purpose("aml", "CounterMoneyLaundering"),
        ],
        vec![pay, ads, aml],
    )
}
