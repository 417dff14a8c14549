//! Our user against our provider.

use crate::support::{CT, EXPLICIT, IMPLICIT, Recorder, VERIFICATION, ae, handlers, open_config, talk};
use dimse::Error;
use dimse::scp::{Config, Server, StoreStatus};
use dimse::scu::{Instance, Options, Proposal, Scu};
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

fn proposals() -> Vec<Proposal> {
    let proposal = |class: &str, syntax: &str| Proposal {
        sop_class_uid: class.to_owned(),
        transfer_syntax_uids: vec![syntax.to_owned()],
    };
    vec![proposal(VERIFICATION, IMPLICIT), proposal(CT, EXPLICIT)]
}

fn instance(sop: &str) -> Instance<'_> {
    Instance { sop_class_uid: CT, sop_instance_uid: sop, transfer_syntax_uid: EXPLICIT }
}

async fn open<S>(stream: S) -> Result<Scu<S>, Error>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send,
{
    Scu::associate(stream, &ae("FEEDER"), &ae("ARCHIVE"), &proposals(), Options::default()).await
}

#[tokio::test]
async fn what_is_sent_over_tcp_is_what_is_stored() {
    let recorder = Arc::new(Recorder::default());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let shutdown = async move {
        let _ = stopped.await;
    };
    let server = tokio::spawn(Server::serve(listener, open_config(), handlers(&recorder), shutdown));
    let mut scu = Scu::connect(address, &ae("FEEDER"), &ae("ARCHIVE"), &proposals()).await.unwrap();
    assert_eq!(scu.contexts().len(), 2);
    assert_eq!(scu.echo().await.unwrap(), 0);
    let sizes = [0, 1, 2, 262_137, 262_138, 262_139, 1_000_003];
    for size in sizes {
        let data = vec![size as u8; size];
        let status = scu.store_bytes(instance("1.2.3"), &data).await.unwrap();
        assert_eq!(status, StoreStatus::success(), "{size} bytes");
        assert!(recorder.seen().stored.last() == Some(&data), "{size} bytes");
    }
    scu.release().await.unwrap();
    stop.send(()).unwrap();
    server.await.unwrap().unwrap();
    assert_eq!(recorder.seen().stored.len(), sizes.len());
}

#[tokio::test]
async fn a_refusal_is_a_status_and_not_an_error() {
    let refuse = Some(StoreStatus::duplicate_instance("known with other bytes"));
    let talk = talk(open_config(), Recorder { finish_with: refuse.clone(), ..Recorder::default() });
    let mut scu = open(talk.peer.stream).await.unwrap();
    assert_eq!(Some(scu.store_bytes(instance("1.2.3"), &[0; 10]).await.unwrap()), refuse);
    scu.release().await.unwrap();
    assert_eq!(talk.server.await.unwrap().unwrap().failed, 1);
}

#[tokio::test]
async fn a_source_that_ends_early_is_aborted_and_never_completed() {
    let talk = talk(open_config(), Recorder::default());
    let mut scu = open(talk.peer.stream).await.unwrap();
    let error = scu.store(instance("1.2.3"), &[7; 100][..], 200).await.unwrap_err();
    assert!(matches!(error, Error::Truncated), "{error:?}");
    drop(scu);
    assert!(matches!(talk.server.await.unwrap(), Err(Error::Closed | Error::Aborted { .. })));
    let seen = talk.recorder.seen();
    assert_eq!((seen.stored.len(), seen.aborted), (0, seen.begun.len()));
}

#[tokio::test]
async fn what_was_not_agreed_is_not_sent() {
    let talk = talk(open_config(), Recorder::default());
    let mut scu = open(talk.peer.stream).await.unwrap();
    let other = Instance { transfer_syntax_uid: IMPLICIT, ..instance("1.2.3") };
    assert!(matches!(scu.store_bytes(other, &[0; 10]).await, Err(Error::NoContext)));
    assert_eq!(scu.echo().await.unwrap(), 0);
    scu.abort().await;
    assert!(matches!(talk.server.await.unwrap(), Err(Error::Aborted { origin: 0, .. })));
}

#[tokio::test]
async fn a_rejection_comes_back_with_its_reason() {
    let talk = talk(Config::default(), Recorder::default());
    let Err(error) = open(talk.peer.stream).await else { panic!("nobody is known") };
    assert!(matches!(error, Error::Rejected { result: 1, origin: 1, reason: 3 }), "{error:?}");
}

#[tokio::test]
async fn both_sides_asking_for_the_release_end_in_a_release() {
    let (ours, mut peer) = tokio::io::duplex(1 << 16);
    let acceptor = tokio::spawn(async move {
        let mut request = vec![0; 6];
        peer.read_exact(&mut request).await.unwrap();
        let mut rest = vec![0; u32::from_be_bytes(request[2..6].try_into().unwrap()) as usize];
        peer.read_exact(&mut rest).await.unwrap();
        let accept =
            dimse::pdu::association::Accept { verdicts: vec![], max_pdu_bytes: 0, roles: vec![], extended: vec![] };
        let accept = dimse::pdu::association::write_accept("FEEDER", "ARCHIVE", accept).unwrap();
        peer.write_all(&accept).await.unwrap();
        peer.write_all(&dimse::pdu::RELEASE_REQUEST).await.unwrap();
        let mut both = [0; 20];
        peer.read_exact(&mut both).await.unwrap();
        assert_eq!((both[0], both[10]), (5, 6), "its request, then its answer to ours");
        peer.write_all(&dimse::pdu::RELEASE_RESPONSE).await.unwrap();
        peer.read_to_end(&mut Vec::new()).await.unwrap()
    });
    open(ours).await.unwrap().release().await.unwrap();
    assert_eq!(acceptor.await.unwrap(), 0);
}

#[tokio::test]
async fn a_server_that_is_told_to_stop_accepts_nobody_more_and_ends_the_open_associations() {
    let recorder = Arc::new(Recorder::default());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let shutdown = async move {
        let _ = stopped.await;
    };
    let server = tokio::spawn(Server::serve(listener, open_config(), handlers(&recorder), shutdown));
    let mut scu = Scu::connect(address, &ae("FEEDER"), &ae("ARCHIVE"), &proposals()).await.unwrap();
    assert_eq!(scu.echo().await.unwrap(), 0);
    stop.send(()).unwrap();
    // Our side sees the abort, closes, and with that the server has nobody left to wait for.
    assert!(matches!(scu.echo().await, Err(Error::Aborted { .. } | Error::Closed | Error::Io(_))));
    drop(scu);
    server.await.unwrap().unwrap();
    let again = Scu::connect(address, &ae("FEEDER"), &ae("ARCHIVE"), &proposals()).await;
    assert!(matches!(again, Err(Error::Io(_))), "the port is closed");
}
