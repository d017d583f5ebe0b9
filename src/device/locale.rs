//! Language and time zone, as the system is set.

use crate::register::Value;

use super::look::{Look, Probe};
use super::reading::{Reason, text};
use super::system::Platform;

/// `device.locale`: a BCP 47 tag; `und` where the system names no language.
pub(super) const LOCALE: Probe = |look| match look.platform() {
    Platform::Android => {
        first_property(look, &["persist.sys.locale", "ro.product.locale"]).and_then(|raw| tag(&raw))
    }
    Platform::Ios => Err(Reason::NeedsProvider),
    Platform::Linux => {
        for name in ["LC_ALL", "LC_MESSAGES", "LANG"] {
            if let Some(value) = look.env(name)? {
                return tag(&value);
            }
        }
        Err(Reason::SourceMissing)
    }
};

/// `device.time_zone`: a name of the IANA time zone database.
pub(super) const TIME_ZONE: Probe = |look| match look.platform() {
    Platform::Android => first_property(look, &["persist.sys.timezone"]).and_then(|raw| zone(&raw)),
    Platform::Ios => Err(Reason::NeedsProvider),
    Platform::Linux => zone(&host_zone(look)?),
};

/// The order of tzset(3), then Debian's file.
fn host_zone(look: &Look<'_>) -> Result<String, Reason> {
    if let Some(value) = look.env("TZ")? {
        return Ok(value);
    }
    match look.link("/etc/localtime") {
        Ok(target) if target.contains("zoneinfo/") => Ok(target),
        Err(Reason::Deadline) => Err(Reason::Deadline),
        _ => look.text("/etc/timezone"),
    }
}

fn first_property(look: &Look<'_>, names: &[&str]) -> Result<String, Reason> {
    for name in names {
        if let Some(value) = look.property(name)? {
            return Ok(value);
        }
    }
    Err(Reason::SourceMissing)
}

/// `zh_CN.UTF-8@x` and `zh-Hans-CN` as a BCP 47 tag.
fn tag(raw: &str) -> Result<Value, Reason> {
    let name = raw.trim().split(['.', '@']).next().unwrap_or_default();
    if matches!(name, "C" | "POSIX") {
        return text("und");
    }
    let tag = name.replace('_', "-");
    let mut parts = tag.split('-');
    let language = parts.next().unwrap_or_default();
    let fits = (2..=8).contains(&language.len())
        && language.bytes().all(|b| b.is_ascii_alphabetic())
        && parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()));
    if fits { text(&tag) } else { Err(Reason::Malformed) }
}

/// `:Asia/Shanghai`, `/usr/share/zoneinfo/Asia/Shanghai` and `Asia/Shanghai` as the last.
fn zone(raw: &str) -> Result<Value, Reason> {
    let raw = raw.trim().trim_start_matches(':');
    let name = raw.rsplit_once("zoneinfo/").map_or(raw, |(_, name)| name);
    let fits = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_+-".contains(&b));
    if fits { text(name) } else { Err(Reason::Malformed) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::fixtures::*;
    use super::*;
    use crate::device::{LiveSystem, Node, Snapshot};

    fn words(text: &str) -> Result<Value, Reason> {
        Ok(Value::Text(text.to_owned()))
    }

    fn host(name: &str, value: &str) -> Snapshot {
        let mut host = Snapshot::default();
        host.env.insert(name.to_owned(), value.to_owned());
        host
    }

    #[test]
    fn a_phones_locale_and_zone_are_its_settings() {
        assert_eq!(ask(LOCALE, &pixel()), words("zh-Hans-CN"));
        assert_eq!(ask(TIME_ZONE, &pixel()), words("Asia/Shanghai"));
    }

    #[test]
    fn a_hosts_locale_is_a_language_tag() {
        assert_eq!(ask(LOCALE, &host("LANG", "zh_CN.UTF-8")), words("zh-CN"));
        assert_eq!(ask(LOCALE, &host("LANG", "C.UTF-8")), words("und"));
        assert_eq!(ask(LOCALE, &host("LANG", "../../etc/passwd")), Err(Reason::Malformed));
        assert_eq!(ask(LOCALE, &Snapshot::default()), Err(Reason::SourceMissing));
    }

    #[test]
    fn a_hosts_zone_is_found_in_the_order_of_the_c_library() {
        let files = Snapshot::default().with_text("/etc/timezone", "Europe/Berlin\n");
        assert_eq!(ask(TIME_ZONE, &files), words("Europe/Berlin"));
        let link = files.with("/etc/localtime", Node::Link("/usr/share/zoneinfo/Asia/Tokyo".to_owned()));
        assert_eq!(ask(TIME_ZONE, &link), words("Asia/Tokyo"));
        assert_eq!(ask(TIME_ZONE, &host("TZ", ":Asia/Shanghai")), words("Asia/Shanghai"));
        assert_eq!(ask(TIME_ZONE, &host("TZ", "<+08>-8")), Err(Reason::Malformed));
    }

    #[test]
    fn the_zone_of_this_host_is_the_one_its_files_name() {
        if std::env::var_os("TZ").is_some() {
            return;
        }
        let linked = std::fs::read_link("/etc/localtime").map(|path| path.to_str().unwrap().to_owned());
        let expected = linked.or_else(|_| std::fs::read_to_string("/etc/timezone")).unwrap();
        let Ok(Value::Text(zone)) = ask(TIME_ZONE, &LiveSystem::new()) else { panic!("no zone") };
        assert!(expected.trim().ends_with(&zone), "{zone} is not {expected}");
    }
}
