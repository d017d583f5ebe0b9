//! One shop for the tests: the 1688 register, its demo keys, a host that answers what it is asked and counts it.
#![allow(dead_code, clippy::unwrap_used, missing_docs)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use sluicegate::consent::{Act, Subject};
use sluicegate::device::TRACKING_LIMITED;
use sluicegate::jose::jws::Header;
use sluicegate::jose::{Issuer, PublicJwk};
use sluicegate::register::*;
use sluicegate::sdk::{
    AdEvent, Host, HostError, Outcome, PartyRef, Place, Provided, SdkOptions, ShareAsk, Sluicegate, Wanted,
};
use sluicegate::vault::{FileAnchor, FileKeyStore};
use sluicegate_cli::issue::{DAY, Member, Signer};
use sluicegate_cli::receive::KeyPair;

/// 2026-11-24T12:00:00Z.
pub const NOON: i64 = 1_795_521_600_000;

pub fn at(seconds: i64) -> Instant {
    Instant::from_millis(NOON + seconds * 1000).unwrap()
}

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn demo_key(name: &str) -> KeyPair {
    let path = root().join(format!("registers/demo-keys/{name}.json"));
    KeyPair::from_jwk(&std::fs::read_to_string(path).unwrap()).unwrap()
}

pub fn public_json(key: &KeyPair) -> String {
    serde_json::to_string(key.public()).unwrap()
}

/// A host that knows an order and a phone, and remembers what it was asked for.
#[derive(Default)]
pub struct TestHost {
    pub asked: Mutex<Vec<Wanted>>,
    pub values: Mutex<BTreeMap<String, Value>>,
    pub before: Mutex<Option<Box<dyn Fn() + Send + Sync>>>,
}

impl TestHost {
    pub fn new() -> Arc<Self> {
        let host = Self::default();
        let text = |text: &str| Value::Text(text.into());
        for (item, value) in [
            ("account.member_name", text("tb_lantern_88")),
            ("alipay.user_id", text("2088001122334455")),
            ("order.id", text("1688-0001")),
            ("order.amount_minor", Value::Integer(12_800)),
            ("order.currency", text("CNY")),
            ("order.created_at", Value::Integer(NOON - 120_000)),
            ("order.paid_at", Value::Integer(NOON - 60_000)),
            ("order.line_titles", Value::Texts(vec!["保温杯".into(), "LED 台灯".into()])),
            ("order.line_quantities", Value::Integers(vec![2, 1])),
            ("consignee.name", text("王小明")),
            ("consignee.phone", text("13800138000")),
            ("consignee.address", text("浙江省杭州市滨江区网商路699号")),
            ("device.oaid", text("1fe9a970-efbb-29e0-0bdd-f5dbbf751ab5")),
            (TRACKING_LIMITED, Value::Boolean(false)),
        ] {
            host.set(item, value);
        }
        Arc::new(host)
    }

    pub fn set(&self, item: &str, value: Value) {
        self.values.lock().unwrap().insert(item.into(), value);
    }

    pub fn forget(&self, item: &str) {
        self.values.lock().unwrap().remove(item);
    }

    pub fn asked_items(&self) -> Vec<String> {
        self.asked.lock().unwrap().iter().flat_map(|w| w.items.iter().map(ToString::to_string)).collect()
    }
}

impl Host for TestHost {
    fn provide(&self, wanted: Wanted) -> Result<Vec<Provided>, HostError> {
        if let Some(before) = self.before.lock().unwrap().as_ref() {
            before();
        }
        let values = self.values.lock().unwrap();
        let provided = wanted
            .items
            .iter()
            .map(|item| Provided { item: item.clone(), value: values.get(item.as_str()).cloned() });
        let provided = provided.collect();
        self.asked.lock().unwrap().push(wanted);
        Ok(provided)
    }
}

/// An app with its vault in a folder of its own.
pub struct Shop {
    pub folder: tempfile::TempDir,
    pub host: Arc<TestHost>,
    pub gate: Sluicegate,
}

