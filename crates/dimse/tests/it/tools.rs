//! Other people's tools against our provider. A missing tool is named and skipped.

use crate::support::{Recorder, handlers, open_config};
use dimse::scp::Server;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use tokio::process::Command;

/// Runs `program` against a live server; its output and what the server saw.
async fn against_server(
    name: &str,
    program: &str,
    arguments: impl FnOnce(SocketAddr) -> Vec<String>,
) -> Option<Arc<Recorder>> {
    let recorder = Arc::new(Recorder::default());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let server = tokio::spawn(Server::serve(listener, open_config(), handlers(&recorder), std::future::pending()));
    let mut command = Command::new(program);
    command.args(arguments(address)).env("TCP_NODELAY", "1").stdin(Stdio::null()).kill_on_drop(true);
    let output = match command.output().await {
        Ok(output) => output,
        Err(error) => {
            eprintln!("skipped: {name}: {program}: {error}");
            return None;
        }
    };
    server.abort();
    let said = String::from_utf8_lossy(&output.stderr).into_owned() + &String::from_utf8_lossy(&output.stdout);
    if said.contains("No module named") {
        eprintln!("skipped: {name}: {}", said.trim());
        return None;
    }
    assert!(output.status.success(), "{program}: {said}");
    Some(recorder)
}

/// A small CT as a Part 10 file: enough for a tool to send.
fn write_ct(path: &Path, sop: &str) -> Vec<u8> {
    let element = |group: u16, number: u16, vr: &[u8; 2], value: &[u8]| {
        let mut bytes = [group.to_le_bytes(), number.to_le_bytes()].concat();
        bytes.extend_from_slice(vr);
        if vr == b"OB" || vr == b"OW" {
            bytes.extend_from_slice(&[0, 0]);
            bytes.extend_from_slice(&(value.len() as u32).to_le_bytes());
        } else {
            bytes.extend_from_slice(&(value.len() as u16).to_le_bytes());
        }
        bytes.extend_from_slice(value);
        bytes
    };
    let even = |text: &str, padding: u8| {
        let mut bytes = text.as_bytes().to_vec();
        if bytes.len() % 2 == 1 {
            bytes.push(padding);
        }
        bytes
    };
    let class = even(crate::support::CT, 0);
    let meta = [
        element(2, 1, b"OB", &[0, 1]),
        element(2, 2, b"UI", &class),
        element(2, 3, b"UI", &even(sop, 0)),
        element(2, 0x10, b"UI", &even(crate::support::EXPLICIT, 0)),
        element(2, 0x12, b"UI", &even("2.25.1", 0)),
    ]
    .concat();
    let data_set = [
        element(8, 0x16, b"UI", &class),
        element(8, 0x18, b"UI", &even(sop, 0)),
        element(0x10, 0x10, b"PN", &even("FICTIF^Essai", b' ')),
        element(0x20, 0xD, b"UI", &even("2.25.2", 0)),
        element(0x20, 0xE, b"UI", &even("2.25.3", 0)),
        element(0x7FE0, 0x10, b"OW", &vec![7; 524_288]),
    ]
    .concat();
    let length = element(2, 0, b"UL", &(meta.len() as u32).to_le_bytes());
    let file = [vec![0; 128], b"DICM".to_vec(), length, meta, data_set.clone()].concat();
    std::fs::write(path, file).unwrap();
    data_set
}

fn host_and_port(address: SocketAddr) -> [String; 2] {
    [address.ip().to_string(), address.port().to_string()]
}

#[tokio::test]
async fn dcmtk_echoscu_is_answered() {
    against_server("dcmtk_echoscu_is_answered", "echoscu", |address| host_and_port(address).to_vec()).await;
}

