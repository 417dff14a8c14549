//! In twenty years: `age -d` and `unzip`, without this program.

use crate::rig::{has, noise, objects, request, rig, two_entries};
use std::process::{Command, Stdio};
use vault::{Entry, Manifest};

#[tokio::test]
async fn an_object_is_opened_by_age_and_unzip_alone() {
    let test = "an_object_is_opened_by_age_and_unzip_alone";
    if !has("age", test) || !has("unzip", test) {
        return;
    }
    let rig = rig().await;
    let sealed = rig.vault.seal(request(two_entries())).await.unwrap();
    let zip = rig.folder.path().join("plain.zip");
    decrypt(&rig, &zip);
    let out = rig.folder.path().join("out");
    let unzip = Command::new("unzip").arg("-q").arg(&zip).arg("-d").arg(&out).output().unwrap();
    assert!(unzip.status.success(), "{}", String::from_utf8_lossy(&unzip.stderr));
    assert_eq!(std::fs::read(out.join("first/1.bin")).unwrap(), noise(150_000, 1));
    assert_eq!(std::fs::read(out.join("2.bin")).unwrap(), noise(10, 2));
    let manifest = Manifest::parse(&std::fs::read(out.join("manifest.json")).unwrap()).unwrap();
    assert_eq!((manifest.key, manifest.entries), (sealed.key, sealed.entries.clone()));
    let plain = std::fs::read(&zip).unwrap();
    let first = &sealed.entries[0];
    let start = first.offset_bytes as usize;
    assert_eq!(plain[start..start + 150_000], noise(150_000, 1), "the offsets are those of the plain ZIP");
}

/// Four gigabytes and a byte: `cargo test -p vault -- --ignored`.
#[tokio::test]
#[ignore = "writes 4 GiB and takes minutes"]
async fn an_entry_beyond_four_gigabytes_is_opened_by_age_and_unzip() {
    let rig = rig().await;
    let size = (4 << 30) + 1;
    let zeros = Entry::from_reader("large", size, move || Ok(std::io::Read::take(std::io::repeat(0), size)));
    let sealed = rig.vault.seal(request(vec![zeros, Entry::from_bytes("after", noise(10, 1))])).await.unwrap();
    assert_eq!(rig.vault.read_entry(sealed.key, &sealed.entries[1]).await.unwrap(), noise(10, 1));
    let zip = rig.folder.path().join("plain.zip");
    decrypt(&rig, &zip);
    assert!(Command::new("unzip").arg("-tq").arg(&zip).status().unwrap().success());
}

fn decrypt(rig: &crate::rig::Rig, zip: &std::path::Path) {
    let [object] = objects(rig).try_into().expect("one object");
    let identity = rig.folder.path().join("keys/vault-identity.txt");
    let mut age = Command::new("age");
    age.arg("-d").arg("-i").arg(identity).arg("-o").arg(zip).arg(object).stdin(Stdio::null());
    let age = age.output().unwrap();
    assert!(age.status.success(), "{}", String::from_utf8_lossy(&age.stderr));
}
