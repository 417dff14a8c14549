//! Who gets in, with what, and what the others are told.

use crate::support::{CT, EXPLICIT, IMPLICIT, Recorder, Talk, VERIFICATION, ae, associated, association_request};
use crate::support::{association_request_titled, echo_command, open_config, pdata, proposed, talk};
use bytes::Bytes;
use dimse::pdu::association::{Verdict, read_accept, write_request};
use dimse::peers::{KnownPeer, Network, Peers};
use dimse::scp::{AssociationEvent, Config};

fn known(title: &str, network: &str) -> Config {
    let peer = KnownPeer { ae_title: ae(title), networks: vec![network.parse().unwrap()] };
    Config { peers: Peers::Known(vec![peer]), ..Config::default() }
}

async fn rejected(config: Config, request: &[u8]) -> ([u8; 3], Talk) {
    let mut talk = talk(config, Recorder::default());
    talk.peer.send(request).await;
    let (kind, body) = talk.peer.expect().await;
    assert_eq!(kind, 3, "an A-ASSOCIATE-RJ was expected");
    ([body[1], body[2], body[3]], talk)
}

#[tokio::test]
async fn a_known_title_from_its_network_is_let_in() {
    let mut talk = associated(known("MODALITY", "10.1.0.0/16"), Recorder::default()).await;
    talk.peer.send(&pdata(1, true, true, &echo_command(7))).await;
    assert_eq!(talk.peer.expect_status().await, 0);
    talk.peer.release().await;
    drop(talk.peer);
    talk.server.await.unwrap().unwrap();
    let released = |event: &AssociationEvent| matches!(event, AssociationEvent::Closed { released: true, .. });
    assert!(talk.recorder.seen().events.iter().any(released));
}

#[tokio::test]
async fn an_unknown_title_and_a_known_one_from_elsewhere_get_the_same_answer() {
    let request = association_request(16_384);
    let (stranger, first) = rejected(known("OTHER", "10.1.0.0/16"), &request).await;
    let (elsewhere, second) = rejected(known("MODALITY", "10.2.0.0/16"), &request).await;
    assert_eq!(stranger, [1, 1, 3]);
    assert_eq!(elsewhere, stranger);
    for talk in [first, second] {
        drop(talk.peer);
        let _ = talk.server.await.unwrap();
        let seen = talk.recorder.seen();
        assert!(
            matches!(&seen.events[..], [AssociationEvent::Refused { calling, .. }] if calling.starts_with("MODALITY"))
        );
    }
}

#[tokio::test]
async fn a_stranger_does_not_learn_which_called_titles_exist() {
    let config = Config { ae_titles: vec![ae("ELSEWHERE")], ..known("OTHER", "10.1.0.0/16") };
    assert_eq!(rejected(config, &association_request(16_384)).await.0, [1, 1, 3]);
}

#[tokio::test]
async fn a_called_title_that_is_not_ours_is_rejected() {
    let config = Config { ae_titles: vec![ae("ELSEWHERE")], ..open_config() };
    assert_eq!(rejected(config, &association_request(16_384)).await.0, [1, 1, 7]);
}

#[tokio::test]
async fn malformed_titles_are_rejected_even_where_anybody_may_call_and_are_escaped_for_the_log() {
    let bad: [&[u8; 16]; 7] = [
        b"../x            ",
        b"MODA\0LITY       ",
        b"A\\B             ",
        b"\x1b[31mRED        ",
        b"                ",
        b"caf\xE9            ",
        b"A\r\nB            ",
    ];
    for title in bad {
        let request = association_request_titled(b"ARCHIVE         ", title);
        let (answer, talk) = rejected(open_config(), &request).await;
        assert_eq!(answer, [1, 1, 3]);
        let seen = talk.recorder.seen();
        let [AssociationEvent::Refused { calling, .. }] = &seen.events[..] else { panic!("one refusal expected") };
        assert!(calling.bytes().all(|b| (b' '..=b'~').contains(&b)), "{calling:?}");
    }
    let request = association_request_titled(b"../../etc       ", b"MODALITY        ");
    assert_eq!(rejected(open_config(), &request).await.0, [1, 1, 7]);
}