pub fn signed_register() -> String {
    std::fs::read_to_string(root().join("registers/1688.jws")).unwrap().trim().to_owned()
}

/// Signs a register with the controller's demo key.
pub fn sign_register(document: &serde_json::Value) -> String {
    let key = demo_key("controller-sig");
    key.sign_es256(Header::es256(REGISTER_TYP, key.public()), document).unwrap()
}

pub fn register_json() -> serde_json::Value {
    serde_json::from_str(&std::fs::read_to_string(root().join("registers/1688.json")).unwrap()).unwrap()
}

pub fn open_at(
    folder: &Path,
    register: &str,
    host: Arc<dyn Host>,
    now: Instant,
) -> Result<Sluicegate, sluicegate::sdk::Error> {
    Sluicegate::open(SdkOptions {
        register: register.to_owned(),
        controller_key: demo_key("controller-sig").public().clone(),
        place: Place::Folder {
            folder: folder.join("vault"),
            keys: Arc::new(FileKeyStore::new(folder.join("keys"))),
            anchor: Arc::new(FileAnchor::new(folder.join("anchor"))),
        },
        host,
        signer: None,
        at: now,
    })
}

impl Shop {
    pub fn new() -> Self {
        Self::with(&signed_register())
    }

    pub fn with(register: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let host = TestHost::new();
        let gate = open_at(folder.path(), register, host.clone(), at(0)).unwrap();
        Self { folder, host, gate }
    }

    /// A shop whose keys are certified and whose customer `lin` has accepted the notice.
    pub fn ready() -> Self {
        let shop = Self::new();
        shop.enrol_all();
        shop.accept("lin");
        shop
    }

    pub fn reopen(&mut self, register: &str) {
        self.gate = open_at(self.folder.path(), register, self.host.clone(), at(0)).unwrap();
    }

    pub fn enrol_all(&self) {
        for party in ["1688", "alipay", "heron", "lantern", "kite"] {
            self.enrol(party);
        }
    }

    pub fn enrol(&self, party: &str) {
        let party = PartyId::new(party).unwrap();
        let request = self.gate.enroll(&party, &Nonce::new("enrol-1").unwrap(), at(0)).unwrap();
        let certificate = certify(&request, at(0));
        self.gate.complete_enrolment(&party, &certificate, at(0)).unwrap();
    }

    pub fn accept(&self, account: &str) {
        self.gate.accept_notice(&AccountId::new(account).unwrap(), 1, &act(0)).unwrap();
    }

    pub fn grant(&self, account: &str, subject: Subject) {
        self.gate.grant(&AccountId::new(account).unwrap(), &[subject], &act(0)).unwrap();
    }

    pub fn share(&self, ask: &ShareAsk) -> Outcome {
        self.gate.share(ask).unwrap()
    }
}

/// The controller's back end: certifies an enrolment request for three years.
pub fn certify(request: &str, now: Instant) -> String {
    signed_by("1688", "controller-sig", now, 3 * 365 * DAY, |signer| signer.certify(request).unwrap().1)
}

/// A card of a party, signed by the controller.
pub fn card(party: &str, recipient: &str, key: Option<&PublicJwk>) -> String {
    let (id, class) = (PartyId::new(party).unwrap(), RecipientId::new(recipient).unwrap());
    let member = Member { party: &id, recipient: &class, name: party, key };
    signed_by("1688", "controller-sig", at(0), DAY, |signer| signer.card(&member).unwrap())
}

/// An AML request signed by Alipay.
pub fn aml_request(order: &str, secret: bool, jti: &str) -> String {
    let (controller, order) = (ControllerId::new("1688").unwrap(), OrderId::new(order).unwrap());
    let request =
        |signer: Signer<'_>| signer.aml_request(&controller, "AML-2026-0042", &order, jti, secret).unwrap();
    signed_by("alipay", "alipay-sig", at(0), 3600, request)
}

