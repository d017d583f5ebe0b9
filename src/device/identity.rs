//! What kind of device and system this is: makers' names and versions, never a number of this one device.

use crate::register::Value;

use super::look::{Look, Probe};
use super::reading::{Reason, text};
use super::system::Platform;

/// `device.model`
pub(super) const MODEL: Probe =
    |look| named(look, "ro.product.model", Some("/sys/class/dmi/id/product_name"));
/// `device.brand`
pub(super) const BRAND: Probe = |look| named(look, "ro.product.brand", None);
/// `device.manufacturer`
pub(super) const MANUFACTURER: Probe =
    |look| named(look, "ro.product.manufacturer", Some("/sys/class/dmi/id/sys_vendor"));
/// `device.device`
pub(super) const DEVICE: Probe = |look| named(look, "ro.product.device", None);
/// `device.board`
pub(super) const BOARD: Probe = |look| named(look, "ro.product.board", Some("/sys/class/dmi/id/board_name"));
/// `device.patch_level`
pub(super) const PATCH_LEVEL: Probe = |look| named(look, "ro.build.version.security_patch", None);

/// `device.os_name`
pub(super) const OS_NAME: Probe = |look| match look.platform() {
    Platform::Android => text("Android"),
    Platform::Ios => text("iOS"),
    Platform::Linux => release(look, "NAME").or_else(|_| text(&look.uname()?.sysname)),
};

/// `device.os_version`
pub(super) const OS_VERSION: Probe = |look| match look.platform() {
    Platform::Android => property(look, "ro.build.version.release"),
    Platform::Ios => Err(Reason::NeedsProvider),
    Platform::Linux => release(look, "VERSION_ID").or_else(|_| text(&look.uname()?.release)),
};

/// `device.api_level`
pub(super) const API_LEVEL: Probe = |look| match look.platform() {
    Platform::Android => {
        let level = look.property("ro.build.version.sdk")?.ok_or(Reason::SourceMissing)?;
        match level.trim().parse() {
            Ok(level @ 1..=10_000) => Ok(Value::Integer(level)),
            _ => Err(Reason::Malformed),
        }
    }
    _ => Err(Reason::NotOnThisPlatform),
};

/// `device.sdk_version`
pub(super) const SDK_VERSION: Probe = |_| text(env!("CARGO_PKG_VERSION"));

/// A name from an Android property, or from a file on a Linux host.
fn named(look: &Look<'_>, name: &str, file: Option<&str>) -> Result<Value, Reason> {
    match (look.platform(), file) {
        (Platform::Android, _) => property(look, name),
        (Platform::Linux, Some(path)) => text(&look.text(path)?),
        (Platform::Ios, _) => Err(Reason::NeedsProvider),
        (Platform::Linux, None) => Err(Reason::NotOnThisPlatform),
    }
}

fn property(look: &Look<'_>, name: &str) -> Result<Value, Reason> {
    text(&look.property(name)?.ok_or(Reason::SourceMissing)?)
}

/// A field of os-release(5).
fn release(look: &Look<'_>, field: &str) -> Result<Value, Reason> {
    let file = look.text("/etc/os-release").or_else(|reason| match reason {
        Reason::SourceMissing => look.text("/usr/lib/os-release"),
        other => Err(other),
    })?;
    let value = file.lines().find_map(|line| line.strip_prefix(field)?.strip_prefix('='));
    text(value.ok_or(Reason::SourceMissing)?.trim().trim_matches(['"', '\'']))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::fixtures::*;
    use super::*;
    use crate::device::{LiveSystem, Node, Snapshot, System};

    fn words(text: &str) -> Result<Value, Reason> {
        Ok(Value::Text(text.to_owned()))
    }

    #[test]
    fn a_phone_names_itself_by_its_properties() {
        let phone = pixel();
        assert_eq!(ask(MODEL, &phone), words("Pixel 8"));
        assert_eq!(ask(BRAND, &phone), words("google"));
        assert_eq!(ask(OS_NAME, &phone), words("Android"));
        assert_eq!(ask(OS_VERSION, &phone), words("15"));
        assert_eq!(ask(API_LEVEL, &phone), Ok(Value::Integer(35)));
        assert_eq!(ask(PATCH_LEVEL, &phone), words("2025-01-05"));
    }

    #[test]
    fn this_host_is_named_as_its_files_name_it() {
        let live = LiveSystem::new();
        let shell = |field: &str| {
            let script = format!(". /etc/os-release && printf %s \"${field}\"");
            let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
            String::from_utf8(output.stdout).unwrap()
        };
        assert_eq!(ask(OS_NAME, &live), words(&shell("NAME")));
        assert_eq!(ask(OS_VERSION, &live), words(&shell("VERSION_ID")));
        let model = std::fs::read_to_string("/sys/class/dmi/id/product_name");
        assert_eq!(ask(MODEL, &live).ok(), model.ok().map(|model| words(model.trim()).unwrap()));
    }

    #[test]
    fn a_host_without_os_release_is_named_by_its_kernel() {
        let uname = LiveSystem::new().uname();
        let mut bare = Snapshot::default();
        bare.uname = uname.clone();
        assert_eq!(ask(OS_NAME, &bare), words("Linux"));
        assert_eq!(ask(OS_VERSION, &bare), words(&uname.unwrap().release));
    }

    #[test]
    fn hostile_names_are_malformed() {
        assert_eq!(
            ask(MODEL, &pixel().with_property("ro.product.model", "a\u{1b}[2J")),
            Err(Reason::Malformed)
        );
        assert_eq!(
            ask(MODEL, &pixel().with_property("ro.product.model", &"x".repeat(500))),
            Err(Reason::Malformed)
        );
        assert_eq!(
            ask(API_LEVEL, &pixel().with_property("ro.build.version.sdk", "-5")),
            Err(Reason::Malformed)
        );
        let host = Snapshot::default().with("/sys/class/dmi/id/product_name", Node::Bytes(vec![0xff, 0]));
        assert_eq!(ask(MODEL, &host), Err(Reason::Malformed));
    }
}