#[tokio::test]
async fn another_protocol_version_and_another_application_context_are_rejected() {
    let mut request = association_request(16_384);
    request[7] = 2;
    assert_eq!(rejected(open_config(), &request).await.0, [1, 2, 2]);
    let mut request = association_request(16_384);
    let at = request.windows(21).position(|w| w == b"1.2.840.10008.3.1.1.1").unwrap();
    request[at + 20] = b'2';
    assert_eq!(rejected(open_config(), &request).await.0, [1, 1, 2]);
}

#[tokio::test]
async fn one_association_too_many_is_rejected_for_now_and_a_freed_place_is_free() {
    use dimse::scp::Server;
    use std::sync::Arc;
    let recorder = Arc::new(Recorder::default());
    let config = Config { max_associations: 1, ..open_config() };
    let server = Arc::new(Server::new(config, crate::support::handlers(&recorder)).unwrap());
    let (_keep, stop) = tokio::sync::watch::channel(false);
    let open = || {
        let (server, stop) = (Arc::clone(&server), stop.clone());
        let (ours, theirs) = tokio::io::duplex(1 << 16);
        let task = tokio::spawn(async move { server.converse(theirs, "127.0.0.1:1".parse().unwrap(), stop).await });
        (crate::support::Peer { stream: ours }, task)
    };
    let (mut first, task) = open();
    first.associate(16_384).await;
    let (mut second, _refused) = open();
    second.send(&association_request(16_384)).await;
    let (kind, body) = second.expect().await;
    assert_eq!((kind, &body[1..4]), (3, &[2, 3, 2][..]));
    drop(second);
    first.release().await;
    drop(first);
    task.await.unwrap().unwrap();
    let (mut third, _task) = open();
    third.associate(16_384).await;
}

#[tokio::test]
async fn the_first_known_transfer_syntax_of_a_context_is_chosen_and_other_services_are_refused() {
    let mut contexts = proposed();
    contexts[1].transfer_syntaxes = vec!["1.2.276.7".into(), "1.2.840.10008.1.2.4.80".into(), EXPLICIT.into()];
    let mut with = |class: &str, syntax: &str| {
        let mut context = contexts[0].clone();
        context.id = contexts.last().unwrap().id + 2;
        context.abstract_syntax = class.to_owned();
        context.transfer_syntaxes = vec![syntax.to_owned()];
        contexts.push(context);
    };
    with("1.2.840.10008.5.1.4.1.2.2.1", IMPLICIT);
    with("1.2.276.0.99.1", IMPLICIT);
    with(CT, "1.2.276.7");
    // Nobody can have been given these, and whatever is said to verify is said in a form we read.
    with("1.2.3.4.5.6.7", IMPLICIT);
    with(CT, "1.2.3.4.5");
    with(VERIFICATION, "1.2.276.7");
    let request = write_request("MODALITY", "ARCHIVE", contexts, 16_384).unwrap();
    let verdicts = |config: Config| {
        let request = request.clone();
        async move {
            let mut talk = talk(config, Recorder::default());
            talk.peer.send(&request).await;
            let (kind, body) = talk.peer.expect().await;
            assert_eq!(kind, 2);
            read_accept(&Bytes::from(body))
                .unwrap()
                .verdicts
                .into_iter()
                .map(|(_, verdict)| verdict)
                .collect::<Vec<_>>()
        }
    };
    let accepted = |uid: &str| Verdict::Accepted(uid.to_owned());
    let narrow = verdicts(open_config()).await;
    let refused = Verdict::AbstractSyntaxNotSupported;
    let expected = [accepted(IMPLICIT), accepted("1.2.840.10008.1.2.4.80"), refused.clone(), refused.clone()];
    assert_eq!(narrow[..4], expected);
    assert_eq!(narrow[4], Verdict::TransferSyntaxesNotSupported);
    let wide = Config { accept_unknown_classes: true, accept_unknown_transfer_syntaxes: true, ..open_config() };
    let wide = verdicts(wide).await;
    let known = [accepted(IMPLICIT), accepted("1.2.276.7"), refused.clone(), accepted(IMPLICIT), accepted("1.2.276.7")];
    assert_eq!(wide[..5], known);
    let unread = Verdict::TransferSyntaxesNotSupported;
    assert_eq!(wide[5..], [refused, unread.clone(), unread]);
}

