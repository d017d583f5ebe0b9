//! What is never read and can't even be named: immutable hardware identifiers; and what is left out besides.

use crate::register::ItemId;

/// Names of identifiers that stay with the hardware for good. A register that names one is refused.
///
/// Words of a name are joined by `_`.
pub const FORBIDDEN: &[&str] = &[
    "imei",
    "imeisv",
    "meid",
    "esn",
    "imsi",
    "iccid",
    "eid",
    "mac",
    "mac_address",
    "bssid",
    "serial",
    "serialno",
    "serial_number",
    "hardware_serial",
    "hardware_id",
    "hardware_uuid",
    "sim_serial",
    "bluetooth_address",
    "bt_address",
    "wifi_address",
    "wlan_address",
    "udid",
    "ecid",
    "cpu_id",
    "chip_id",
    "soc_id",
    "disk_id",
    "emmc_cid",
    "psn",
    "drm_id",
    "media_drm",
    "widevine",
    "widevine_id",
];

/// What others collect and this SDK has no signal for, each with the reason.
pub const LEFT_OUT: &[(&str, &str)] = &[
    ("Wi-Fi names and lists (SSID, BSSID)", "they locate the person"),
    ("IP address", "it locates the person; the recipient sees its own connection anyway"),
    ("location", "not needed for an order's security"),
    ("baseband version, ROM tags, build host", "they fingerprint and prove nothing"),
    ("list of installed apps", "it tells of health, faith and politics; Google Play rejects it"),
    ("sensors", "their errors are a fingerprint"),
    ("clipboard", "it may hold anything"),
    ("Bluetooth names and neighbours", "they locate and link people"),
    ("time of the last boot, CAID", "fingerprints made to outlive the person's choice"),
    ("IDFA", "only in a separate product, after App Tracking Transparency"),
];

/// Whether the item's id names an immutable hardware identifier in one of its words.
///
/// Words end at `.`, `_` and `-`, and a number at a word's end does not hide it: `device.imei2`,
/// `sim.serial-number` and `wlan.macaddress` are found, `host.machine` is not.
pub fn is_immutable_hardware_id(item: &ItemId) -> bool {
    let digits = |c: char| c.is_ascii_digit();
    let words: Vec<&str> = item
        .as_str()
        .split(['.', '_', '-'])
        .map(|word| word.trim_end_matches(digits))
        .filter(|w| !w.is_empty())
        .collect();
    FORBIDDEN.iter().any(|name| {
        let parts: Vec<&str> = name.split('_').collect();
        words.windows(parts.len()).any(|window| window == parts) || words.contains(&parts.concat().as_str())
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn is_forbidden(id: &str) -> bool {
        is_immutable_hardware_id(&ItemId::new(id).unwrap())
    }

    #[test]
    fn every_forbidden_name_is_found_in_each_of_its_spellings() {
        for name in FORBIDDEN {
            for id in [
                (*name).to_owned(),
                format!("device.{name}"),
                format!("device.{name}_hash"),
                format!("device.{}2", name.replace('_', "-")),
                format!("sim.{}.md5", name.replace('_', "")),
                format!("device.{}", name.replace('_', ".")),
            ] {
                assert!(is_forbidden(&id), "{id}");
            }
        }
    }

    #[test]
    fn names_that_only_look_like_one_are_not() {
        for id in [
            "device.model",
            "host.machine",
            "order.emacs",
            "device.oaid",
            "device.android_id",
            "order.serialized",
            "device.install_id",
            "consignee.address",
            "order.bluetooth_headset",
        ] {
            assert!(!is_forbidden(id), "{id}");
        }
    }
}
