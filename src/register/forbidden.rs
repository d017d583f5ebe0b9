//! What a register can't even name: immutable hardware identifiers, and words that enumerate nothing.

/// Words of an item id that name an identifier nobody can reset (GB/T 41391 annex F), or something that is not
/// collected on principle, wherever they stand in the id. Words of one name are joined by `_`.
pub const NEVER_COLLECTED: &[&str] = &[
    "imei",
    "imeisv",
    "meid",
    "esn",
    "imsi",
    "iccid",
    "eid",
    "msisdn",
    "mac",
    "mac_address",
    "wifi_address",
    "wlan_address",
    "bluetooth_address",
    "bt_address",
    "serial",
    "serialno",
    "serial_number",
    "udid",
    "ecid",
    "psn",
    "cpu_id",
    "chip_id",
    "soc_id",
    "disk_id",
    "emmc_cid",
    "hardware_id",
    "hardware_uuid",
    "widevine",
    "media_drm",
    "drm_id",
    "caid",
    "ssid",
    "bssid",
    "wifi_name",
    "wifi_list",
    "ip",
    "app_list",
    "installed_apps",
    "gps",
    "latitude",
    "longitude",
    "boot_time",
    "boot_id",
    "clipboard",
    "gyroscope",
    "accelerometer",
    "baseband",
];

/// Never collected either, but words of innocent names too (`check.mock_location`, `order.bluetooth_headset`): they
/// count only as a whole part of the id.
const NEVER_WHOLE: &[&str] = &["location", "bluetooth", "sensor", "sensors"];

/// Whether the item id names something that is never collected. Words end at `.`, `_` and `-`; a number at a
/// word's end hides nothing (`device.imei2`), nor does writing two words as one (`device.macaddress`).
pub fn is_never_collected(item: &str) -> bool {
    let word = |word: &'_ str| word.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
    let words: Vec<String> = item.split(['.', '_', '-']).map(word).filter(|word| !word.is_empty()).collect();
    let named = |name: &&str| {
        let parts: Vec<&str> = name.split('_').collect();
        words.windows(parts.len()).any(|window| window == parts) || words.contains(&parts.concat())
    };
    let whole = |part: &str| NEVER_WHOLE.contains(&part.trim_end_matches(|c: char| c.is_ascii_digit()));
    NEVER_COLLECTED.iter().any(named) || item.split('.').any(whole)
}

/// The same in the words of a label, for items read on the device.
const NEVER_IN_LABELS: &[&str] = &[
    "imei",
    "meid",
    "imsi",
    "iccid",
    "bssid",
    "ssid",
    "mac address",
    "mac地址",
    "serial number",
    "序列号",
    "串号",
    "ip address",
    "ip地址",
    "widevine",
    "剪贴板",
    "clipboard",
];

/// The never-collected thing that a device item's label names, if it names one.
pub fn never_collected_in_label(label: &str) -> Option<&'static str> {
    let lower = label.to_lowercase();
    NEVER_IN_LABELS.iter().find(|word| lower.contains(**word)).copied()
}

/// Whether the item id names an identifier of a device or an install, so that it can't claim to name nobody.
pub fn is_device_identifier(item: &str) -> bool {
    const IDENTIFIERS: &[&str] =
        &["oaid", "aaid", "gaid", "idfa", "idfv", "android_id", "install_id", "pseudonym"];
    item.split('.').any(|part| IDENTIFIERS.contains(&part))
}

/// Words in a label that enumerate nothing (GB/T 43435: no "etc.", no vague "device information").
const VAGUE: &[&str] = &[
    "and so on",
    "and other",
    "device information",
    "device info",
    "device data",
    "order information",
    "personal information",
    "including but not limited",
    "other information",
    "relevant information",
    "设备信息",
    "设备数据",
    "订单信息",
    "个人信息",
    "包括但不限于",
    "等设备",
    "等数据",
    "等信息",
    "等等",
    "相关信息",
    "其他信息",
    "其它信息",
];

/// The vague word in a label, if there is one.
pub fn vague_word(label: &str) -> Option<&'static str> {
    let lower = label.to_lowercase();
    let words = || lower.split(|c: char| !c.is_alphanumeric());
    let ends_in_etc = lower.trim_end_matches(['。', '.', ' ']).ends_with('等');
    if words().any(|word| word == "etc") {
        return Some("etc.");
    }
    VAGUE.iter().find(|word| lower.contains(**word)).copied().or(ends_in_etc.then_some("等"))
}

