//! A Debian 13 in the cache that has the Swift which Debian 12 lacks.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::checkout::Checkout;
use crate::command::run;
use crate::debian;

/// Mounts live in a mount namespace of their own: they end with the command, however it ends, and no
/// other process, such as one that empties the cache, ever sees the checkout through them.
const ENTER: &str = r#"
mount -t proc proc "$1/proc"
mount --bind -o ro "$2" "$1/repo"
mount --bind "$3" "$1/build"
root="$1"
shift 3
exec chroot "$root" /usr/bin/env -i PATH=/usr/bin:/bin HOME=/build LANG=C.UTF-8 SLUICEGATE_CASES="$SLUICEGATE_CASES" \
  SLUICEGATE_DEMO_CONTROLLER="$SLUICEGATE_DEMO_CONTROLLER" "$@"
"#;

/// The system below a folder of the cache; locked against other runs as long as this lives.
pub struct Chroot {
    root: PathBuf,
    _lock: File,
}

impl Chroot {
    /// Takes it from the cache; makes it there (about two minutes, 2.5 GB) when it is not, or not whole.
    pub fn with_swift(checkout: &Checkout) -> Result<Self> {
        let root = checkout.cache.join("debian-13-swift");
        let lock = File::create(checkout.cache.join("debian-13-swift.lock"))?;
        lock.lock().context("waiting for another run to leave the chroot")?;
        // Written last, so what an interrupted run left behind has none.
        let complete = root.join("complete");
        if !complete.exists() {
            bootstrap(&root)?;
            File::create(&complete)?;
        }
        Ok(Self { root, _lock: lock })
    }

    /// A command in the chroot, where the checkout is `/repo`, read only, and `build` is `/build`.
    pub fn command(&self, checkout: &Path, build: &Path, program: &str) -> Command {
        let mut command = isolated();
        command.args(["sh", "-euc", ENTER, "sh"]).arg(&self.root).arg(checkout).arg(build).arg(program);
        command
    }
}

fn bootstrap(root: &Path) -> Result<()> {
    run(Command::new("rm").args(["-rf", "--one-file-system"]).arg(root))?;
    run(isolated()
        .args([
            "debootstrap",
            "--variant=minbase",
            "--include=swiftlang,libc6-dev,libstdc++-14-dev",
            "trixie",
        ])
        .arg(root)
        .arg(debian::mirror()?))?;
    for folder in ["repo", "build"] {
        fs::create_dir_all(root.join(folder))?;
    }
    run(Command::new("chroot").arg(root).args(["apt-get", "clean"]))
}

fn isolated() -> Command {
    let mut command = Command::new("unshare");
    command.args(["--mount", "--propagation", "private"]);
    command
}