#[tokio::test]
async fn a_user_identity_is_a_claim_that_is_told_and_gives_nothing() {
    use dicom_ul::pdu::{UserIdentity, UserIdentityType, UserVariableItem, read_pdu, write_pdu};
    let plain = association_request(16_384);
    let Some(dicom_ul::pdu::Pdu::AssociationRQ(mut request)) = read_pdu(&plain[..], 262_144, true).unwrap() else {
        panic!("an association request was written");
    };
    let identity = UserIdentity::new(true, UserIdentityType::Username, b"dr\x1bdurand".to_vec(), Vec::new());
    request.user_variables.push(UserVariableItem::UserIdentityItem(identity));
    let mut bytes = Vec::new();
    write_pdu(&mut bytes, &request.into()).unwrap();

    let mut stranger = known("OTHER", "10.1.0.0/16");
    assert_eq!(rejected(stranger.clone(), &bytes).await.0, [1, 1, 3], "a name opens no door");
    stranger.peers = Peers::Anyone;
    let mut talk = talk(stranger, Recorder::default());
    talk.peer.send(&bytes).await;
    assert_eq!(talk.peer.expect().await.0, 2);
    let seen = talk.recorder.seen();
    let [AssociationEvent::Opened { claimed_user, .. }] = &seen.events[..] else { panic!("one opening expected") };
    assert_eq!(claimed_user.as_deref(), Some("dr\\x1bdurand"));
}

#[test]
fn networks_contain_their_addresses_and_no_other() {
    let inside = |network: &str, address: &str| network.parse::<Network>().unwrap().contains(address.parse().unwrap());
    assert!(inside("10.1.0.0/16", "10.1.255.255") && !inside("10.1.0.0/16", "10.2.0.0"));
    assert!(inside("0.0.0.0/0", "255.1.2.3") && inside("10.0.0.1", "10.0.0.1") && !inside("10.0.0.1", "10.0.0.2"));
    assert!(inside("10.0.0.0/8", "::ffff:10.9.9.9"), "an IPv4 address seen through an IPv6 socket");
    assert!(inside("2001:db8::/32", "2001:db8:1::1") && !inside("2001:db8::/32", "2001:db9::1"));
    assert!(!inside("::/0", "10.0.0.1"));
    for bad in ["", "10.0.0.0/33", "::/129", "10.0.0", "10.0.0.0/-1", "x/8"] {
        assert!(bad.parse::<Network>().is_err(), "{bad}");
    }
}

#[test]
fn verification_is_always_among_the_services() {
    assert_eq!(dimse::VERIFICATION_SOP_CLASS, VERIFICATION);
    assert!(dimse::uid::is_valid(dimse::IMPLEMENTATION_CLASS_UID));
    assert!(dimse::IMPLEMENTATION_VERSION_NAME.len() <= 16);
}

/// DCMTK's storescu offers big endian before implicit for what it has as implicit.
#[tokio::test]
async fn big_endian_is_chosen_only_where_nothing_else_is_offered() {
    const BIG: &str = "1.2.840.10008.1.2.2";
    let mut talk = talk(open_config(), Recorder::default());
    let mut contexts = proposed();
    contexts[1].transfer_syntaxes = vec![BIG.into(), IMPLICIT.into()];
    contexts[0].abstract_syntax = CT.into();
    contexts[0].transfer_syntaxes = vec![BIG.into()];
    talk.peer.send(&write_request("MODALITY", "ARCHIVE", contexts, 16_384).unwrap()).await;
    let (_, body) = talk.peer.expect().await;
    let verdicts = read_accept(&body.into()).unwrap().verdicts;
    assert_eq!(verdicts, [(1, Verdict::Accepted(BIG.into())), (3, Verdict::Accepted(IMPLICIT.into()))]);
}
