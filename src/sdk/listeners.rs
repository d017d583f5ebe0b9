//! Who wants to know when answers change. Told after the change is durable, on the thread that made it, without a lock.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Sluicegate;
use crate::register::AccountId;

/// Is told of changes of answers made through this object. Changes by other processes show in the generation.
pub trait Listener: Send + Sync {
    /// The account's answers have changed; this is their generation now.
    fn answers_changed(&self, account: AccountId, generation: u64);
}

/// The listeners of one gate.
#[derive(Default)]
pub(super) struct Listeners {
    all: Mutex<Subscriptions>,
}

#[derive(Default)]
struct Subscriptions {
    last: u64,
    by_number: BTreeMap<u64, Arc<dyn Listener>>,
}

impl Listeners {
    fn all(&self) -> MutexGuard<'_, Subscriptions> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, listener: Arc<dyn Listener>) -> u64 {
        let mut all = self.all();
        all.last += 1;
        let number = all.last;
        all.by_number.insert(number, listener);
        number
    }

    fn remove(&self, number: u64) -> bool {
        self.all().by_number.remove(&number).is_some()
    }

    /// Tells everyone who listens now; a listener may unsubscribe, or call the gate, from within.
    pub(super) fn tell(&self, account: &AccountId, generation: u64) {
        let listeners: Vec<Arc<dyn Listener>> = self.all().by_number.values().cloned().collect();
        for listener in listeners {
            listener.answers_changed(account.clone(), generation);
        }
    }
}

impl Sluicegate {
    /// Subscribes to changes of answers; gives the number by which to unsubscribe.
    pub fn subscribe(&self, listener: Arc<dyn Listener>) -> u64 {
        self.listeners.add(listener)
    }

    /// Ends a subscription. Returns whether there was one.
    pub fn unsubscribe(&self, number: u64) -> bool {
        self.listeners.remove(number)
    }
}
