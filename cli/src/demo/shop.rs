//! The demo's stage: an app with its gate, a customer's order, and the demo keys of everyone else.

use std::collections::BTreeMap;
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use sluicegate::consent::{Act, Subject};
use sluicegate::device::TRACKING_LIMITED;
use sluicegate::jose::{Issuer, PublicJwk};
use sluicegate::register::*;
use sluicegate::sdk::{
    Host, HostError, Outcome, PartyRef, Place, Provided, SdkOptions, ShareAsk, Sluicegate, Wanted,
};
use sluicegate::vault::{FileAnchor, FileKeyStore};
use sluicegate_cli::issue::{DAY, Signer};
use sluicegate_cli::receive::KeyPair;

use super::Stop;
use super::watch::Watched;
use crate::commands::now;

/// The 1688 register, signed with the controller's demo key.
pub const REGISTER: &str = include_str!("../../../registers/1688.jws");

macro_rules! demo_key {
    ($name:literal) => {
        KeyPair::from_jwk(include_str!(concat!("../../../registers/demo-keys/", $name, ".json")))
    };
}

/// The keys of everyone the app deals with: public, worthless, for the demo alone.
pub struct Keys {
    pub controller: KeyPair,
    pub controller_enc: KeyPair,
    pub alipay: KeyPair,
    pub alipay_enc: KeyPair,
    pub lantern: KeyPair,
    pub heron: KeyPair,
}

impl Keys {
    fn read() -> Result<Self, Stop> {
        Ok(Self {
            controller: demo_key!("controller-sig")?,
            controller_enc: demo_key!("controller-enc")?,
            alipay: demo_key!("alipay-sig")?,
            alipay_enc: demo_key!("alipay-enc")?,
            lantern: demo_key!("ads-lantern-enc")?,
            heron: demo_key!("logistics-heron-enc")?,
        })
    }
}

/// The host app: it knows the order, and counts what it is asked for.
pub struct DemoHost {
    values: BTreeMap<&'static str, Value>,
    asked: Mutex<Vec<Wanted>>,
}

impl DemoHost {
    fn new(at: Instant) -> Self {
        let text = |text: &str| Value::Text(text.into());
        let ago = |minutes: i64| Value::Integer(at.plus_millis(-minutes * 60_000).millis());
        let values = BTreeMap::from([
            ("account.member_name", text("tb_lantern_88")),
            ("alipay.user_id", text("2088001122334455")),
            ("order.id", text(ORDER)),
            ("order.amount_minor", Value::Integer(12_800)),
            ("order.currency", text("CNY")),
            ("order.created_at", ago(2)),
            ("order.paid_at", ago(1)),
            ("order.line_titles", Value::Texts(vec!["保温杯".into(), "LED 台灯".into()])),
            ("order.line_quantities", Value::Integers(vec![2, 1])),
            ("consignee.name", text("王小明")),
            ("consignee.phone", text("13800138000")),
            ("consignee.address", text("浙江省杭州市滨江区网商路699号")),
            ("device.app_id", text("com.example.shop")),
            ("device.app_version", text("1.0.0")),
            ("device.oaid", text("1fe9a970-efbb-29e0-0bdd-f5dbbf751ab5")),
            (TRACKING_LIMITED, Value::Boolean(false)),
        ]);
        Self { values, asked: Mutex::new(Vec::new()) }
    }

    /// How often it was asked for values.
    pub fn calls(&self) -> usize {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// The items it was asked for since the first `calls`.
    pub fn asked_since(&self, calls: usize) -> Vec<ItemId> {
        let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        asked.iter().skip(calls).flat_map(|wanted| wanted.items.clone()).collect()
    }

    /// The texts that name the customer or the order: what must not stand where no value may.
    pub fn telling_texts(&self) -> Vec<&str> {
        let texts = self.values.iter().filter_map(|(item, value)| match value {
            Value::Text(text) if !item.starts_with("device.") && text.len() > 3 => Some(text.as_str()),
            _ => None,
        });
        texts.collect()
    }
}

impl Host for DemoHost {
    fn provide(&self, wanted: Wanted) -> Result<Vec<Provided>, HostError> {
        let value = |item: &ItemId| self.values.get(item.as_str()).cloned();
        let provided =
            wanted.items.iter().map(|item| Provided { item: item.clone(), value: value(item) }).collect();
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(wanted);
        Ok(provided)
    }
}

/// The order of the demo.
pub const ORDER: &str = "1688-0001";
/// The customer.
const ACCOUNT: &str = "customer-7f3a";
/// The rows, as the register orders them.
pub const ROWS: [&str; 5] =
    ["alipay.payment", "alipay.aml", "merchants.order", "ads.delivery", "logistics.order"];

/// The app and everyone around it.
pub struct Shop {
    pub keys: Keys,
    pub host: Arc<DemoHost>,
    pub system: Arc<Watched>,
    pub gate: Sluicegate,
    pub register: Register,
    pub controller: ControllerId,
    pub account: AccountId,
    /// What was handed over, by row: to be opened again later.
    pub handed: BTreeMap<&'static str, Outcome>,
    folder: PathBuf,
}

impl Shop {
    /// Opens the gate with its vault in `folder`.
    pub fn open(folder: &Path) -> Result<Self, Stop> {
        let at = now()?;
        let keys = Keys::read()?;
        let (host, system) = (Arc::new(DemoHost::new(at)), Arc::new(Watched::default()));
        let gate = open_gate(folder, &keys, &host, &system, at)?;
        let register = gate.register().clone();
        let controller = register.controller_id().clone();
        let (account, folder) = (AccountId::new(ACCOUNT)?, folder.to_owned());
        Ok(Self { keys, host, system, gate, register, controller, account, handed: BTreeMap::new(), folder })
    }

