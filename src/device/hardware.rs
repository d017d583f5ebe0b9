//! The hardware in coarse terms: architecture, cores, memory in classes.

use crate::register::Value;

use super::look::Probe;
use super::reading::{Reason, text};
use super::system::{MAX_FILE, Platform};

/// `device.cpu_architecture`: Android's ABI name, or the machine of uname.
pub(super) const CPU_ARCHITECTURE: Probe = |look| match look.platform() {
    Platform::Android => text(&look.property("ro.product.cpu.abi")?.ok_or(Reason::SourceMissing)?),
    Platform::Ios => Err(Reason::NeedsProvider),
    Platform::Linux => text(&look.uname()?.machine),
};

/// `device.cpu_cores`: those present, in use or not.
pub(super) const CPU_CORES: Probe = |look| {
    if look.platform() == Platform::Ios {
        return Err(Reason::NeedsProvider);
    }
    let list = look.text("/sys/devices/system/cpu/present")?;
    cores(list.trim()).map(Value::Integer).ok_or(Reason::Malformed)
};

/// `device.memory_class`: memory in GiB, rounded up to a power of two; 64 stands for more, too.
pub(super) const MEMORY_CLASS: Probe = |look| {
    if look.platform() == Platform::Ios {
        return Err(Reason::NeedsProvider);
    }
    let text = look.lines("/proc/meminfo", MAX_FILE)?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:")).ok_or(Reason::Malformed)?;
    let kib =
        line.trim().strip_suffix(" kB").and_then(|kib| kib.trim().parse().ok()).ok_or(Reason::Malformed)?;
    memory_class(kib).map(Value::Integer).ok_or(Reason::Malformed)
};

/// How many numbers a kernel's list (`0-3,6`) names.
fn cores(list: &str) -> Option<i64> {
    let mut count = 0;
    for part in list.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (u16, u16) = (first.parse().ok()?, last.parse().ok()?);
        count += i64::from(last.checked_sub(first)?) + 1;
    }
    (1..=4096).contains(&count).then_some(count)
}

/// The kernel takes its share before it counts: a phone sold with 8 GiB shows 7.4.
fn memory_class(kib: u64) -> Option<i64> {
    const GIB: u64 = 1 << 20;
    if kib == 0 {
        return None;
    }
    let class = kib.div_ceil(GIB).min(64).next_power_of_two();
    i64::try_from(class).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::fixtures::*;
    use super::*;
    use crate::device::{LiveSystem, Snapshot};

    #[test]
    fn a_phones_hardware_is_coarse() {
        assert_eq!(ask(CPU_ARCHITECTURE, &pixel()), Ok(Value::Text("arm64-v8a".to_owned())));
        assert_eq!(ask(CPU_CORES, &pixel()), Ok(Value::Integer(9)));
        assert_eq!(ask(MEMORY_CLASS, &pixel()), Ok(Value::Integer(8)));
    }

    #[test]
    fn memory_comes_in_powers_of_two() {
        let gib = 1 << 20;
        for (kib, class) in
            [(1, 1), (gib, 1), (gib + 1, 2), (7 * gib, 8), (11 * gib, 16), (900 * gib, 64), (u64::MAX, 64)]
        {
            assert_eq!(memory_class(kib), Some(class), "{kib}");
        }
        assert_eq!(memory_class(0), None);
    }

    #[test]
    fn a_kernels_list_counts_its_numbers_or_is_refused() {
        assert_eq!(cores("0-3,6,8-9"), Some(7));
        for list in ["", "3-1", "0-", "a", "0-99999999999", "0-65535", "-1"] {
            assert_eq!(cores(list), None, "{list}");
        }
    }

    #[test]
    fn this_hosts_hardware_is_what_the_kernel_says() {
        let live = LiveSystem::new();
        let machine = std::process::Command::new("uname").arg("-m").output().unwrap().stdout;
        let machine = String::from_utf8(machine).unwrap();
        assert_eq!(ask(CPU_ARCHITECTURE, &live), Ok(Value::Text(machine.trim().to_owned())));
        let folders = std::fs::read_dir("/sys/devices/system/cpu").unwrap();
        let is_core = |name: &str| name.strip_prefix("cpu").is_some_and(|n| n.parse::<u32>().is_ok());
        let cores = folders.filter(|f| is_core(f.as_ref().unwrap().file_name().to_str().unwrap())).count();
        assert_eq!(ask(CPU_CORES, &live), Ok(Value::Integer(cores as i64)));
        // SAFETY: sysconf takes no pointer.
        let bytes = unsafe { libc::sysconf(libc::_SC_PHYS_PAGES) * libc::sysconf(libc::_SC_PAGESIZE) };
        let Ok(Value::Integer(class)) = ask(MEMORY_CLASS, &live) else { panic!("no class") };
        assert!(class == 64 || (class << 30 >= bytes && class << 29 < bytes), "{class} for {bytes}");
    }

    #[test]
    fn cut_or_hostile_memory_is_malformed() {
        for text in ["MemTotal: 7", "MemTotal: -7 kB\n", "MemTotal: 7 MB\n", "Mem\n", "\u{0}\n"] {
            assert_eq!(
                ask(MEMORY_CLASS, &Snapshot::default().with_text("/proc/meminfo", text)),
                Err(Reason::Malformed)
            );
        }
    }
}
