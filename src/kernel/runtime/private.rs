//! Files and directories that nobody else on this machine may read: what they hold are accounts and keys.
//!
//! Invariant: what is made here has its mode from its first moment on; nothing is opened to be closed off later.

use std::{
    fs::{self, DirBuilder, File, Metadata, OpenOptions, Permissions},
    io::{self, Write as _},
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
};

/// Only its owner may list a directory, or reach what lies in it.
const DIRECTORY_MODE: u32 = 0o700;
/// Only its owner may read or write a file.
const FILE_MODE: u32 = 0o600;
/// What everybody but the owner may do.
const OTHERS: u32 = 0o077;
/// A directory that strangers share on purpose, such as `/tmp`.
const STICKY: u32 = 0o1000;

/// Something that others on this machine can get at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exposed {
    /// What it is.
    pub path: PathBuf,
    /// Its permission bits.
    pub mode: u32,
    /// The user that it belongs to.
    pub owner: u32,
}

impl std::fmt::Display for Exposed {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            formatter,
            "{} is open to other users of this machine (mode {:04o}, owner {})",
            self.path.display(),
            self.mode,
            self.owner
        )
    }
}

/// Makes a directory, with those above it that are missing, for its owner alone. One that exists stays as it is.
///
/// # Errors
/// When it cannot be made.
pub fn create_directory(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(DIRECTORY_MODE).create(path)
}

/// Makes an empty file for its owner alone. One that exists is not even opened: closing it would release the locks that
/// this process holds on it.
///
/// # Errors
/// When it cannot be made.
pub fn create_file(path: &Path) -> io::Result<()> {
    match new_file().open(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        opened => opened.map(drop),
    }
}

/// Writes a file that must not exist yet, for its owner alone, and waits until it is on the disk.
///
/// # Errors
/// When it exists or cannot be written.
pub fn write_new(path: &Path, text: &str) -> io::Result<()> {
    let mut file = new_file().open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// Opens an empty file for its owner alone; what was in it is gone.
///
/// # Errors
/// When it cannot be opened.
pub fn truncate(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(FILE_MODE)
        .open(path)
}

fn new_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(FILE_MODE);
    options
}

/// What others can get at, if they can; nothing for what does not exist.
///
/// # Errors
/// When it cannot be found out.
pub fn exposed(path: &Path) -> io::Result<Option<Exposed>> {
    let metadata = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        read => read?,
    };
    let mode = metadata.mode() & 0o7777;
    Ok((mode & OTHERS != 0).then(|| Exposed {
        path: path.to_owned(),
        mode,
        owner: metadata.uid(),
    }))
}

/// Takes from others what they can get at, where that is ours to do. Returns whether something was taken.
///
/// A stranger's file stays as it is, and so does a directory that strangers share on purpose.
///
/// # Errors
/// When it cannot be done.
pub fn close(path: &Path) -> io::Result<bool> {
    if exposed(path)?.is_none() {
        return Ok(false);
    }
    let metadata = fs::metadata(path)?;
    if !is_ours(&metadata) {
        return Ok(false);
    }
    let mode = if metadata.is_dir() { DIRECTORY_MODE } else { FILE_MODE };
    fs::set_permissions(path, Permissions::from_mode(mode))?;
    Ok(true)
}

fn is_ours(metadata: &Metadata) -> bool {
    let user = rustix::process::geteuid();
    let owns = user.is_root() || user.as_raw() == metadata.uid();
    owns && metadata.mode() & STICKY == 0
}

/// From now on nothing that this process makes can be read by others, whichever library makes it.
pub fn restrict_process() {
    rustix::process::umask(rustix::fs::Mode::from_raw_mode(OTHERS));
}

#[cfg(test)]
mod tests {
    use super::{close, create_directory, create_file, exposed, truncate, write_new};
    use std::{
        fs::{self, Permissions},
        os::unix::fs::PermissionsExt as _,
        path::Path,
    };

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o7777
    }

    fn open(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn what_is_made_is_private_from_the_first_moment() {
        // Whatever the shell says that started the process.
        rustix::process::umask(rustix::fs::Mode::empty());
        let root = tempfile::tempdir().unwrap();
        let (outer, inner) = (root.path().join("a"), root.path().join("a/b"));
        create_directory(&inner).unwrap();
        assert_eq!((mode(&outer), mode(&inner)), (0o700, 0o700));
        create_file(&inner.join("empty")).unwrap();
        write_new(&inner.join("key"), "secret").unwrap();
        drop(truncate(&inner.join("sign")).unwrap());
        for name in ["empty", "key", "sign"] {
            assert_eq!(mode(&inner.join(name)), 0o600, "{name}");
            assert_eq!(exposed(&inner.join(name)).unwrap(), None, "{name}");
        }
    }

    #[test]
    fn what_exists_keeps_its_content_and_loses_its_readers() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("database");
        fs::write(&file, "rows").unwrap();
        open(&file, 0o644);
        open(root.path(), 0o755);
        create_file(&file).unwrap();
        assert_eq!(exposed(&file).unwrap().map(|exposed| exposed.mode), Some(0o644));
        assert!(write_new(&file, "key").is_err());
        assert!(close(&file).unwrap() && close(root.path()).unwrap());
        assert_eq!((mode(&file), mode(root.path())), (0o600, 0o700));
        assert_eq!(fs::read_to_string(&file).unwrap(), "rows");
        assert!(!close(&file).unwrap(), "there is nothing left to take");
        assert!(!close(&root.path().join("missing")).unwrap());
    }

    #[test]
    fn a_directory_that_strangers_share_stays_and_is_told() {
        let root = tempfile::tempdir().unwrap();
        open(root.path(), 0o1777);
        assert!(!close(root.path()).unwrap());
        let told = exposed(root.path()).unwrap().unwrap().to_string();
        assert!(told.contains("mode 1777"), "{told}");
    }
}