    /// Closes the gate and opens it again on the same vault, as after a restart of the app.
    pub fn reopen(&mut self) -> Result<(), Stop> {
        self.gate = open_gate(&self.folder, &self.keys, &self.host, &self.system, now()?)?;
        Ok(())
    }

    /// The controller as signer.
    pub fn controller_signs(&self, lasts: i64) -> Result<Signer<'_>, Stop> {
        Ok(Signer { id: &self.controller, key: &self.keys.controller, now: now()?, lasts })
    }

    /// A request of Alipay's, signed with `key`.
    pub fn request(&self, key: &KeyPair, jti: &str, secret: bool) -> Result<String, Stop> {
        let alipay = ControllerId::new("alipay")?;
        let signer = Signer { id: &alipay, key, now: now()?, lasts: DAY };
        Ok(signer.aml_request(&self.controller, "AML-2026-0042", &OrderId::new(ORDER)?, jti, secret)?)
    }

    /// The controller's signing key, as recipients know it.
    pub fn controller_keys(&self) -> [PublicJwk; 1] {
        [self.keys.controller.public().clone()]
    }

    /// The controller as recipients take its word.
    pub fn issuer<'k>(&'k self, keys: &'k [PublicJwk]) -> Issuer<'k> {
        Issuer { id: self.controller.as_str(), keys }
    }

    /// The party of a row's ask.
    pub fn party(&self, row: &str) -> Result<PartyRef, Stop> {
        let (recipient, id, key) = match row {
            "merchants.order" => ("merchants", "shop-7", None),
            "ads.delivery" => ("ads", "lantern", Some(self.keys.lantern.public())),
            "logistics.order" => ("logistics", "heron", Some(self.keys.heron.public())),
            _ => ("alipay", "alipay", None),
        };
        let key = key.map(serde_json::to_string).transpose()?;
        Ok(PartyRef { recipient: RecipientId::new(recipient)?, id: PartyId::new(id)?, key, card: None })
    }

    /// The ask of a row at its scenario, now.
    pub fn ask(&self, row: &str, attempt: u32) -> Result<ShareAsk, Stop> {
        let known = self.register.row(&RowId::new(row)?).ok_or("the register has no such row")?;
        let request = (row == "alipay.aml").then(|| self.request(&self.keys.alipay, "request-1", false));
        Ok(ShareAsk {
            account: self.account.clone(),
            age: Age::Over14,
            scenario: known.scenario.clone(),
            party: self.party(row)?,
            order: if known.is_advertising() { None } else { Some(OrderId::new(ORDER)?) },
            attempt,
            nonce: Nonce::new(format!("nonce-{row}-{attempt}"))?,
            request: request.transpose()?,
            at: now()?,
        })
    }

    /// Asks the gate.
    pub fn share(&self, row: &str, attempt: u32) -> Result<Outcome, Stop> {
        Ok(self.gate.share(&self.ask(row, attempt)?)?)
    }

    /// The questions of a row that go together, or one of its items.
    pub fn subject(&self, row: &str, item: Option<&str>) -> Result<Subject, Stop> {
        let item = item.map(ItemId::new).transpose()?;
        Ok(Subject { row: RowId::new(row)?, party: self.party(row)?.id, item })
    }

    /// Reads, granted or refused, on the checkout's sheet, in Chinese.
    pub fn act(&self) -> Result<Act, Stop> {
        Ok(Act { at: now()?, language: "zh".into(), surface: "checkout_sheet".into(), guardian: false })
    }
}

fn open_gate(
    folder: &Path,
    keys: &Keys,
    host: &Arc<DemoHost>,
    system: &Arc<Watched>,
    at: Instant,
) -> Result<Sluicegate, Stop> {
    let place = Place::Folder {
        folder: folder.join("vault"),
        keys: Arc::new(FileKeyStore::new(folder.join("keys"))),
        anchor: Arc::new(FileAnchor::new(folder.join("anchor"))),
    };
    let options = SdkOptions {
        register: REGISTER.trim().to_owned(),
        controller_key: keys.controller.public().clone(),
        place,
        host: host.clone(),
        signer: None,
        at,
    };
    Ok(Sluicegate::open_on(options, system.clone())?)
}

/// The demo's folder: a new one of the system's for temporary files, removed at the end, or one that is kept.
pub struct Folder {
    pub path: PathBuf,
    kept: bool,
}

impl Folder {
    /// Makes it; it must be new.
    pub fn make(keep: Option<&Path>) -> std::io::Result<Self> {
        let path = match keep {
            Some(path) => path.to_owned(),
            None => {
                let nanos = std::time::UNIX_EPOCH.elapsed().map_or(0, |since| since.as_nanos());
                std::env::temp_dir().join(format!("sluicegate-demo-{}-{nanos}", std::process::id()))
            }
        };
        DirBuilder::new().mode(0o700).create(&path)?;
        Ok(Self { path, kept: keep.is_some() })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.kept {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}
