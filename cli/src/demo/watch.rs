//! This machine, with a note of every source that is looked at: so that "nothing was read" is counted, not said.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use sluicegate::device::{LiveSystem, Platform, ReadError, System, Uname};

/// The live system, watched.
#[derive(Default)]
pub struct Watched {
    looks: Mutex<Vec<String>>,
    live: LiveSystem,
}

impl Watched {
    /// How often anything was looked at.
    pub fn looks(&self) -> usize {
        self.looks.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// The different sources looked at since the first `looks`.
    pub fn since(&self, looks: usize) -> BTreeSet<String> {
        let all = self.looks.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().skip(looks).cloned().collect()
    }

    fn note(&self, what: impl Into<String>) -> &LiveSystem {
        self.looks.lock().unwrap_or_else(PoisonError::into_inner).push(what.into());
        &self.live
    }
}

/// What kind of system it is and how long something takes are no sources of the device, and not noted.
impl System for Watched {
    fn platform(&self) -> Platform {
        self.live.platform()
    }

    fn read_file(&self, path: &str, max: usize) -> Result<Vec<u8>, ReadError> {
        self.note(path).read_file(path, max)
    }

    fn exists(&self, path: &str) -> Result<bool, ReadError> {
        self.note(path).exists(path)
    }

    fn read_link(&self, path: &str) -> Result<String, ReadError> {
        self.note(path).read_link(path)
    }

    fn list_dir(&self, path: &str) -> Result<Vec<String>, ReadError> {
        self.note(path).list_dir(path)
    }

    fn property(&self, name: &str) -> Option<String> {
        self.note(format!("property {name}")).property(name)
    }

    fn uname(&self) -> Option<Uname> {
        self.note("uname").uname()
    }

    fn env(&self, name: &str) -> Option<String> {
        self.note(format!("${name}")).env(name)
    }

    fn uid(&self) -> u32 {
        self.note("uid").uid()
    }

    fn now(&self) -> Duration {
        self.live.now()
    }

    fn own_exe(&self) -> Result<String, ReadError> {
        self.note("own program").own_exe()
    }

    fn interfaces(&self) -> Result<Vec<String>, ReadError> {
        self.note("network interfaces").interfaces()
    }
}