fn signed_by(
    company: &str,
    key: &str,
    now: Instant,
    lasts: i64,
    sign: impl FnOnce(Signer<'_>) -> String,
) -> String {
    let (id, key) = (ControllerId::new(company).unwrap(), demo_key(key));
    sign(Signer { id: &id, key: &key, now, lasts })
}

pub fn act(seconds: i64) -> Act {
    Act { at: at(seconds), language: "zh".into(), surface: "test".into(), guardian: false }
}

pub fn subject(row: &str, party: &str, item: Option<&str>) -> Subject {
    Subject {
        row: RowId::new(row).unwrap(),
        party: PartyId::new(party).unwrap(),
        item: item.map(|item| ItemId::new(item).unwrap()),
    }
}

pub fn party(recipient: &str, id: &str) -> PartyRef {
    let key = match id {
        "lantern" => Some(public_json(&demo_key("ads-lantern-enc"))),
        "heron" => Some(public_json(&demo_key("logistics-heron-enc"))),
        _ => None,
    };
    let card = (id == "kite").then(|| card("kite", "ads", Some(demo_key("ads-kite-enc").public())));
    PartyRef { recipient: RecipientId::new(recipient).unwrap(), id: PartyId::new(id).unwrap(), key, card }
}

/// The ask of a row at its scenario, by `lin`, over 14.
pub fn ask(row: &str) -> ShareAsk {
    let (scenario, recipient, id) = match row {
        "alipay.payment" => ("order.payment", "alipay", "alipay"),
        "alipay.aml" => ("aml.submission", "alipay", "alipay"),
        "merchants.order" => ("order.placed", "merchants", "shop-7"),
        "ads.delivery" => ("ad.delivery", "ads", "lantern"),
        "logistics.order" => ("order.placed", "logistics", "heron"),
        other => panic!("no row {other}"),
    };
    ShareAsk {
        account: AccountId::new("lin").unwrap(),
        age: Age::Over14,
        scenario: ScenarioId::new(scenario).unwrap(),
        party: party(recipient, id),
        order: (row != "ads.delivery").then(|| OrderId::new("1688-0001").unwrap()),
        attempt: 1,
        nonce: Nonce::new(format!("nonce-{row}")).unwrap(),
        request: (row == "alipay.aml").then(|| aml_request("1688-0001", false, "req-1")),
        at: at(10),
    }
}

pub fn exposure(number: u32) -> AdEvent {
    AdEvent {
        account: AccountId::new("lin").unwrap(),
        age: Age::Over14,
        scenario: ScenarioId::new("ad.delivery").unwrap(),
        party: party("ads", "lantern"),
        id: format!("event-{number}"),
        item: ItemId::new("ad.exposure").unwrap(),
        content: format!("creative-{}", number % 7),
        at: at(i64::from(number)),
    }
}

pub fn controller_keys() -> [PublicJwk; 1] {
    [demo_key("controller-sig").public().clone()]
}

pub fn controller(keys: &[PublicJwk]) -> Issuer<'_> {
    Issuer { id: "1688", keys }
}

/// The withheld items of an outcome with their reason codes.
pub fn reasons(outcome: &Outcome) -> BTreeMap<String, &'static str> {
    let withheld = match outcome {
        Outcome::Permitted { withheld, .. } | Outcome::Withheld { withheld, .. } => withheld,
    };
    withheld.iter().map(|withheld| (withheld.item.to_string(), withheld.reason.code())).collect()
}

pub fn released(outcome: &Outcome) -> Vec<String> {
    match outcome {
        Outcome::Permitted { released, .. } => {
            released.iter().map(|shared| shared.item.to_string()).collect()
        }
        Outcome::Withheld { .. } => Vec::new(),
    }
}

pub fn text(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Permitted { delivery, .. } => delivery.text(),
        Outcome::Withheld { withheld, .. } => panic!("withheld: {withheld:?}"),
    }
}

/// Copies a folder with everything in it.
pub fn copy_folder(from: &Path, to: &PathBuf) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
