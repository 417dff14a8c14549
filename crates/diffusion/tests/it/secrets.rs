//! What is on disk: no code, no token, no name, nothing readable without the keys.

use crate::rig::{Exam, Rig, Sheet};
use diffusion::{Act, DiffusionError};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn holders(folder: &Path, secret: &[u8]) -> Vec<PathBuf> {
    let holds = |path: &PathBuf| {
        let bytes = std::fs::read(path).unwrap();
        bytes.windows(secret.len()).any(|window| window.eq_ignore_ascii_case(secret))
    };
    files(folder).into_iter().filter(holds).collect()
}

#[tokio::test]
async fn c10_no_code_token_number_name_or_image_is_in_any_file() {
    let rig = Rig::new().await;
    let (exam, sheet) = (Exam::new(1), Sheet::new(1));
    rig.publish(&exam).await;
    rig.grant_code(&exam, &sheet).await;
    let session = rig.session(&exam, &sheet).await;
    rig.session_by_qr(&sheet, "192.0.2.77").await;
    rig.open(&exam, &sheet.code, link::BirthDate { year: 1, month: None, day: None }, "192.0.2.77").await;
    let grant = rig.server.grant(&session).await.unwrap();
    rig.server.serve(&grant, Act::ViewImages).await.unwrap();
    rig.server.settle().await;
    let (number, code) = (exam.publication.number.as_bytes(), sheet.code.as_bytes());
    let grouped = [&code[..4], &code[4..8], &code[8..12]].join(&b'-');
    let image = &exam.blobs[0].1[1000..1064];
    let secrets: [(&str, &[u8]); 11] = [
        ("code", code),
        ("code in groups", &grouped),
        ("QR token", sheet.qr.as_bytes()),
        ("QR token, raw", &hex::decode(&sheet.qr).unwrap()),
        ("session token", session.secret().as_bytes()),
        ("exam number", number),
        ("name", "Marie-Canari".as_bytes()),
        ("title", "Scanner cérébral".as_bytes()),
        ("image", image),
        ("report", b"%PDF-1.7 exam 1"),
        ("address", b"192.0.2.77"),
    ];
    for (what, secret) in secrets {
        assert_eq!(holders(rig.folder.path(), secret), Vec::<PathBuf>::new(), "{what}");
    }
    // The search itself finds what is there.
    assert_ne!(holders(rig.folder.path(), b"SQLite format 3"), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn the_keys_are_two_files_for_their_owner_alone() {
    let rig = Rig::new().await;
    let keys = rig.folder.path().join("keys");
    let mut names: Vec<_> = files(&keys);
    names.sort();
    assert_eq!(names, [keys.join("code.key"), keys.join("master.key")]);
    for path in &names {
        let metadata = std::fs::metadata(path).unwrap();
        assert_eq!((metadata.len(), metadata.permissions().mode() & 0o777), (32, 0o600));
        // The key is nowhere else.
        assert_eq!(holders(rig.folder.path(), &std::fs::read(path).unwrap()), std::slice::from_ref(path));
    }
}

#[tokio::test]
async fn a_missing_open_or_foreign_key_stops_the_server_instead_of_being_replaced() {
    let rig = Rig::new().await;
    let (exam, sheet) = (Exam::new(1), Sheet::new(1));
    rig.publish(&exam).await;
    rig.grant_code(&exam, &sheet).await;
    let session = rig.session(&exam, &sheet).await;
    let master = rig.folder.path().join("keys/master.key");
    let right = std::fs::read(&master).unwrap();
    let settings = diffusion::Settings::under(rig.folder.path(), "group-1");
    let ports = diffusion::Ports {
        clock: rig.clock.clone(),
        random: rig.random.clone(),
        trace: rig.trace.clone(),
        renderer: std::sync::Arc::new(diffusion::NoRenderer),
        fetch: None,
    };
    let start = || diffusion::Diffusion::start(settings.clone(), ports.clone());
    std::fs::remove_file(&master).unwrap();
    assert!(matches!(start().await, Err(DiffusionError::Keys(_))), "missing");
    std::fs::write(&master, &right[..31]).unwrap();
    assert!(matches!(start().await, Err(DiffusionError::Keys(_))), "short");
    std::fs::write(&master, &right).unwrap();
    std::fs::set_permissions(&master, std::fs::Permissions::from_mode(0o644)).unwrap();
    assert!(matches!(start().await, Err(DiffusionError::Keys(_))), "readable by others");
    std::fs::set_permissions(&master, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(&master, [7; 32]).unwrap();
    let foreign = start().await.unwrap();
    assert!(foreign.grant(&session).await.is_err(), "another key opens nothing");
    std::fs::write(&master, &right).unwrap();
    assert!(start().await.unwrap().grant(&session).await.is_ok());
}
