//! Who may see what, on the archive side: what messages mask, what the desk records, what is told, and the simulator.

use crate::desk::who;
use crate::partner::{CHU_FINESS, Played, hospital, partners};
use crate::rig::{GROUP, Rig};
use crate::senders::{self, chest};
use ::exam::ids::{Finess, Rpps};
use ::exam::requests::{Asker, IdentityProof, Kind as Asked, State};
use ::exam::rights::*;
use ambient::{Clock, Random};
use archive::desk::{Desk, Role as StaffRole, Said, Seer, Sight};
use archive::transmit;
use hl7::event::ReportStatus::{Corrected, Final};
use hl7::types::{Professional, Structure};
use link::ToDiffusion;
use record::{DataRequest, PatientId};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use testkit::SeededRandom;
use uuid::Uuid;

const ANNE: &str = "10000023084";
const BRUNO: &str = "99700366240";

/// What the other side was told, oldest first.
pub fn told(rig: &Rig) -> Vec<Statement> {
    let statement = |told: &ToDiffusion| match told {
        ToDiffusion::Statement { statement } => Some(statement.clone()),
        _ => None,
    };
    rig.door.look(|state| state.told.iter().filter_map(statement).collect())
}

fn to(rpps: &str) -> Towards {
    Towards::One { who: Named::Professional { rpps: Rpps::parse(rpps).unwrap() } }
}

fn said(about: Items, to: Towards) -> Said {
    Said { about, to, says: Says::Deny, orderer_too: false, purpose: Purpose::Any, request: None }
}

async fn rig() -> (Rig, Desk) {
    let rig = Rig::new().await;
    let exam = chest();
    rig.message(senders::adt(&exam, &senders::person(&exam), 0)).await;
    let named = |rpps: &str| Professional { id: rpps.into(), rpps: Some(rpps.into()), ..Professional::default() };
    let order = senders::order_said(&exam, &senders::person(&exam), 1, |order| {
        order.prescribers = vec![named(ANNE)];
        order.copies_to = vec![named(BRUNO)];
    });
    rig.message(order).await;
    rig.land_all(&exam).await;
    rig.message(senders::report(&exam, 90, Final, |_| {})).await;
    rig.quiet().await;
    let desk = Desk::new(rig.archive.clone());
    (rig, desk)
}

async fn person(rig: &Rig) -> PatientId {
    rig.detail().await.patient.unwrap().id
}

#[tokio::test]
async fn each_version_of_a_report_says_anew_what_is_masked() {
    let rig = Rig::new().await;
    let exam = chest();
    rig.examined(&exam).await;
    rig.message(senders::report(&exam, 90, Final, |report| report.masks.professionals = true)).await;
    rig.quiet().await;
    let first = told(&rig);
    assert!(matches!(first.as_slice(), [mask] if mask.says == Says::Deny && mask.by == By::Message), "{first:?}");
    let report = rig.door.last().report.unwrap();
    assert_eq!(first[0].about, Items::Report { report: report.report });
    rig.message(senders::report(&exam, 200, Corrected, |_| {})).await;
    rig.quiet().await;
    let corrected = rig.door.last().report.unwrap();
    assert_eq!(corrected.all_versions(), [report.report, corrected.report], "a correction is the same report");
    let told = told(&rig);
    assert_eq!(told.iter().map(|one| one.says).collect::<Vec<_>>(), [Says::Deny, Says::End]);
    let known: Vec<Known> = told.into_iter().map(|statement| Known { statement, settled: true }).collect();
    let on_report = over_versions(&known, &corrected.all_versions());
    assert_eq!(in_force(&on_report, rig.clock.now() + Duration::from_secs(86400)), Vec::<&Statement>::new());
    rig.message(senders::report(&exam, 300, Corrected, |report| report.masks.professionals = true)).await;
    rig.quiet().await;
    assert_eq!(self::told(&rig).last().unwrap().says, Says::Deny);
}

