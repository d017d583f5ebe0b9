//! Hooking framework: code in this process that no file of the app or the system accounts for.
//!
//! Names come and go (a current Frida bears none of the old thread names), so the executable mappings
//! without a file behind them are looked at first, and names only add confidence.

use crate::register::Value;

use super::look::Look;
use super::reading::{Reason, Signs};
use super::system::{MAX_FILE, MAX_MAPS};

/// Beginnings of the file names of known frameworks, in lower case. Not of folders: `com.friday.shop` is an app.
const FRAMEWORKS: [&str; 14] = [
    "frida-agent",
    "frida-gadget",
    "frida-helper",
    "libfrida-agent",
    "libfrida-gadget",
    "libgadget.so",
    "liblspd.so",
    "libedxp.so",
    "libxposed_art",
    "xposedbridge",
    "libriru",
    "libzygisk",
    "libsubstrate",
    "libsandhook",
];

/// Runtimes that compile code into anonymous memory: with one of them mapped, such memory is no sign.
const COMPILERS: [&str; 11] = [
    "libjvm.so",
    "libwebviewchromium.so",
    "libmonochrome",
    "libwebviewuc",
    "libv8",
    "libnode",
    "libjsc.so",
    "libmonosgen",
    "libcoreclr",
    "libhoudini",
    "libndk_translation",
];

/// Thread names of older agents. `gmain` and `gdbus` are GLib's, which ordinary apps use: they are not here.
const THREADS: [&str; 3] = ["gum-js-loop", "pool-frida", "linjector"];

/// How many threads are looked at.
const MAX_THREADS: usize = 256;

/// Looks at the mappings, the threads' names and the preload variable.
pub(super) fn check(look: &Look<'_>) -> Result<Value, Reason> {
    let mut signs = Signs::default();
    if let Err(reason) = mappings(look, &mut signs) {
        signs.missed(reason);
    }
    if let Err(reason @ Reason::Deadline) = threads(look, &mut signs) {
        signs.missed(reason);
    }
    match look.env("LD_PRELOAD") {
        Ok(Some(_)) => signs.found(40),
        Ok(None) => {}
        Err(reason) => signs.missed(reason),
    }
    Ok(signs.verdict(1))
}

/// The strongest sign of each kind counts once, however many mappings show it.
fn mappings(look: &Look<'_>, signs: &mut Signs) -> Result<(), Reason> {
    let text = look.lines("/proc/self/maps", MAX_MAPS)?;
    let (mut named, mut memory, mut deleted, mut anonymous, mut compiled) =
        (false, false, false, false, false);
    let mut broken = false;
    for (at, line) in text.lines().enumerate() {
        if at % 256 == 0 && look.in_time().is_err() {
            signs.missed(Reason::Deadline);
            break;
        }
        let Some(mapping) = Mapping::of(line) else {
            broken = true;
            continue;
        };
        let file = mapping.file_name();
        named |= FRAMEWORKS.iter().any(|name| file.starts_with(name));
        compiled |= COMPILERS.iter().any(|name| file.starts_with(name));
        if !mapping.executable || mapping.is_runtime_cache() {
            continue;
        }
        match mapping.path {
            path if path.starts_with("/memfd:") => memory = true,
            path if path.ends_with(" (deleted)") => deleted = true,
            "" | "[heap]" | "[stack]" => anonymous = true,
            path if path.starts_with("[anon") => anonymous = true,
            _ => {}
        }
    }
    let found = [(named, 90), (memory, 70), (deleted, 30), (anonymous && !compiled, 20)];
    found.into_iter().filter(|(seen, _)| *seen).for_each(|(_, weight)| signs.found(weight));
    if broken { Err(Reason::Malformed) } else { Ok(()) }
}

fn threads(look: &Look<'_>, signs: &mut Signs) -> Result<(), Reason> {
    for thread in look.names("/proc/self/task")?.iter().take(MAX_THREADS) {
        // A thread may have ended since.
        let name = match look.lines(&format!("/proc/self/task/{thread}/comm"), MAX_FILE) {
            Err(reason @ Reason::Deadline) => return Err(reason),
            Err(_) => continue,
            Ok(name) => name,
        };
        if THREADS.iter().any(|known| name.trim_end().starts_with(known)) {
            signs.found(60);
            break;
        }
    }
    Ok(())
}

/// A line of /proc/self/maps (proc_pid_maps(5)).
struct Mapping<'a> {
    executable: bool,
    path: &'a str,
}

impl<'a> Mapping<'a> {
    fn of(line: &'a str) -> Option<Self> {
        let (range, rest) = line.split_once(' ')?;
        let (from, to) = range.split_once('-')?;
        if u64::from_str_radix(from, 16).ok()? >= u64::from_str_radix(to, 16).ok()? {
            return None;
        }
        let (rights, rest) = rest.split_once(' ')?;
        let (_offset, rest) = rest.split_once(' ')?;
        let (_device, rest) = rest.split_once(' ')?;
        let (inode, path) = rest.split_once(' ').unwrap_or((rest, ""));
        inode.parse::<u64>().ok()?;
        let executable = match rights.as_bytes() {
            [_, _, execute, _] => *execute == b'x',
            _ => return None,
        };
        Some(Self { executable, path: path.trim_start() })
    }

    /// The last part of the path, in lower case; of a memfd, its name.
    fn file_name(&self) -> String {
        let path = self.path.strip_prefix("/memfd:").unwrap_or(self.path);
        path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase()
    }

