//! A recorded machine, as a [`System`]: the probes run on it as they do on the live one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::system::{Platform, ReadError, System, Uname};

/// What stands at a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Node {
    /// A file of UTF-8 text.
    Text(String),
    /// A file of any bytes; base64 in JSON.
    #[serde(serialize_with = "to_base64", deserialize_with = "of_base64")]
    Bytes(Vec<u8>),
    /// A symbolic link to this path. Reading through it is not imitated.
    Link(String),
    /// A folder without anything in it. Folders of recorded paths need no node.
    Folder,
    /// A path that answers with this error, as does everything under it.
    Error(ReadError),
}

/// A recorded machine.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Snapshot {
    /// The kind of system.
    pub platform: Platform,
    /// What stands at which path. What is not here does not exist.
    #[serde(default)]
    pub files: BTreeMap<String, Node>,
    /// Android system properties.
    #[serde(default)]
    pub properties: BTreeMap<String, String>,
    /// What uname(2) says.
    #[serde(default)]
    pub uname: Option<Uname>,
    /// Environment variables.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// The user id.
    #[serde(default)]
    pub uid: u32,
    /// How long each look takes, in microseconds: to try deadlines.
    #[serde(default)]
    pub micros_per_look: u64,
    #[serde(skip)]
    clock: AtomicU64,
    #[serde(skip)]
    looks: Mutex<BTreeSet<String>>,
}

impl Snapshot {
    /// A machine of this kind with nothing on it.
    pub fn on(platform: Platform) -> Self {
        Self { platform, ..Self::default() }
    }

    /// A snapshot from its JSON.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// This machine, with `node` at `path`.
    pub fn with(mut self, path: &str, node: Node) -> Self {
        self.files.insert(path.to_owned(), node);
        self
    }

    /// This machine, with a text file.
    pub fn with_text(self, path: &str, text: &str) -> Self {
        self.with(path, Node::Text(text.to_owned()))
    }

    /// This machine, with a system property.
    pub fn with_property(mut self, name: &str, value: &str) -> Self {
        self.properties.insert(name.to_owned(), value.to_owned());
        self
    }

    /// This machine, where each look takes so long.
    pub fn with_micros_per_look(mut self, micros: u64) -> Self {
        self.micros_per_look = micros;
        self
    }

    /// Every path, property and variable that was looked at so far.
    pub fn looks(&self) -> Vec<String> {
        self.looks.lock().map(|looks| looks.iter().cloned().collect()).unwrap_or_default()
    }

    fn look(&self, what: &str) {
        self.clock.fetch_add(self.micros_per_look, Ordering::Relaxed);
        if let Ok(mut looks) = self.looks.lock() {
            looks.insert(what.to_owned());
        }
    }

    fn node(&self, path: &str) -> Result<Option<&Node>, ReadError> {
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        for folder in ends.map(|end| &path[..end]) {
            if let Some(Node::Error(error)) = self.files.get(folder) {
                return Err(*error);
            }
        }
        Ok(self.files.get(path))
    }

    fn names_under(&self, path: &str) -> Vec<String> {
        let folder = format!("{}/", path.trim_end_matches('/'));
        let under = self.files.keys().filter_map(|key| key.strip_prefix(&folder));
        let names: BTreeSet<&str> = under.filter_map(|rest| rest.split('/').next()).collect();
        names.into_iter().map(str::to_owned).collect()
    }
}

impl System for Snapshot {
    fn platform(&self) -> Platform {
        self.platform
    }

    fn read_file(&self, path: &str, max: usize) -> Result<Vec<u8>, ReadError> {
        self.look(path);
        let bytes = match self.node(path)? {
            Some(Node::Text(text)) => text.as_bytes(),
            Some(Node::Bytes(bytes)) => bytes,
            Some(_) => return Err(ReadError::Other),
            None => return Err(ReadError::NotFound),
        };
        if bytes.len() > max { Err(ReadError::TooLarge) } else { Ok(bytes.to_vec()) }
    }

    fn exists(&self, path: &str) -> Result<bool, ReadError> {
        self.look(path);
        Ok(self.node(path)?.is_some() || !self.names_under(path).is_empty())
    }

    fn read_link(&self, path: &str) -> Result<String, ReadError> {
        self.look(path);
        match self.node(path)? {
            Some(Node::Link(target)) => Ok(target.clone()),
            Some(_) => Err(ReadError::Other),
            None => Err(ReadError::NotFound),
        }
    }

    fn list_dir(&self, path: &str) -> Result<Vec<String>, ReadError> {
        self.look(path);
        let node = self.node(path)?;
        let names = self.names_under(path);
        if names.is_empty() && node != Some(&Node::Folder) { Err(ReadError::NotFound) } else { Ok(names) }
    }

    fn property(&self, name: &str) -> Option<String> {
        self.look(name);
        self.properties.get(name).filter(|value| !value.is_empty()).cloned()
    }

    fn uname(&self) -> Option<Uname> {
        self.look("uname");
        self.uname.clone()
    }

    fn env(&self, name: &str) -> Option<String> {
        self.look(name);
        self.env.get(name).filter(|value| !value.is_empty()).cloned()
    }

    fn uid(&self) -> u32 {
        self.uid
    }

    fn now(&self) -> Duration {
        Duration::from_micros(self.clock.load(Ordering::Relaxed))
    }
}

fn to_base64<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&data_encoding::BASE64.encode(bytes))
}

fn of_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    let text = String::deserialize(deserializer)?;
    data_encoding::BASE64.decode(text.as_bytes()).map_err(|_| serde::de::Error::custom("not base64"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_snapshot_survives_its_json() {
        let snapshot = Snapshot::on(Platform::Android)
            .with_text("/proc/self/status", "TracerPid:\t0\n")
            .with("/proc/self/maps", Node::Bytes(vec![0, 255]))
            .with("/proc/net", Node::Error(ReadError::Denied))
            .with_property("ro.product.model", "Pixel 8");
        let again = Snapshot::from_json(&serde_json::to_string(&snapshot).unwrap()).unwrap();
        assert_eq!(again.files, snapshot.files);
        assert_eq!(again.properties, snapshot.properties);
        assert_eq!(again.platform, Platform::Android);
    }

    #[test]
    fn an_error_covers_everything_under_its_path() {
        let snapshot = Snapshot::default().with("/proc/net", Node::Error(ReadError::Denied));
        assert_eq!(snapshot.read_file("/proc/net/dev", 9), Err(ReadError::Denied));
        assert_eq!(snapshot.exists("/proc/net/dev"), Err(ReadError::Denied));
        assert_eq!(snapshot.exists("/proc/network"), Ok(false));
    }

    #[test]
    fn folders_follow_from_the_paths_in_them() {
        let snapshot = Snapshot::default().with_text("/a/b/c", "").with_text("/a/d", "");
        assert_eq!(snapshot.list_dir("/a").unwrap(), ["b", "d"]);
        assert_eq!(snapshot.exists("/a/b"), Ok(true));
        assert_eq!(snapshot.list_dir("/b"), Err(ReadError::NotFound));
    }

    #[test]
    fn every_look_is_remembered() {
        let snapshot = Snapshot::default();
        let _ = (snapshot.exists("/a"), snapshot.property("ro.x"), snapshot.env("TZ"));
        assert_eq!(snapshot.looks(), ["/a", "TZ", "ro.x"]);
    }
}