/// Whether only connecting words and punctuation are left of a published text once its nouns are cut out;
/// otherwise what is left.
pub fn unmapped_rest(text: &str, nouns: impl Iterator<Item = String>) -> Option<String> {
    const CONNECTING: &[&str] = &[
        "and",
        "other",
        "such",
        "as",
        "etc",
        "or",
        "including",
        "regarding",
        "relating",
        "to",
        "of",
        "the",
        "an",
        "a",
        "等",
        "如",
        "和",
        "及",
        "与",
        "或",
        "的",
        "包括",
    ];
    let mut nouns: Vec<String> = nouns.filter(|noun| !noun.is_empty()).collect();
    nouns.sort_by_key(|noun| std::cmp::Reverse(noun.len()));
    let mut rest = text.to_owned();
    for noun in nouns {
        rest = rest.replace(&noun, "\u{1f}");
    }
    let words: Vec<&str> = rest
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && !CONNECTING.contains(&word.to_lowercase().as_str()))
        .collect();
    (!words.is_empty()).then(|| words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_never_collected_is_found_in_each_of_its_spellings() {
        for name in NEVER_COLLECTED {
            for id in [
                (*name).to_owned(),
                format!("device.{name}"),
                format!("device.{name}_hash"),
                format!("device.{}2", name.replace('_', "-")),
                format!("sim.{}.md5", name.replace('_', "")),
                format!("device.{}", name.replace('_', ".")),
            ] {
                assert!(is_never_collected(&id), "{id}");
            }
        }
    }

    #[test]
    fn names_that_only_look_like_one_are_not() {
        for id in [
            "host.machine",
            "order.emacs",
            "order.serialized",
            "device.install_id",
            "order.bluetooth_headset",
        ] {
            assert!(!is_never_collected(id), "{id}");
        }
    }

    #[test]
    fn an_immutable_hardware_identifier_is_recognised_in_any_segment() {
        for item in [
            "device.imei",
            "imei",
            "device.imei2",
            "device.imei_md5",
            "device.mac_address",
            "device.macaddress",
            "device.wifi_ssid",
            "wifi.ssid",
            "net.ip",
            "device.local_ip",
            "sim.serial-number",
            "device.location",
            "device.sensor2",
            "device.boot_time",
        ] {
            assert!(is_never_collected(item), "{item}");
        }
        for item in [
            "device.model",
            "device.android_id",
            "order.shipping_address",
            "device.machine",
            "check.mock_location",
            "check.boot_state",
            "order.bluetooth_headset",
            "order.line_titles",
            "service.id",
        ] {
            assert!(!is_never_collected(item), "{item}");
        }
    }

    #[test]
    fn a_label_that_enumerates_nothing_is_recognised() {
        assert!(vague_word("Device information").is_some());
        assert!(vague_word("型号、品牌等").is_some());
        assert!(vague_word("设备型号").is_none());
        assert!(vague_word("Model, brand, etc.").is_some());
        assert!(vague_word("Sketch of the delivery").is_none());
    }

    #[test]
    fn a_label_that_names_what_is_never_collected_is_recognised() {
        assert_eq!(never_collected_in_label("手机的IMEI"), Some("imei"));
        assert_eq!(never_collected_in_label("Serial number of the phone"), Some("serial number"));
        assert_eq!(never_collected_in_label("device model"), None);
    }

    #[test]
    fn a_device_identifier_is_recognised_by_its_name() {
        assert!(is_device_identifier("device.oaid") && is_device_identifier("device.install_id"));
        assert!(!is_device_identifier("order.id") && !is_device_identifier("device.model"));
    }

    #[test]
    fn words_of_the_published_text_outside_every_noun_are_found() {
        let nouns = || ["收货人姓名", "收货地址"].into_iter().map(String::from);
        assert_eq!(unmapped_rest("收货人姓名、收货地址等", nouns()), None);
        assert_eq!(unmapped_rest("收货人姓名、收货地址、发票", nouns()), Some("发票".into()));
    }
}