#[tokio::test]
async fn what_is_kept_from_parents_is_kept_whole_and_printed_on_no_childs_paper() {
    let rig = Rig::new().await;
    let exam = chest();
    rig.examined(&exam).await;
    rig.message(senders::report(&exam, 90, Final, |report| report.masks.legal_representatives = true)).await;
    rig.quiet().await;
    let exam = rig.exam_id().await.0;
    let masks = told(&rig);
    assert!(masks.iter().any(|one| one.about == Items::Exam { exam } && one.says == Says::Deny), "{masks:?}");
}

#[tokio::test]
async fn the_desk_records_with_its_name_and_it_is_not_yet_in_force_on_line_until_the_other_side_has_it() {
    let (rig, desk) = rig().await;
    let (exam, accueil) = (rig.exam_id().await, who(StaffRole::Desk));
    let id = desk.state(&accueil, exam, said(Items::Exam { exam: exam.0 }, to(BRUNO))).await.unwrap();
    let page = desk.rights(&accueil, exam).await.unwrap();
    assert_eq!(page.in_force.len(), 1);
    assert_eq!(page.in_force[0].statement.by, By::Desk { login: "accueil".into() });
    assert!(!page.in_force[0].settled && told(&rig).is_empty(), "the other side does not have it");
    rig.run_due().await;
    assert_eq!(told(&rig).iter().map(|one| one.id).collect::<Vec<_>>(), [id]);
    assert!(desk.rights(&accueil, exam).await.unwrap().in_force[0].settled);
    // After a restore the other side may be older.
    rig.archive.catalogue.statements_untold(GROUP).await.unwrap();
    rig.publish_again().await;
    assert_eq!(told(&rig).iter().map(|one| one.id).collect::<Vec<_>>(), [id, id]);
    desk.end_statement(&accueil, exam, id).await.unwrap();
    assert!(desk.rights(&accueil, exam).await.unwrap().in_force[0].ending, "a deny ends when both have its end");
    rig.run_due().await;
    assert!(desk.rights(&accueil, exam).await.unwrap().in_force.is_empty());
    assert!(desk.end_statement(&accueil, exam, id).await.is_err());
    let events = rig.archive.trace.events_of_exam(exam.0, 50).await.unwrap();
    let stated = events.iter().filter(|event| event.detail.get("what").is_some_and(|what| what == "statement"));
    assert_eq!(stated.count(), 2);
    assert!(!format!("{events:?}").contains(BRUNO), "the trace says that something was stated, not about whom");
}

#[tokio::test]
async fn an_administrator_states_nothing_and_nobody_about_an_exam_of_somebody_else() {
    let (rig, desk) = rig().await;
    let exam = rig.exam_id().await;
    let theirs = said(Items::Exam { exam: exam.0 }, Towards::Everyone);
    assert!(desk.state(&who(StaffRole::Administrator), exam, theirs.clone()).await.is_err());
    assert!(desk.rights(&who(StaffRole::Administrator), exam).await.is_err());
    for about in [Items::Exam { exam: Uuid::from_u128(7) }, Items::Report { report: Uuid::from_u128(7) }] {
        assert!(desk.state(&who(StaffRole::Desk), exam, Said { about, ..theirs.clone() }).await.is_err());
    }
    let end = Said { says: Says::End, ..theirs };
    assert!(desk.state(&who(StaffRole::Desk), exam, end).await.is_err());
    assert!(desk.rights(&who(StaffRole::Desk), exam).await.unwrap().in_force.is_empty());
}

#[tokio::test]
async fn the_radiologist_is_told_what_is_hidden_from_who_ordered_it() {
    let (rig, desk) = rig().await;
    let (exam, radiologist) = (rig.exam_id().await, who(StaffRole::Radiologist));
    let orderer = rig.detail().await.prescriber.and_then(|who| who.rpps).expect("an orderer with an RPPS");
    let hidden = async || desk.exam(&radiologist, exam).await.unwrap().hidden_from_orderer;
    assert!(!hidden().await);
    let all = said(Items::Exam { exam: exam.0 }, Towards::Everyone);
    desk.state(&radiologist, exam, all.clone()).await.unwrap();
    assert!(!hidden().await, "hidden from all leaves who ordered it");
    desk.state(&radiologist, exam, Said { orderer_too: true, ..all }).await.unwrap();
    assert!(hidden().await);
    desk.state(&radiologist, exam, Said { says: Says::Permit, ..said(Items::All, to(&orderer)) }).await.unwrap();
    assert!(hidden().await, "a permit does not outrank a deny for all");
}

