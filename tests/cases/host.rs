//! The app and the platform of a case: a host that gives what the case says, and a keeper of keys that can be locked.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use sluicegate::ffi::{CallFailed, Platform, Provided, Provider, Signer, Value, Wanted};

/// Done while the host is asked for values.
type Meanwhile = Box<dyn Fn() + Send + Sync>;

/// Gives the values that it was told, and remembers what it was asked for.
#[derive(Default)]
pub struct CaseHost {
    pub values: Mutex<BTreeMap<String, Option<Value>>>,
    pub unasked: Mutex<BTreeMap<String, Option<Value>>>,
    pub fails: AtomicBool,
    pub asked: Mutex<Vec<Wanted>>,
    pub meanwhile: Mutex<Option<Meanwhile>>,
}

impl Provider for CaseHost {
    fn provide(&self, wanted: Wanted) -> Result<Vec<Provided>, CallFailed> {
        if let Some(meanwhile) = &*self.meanwhile.lock().unwrap() {
            meanwhile();
        }
        let values = self.values.lock().unwrap();
        let given = |item: &String| Some(Provided { item: item.clone(), value: values.get(item)?.clone() });
        let mut provided: Vec<Provided> = wanted.items.iter().filter_map(given).collect();
        let unasked = self.unasked.lock().unwrap();
        provided.extend(
            unasked.iter().map(|(item, value)| Provided { item: item.clone(), value: value.clone() }),
        );
        self.asked.lock().unwrap().push(wanted);
        if self.fails.load(Ordering::SeqCst) {
            return Err(CallFailed::Failed { why: "the shop's provider is down".into() });
        }
        Ok(provided)
    }
}

/// Keeps keys and the anchor in memory. A wrapped key is the plain one here: what a case looks at is when it is asked.
#[derive(Default)]
pub struct CasePlatform {
    pub locked: AtomicBool,
    kept: Mutex<Kept>,
}

/// The aliases of the keys, and the anchor.
type Kept = (Vec<String>, Option<Vec<u8>>);

impl CasePlatform {
    fn open(&self) -> Result<std::sync::MutexGuard<'_, Kept>, CallFailed> {
        if self.locked.load(Ordering::SeqCst) {
            Err(CallFailed::Locked)
        } else {
            Ok(self.kept.lock().unwrap())
        }
    }

    fn under(&self, alias: &str, bytes: Vec<u8>) -> Result<Vec<u8>, CallFailed> {
        if self.open()?.0.iter().any(|kept| kept == alias) { Ok(bytes) } else { Err(CallFailed::Missing) }
    }
}

impl Platform for CasePlatform {
    fn create_key(&self, alias: String) -> Result<(), CallFailed> {
        self.open()?.0.push(alias);
        Ok(())
    }

    fn wrap(&self, alias: String, plain: Vec<u8>) -> Result<Vec<u8>, CallFailed> {
        self.under(&alias, plain)
    }

    fn unwrap(&self, alias: String, wrapped: Vec<u8>) -> Result<Vec<u8>, CallFailed> {
        self.under(&alias, wrapped)
    }

    fn delete_key(&self, alias: String) -> Result<(), CallFailed> {
        self.open()?.0.retain(|kept| *kept != alias);
        Ok(())
    }

    fn load_anchor(&self) -> Result<Option<Vec<u8>>, CallFailed> {
        Ok(self.open()?.1.clone())
    }

    fn store_anchor(&self, anchor: Vec<u8>) -> Result<(), CallFailed> {
        self.open()?.1 = Some(anchor);
        Ok(())
    }
}

/// A platform's signer that is out of order.
pub struct BrokenSigner;

impl Signer for BrokenSigner {
    fn public_key(&self, _: String) -> Result<Vec<u8>, CallFailed> {
        Err(CallFailed::Failed { why: "no secure hardware".into() })
    }

    fn sign(&self, _: String, _: Vec<u8>) -> Result<Vec<u8>, CallFailed> {
        Err(CallFailed::Failed { why: "no secure hardware".into() })
    }
}
