//! Partners receive what they prescribed: in order, at least once, once to see, and never against the patient's word.

use crate::partner::{CHU, CHU_FINESS, Mood, Objecting, Played, hospital, partners, with_own_numbers};
use crate::rig::{GROUP, Rig};
use crate::senders::{self, chest, exam};
use ::exam::rights::{By, Items, Named, Origin, Purpose, Says, Statement, StatementId, Towards};
use ambient::Clock;
use archive::transmit::{self, Partner, Trouble};
use dicom::scan::{Limits, scan_dataset};
use dicom::tag;
use hl7::event::ReportStatus;
use hl7::types::{Number, Structure};
use hl7::{Event, Message};
use phantom::{Kind, PhantomExam};
use record::{Transmission, TransmissionKind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use time::macros::date;

async fn rig(partner: Partner) -> (Rig, Arc<Played>) {
    let mut rig = Rig::without_outlet().await;
    let played = Arc::new(Played::default());
    rig.archive.partners = Arc::new(partners(partner, &played));
    (rig, played)
}

/// Images, patient, and an order of this structure; the report comes too.
async fn ordered_by(rig: &Rig, exam: &PhantomExam, structure: Option<&str>) {
    rig.message(senders::adt(exam, &senders::person(exam), 0)).await;
    let order = senders::order_said(exam, &senders::person(exam), 1, |order| {
        order.structure = structure.map(|id| Structure { id: id.into(), ..Structure::default() });
    });
    rig.message(order).await;
    rig.land_all(exam).await;
    rig.message(senders::report(exam, 90, ReportStatus::Final, |_| {})).await;
}

async fn all(rig: &Rig) -> Vec<Transmission> {
    rig.archive.catalogue.transmissions_of(GROUP, rig.exam_id().await).await.unwrap()
}

async fn states(rig: &Rig) -> Vec<(TransmissionKind, u32, &'static str, Option<String>)> {
    all(rig).await.into_iter().map(|one| (one.kind, one.version, one.state.key(), one.reason)).collect()
}

fn acknowledged(kind: TransmissionKind) -> (TransmissionKind, u32, &'static str, Option<String>) {
    let how = if kind == TransmissionKind::Report { "accepted" } else { "stored" };
    (kind, 1, "acknowledged", Some(how.into()))
}

use TransmissionKind::{Images, Report};

fn reports(played: &Played) -> Vec<(String, hl7::event::Report, hl7::types::Patient)> {
    let messages = played.messages.lock().unwrap().clone();
    let read = |raw: &bytes::Bytes| {
        let message = Message::parse(raw, &hl7::Limits::default()).unwrap();
        let Event::Report(event) = Event::read(&message).unwrap() else { panic!("no report") };
        (message.control_id(), event.reports.into_iter().next().unwrap(), event.patient)
    };
    messages.iter().map(read).collect()
}

async fn sends(rig: &Rig) -> usize {
    let events = rig.archive.trace.events_of_exam(rig.exam_id().await.0, 100).await.unwrap();
    events.iter().filter(|event| event.kind == trace::Kind::Send && event.actor.label == CHU).count()
}

#[tokio::test]
async fn what_a_partner_prescribed_reaches_it_report_and_images_and_the_trace_says_so() {
    let (rig, played) = rig(hospital()).await;
    let exam = exam(Kind::ChestRadiograph);
    ordered_by(&rig, &exam, Some(CHU_FINESS)).await;
    rig.quiet().await;
    assert_eq!(sends(&rig).await, 0);
    transmit::once(&rig.archive).await.unwrap();
    assert_eq!(states(&rig).await, [acknowledged(Report), acknowledged(Images)]);
    let sent: Vec<String> = exam.instances.iter().map(|one| one.sop_instance_uid.clone()).collect();
    assert_eq!(played.image_uids(), sent);
    let (_, report, patient) = reports(&played).remove(0);
    assert_eq!(report.status, ReportStatus::Final);
    assert_eq!(report.study_uid.as_deref(), Some(exam.study_uid.as_str()));
    assert_eq!(patient.ids[0].value, exam.patient.local_id);
    assert_eq!(sends(&rig).await, 2, "one leaf for each, before its first byte");
    assert_eq!(transmit::once(&rig.archive).await.unwrap(), 0, "once is enough");
}

#[tokio::test]
async fn an_exam_of_nobodys_stays_and_one_of_an_unknown_structure_is_counted_until_a_rule_names_it() {
    let (mut rig, played) = rig(hospital()).await;
    ordered_by(&rig, &chest(), Some("440990003")).await;
    rig.quiet().await;
    transmit::once(&rig.archive).await.unwrap();
    assert_eq!((all(&rig).await.len(), played.message_count()), (0, 0));
    let listed = rig.archive.catalogue.unmatched_structures(GROUP, 10).await.unwrap();
    assert_eq!((listed[0].structure.as_str(), listed[0].exams), ("440990003", 1));
    let mut rules = (*rig.archive.partners).clone();
    rules.rules.partners[0].structures.push("440990003".into());
    rig.archive.partners = Arc::new(rules);
    transmit::match_again(&rig.archive).await.unwrap();
    transmit::once(&rig.archive).await.unwrap();
    assert_eq!(states(&rig).await, [acknowledged(Report), acknowledged(Images)]);
    assert_eq!(rig.archive.catalogue.unmatched_structures(GROUP, 10).await.unwrap(), []);
}

#[tokio::test]
async fn whoever_is_away_is_waited_for_for_days_and_then_gets_everything_in_order() {
    let (rig, played) = rig(hospital()).await;
    for kind in [Kind::ChestRadiograph, Kind::ScreeningMammogram] {
        ordered_by(&rig, &exam(kind), Some(CHU_FINESS)).await;
    }
    rig.quiet().await;
    let mut tries = 0;
    for _ in 0..(5 * 24 * 2) {
        played.moods.lock().unwrap().clear();
        played.next([Mood::Away, Mood::Away, Mood::Away, Mood::Away]);
        tries += transmit::once(&rig.archive).await.unwrap();
        rig.clock.advance(std::time::Duration::from_secs(1800));
    }
    assert!((100..700).contains(&tries), "{tries} tries in five days: it waits longer each time, an hour at most");
    assert_eq!(played.message_count(), 0);
    let queues = rig.archive.catalogue.transmission_queues(GROUP).await.unwrap();
    assert_eq!(queues.iter().map(|queue| (queue.queued, queue.dead)).collect::<Vec<_>>(), [(2, 0), (2, 0)]);
    played.moods.lock().unwrap().clear();
    rig.clock.advance(std::time::Duration::from_secs(3600));
    transmit::once(&rig.archive).await.unwrap();
    let uids = |kind| exam(kind).instances.into_iter().map(|one| one.sop_instance_uid).collect::<Vec<_>>();
    let (chest, breasts) = (uids(Kind::ChestRadiograph), uids(Kind::ScreeningMammogram));
    // Both were published at once: either was planned first. One after the other they go all the same.
    let orders = [[chest.clone(), breasts.clone()].concat(), [breasts, chest].concat()];
    assert!(orders.contains(&played.image_uids()), "one after the other: {:?}", played.image_uids());
    assert_eq!(played.message_count(), 2);
}

#[tokio::test]
async fn what_broke_off_is_sent_again_under_the_same_ids_to_the_byte() {
    let (rig, played) = rig(hospital()).await;
    ordered_by(&rig, &exam(Kind::ScreeningMammogram), Some(CHU_FINESS)).await;
    rig.quiet().await;
    played.next([Mood::BreaksOffAfter(0), Mood::BreaksOffAfter(1)]);
    transmit::once(&rig.archive).await.unwrap();
    assert_eq!(states(&rig).await.iter().map(|one| one.2).collect::<Vec<_>>(), ["queued", "queued"]);
    rig.clock.advance(std::time::Duration::from_secs(3600));
    transmit::once(&rig.archive).await.unwrap();
    assert_eq!(states(&rig).await, [acknowledged(Report), acknowledged(Images)]);
    let messages = played.messages.lock().unwrap().clone();
    assert_eq!(messages.len(), 2);
    assert!(messages[0] == messages[1], "the same message, the same message id");
    let images = played.images.lock().unwrap().clone();
    let again = images.iter().filter(|(uid, _)| *uid == images[0].0).collect::<Vec<_>>();
    assert_eq!(again.len(), 2, "the first image came twice");
    assert!(again[0] == again[1], "the same to the byte");
}

#[tokio::test]
async fn what_is_refused_is_a_dead_letter_that_stops_nothing_behind_it_until_a_person_sends_it_again() {
    let (rig, played) = rig(hospital()).await;
    ordered_by(&rig, &chest(), Some(CHU_FINESS)).await;
    rig.quiet().await;
    let refused = Trouble::Refused(transmit::Refused::Classes("CT".into()));
    played.next([Mood::BreaksOffAfter(9), Mood::Refuses(refused)]);
    // The report is sent; its answer is lost.
    transmit::once(&rig.archive).await.unwrap();
    assert_eq!(states(&rig).await[1], (Images, 1, "dead", Some("refused-class:CT".into())));
    let standing = rig.detail().await.standing;
    assert!(standing.open_holds().contains(&exam::retention::Hold::Transmission));
    let dead = all(&rig).await[1].id;
    let again = record::TransmissionStep::Queued { by: "anne".into() };
    rig.archive.catalogue.transmission_step(GROUP, dead, again, ambient::Clock::now(&*rig.clock)).await.unwrap();
    rig.clock.advance(std::time::Duration::from_secs(3600));
    transmit::once(&rig.archive).await.unwrap();
    assert_eq!(states(&rig).await, [acknowledged(Report), acknowledged(Images)]);
    assert!(rig.detail().await.standing.open_holds().is_empty());
}

#[tokio::test]
async fn what_breaks_off_again_and_again_becomes_a_dead_letter_in_the_end() {
    let (rig, played) = rig(Partner { images: false, ..hospital() }).await;
    ordered_by(&rig, &chest(), Some(CHU_FINESS)).await;
    rig.quiet().await;
    let mut days = 0;
    while states(&rig).await[0].2 == "queued" {
        for _ in 0..24 {
            played.next([Mood::BreaksOffAfter(0)]);
            transmit::once(&rig.archive).await.unwrap();
            rig.clock.advance(std::time::Duration::from_secs(3601));
        }
        days += 1;
        assert!(days < 10, "it is tried for ever");
    }
    assert_eq!((days, states(&rig).await[0].3.as_deref()), (5, Some("broken-off")));
}

#[tokio::test]
async fn a_corrected_report_replaces_the_first_and_a_deleted_one_takes_it_back() {
    let (rig, played) = rig(Partner { images: false, ..hospital() }).await;
    let exam = chest();
    ordered_by(&rig, &exam, Some(CHU_FINESS)).await;
    rig.quiet().await;
    transmit::once(&rig.archive).await.unwrap();
    for (minute, status) in [(120, ReportStatus::Corrected), (150, ReportStatus::Deleted)] {
        rig.message(senders::report(&exam, minute, status, |_| {})).await;
        rig.quiet().await;
        transmit::once(&rig.archive).await.unwrap();
    }
    let sent = reports(&played);
    let statuses: Vec<ReportStatus> = sent.iter().map(|(_, report, _)| report.status).collect();
    assert_eq!(statuses, [ReportStatus::Final, ReportStatus::Corrected, ReportStatus::Deleted]);
    let fillers: Vec<_> = sent.iter().map(|(_, report, _)| report.filler.clone()).collect();
    assert!(fillers[0].is_some() && fillers.iter().all(|filler| *filler == fillers[0]), "one report over its versions");
    assert!(sent[0].0 != sent[1].0, "each version has its own message id");
}

#[tokio::test]
async fn an_uncertain_identity_holds_and_a_certain_one_lets_go() {
    let (rig, played) = rig(hospital()).await;
    let mut exam = chest();
    let born = exam.patient.born.to_string().replace('-', "");
    for instance in &mut exam.instances {
        senders::patch(&mut instance.dataset, &born, "19010101");
    }
    ordered_by(&rig, &exam, Some(CHU_FINESS)).await;
    rig.quiet().await;
    transmit::once(&rig.archive).await.unwrap();
    let waits = |kind| (kind, 1, "held", Some("identity-waiting".into()));
    assert_eq!(states(&rig).await, [waits(Report), waits(Images)]);
    assert!(played.image_uids().is_empty());
    let doubts = rig.archive.catalogue.doubts(GROUP, 10).await.unwrap();
    let identity = doubts.iter().find(|doubt| matches!(doubt.kind, record::DoubtKind::Identity { .. })).unwrap();
    let record::DoubtKind::Identity { candidates, .. } = &identity.kind else { unreachable!() };
    let decision = record::Decision::Patient { patient: candidates[0].patient };
    let now = ambient::Clock::now(&*rig.clock);
    rig.archive.catalogue.settle(GROUP, identity.id, decision, "anne", now).await.unwrap();
    rig.quiet().await;
    transmit::once(&rig.archive).await.unwrap();
    let states = states(&rig).await;
    assert!(states[2..].iter().all(|one| one.2 == "acknowledged"), "{states:?}");
    let (_, dataset) = played.images.lock().unwrap()[0].clone();
    let scanned = scan_dataset(&dataset, &exam.instances[0].transfer_syntax_uid, &Limits::default()).unwrap();
    let sent = scanned.dataset().plain_text(tag::PATIENT_BIRTH_DATE).unwrap().into_owned();
    assert_eq!(sent, born, "what the person settled, not what the images said");
}

#[tokio::test]
async fn an_identity_corrected_after_a_copy_left_holds_the_replacement_for_a_person() {
    let (rig, played) = rig(hospital()).await;
    let exam = chest();
    ordered_by(&rig, &exam, Some(CHU_FINESS)).await;
    rig.quiet().await;
    transmit::once(&rig.archive).await.unwrap();
    let mut corrected = senders::person(&exam);
    corrected.traits.first_names = Some(format!("{} Corrigée", exam.patient.first_names));
    rig.message(senders::adt(&exam, &corrected, 200)).await;
    rig.quiet().await;
    transmit::once(&rig.archive).await.unwrap();
    let held = |kind| (kind, 2, "held", Some("identity-changed".into()));
    assert_eq!(states(&rig).await[2..], [held(Report), held(Images)]);
    assert_eq!(played.message_count(), 1, "nothing more has left");
    rig.quiet().await;
    assert_eq!(states(&rig).await[2..], [held(Report), held(Images)], "only a person lets it go");
    for one in all(&rig).await.split_off(2) {
        let go = record::TransmissionStep::Queued { by: "anne".into() };
        rig.archive.catalogue.transmission_step(GROUP, one.id, go, ambient::Clock::now(&*rig.clock)).await.unwrap();
    }
    transmit::once(&rig.archive).await.unwrap();
    let (_, report, patient) = reports(&played).remove(1);
    assert_eq!(report.status, ReportStatus::Corrected);
    assert!(patient.traits.first_names.unwrap().ends_with("Corrigée"));
}

#[tokio::test]
async fn an_objection_stops_everything_before_the_first_byte_and_its_end_lets_it_go() {
    let (mut rig, played) = rig(hospital()).await;
    let objecting = Arc::new(Objecting::default());
    let with = transmit::Partners { objections: Arc::clone(&objecting) as _, ..(*rig.archive.partners).clone() };
    rig.archive.partners = Arc::new(with);
    ordered_by(&rig, &chest(), Some(CHU_FINESS)).await;
    rig.quiet().await;
    assert_eq!(states(&rig).await[0].2, "queued");
    objecting.0.store(true, Ordering::SeqCst);
    transmit::once(&rig.archive).await.unwrap();
    let stopped = |kind| (kind, 1, "stopped", Some("objection".into()));
    assert_eq!(states(&rig).await, [stopped(Report), stopped(Images)]);
    assert_eq!((played.message_count(), played.image_uids().len(), sends(&rig).await), (0, 0, 0));
    objecting.0.store(false, Ordering::SeqCst);
    transmit::daily(&rig.archive).await.unwrap();
    transmit::once(&rig.archive).await.unwrap();
    assert_eq!(states(&rig).await, [acknowledged(Report), acknowledged(Images)]);
    objecting.0.store(true, Ordering::SeqCst);
    rig.message(senders::report(&chest(), 200, ReportStatus::Corrected, |_| {})).await;
    rig.quiet().await;
    transmit::once(&rig.archive).await.unwrap();
    assert_eq!(states(&rig).await[2], (Report, 2, "stopped", Some("objection".into())));
    assert_eq!(played.message_count(), 1, "after a copy has left, the future is stopped");
    assert!(all(&rig).await[..2].iter().all(|one| one.noticed_at.is_some()), "and the partner is to be told");
}

#[tokio::test]
async fn what_the_record_states_towards_the_partner_or_everyone_stops_it_and_what_is_said_of_others_does_not() {
    let (mut rig, played) = rig(hospital()).await;
    let before = (*rig.archive.partners).clone();
    let stated = transmit::Stated {
        catalogue: rig.archive.catalogue.clone(),
        clock: rig.archive.clock.clone(),
        group: GROUP,
        rules: before.rules.clone(),
    };
    rig.archive.partners = Arc::new(transmit::Partners { objections: Arc::new(stated), ..before });
    ordered_by(&rig, &chest(), Some(CHU_FINESS)).await;
    rig.quiet().await;
    let person = rig.detail().await.patient.unwrap().id;
    let at = rig.archive.clock.now();
    let deny = |finess: Option<&str>, says| Statement {
        id: StatementId { origin: Origin::Archive, sequence: 1 },
        person: person.0,
        by: By::Desk { login: "anne".into() },
        about: Items::All,
        to: finess.map_or(Towards::Everyone, |finess| Towards::One {
            who: Named::Structure { finess: ::exam::ids::Finess::parse(finess).unwrap() },
        }),
        says,
        orderer_too: false,
        purpose: Purpose::Transmission,
        from: at,
        until: None,
        made_at: at,
    };
    for (statement, stops) in [
        (deny(Some("920008059"), Says::Deny), false),
        (deny(Some(CHU_FINESS), Says::Permit), false),
        (deny(None, Says::Deny), true),
    ] {
        rig.archive.catalogue.state(GROUP, statement).await.unwrap();
        let partners = Arc::clone(&rig.archive.partners);
        let objects = partners.objections.objects(&rig.detail().await, &partners.all[0], Images).await.unwrap();
        assert_eq!(objects, stops);
    }
    transmit::once(&rig.archive).await.unwrap();
    assert_eq!((played.message_count(), played.image_uids().len(), sends(&rig).await), (0, 0, 0));
}

#[tokio::test]
async fn the_partners_own_numbers_stand_in_images_and_report_and_without_them_nothing_leaves() {
    let (rig, played) = rig(with_own_numbers()).await;
    let exam = chest();
    ordered_by(&rig, &exam, Some(CHU_FINESS)).await;
    rig.quiet().await;
    transmit::once(&rig.archive).await.unwrap();
    assert_eq!(states(&rig).await[0], (Report, 1, "held", Some("no-partner-number".into())));
    let mut known = senders::person(&exam);
    known.ids.push(Number { kind: Some("PI".into()), ..Number::local("IPP-0042", CHU) });
    rig.message(senders::adt(&exam, &known, 100)).await;
    rig.quiet().await;
    transmit::once(&rig.archive).await.unwrap();
    assert_eq!(states(&rig).await, [acknowledged(Report), acknowledged(Images)]);
    let (_, report, patient) = reports(&played).remove(0);
    assert_eq!((patient.ids.len(), patient.ids[0].value.as_str()), (1, "IPP-0042"), "no other number of ours");
    assert_eq!(report.accession.unwrap().value, exam.order.placer_number);
    let (uid, dataset) = played.images.lock().unwrap()[0].clone();
    let scanned = scan_dataset(&dataset, &exam.instances[0].transfer_syntax_uid, &Limits::default()).unwrap();
    let set = scanned.dataset();
    assert_eq!(set.plain_text(tag::SOP_INSTANCE_UID).unwrap(), uid);
    assert_eq!(set.plain_text(tag::PATIENT_ID).unwrap(), "IPP-0042");
    assert_eq!(set.plain_text(tag::ACCESSION_NUMBER).unwrap(), exam.order.placer_number);
    let history = set.items(tag::ORIGINAL_ATTRIBUTES_SEQUENCE).last().unwrap();
    let before = history.items(tag::MODIFIED_ATTRIBUTES_SEQUENCE).next().unwrap();
    assert_eq!(before.plain_text(tag::PATIENT_ID).unwrap(), exam.patient.local_id);
}

#[tokio::test]
async fn each_day_says_what_should_be_there_and_what_was_acknowledged_and_asks_again_for_a_commitment() {
    let (mut rig, played) = rig(hospital()).await;
    ordered_by(&rig, &chest(), Some(CHU_FINESS)).await;
    let rules = Arc::clone(&rig.archive.partners);
    rig.archive.partners = Arc::default();
    rig.quiet().await;
    rig.archive.partners = rules;
    assert_eq!(all(&rig).await.len(), 0, "the rules came after the exam");
    let account = transmit::daily(&rig.archive).await.unwrap().remove(0).figures;
    assert_eq!((account.exams, account.found, account.expected, account.acknowledged), (1, 2, 2, 0));
    played.commits_later.store(true, Ordering::SeqCst);
    transmit::once(&rig.archive).await.unwrap();
    assert_eq!(states(&rig).await[1].2, "sent");
    rig.clock.advance(std::time::Duration::from_secs(25 * 3600));
    played.commits_later.store(false, Ordering::SeqCst);
    transmit::daily(&rig.archive).await.unwrap();
    transmit::once(&rig.archive).await.unwrap();
    let account = transmit::daily(&rig.archive).await.unwrap().remove(0).figures;
    assert_eq!((account.found, account.expected, account.acknowledged, account.outstanding), (0, 2, 2, 0));
    let kept = rig.archive.catalogue.reconciled(GROUP, date!(2100 - 01 - 01)).await.unwrap();
    assert_eq!(kept[0].figures, account);
}

#[tokio::test]
async fn a_clock_that_ran_ahead_and_was_corrected_delays_nothing_and_loses_nothing() {
    let (rig, played) = rig(hospital()).await;
    ordered_by(&rig, &chest(), Some(CHU_FINESS)).await;
    rig.quiet().await;
    let right = rig.clock.now();
    rig.clock.jump_to(right + time::Duration::days(25 * 365));
    // Away for the report; the images arrive, and the commitment to them is still to come.
    played.next([Mood::Away]);
    played.commits_later.store(true, Ordering::SeqCst);
    transmit::once(&rig.archive).await.unwrap();
    transmit::daily(&rig.archive).await.unwrap();
    assert_eq!(states(&rig).await.iter().map(|one| one.2).collect::<Vec<_>>(), ["queued", "sent"]);
    rig.clock.jump_to(right);
    played.commits_later.store(false, Ordering::SeqCst);
    transmit::once(&rig.archive).await.unwrap();
    assert_eq!(states(&rig).await[0], acknowledged(Report), "at once, not in twenty-five years");
    let today = rig.archive.config.zone.date_of(right);
    assert_eq!(rig.archive.catalogue.reconciled(GROUP, today).await.unwrap(), [], "nothing is said of today yet");
    transmit::daily(&rig.archive).await.unwrap();
    transmit::once(&rig.archive).await.unwrap();
    assert_eq!(states(&rig).await, [acknowledged(Report), acknowledged(Images)]);
    let accounts = rig.archive.catalogue.reconciled(GROUP, today).await.unwrap();
    assert_eq!(accounts.iter().map(|account| account.day).collect::<Vec<_>>(), [today]);
    assert_eq!(played.message_count(), 1);
}
