//! The machine this process runs on, as a [`System`].

use std::ffi::{CStr, CString};
use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::time::{Duration, Instant};

use super::system::{MAX_ENTRIES, Platform, ReadError, System, Uname};

/// The running machine. Making one touches nothing.
#[derive(Debug, Clone)]
pub struct LiveSystem {
    start: Instant,
}

impl LiveSystem {
    /// The machine, with its monotonic clock at zero.
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Default for LiveSystem {
    fn default() -> Self {
        Self::new()
    }
}

impl System for LiveSystem {
    fn platform(&self) -> Platform {
        if cfg!(target_os = "android") {
            Platform::Android
        } else if cfg!(target_os = "ios") {
            Platform::Ios
        } else {
            Platform::Linux
        }
    }

    fn read_file(&self, path: &str, max: usize) -> Result<Vec<u8>, ReadError> {
        // Non-blocking, so that a pipe put in a file's place can't hold the sweep past its deadline.
        let file =
            fs::OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path).map_err(of_io)?;
        let mut bytes = Vec::new();
        file.take(max as u64 + 1).read_to_end(&mut bytes).map_err(of_io)?;
        if bytes.len() > max { Err(ReadError::TooLarge) } else { Ok(bytes) }
    }

    fn exists(&self, path: &str) -> Result<bool, ReadError> {
        let path = CString::new(path).map_err(|_| ReadError::Other)?;
        // SAFETY: `path` is a NUL-terminated string that outlives the call; access keeps no pointer.
        if unsafe { libc::access(path.as_ptr(), libc::F_OK) } == 0 {
            return Ok(true);
        }
        match of_io(io::Error::last_os_error()) {
            ReadError::NotFound => Ok(false),
            error => Err(error),
        }
    }

    fn read_link(&self, path: &str) -> Result<String, ReadError> {
        let target = fs::read_link(path).map_err(of_io)?;
        target.into_os_string().into_string().map_err(|_| ReadError::Other)
    }

    fn list_dir(&self, path: &str) -> Result<Vec<String>, ReadError> {
        let mut names = Vec::new();
        for entry in fs::read_dir(path).map_err(of_io)? {
            if names.len() == MAX_ENTRIES {
                return Err(ReadError::TooLarge);
            }
            names.push(entry.map_err(of_io)?.file_name().to_string_lossy().into_owned());
        }
        names.sort_unstable();
        Ok(names)
    }

    fn property(&self, name: &str) -> Option<String> {
        property(name)
    }

    fn uname(&self) -> Option<Uname> {
        // SAFETY: utsname is plain arrays of characters, for which all zeros is a valid value.
        let mut names: libc::utsname = unsafe { std::mem::zeroed() };
        // SAFETY: `names` is a valid, writable utsname for the length of the call.
        if unsafe { libc::uname(&mut names) } != 0 {
            return None;
        }
        let text = |field: &[libc::c_char]| {
            let bytes: Vec<u8> = field.iter().map(|c| *c as u8).collect();
            CStr::from_bytes_until_nul(&bytes).ok().map(|text| text.to_string_lossy().into_owned())
        };
        Some(Uname {
            sysname: text(&names.sysname)?,
            release: text(&names.release)?,
            machine: text(&names.machine)?,
        })
    }

    fn env(&self, name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }

    fn uid(&self) -> u32 {
        // SAFETY: getuid takes nothing and always succeeds.
        unsafe { libc::getuid() }
    }

    fn now(&self) -> Duration {
        self.start.elapsed()
    }
}

fn of_io(error: io::Error) -> ReadError {
    match error.raw_os_error() {
        Some(libc::ENOENT | libc::ENOTDIR) => ReadError::NotFound,
        Some(libc::EACCES | libc::EPERM) => ReadError::Denied,
        _ => ReadError::Other,
    }
}

#[cfg(target_os = "android")]
fn property(name: &str) -> Option<String> {
    // PROP_VALUE_MAX of <sys/system_properties.h>, with the NUL.
    const MAX: usize = 92;
    // What bionic gives for a value that is longer than that.
    const TOO_LONG: &str = "Must use __system_property_read_callback";
    let name = CString::new(name).ok()?;
    let mut value = [0u8; MAX];
    // SAFETY: `name` is NUL-terminated and `value` holds PROP_VALUE_MAX bytes, which is all that bionic writes.
    let length = unsafe { libc::__system_property_get(name.as_ptr(), value.as_mut_ptr().cast()) };
    if length <= 0 {
        return None;
    }
    let text = CStr::from_bytes_until_nul(&value).ok()?.to_str().ok()?;
    if text.is_empty() || text.starts_with(TOO_LONG) { None } else { Some(text.to_owned()) }
}

#[cfg(not(target_os = "android"))]
fn property(_name: &str) -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn output(program: &str, argument: &str) -> String {
        let output = std::process::Command::new(program).arg(argument).output().unwrap();
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    #[test]
    fn uname_says_what_the_program_says() {
        let names = LiveSystem::new().uname().unwrap();
        assert_eq!(names.sysname, output("uname", "-s"));
        assert_eq!(names.release, output("uname", "-r"));
        assert_eq!(names.machine, output("uname", "-m"));
    }

    #[test]
    fn a_file_is_read_up_to_its_bound_and_no_further() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, [7; 100]).unwrap();
        let path = path.to_str().unwrap();
        let system = LiveSystem::new();
        assert_eq!(system.read_file(path, 100), Ok(vec![7; 100]));
        assert_eq!(system.read_file(path, 99), Err(ReadError::TooLarge));
        assert_eq!(system.read_file("/dev/zero", 99), Err(ReadError::TooLarge));
        assert_eq!(system.read_file("/no/such/file", 99), Err(ReadError::NotFound));
        assert_eq!(system.read_file("/proc", 99), Err(ReadError::Other));
    }

    #[test]
    fn a_pipe_in_a_files_place_does_not_hold_the_reader() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        let before = Instant::now();
        assert_eq!(LiveSystem::new().read_file(path.to_str().unwrap(), 99), Ok(vec![]));
        assert!(before.elapsed() < Duration::from_secs(5));
    }

    #[test]
    fn existence_links_folders_and_the_rest_are_those_of_the_machine() {
        let system = LiveSystem::new();
        assert_eq!(system.exists("/proc/self/status"), Ok(true));
        assert_eq!(system.exists("/no/such/file"), Ok(false));
        assert_eq!(system.exists("nul\0inside"), Err(ReadError::Other));
        assert_eq!(system.own_exe().unwrap(), std::env::current_exe().unwrap().to_str().unwrap());
        assert!(system.list_dir("/proc/self/task").unwrap().contains(&std::process::id().to_string()));
        assert_eq!(system.uid().to_string(), output("id", "-ru"));
        assert_eq!(system.env("SLUICEGATE_NO_SUCH_VARIABLE"), None);
        assert_eq!(system.property("ro.product.model"), None);
        assert!(system.interfaces().unwrap().contains(&"lo".to_owned()));
    }

    #[test]
    fn procfs_and_sysfs_name_the_same_interfaces() {
        let system = LiveSystem::new();
        let text = std::fs::read_to_string("/proc/net/dev").unwrap();
        for name in system.interfaces().unwrap() {
            assert!(text.contains(&format!("{name}:")) || name == "bonding_masters", "{name}");
        }
    }
}
