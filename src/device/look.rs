//! A probe's look at the system: every step first asks whether the check still has time.

use std::time::Duration;

use super::reading::Reason;
use super::system::{MAX_FILE, Platform, ReadError, System, Uname};

/// What a probe is given: the system, until its deadline.
pub(super) struct Look<'a> {
    system: &'a dyn System,
    until: Duration,
}

/// Reads one signal.
pub(super) type Probe = fn(&Look<'_>) -> Result<crate::register::Value, Reason>;

impl<'a> Look<'a> {
    /// A look at `system` that ends when its clock passes `until`.
    pub(super) fn new(system: &'a dyn System, until: Duration) -> Self {
        Self { system, until }
    }

    pub(super) fn platform(&self) -> Platform {
        self.system.platform()
    }

    /// Text of printable sources: UTF-8 without NUL.
    pub(super) fn text(&self, path: &str) -> Result<String, Reason> {
        let bytes = self.bytes(path, MAX_FILE)?;
        match String::from_utf8(bytes) {
            Ok(text) if !text.contains('\0') => Ok(text),
            _ => Err(Reason::Malformed),
        }
    }

    /// Whole lines, as the kernel writes them: never empty, never cut, no NUL. A name in them may be any
    /// bytes, so what is not UTF-8 is replaced.
    pub(super) fn lines(&self, path: &str, max: usize) -> Result<String, Reason> {
        let bytes = self.bytes(path, max)?;
        if bytes.last() != Some(&b'\n') || bytes.contains(&0) {
            return Err(Reason::Malformed);
        }
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }

    fn bytes(&self, path: &str, max: usize) -> Result<Vec<u8>, Reason> {
        self.in_time()?;
        self.system.read_file(path, max).map_err(of_read)
    }

    pub(super) fn exists(&self, path: &str) -> Result<bool, Reason> {
        self.in_time()?;
        self.system.exists(path).map_err(of_read)
    }

    pub(super) fn link(&self, path: &str) -> Result<String, Reason> {
        self.in_time()?;
        self.system.read_link(path).map_err(of_read)
    }

    pub(super) fn names(&self, path: &str) -> Result<Vec<String>, Reason> {
        self.in_time()?;
        self.system.list_dir(path).map_err(of_read)
    }

    pub(super) fn interfaces(&self) -> Result<Vec<String>, Reason> {
        self.in_time()?;
        self.system.interfaces().map_err(of_read)
    }

    pub(super) fn property(&self, name: &str) -> Result<Option<String>, Reason> {
        self.in_time()?;
        Ok(self.system.property(name))
    }

    pub(super) fn env(&self, name: &str) -> Result<Option<String>, Reason> {
        self.in_time()?;
        Ok(self.system.env(name))
    }

    pub(super) fn uname(&self) -> Result<Uname, Reason> {
        self.in_time()?;
        self.system.uname().ok_or(Reason::Unreadable)
    }

    /// An error once the time is up: for the loops of a probe.
    pub(super) fn in_time(&self) -> Result<(), Reason> {
        if self.system.now() > self.until { Err(Reason::Deadline) } else { Ok(()) }
    }
}

fn of_read(error: ReadError) -> Reason {
    match error {
        ReadError::NotFound => Reason::SourceMissing,
        ReadError::Denied => Reason::SourceClosed,
        ReadError::TooLarge => Reason::TooLarge,
        ReadError::Other => Reason::Unreadable,
    }
}
