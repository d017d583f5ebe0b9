//! VPN: whether a tunnel's interface exists.

use crate::register::Value;

use super::look::Look;
use super::reading::{Reason, Signs};
use super::system::Platform;

/// Interface families that tunnels use, each with its weight. `ppp` is also a modem's, `ipsec` also Wi-Fi calling's.
const TUNNELS: [(&str, u8); 5] = [("tun", 80), ("wg", 80), ("tap", 50), ("ppp", 40), ("ipsec", 40)];

/// Looks at the interfaces' names.
pub(super) fn check(look: &Look<'_>) -> Result<Value, Reason> {
    if look.platform() == Platform::Ios {
        // iOS makes utun and ipsec interfaces for itself: a name alone says nothing there.
        return Err(Reason::NeedsProvider);
    }
    let names = look.interfaces()?;
    if names.is_empty() {
        // Every machine has its loopback: an empty list is a policy's, not the machine's.
        return Err(Reason::SourceClosed);
    }
    let mut signs = Signs::default();
    if let Some(weight) = names.iter().filter_map(|name| weight(name)).max() {
        signs.found(weight);
    }
    Ok(signs.verdict(1))
}

/// The weight of a name that is a family and a number: the kernel's own `tunl0` is none.
fn weight(name: &str) -> Option<u8> {
    TUNNELS.iter().find_map(|(family, weight)| {
        let number = name.strip_prefix(family)?;
        (!number.is_empty() && number.bytes().all(|b| b.is_ascii_digit())).then_some(*weight)
    })
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::*;
    use super::check;
    use crate::device::{Node, Platform, ReadError, Reason, Snapshot};

    fn with_interface(name: &str) -> Snapshot {
        pixel().with(&format!("/sys/class/net/{name}"), Node::Folder)
    }

    #[test]
    fn a_tunnel_is_detected() {
        assert_eq!(answer(check, &with_interface("tun0")), detected(80));
        assert_eq!(answer(check, &with_interface("wg12")), detected(80));
        assert_eq!(answer(check, &with_interface("ppp0")), detected(40));
    }

    #[test]
    fn a_phones_own_interfaces_are_no_tunnel() {
        for name in ["lo", "wlan0", "rmnet_data0", "dummy0", "tunl0", "sit0", "ip6_vti0", "tun", "ccmni0"] {
            assert_eq!(answer(check, &with_interface(name)), not_detected(), "{name}");
        }
    }

    #[test]
    fn procfs_answers_first_and_cut_is_not_evaluable() {
        let text = "Inter-|\n face |\n    lo: 1\n  tun0: 2\n";
        let phone = pixel().with("/proc/net", Node::Folder).with_text("/proc/net/dev", text);
        assert_eq!(answer(check, &phone), detected(80));
        let cut = phone.with_text("/proc/net/dev", &text[..text.len() - 1]);
        assert_eq!(answer(check, &cut), unevaluable(Reason::Unreadable));
    }

    #[test]
    fn closed_sources_are_not_evaluable() {
        let phone = pixel()
            .with("/sys/class/net", Node::Error(ReadError::Denied))
            .with("/proc/net", Node::Error(ReadError::Denied));
        assert_eq!(answer(check, &phone), unevaluable(Reason::SourceClosed));
    }

    #[test]
    fn the_utun_interfaces_of_ios_are_not_judged_by_name() {
        let mut phone = with_interface("utun0");
        phone.platform = Platform::Ios;
        assert_eq!(answer(check, &phone), unevaluable(Reason::NeedsProvider));
    }
}