#[tokio::test]
async fn dcmtk_storescu_stores_what_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let mut sent: Vec<_> =
        (0..5).map(|n| write_ct(&folder.path().join(format!("{n}.dcm")), &format!("2.25.10.{n}"))).collect();
    for max_send in ["4096", "131072"] {
        let arguments = |address| {
            let mut arguments = vec!["--max-send-pdu".into(), max_send.into(), "+sd".into(), "+r".into()];
            arguments.extend(host_and_port(address));
            arguments.push(folder.path().display().to_string());
            arguments
        };
        let Some(recorder) = against_server("dcmtk_storescu_stores_what_it_has", "storescu", arguments).await else {
            return;
        };
        let mut stored = std::mem::take(&mut recorder.seen().stored);
        stored.sort();
        sent.sort();
        assert!(stored == sent, "{} data sets, not those sent", stored.len());
    }
}

#[tokio::test]
async fn our_user_is_understood_by_dcmtk_storescp() {
    use crate::support::{CT, EXPLICIT, ae};
    use dimse::scu::{Instance, Proposal, Scu};
    let folder = tempfile::tempdir().unwrap();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut command = Command::new("storescp");
    command.args(["+B", "--output-directory"]).arg(folder.path()).arg(free.port().to_string());
    command.env("TCP_NODELAY", "1").stdin(Stdio::null()).kill_on_drop(true);
    let Ok(mut storescp) = command.spawn() else {
        eprintln!("skipped: our_user_is_understood_by_dcmtk_storescp: no storescp");
        return;
    };
    let proposal = Proposal { sop_class_uid: CT.to_owned(), transfer_syntax_uids: vec![EXPLICIT.to_owned()] };
    let mut scu = loop {
        match Scu::connect(free, &ae("FEEDER"), &ae("STORESCP"), std::slice::from_ref(&proposal)).await {
            Ok(scu) => break scu,
            Err(dimse::Error::Io(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
                assert!(storescp.try_wait().unwrap().is_none(), "storescp ended by itself");
                tokio::task::yield_now().await;
            }
            Err(error) => panic!("{error}"),
        }
    };
    let data_set = write_ct(&folder.path().join("sent.dcm"), "2.25.12.1");
    std::fs::remove_file(folder.path().join("sent.dcm")).unwrap();
    let instance = Instance { sop_class_uid: CT, sop_instance_uid: "2.25.12.1", transfer_syntax_uid: EXPLICIT };
    assert_eq!(scu.store_bytes(instance, &data_set).await.unwrap().code, 0);
    scu.release().await.unwrap();
    storescp.kill().await.unwrap();
    let stored: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
    let [file] = &stored[..] else { panic!("one file expected: {stored:?}") };
    assert!(std::fs::read(file).unwrap().ends_with(&data_set), "stored as sent");
}

const PYNETDICOM: &str = "
import sys
from pynetdicom import AE
from pydicom import dcmread
host, port, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
ae = AE(ae_title='PYNET')
ae.add_requested_context('1.2.840.10008.1.1')
ae.add_requested_context('1.2.840.10008.5.1.4.1.1.2', '1.2.840.10008.1.2.1')
a = ae.associate(host, port, max_pdu=0)
assert a.is_established
assert a.send_c_echo().Status == 0
assert a.send_c_store(dcmread(path)).Status == 0
a.release()
assert a.is_released
a = ae.associate(host, port)
a.abort()
";

#[tokio::test]
async fn pynetdicom_echoes_stores_releases_and_aborts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.dcm");
    write_ct(&path, "2.25.11.1");
    let python = std::env::var("NEGATOSCOPE_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let arguments = |address| {
        let mut arguments = vec!["-c".to_owned(), PYNETDICOM.to_owned()];
        arguments.extend(host_and_port(address));
        arguments.push(path.display().to_string());
        arguments
    };
    let name = "pynetdicom_echoes_stores_releases_and_aborts";
    let Some(recorder) = against_server(name, &python, arguments).await else { return };
    assert_eq!(recorder.seen().stored.len(), 1);
}
