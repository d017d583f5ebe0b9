//! Debugger: whether another process traces this one.

use crate::register::Value;

use super::look::Look;
use super::reading::{Reason, Signs};
use super::system::MAX_FILE;

/// Reads TracerPid of /proc/self/status.
pub(super) fn check(look: &Look<'_>) -> Result<Value, Reason> {
    let status = look.lines("/proc/self/status", MAX_FILE)?;
    let line = status.lines().find_map(|line| line.strip_prefix("TracerPid:")).ok_or(Reason::Malformed)?;
    let tracer: u32 = line.trim().parse().map_err(|_| Reason::Malformed)?;
    let mut signs = Signs::default();
    if tracer != 0 && !is_the_makers_own(look, tracer)? {
        signs.found(95);
    }
    Ok(signs.verdict(1))
}

/// The Huawei P9 attaches a process of its own, started at boot, to apps: its number is below 1000.
fn is_the_makers_own(look: &Look<'_>, tracer: u32) -> Result<bool, Reason> {
    let maker = look.property("ro.product.manufacturer")?.unwrap_or_default();
    Ok(tracer < 1000 && maker.eq_ignore_ascii_case("huawei"))
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::*;
    use super::check;
    use crate::device::{Node, ReadError, Reason};

    fn status(tracer: &str) -> String {
        format!("Name:\tshop\nState:\tR (running)\nTracerPid:\t{tracer}\nUid:\t10123\n")
    }

    #[test]
    fn no_tracer_is_not_detected() {
        assert_eq!(answer(check, &pixel()), not_detected());
    }

    #[test]
    fn a_tracer_is_detected() {
        assert_eq!(answer(check, &pixel().with_text("/proc/self/status", &status("4711"))), detected(95));
        assert_eq!(answer(check, &pixel().with_text("/proc/self/status", &status("711"))), detected(95));
    }

    #[test]
    fn the_tracer_of_a_huawei_p9_is_its_makers() {
        let p9 = pixel()
            .with_property("ro.product.manufacturer", "HUAWEI")
            .with_property("ro.product.model", "EVA-L09");
        let own = p9.with_text("/proc/self/status", &status("711"));
        assert_eq!(answer(check, &own), not_detected());
        assert_eq!(answer(check, &own.with_text("/proc/self/status", &status("4711"))), detected(95));
    }

    #[test]
    fn a_status_that_can_not_be_read_is_not_evaluable() {
        let at = |node| pixel().with("/proc/self/status", node);
        for (node, reason) in [
            (Node::Error(ReadError::Denied), Reason::SourceClosed),
            (Node::Error(ReadError::NotFound), Reason::SourceMissing),
            (Node::Text("x\n".repeat(1 << 20)), Reason::TooLarge),
            (Node::Bytes(vec![0; 64]), Reason::Malformed),
            (Node::Text("Name:\tshop\nTracerPid:\t0".to_owned()), Reason::Malformed),
            (Node::Text("Name:\tshop\n".to_owned()), Reason::Malformed),
            (Node::Text(status("-1")), Reason::Malformed),
            (Node::Text(status("99999999999999999999")), Reason::Malformed),
            (Node::Text(String::new()), Reason::Malformed),
        ] {
            assert_eq!(answer(check, &at(node)), unevaluable(reason), "{reason:?}");
        }
    }
}