    /// ART's own caches of compiled code, by the names it gives them (art/runtime/jit/jit_memory_region.cc).
    fn is_runtime_cache(&self) -> bool {
        const CACHES: [&str; 8] = [
            "/memfd:jit-cache (deleted)",
            "/memfd:/jit-cache (deleted)",
            "/memfd:jit-zygote-cache (deleted)",
            "/memfd:/jit-zygote-cache (deleted)",
            "/dev/ashmem/jit-zygote-cache (deleted)",
            "/dev/ashmem/dalvik-jit-code-cache (deleted)",
            "[anon:dalvik-jit-code-cache]",
            "[anon:dalvik-zygote-jit-code-cache]",
        ];
        CACHES.contains(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::*;
    use super::check;
    use crate::device::{Node, ReadError, Reason, Snapshot};

    fn with_mapping(rights: &str, path: &str) -> Snapshot {
        let line = format!("7f0000000000-7f0000010000 {rights} 00000000 00:01 7 {path}\n");
        pixel().with_text("/proc/self/maps", &(MAPS.to_owned() + &line))
    }

    #[test]
    fn a_clean_process_is_not_detected() {
        assert_eq!(answer(check, &pixel()), not_detected());
    }

    #[test]
    fn a_current_frida_is_detected_by_its_memory_and_its_name() {
        assert_eq!(answer(check, &with_mapping("r-xp", "/memfd:frida-agent-64.so (deleted)")), detected(100));
        assert_eq!(
            answer(check, &with_mapping("r--p", "/data/local/tmp/re.frida.server/frida-agent-64.so")),
            detected(90)
        );
    }

    #[test]
    fn a_renamed_agent_is_detected_by_its_memory_alone() {
        assert_eq!(answer(check, &with_mapping("r-xp", "/memfd:libutils.so (deleted)")), detected(70));
        assert_eq!(answer(check, &with_mapping("r-xp", "/memfd:jit-cache-2 (deleted)")), detected(70));
        assert_eq!(answer(check, &with_mapping("r-xp", "/data/local/tmp/x.so (deleted)")), detected(30));
        assert_eq!(answer(check, &with_mapping("rwxp", "")), detected(20));
        assert_eq!(answer(check, &with_mapping("r-xp", "[anon:x]")), detected(20));
    }

    #[test]
    fn memory_that_holds_no_code_is_no_sign() {
        assert_eq!(answer(check, &with_mapping("rw-s", "/memfd:libutils.so (deleted)")), not_detected());
        assert_eq!(answer(check, &with_mapping("rw-p", "")), not_detected());
    }

    #[test]
    fn the_runtimes_own_compiled_code_is_no_sign() {
        for path in [
            "/memfd:jit-cache (deleted)",
            "/dev/ashmem/dalvik-jit-code-cache (deleted)",
            "[vdso]",
            "[vectors]",
        ] {
            assert_eq!(answer(check, &with_mapping("r-xp", path)), not_detected(), "{path}");
        }
    }

    #[test]
    fn the_anonymous_code_of_a_jvm_is_no_sign_but_a_memfd_beside_it_is() {
        let jvm = MAPS.to_owned()
            + "7e0000000000-7e0000010000 r-xp 00000000 fe:00 9 /usr/lib/jvm/lib/server/libjvm.so\n\
               7d0000000000-7d0000010000 rwxp 00000000 00:00 0 \n";
        assert_eq!(answer(check, &pixel().with_text("/proc/self/maps", &jvm)), not_detected());
        let agent = jvm + "7c0000000000-7c0000010000 r-xp 00000000 00:01 7 /memfd:a (deleted)\n";
        assert_eq!(answer(check, &pixel().with_text("/proc/self/maps", &agent)), detected(70));
    }

    #[test]
    fn an_app_whose_folder_is_named_like_a_framework_is_no_sign() {
        let app = with_mapping("r-xp", "/data/app/com.friday.shop-1/lib/arm64/libfriday.so");
        assert_eq!(answer(check, &app), not_detected());
    }

    #[test]
    fn thread_names_of_older_agents_are_detected_and_glibs_are_not() {
        let comm = "/proc/self/task/7/comm";
        assert_eq!(answer(check, &pixel().with_text(comm, "gum-js-loop\n")), detected(60));
        assert_eq!(answer(check, &pixel().with_text(comm, "gmain\n")), not_detected());
    }

    #[test]
    fn a_preloaded_library_is_detected() {
        let mut phone = pixel();
        phone.env.insert("LD_PRELOAD".to_owned(), "/tmp/x.so".to_owned());
        assert_eq!(answer(check, &phone), detected(40));
    }

    #[test]
    fn maps_that_can_not_be_read_are_not_evaluable() {
        let at = |node| pixel().with("/proc/self/maps", node);
        for (node, reason) in [
            (Node::Error(ReadError::Denied), Reason::SourceClosed),
            (Node::Error(ReadError::TooLarge), Reason::TooLarge),
            (Node::Bytes(vec![0; 64]), Reason::Malformed),
            (Node::Text(MAPS[..MAPS.len() - 1].to_owned()), Reason::Malformed),
            (Node::Text(MAPS.to_owned() + "hostile\n"), Reason::Malformed),
            (Node::Text(MAPS.to_owned() + "7f-7e r-xp 0 0 0 \n"), Reason::Malformed),
        ] {
            assert_eq!(answer(check, &at(node)), unevaluable(reason), "{reason:?}");
        }
    }

    #[test]
    fn a_sign_beside_hostile_lines_still_counts() {
        let text = "hostile\n7f00-7f01 r-xp 00000000 00:01 7 /memfd:a (deleted)\n";
        assert_eq!(answer(check, &pixel().with_text("/proc/self/maps", text)), detected(70));
    }
}
