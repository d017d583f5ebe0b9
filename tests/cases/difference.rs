//! Says where a JSON value is not what was expected.

use serde_json::Value;

/// Members that have to be all that is expected: an item more or less would be the point.
const WHOLE: [&str; 3] = ["released", "withheld", "counts"];

/// The first place where `actual` is not what is expected. An object may have more members than are expected of it,
/// unless it is one of [`WHOLE`]; a list may not.
pub fn difference(expected: &Value, actual: Option<&Value>, place: &str) -> Option<String> {
    let Some(actual) = actual else { return Some(format!("{place}: expected {expected}, found nothing")) };
    match (expected, actual) {
        (Value::Object(wanted), Value::Object(found)) => {
            let inner = wanted
                .iter()
                .find_map(|(name, value)| difference(value, found.get(name), &format!("{place}.{name}")));
            let whole = WHOLE.iter().any(|name| place.ends_with(&format!(".{name}")));
            let more = found.keys().find(|name| whole && !wanted.contains_key(*name));
            inner.or_else(|| more.map(|name| format!("{place}.{name}: not expected, found {}", found[name])))
        }
        (Value::Array(wanted), Value::Array(found)) if wanted.len() == found.len() => wanted
            .iter()
            .zip(found)
            .enumerate()
            .find_map(|(index, (w, f))| difference(w, Some(f), &format!("{place}[{index}]"))),
        _ if expected == actual => None,
        _ => Some(format!("{place}: expected {expected}, found {actual}")),
    }
}

#[test]
fn a_difference_names_its_place() {
    let expected = serde_json::json!({"items": ["a", {"value": 1}], "withheld": {"a": "refused"}});
    let mut actual = expected.clone();
    assert_eq!(difference(&expected, Some(&actual), "$"), None);
    actual["items"][1]["value"] = true.into();
    assert!(difference(&expected, Some(&actual), "$").unwrap().starts_with("$.items[1].value:"));
    actual = expected.clone();
    actual["withheld"]["b"] = "refused".into();
    assert!(difference(&expected, Some(&actual), "$").unwrap().starts_with("$.withheld.b:"));
    actual = expected.clone();
    actual["more"] = 1.into();
    assert_eq!(difference(&expected, Some(&actual), "$"), None, "an object may have more members");
}
