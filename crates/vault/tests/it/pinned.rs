//! What was written once is read for ever.

use bytes::Bytes;
use vault::{Entry, Kind, Manifest, SealRequest};

const PINNED: &str = include_str!("../../../../formats/vault/manifest-1.json");

#[tokio::test]
async fn the_manifest_is_written_as_pinned() {
    let rig = crate::rig::rig().await;
    let entries = vec![
        Entry::from_bytes("000001.dcm", Bytes::from_static(b"first")),
        Entry::from_bytes("more/000002.dcm", Bytes::from_static(b"second")),
    ];
    let content = serde_json::json!({ "opaque": ["to", "the", "vault"] });
    let sealed = rig.vault.seal(SealRequest { kind: Kind::Generation, entries, content }).await.unwrap();
    let manifest = rig.vault.manifest(sealed.key).await.unwrap();
    assert_eq!(serde_json::to_string_pretty(&manifest).unwrap() + "\n", PINNED);
}

#[test]
fn the_pinned_manifest_is_read() {
    let manifest = Manifest::parse(PINNED.as_bytes()).unwrap();
    assert_eq!((manifest.version, manifest.kind, manifest.entries.len()), (1, Kind::Generation, 2));
}

#[test]
fn a_manifest_of_a_later_version_or_another_program_is_refused_with_the_reason() {
    let later = PINNED.replace("\"version\": 1", "\"version\": 2");
    assert!(Manifest::parse(later.as_bytes()).unwrap_err().contains("version 2"));
    let foreign = PINNED.replace("negatoscope-vault", "other");
    assert!(Manifest::parse(foreign.as_bytes()).unwrap_err().contains("format"));
}
