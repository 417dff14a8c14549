use std::os::unix::fs::PermissionsExt;
use vault::{Identity, VaultError};

#[test]
fn the_identity_is_made_once_and_only_its_owner_reads_it() {
    let keys = tempfile::tempdir().unwrap();
    let made = Identity::load_or_create(keys.path()).unwrap().recipient();
    let again = Identity::load_or_create(keys.path()).unwrap().recipient();
    assert_eq!(made, again);
    let file = keys.path().join("vault-identity.txt");
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(std::fs::read_dir(keys.path()).unwrap().count(), 1, "no temporary file is left");
}

#[test]
fn an_identity_others_may_read_is_refused() {
    let keys = tempfile::tempdir().unwrap();
    Identity::load_or_create(keys.path()).unwrap();
    let file = keys.path().join("vault-identity.txt");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    assert!(matches!(Identity::load_or_create(keys.path()), Err(VaultError::Identity { .. })));
}

#[test]
fn a_damaged_identity_is_refused_and_never_repeated_or_replaced() {
    let keys = tempfile::tempdir().unwrap();
    Identity::load_or_create(keys.path()).unwrap();
    let file = keys.path().join("vault-identity.txt");
    let damaged = std::fs::read_to_string(&file).unwrap().replace("AGE-SECRET-KEY-1", "AGE-SECRET-KEY-2");
    std::fs::write(&file, &damaged).unwrap();
    let error = Identity::load_or_create(keys.path()).unwrap_err().to_string();
    let secret = damaged.lines().last().unwrap();
    assert!(!error.contains(&secret[20..30]), "{error}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), damaged);
}

#[test]
fn an_identity_is_not_printed() {
    let keys = tempfile::tempdir().unwrap();
    let identity = Identity::load_or_create(keys.path()).unwrap();
    assert!(!format!("{identity:?}").contains("SECRET"));
}