#[tokio::test]
async fn an_objection_on_paper_answers_its_request_and_stops_the_partner() {
    let (rig, desk) = rig().await;
    let exam = rig.exam_id().await;
    let now = rig.clock.now();
    let request = Uuid::from_u128(0xDEED);
    let asked = DataRequest {
        request,
        patient: person(&rig).await,
        kind: Asked::Objection,
        asker: Asker::Patient,
        name: None,
        asked: "ne plus transmettre".into(),
        newest: None,
        asked_at: now,
        by: "accueil".into(),
        state: State::Asked,
        identity: Some(record::IdentityCheck { how: IdentityProof::DocumentShown, by: "accueil".into(), at: now }),
        package: None,
        package_erased_at: None,
        end: None,
    };
    rig.archive.catalogue.request_put(GROUP, asked).await.unwrap();
    let accueil = who(StaffRole::Desk);
    assert_eq!(desk.rights(&accueil, exam).await.unwrap().objections, [request]);
    let objection = Said {
        purpose: Purpose::Transmission,
        orderer_too: true,
        request: Some(request),
        ..said(Items::All, Towards::Everyone)
    };
    let id = desk.state(&accueil, exam, objection).await.unwrap();
    let known = rig.archive.catalogue.request(GROUP, request).await.unwrap();
    assert_eq!((known.state, known.end.unwrap().statement), (State::Answered, Some(id)));
    let sights =
        desk.who_sees(&accueil, exam, None, &[Seer::Structure(Finess::parse(CHU_FINESS).unwrap())]).await.unwrap();
    let of = |seer: &dyn Fn(&Seer) -> bool| sights.iter().find(|one| seer(&one.who)).unwrap().exam.before.permit;
    assert!(!of(&|seer| matches!(seer, Seer::Structure(_))));
    assert!(of(&|seer| matches!(seer, Seer::Listed { ordered: true, .. })), "an objection hides nothing from care");
}

#[tokio::test]
async fn a_report_hidden_from_a_partner_is_not_sent_and_its_images_are() {
    let mut rig = Rig::without_outlet().await;
    let played = Arc::new(Played::default());
    let with = partners(hospital(), &played);
    let stated = transmit::Stated {
        catalogue: rig.archive.catalogue.clone(),
        clock: rig.archive.clock.clone(),
        group: GROUP,
        rules: with.rules.clone(),
    };
    rig.archive.partners = Arc::new(transmit::Partners { objections: Arc::new(stated), ..with });
    let exam = chest();
    rig.message(senders::adt(&exam, &senders::person(&exam), 0)).await;
    let structure = Some(Structure { id: CHU_FINESS.into(), ..Structure::default() });
    rig.message(senders::order_said(&exam, &senders::person(&exam), 1, |order| order.structure = structure)).await;
    rig.land_all(&exam).await;
    rig.message(senders::report(&exam, 90, Final, |_| {})).await;
    let detail = rig.detail().await;
    let desk = Desk::new(rig.archive.clone());
    let report = detail.report.unwrap().id.0;
    let who_to = Towards::One { who: Named::Structure { finess: Finess::parse(CHU_FINESS).unwrap() } };
    desk.state(&who(StaffRole::Desk), detail.id, said(Items::Report { report }, who_to)).await.unwrap();
    rig.quiet().await;
    transmit::once(&rig.archive).await.unwrap();
    assert_eq!(played.message_count(), 0, "the report stays");
    assert!(!played.image_uids().is_empty(), "the images leave");
}

/// Chance for the random cases.
struct Dice(SeededRandom);

impl Dice {
    fn roll(&self, sides: u32) -> u32 {
        let mut bytes = [0; 4];
        self.0.fill(&mut bytes);
        u32::from_le_bytes(bytes) % sides
    }

    fn pick<T: Clone>(&self, from: &[T]) -> T {
        from[self.roll(from.len() as u32) as usize].clone()
    }
}

