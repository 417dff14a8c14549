use crate::VaultError;
use crate::temporary::Temporary;
use age::secrecy::ExposeSecret;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// The file of the identity inside the folder of keys.
const FILE_NAME: &str = "vault-identity.txt";

/// The age X25519 identity objects are encrypted to. Never printed.
pub struct Identity {
    secret: age::x25519::Identity,
}

impl Identity {
    /// Reads `vault-identity.txt` (the format of `age-keygen`, mode 0600) in the folder `keys`, or
    /// makes it, durably, on the first start. age itself asks the system for chance.
    ///
    /// Losing this file is losing every object: it belongs in escrow, apart from the objects.
    pub fn load_or_create(keys: &Path) -> Result<Self, VaultError> {
        let path = keys.join(FILE_NAME);
        let wrong = |reason: String| VaultError::Identity { path: path.display().to_string(), reason };
        if !path.try_exists().map_err(|e| wrong(e.to_string()))? {
            match create(keys, &path) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(wrong(error.to_string())),
                _ => {}
            }
        }
        let mode = fs::metadata(&path).map_err(|e| wrong(e.to_string()))?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(wrong(format!("others than its owner may read it (mode {:o}): chmod 600", mode & 0o777)));
        }
        let text = fs::read_to_string(&path).map_err(|e| wrong(e.to_string()))?;
        Self::parse(&text).map_err(wrong)
    }

    /// An identity from the text of an `age-keygen` file.
    fn parse(text: &str) -> Result<Self, String> {
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let (Some(line), None) = (lines.next(), lines.next()) else {
            return Err("one line AGE-SECRET-KEY-1… is expected".into());
        };
        // The parser's own message could repeat the secret.
        let secret = line.parse().map_err(|_| "the line is not an age X25519 identity".to_string())?;
        Ok(Self { secret })
    }

    /// The public half: `age1…`.
    pub fn recipient(&self) -> String {
        self.secret.to_public().to_string()
    }

    pub(crate) fn secret(&self) -> &age::x25519::Identity {
        &self.secret
    }
}

fn create(keys: &Path, path: &Path) -> io::Result<()> {
    fs::create_dir_all(keys)?;
    let secret = age::x25519::Identity::generate();
    // Two processes may start together: each has its own temporary file, one name wins.
    let mut temporary = Temporary::create(keys.join(format!("{FILE_NAME}.{}.part", std::process::id())))?;
    writeln!(temporary.file(), "# public key: {}", secret.to_public())?;
    writeln!(temporary.file(), "{}", secret.to_string().expose_secret())?;
    temporary.file().sync_all()?;
    temporary.publish(path)
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identity({})", self.recipient())
    }
}
