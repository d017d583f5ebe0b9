//! The small view of the machine that every probe looks through: live, or a recorded snapshot.

use std::time::Duration;

/// The kind of system, which decides where a probe looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    /// Android, whose properties name the device.
    Android,
    /// iOS. Its native probes are not part of this version: the provider answers.
    Ios,
    /// A Linux host: where the tests and the tools run.
    #[default]
    Linux,
}

/// Why a source gave nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReadError {
    /// It does not exist.
    #[error("not found")]
    NotFound,
    /// It exists or may exist, but this process may not look.
    #[error("denied")]
    Denied,
    /// It is larger than the bound that was asked for.
    #[error("too large")]
    TooLarge,
    /// Anything else: an I/O error, a path that can't be asked for.
    #[error("unreadable")]
    Other,
}

/// What uname(2) says, without the node name: that one names the device.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Uname {
    /// The kernel's name (`Linux`).
    pub sysname: String,
    /// The kernel's release.
    pub release: String,
    /// The hardware (`x86_64`, `aarch64`).
    pub machine: String,
}

/// The machine as probes see it. No call opens a socket, starts a program or follows a call up.
pub trait System {
    /// What kind of system this is.
    fn platform(&self) -> Platform;

    /// The whole file at `path`, or [`ReadError::TooLarge`] when it holds more than `max` bytes.
    fn read_file(&self, path: &str, max: usize) -> Result<Vec<u8>, ReadError>;

    /// Whether `path` exists, by access(2): stat's answers are a "required reason" on iOS, and are hooked more often.
    fn exists(&self, path: &str) -> Result<bool, ReadError>;

    /// Where the symbolic link at `path` points.
    fn read_link(&self, path: &str) -> Result<String, ReadError>;

    /// The names in the folder at `path`, sorted; at most [`MAX_ENTRIES`].
    fn list_dir(&self, path: &str) -> Result<Vec<String>, ReadError>;

    /// The Android system property `name`; `None` where it is unset or empty, and on every other platform.
    fn property(&self, name: &str) -> Option<String>;

    /// What uname(2) says.
    fn uname(&self) -> Option<Uname>;

    /// The environment variable `name`; `None` where it is unset, empty or not UTF-8.
    fn env(&self, name: &str) -> Option<String>;

    /// The real user id of this process.
    fn uid(&self) -> u32;

    /// The time since some fixed point, which never goes back: for deadlines alone.
    fn now(&self) -> Duration;

    /// The path of the program this process runs.
    fn own_exe(&self) -> Result<String, ReadError> {
        self.read_link("/proc/self/exe")
    }

    /// The names of the network interfaces. From procfs or sysfs: if_nameindex(3) opens a netlink socket.
    ///
    /// Procfs first, since sysfs shows the network namespace it was mounted in, not ours. Android closes the
    /// one from version 10 on and the other by policy; then this is [`ReadError::Denied`].
    fn interfaces(&self) -> Result<Vec<String>, ReadError> {
        match self.read_file("/proc/net/dev", MAX_FILE) {
            Ok(bytes) => interfaces_of(&bytes).ok_or(ReadError::Other),
            Err(first) => self.list_dir("/sys/class/net").map_err(|_| first),
        }
    }
}

/// The bound on an ordinary file, in bytes.
pub const MAX_FILE: usize = 1 << 20;

/// The bound on /proc/self/maps, in bytes: a large app has some ten thousand mappings.
pub const MAX_MAPS: usize = 4 << 20;

/// The bound on the names in a folder.
pub const MAX_ENTRIES: usize = 4096;

/// The names in the text of /proc/net/dev: two lines of heading, then `name: counters`.
fn interfaces_of(bytes: &[u8]) -> Option<Vec<String>> {
    let text = std::str::from_utf8(bytes).ok()?;
    if !text.ends_with('\n') {
        return None;
    }
    text.lines().skip(2).map(|line| line.split_once(':').map(|(name, _)| name.trim().to_owned())).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    const DEV: &str = "Inter-| Receive | Transmit\n face |bytes |bytes\n    lo: 1 2\n  tun0: 3 4\n";

    #[test]
    fn interface_names_are_read_from_procfs_text() {
        assert_eq!(interfaces_of(DEV.as_bytes()).unwrap(), ["lo", "tun0"]);
    }

    #[test]
    fn cut_or_binary_procfs_text_is_no_list_of_interfaces() {
        assert_eq!(interfaces_of(&DEV.as_bytes()[..DEV.len() - 3]), None);
        assert_eq!(interfaces_of(b"a\nb\nno colon here\n"), None);
        assert_eq!(interfaces_of(b"\xff\xfe\n"), None);
    }
}