/// Numbers that pass the check, of nobody.
fn professionals(count: u64) -> Vec<String> {
    let valid = (10_000_030_000u64..).map(|number| number.to_string()).filter(|text| Rpps::parse(text).is_ok());
    valid.take(usize::try_from(count).unwrap()).collect()
}

/// Some ten thousand answers of the simulator, each compared with what is decided once the draft is saved.
#[tokio::test]
async fn the_simulator_says_what_is_decided_once_it_is_saved() {
    let (rig, desk) = rig().await;
    let (exam, accueil) = (rig.exam_id().await, who(StaffRole::Desk));
    let detail = rig.detail().await;
    let (person, dice) = (person(&rig).await, Dice(SeededRandom::new(4)));
    let day = detail.date.unwrap();
    let items = [
        Items::All,
        Items::Exam { exam: exam.0 },
        Items::Report { report: detail.report.unwrap().id.0 },
        Items::Period { first: day, last: day },
        Items::Period { first: day.next_day().unwrap(), last: day.next_day().unwrap() },
    ];
    let house = Named::Structure { finess: Finess::parse(CHU_FINESS).unwrap() };
    let bruno = Named::Professional { rpps: Rpps::parse(BRUNO).unwrap() };
    let others = professionals(250);
    let whom = [
        to(ANNE),
        to(BRUNO),
        to(&others[0]),
        to(&others[1]),
        Towards::EveryoneBut {
            except: BTreeSet::from([Named::Professional { rpps: Rpps::parse(&others[2]).unwrap() }]),
        },
        Towards::One { who: house.clone() },
        Towards::Everyone,
        Towards::EveryoneBut { except: BTreeSet::from([bruno]) },
        Towards::EveryoneBut { except: BTreeSet::from([house]) },
    ];
    let numbers = [ANNE, BRUNO, CHU_FINESS, "920008059"].into_iter().chain(others.iter().map(String::as_str));
    let more: Vec<Seer> = numbers.map(|number| archive::desk::seer_of(number).unwrap()).collect();
    let (mut compared, mut changed) = (0, 0);
    while compared < 10_000 {
        rig.clock.advance(Duration::from_secs(60));
        let says = dice.pick(&[Says::Deny, Says::Deny, Says::Permit, Says::Designate]);
        let about = if says == Says::Designate { Items::All } else { dice.pick(&items) };
        let to = if says == Says::Designate { dice.pick(&whom[..4]) } else { dice.pick(&whom) };
        let purpose = dice.pick(&[Purpose::Any, Purpose::Care, Purpose::Transmission]);
        let draft = Said { about, to, says, orderer_too: dice.roll(2) == 0, purpose, request: None };
        let foreseen = desk.who_sees(&accueil, exam, Some(&draft), &more).await.unwrap();
        let id = desk.state(&accueil, exam, draft).await.unwrap();
        rig.archive.catalogue.statement_told(GROUP, id, person).await.unwrap();
        let live = desk.who_sees(&accueil, exam, None, &more).await.unwrap();
        let answers = |sights: &[Sight], after: bool| -> Vec<bool> {
            let of = |seen: &Seen| if after { seen.after.permit } else { seen.before.permit };
            sights.iter().flat_map(|one| [Some(of(&one.exam)), one.report.as_ref().map(of)]).flatten().collect()
        };
        let (foretold, now) = (answers(&foreseen, true), answers(&live, false));
        assert_eq!(foretold, now, "{id:?}");
        compared += now.len();
        changed += foreseen.iter().filter(|one| one.exam.changes()).count();
        if dice.roll(3) == 0 {
            let standing = desk.rights(&accueil, exam).await.unwrap().in_force;
            let ended = dice.pick(&standing).statement.id;
            desk.end_statement(&accueil, exam, ended).await.unwrap();
            for one in rig.archive.catalogue.statements(GROUP, person).await.unwrap() {
                rig.archive.catalogue.statement_told(GROUP, one.statement.id, person).await.unwrap();
            }
        }
    }
    assert!(changed > 100, "{changed}: the drafts change something");
}
