//! Orders and the day's list: by room, in order, with what has come of each.

use crate::{CARE, Practice, PracticeError, Room};
use archive::desk::Who;
use billing::nomenclature::{Act, ActKey, Family};
use exam::ids::Rpps;
use record::{
    Accession, Appointment, AppointmentState, AppointmentStep, ExamLine, ExamQuery, FactBody, NUMBER_GIVEN, OrderFact,
    Patient, PatientFact, PatientId, Professional, RecordError,
};
use std::collections::BTreeSet;
use time::{Date, Duration, OffsetDateTime};
use trace::Kind;
use uuid::Uuid;

/// What a form orders.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderForm {
    /// The room's name.
    pub room: String,
    /// When.
    pub starts_at: Option<OffsetDateTime>,
    /// For how long.
    pub minutes: u16,
    /// The act's code.
    pub act: String,
    /// The prescriber's RPPS.
    pub rpps: String,
    /// The prescriber's name.
    pub prescriber: String,
    /// Organised screening.
    pub screening: bool,
    /// Follow-up of a treated breast cancer.
    pub breast_follow_up: bool,
    /// The minor keeps it confidential.
    pub confidential: bool,
}

/// A line of the day.
#[derive(Debug, Clone)]
pub struct DayLine {
    /// The appointment.
    pub appointment: Appointment,
    /// Whose.
    pub patient: Patient,
    /// The exam, once its images have come.
    pub exam: Option<ExamLine>,
}

/// A day.
#[derive(Debug, Clone)]
pub struct Day {
    /// Which.
    pub date: Date,
    /// By room, in the order of the settings; rooms that are in none of them last.
    pub rooms: Vec<(Room, Vec<DayLine>)>,
    /// The day's exams without an appointment.
    pub others: Vec<ExamLine>,
}

impl Practice {
    /// Today, where the practice is.
    pub fn today(&self) -> Date {
        self.config.zone.date_of(self.clock.now())
    }

    /// An act of the nomenclature, on a day of care.
    pub fn act(&self, code: &str, care: Date) -> Option<&Act> {
        self.acts.act(&ActKey { code: code.to_owned(), activity: 1, phase: 0 }, care)
    }

    /// The acts of the nomenclature that have a price on a day, code and words: what a form suggests.
    pub fn usual_acts(&self, care: Date) -> Vec<(&str, &str)> {
        let of_imaging = |family| !matches!(family, Family::Other | Family::Supplement);
        let priced = self.acts.in_force(care).filter(|(_, act)| act.price.is_some() && of_imaging(act.family));
        priced.map(|(key, act)| (key.code.as_str(), act.label.as_str())).collect()
    }

    /// A day's list.
    pub async fn day(&self, who: &Who, date: Date) -> Result<Day, PracticeError> {
        self.allow(who, CARE)?;
        let (group, zone) = (self.group(), self.config.zone);
        let appointments = self.catalogue.appointments(group, zone.start_of(date), zone.end_of(date)).await?;
        let query = ExamQuery { from: Some(date), to: Some(date), limit: 200, ..ExamQuery::default() };
        let exams = self.catalogue.exams(group, query).await?.lines;
        let words = [("what", "day".to_owned()), ("appointments", appointments.len().to_string())];
        self.leaf(who, Kind::Query, None, &words).await?;
        let mut rooms: Vec<(Room, Vec<DayLine>)> =
            self.config.rooms.iter().cloned().map(|room| (room, Vec::new())).collect();
        let mut seen = BTreeSet::new();
        for appointment in appointments {
            let line = self.day_line(appointment).await?;
            seen.extend(line.exam.as_ref().map(|exam| exam.id.0));
            match rooms.iter_mut().find(|(room, _)| room.name == line.appointment.room) {
                Some((_, lines)) => lines.push(line),
                None => {
                    let modality = line.appointment.modality.clone();
                    rooms.push((Room { name: line.appointment.room.clone(), modality }, vec![line]));
                }
            }
        }
        let others = exams.into_iter().filter(|exam| !seen.contains(&exam.id.0)).collect();
        Ok(Day { date, rooms, others })
    }

    async fn day_line(&self, appointment: Appointment) -> Result<DayLine, PracticeError> {
        let person = self.catalogue.person(self.group(), appointment.patient).await?;
        let exam = self.catalogue.exam_of_accession(self.group(), &appointment.accession).await?;
        Ok(DayLine { appointment, patient: person.patient, exam })
    }

    /// One appointment.
    pub async fn appointment(&self, who: &Who, appointment: Uuid) -> Result<DayLine, PracticeError> {
        self.allow(who, CARE)?;
        let found = self.catalogue.appointment(self.group(), appointment).await?;
        self.leaf(who, Kind::Open, Some(found.patient), &[("what", "appointment".to_owned())]).await?;
        self.day_line(found).await
    }

    /// Orders an exam and gives it its place; returns the appointment.
    pub async fn order(&self, who: &Who, patient: PatientId, form: &OrderForm) -> Result<Appointment, PracticeError> {
        self.allow(who, CARE)?;
        let mut new = self.ordered(who, patient, form)?;
        self.leaf(who, Kind::Change, Some(patient), &[("what", "order".to_owned())]).await?;
        for _ in 0..4 {
            let order = self.order_fact(&new, form.confidential, false).await?;
            let message = self.said(who, vec![FactBody::Order(order)], new.at)?;
            match self.catalogue.order_place(self.group(), message, new.clone()).await {
                Err(RecordError::Refused { reason: NUMBER_GIVEN }) => {
                    new.accession = self.new_accession(self.config.zone.date_of(new.starts_at));
                }
                done => return done.map(|()| new).map_err(Into::into),
            }
        }
        Err(PracticeError::Refused("no free accession number was found"))
    }

    fn ordered(&self, who: &Who, patient: PatientId, form: &OrderForm) -> Result<Appointment, PracticeError> {
        let room = self.config.rooms.iter().find(|room| room.name == form.room);
        let room = room.ok_or(PracticeError::Field("room"))?;
        let starts_at = form.starts_at.ok_or(PracticeError::Field("time"))?;
        let date = self.config.zone.date_of(starts_at);
        let code = form.act.trim().get(..7).unwrap_or_default().to_ascii_uppercase();
        let act = self.act(&code, date).ok_or(PracticeError::Field("act"))?;
        let rpps = match form.rpps.trim() {
            "" => None,
            text => Some(Rpps::parse(text).map_err(|_| PracticeError::Field("rpps"))?),
        };
        let name = form.prescriber.trim();
        let (family, first) = name.split_once(' ').unwrap_or((name, ""));
        let prescriber = Professional {
            rpps: rpps.map(|rpps| rpps.as_str().to_owned()),
            local_code: None,
            family_name: family.to_uppercase(),
            first_name: first.to_owned(),
        };
        let named = prescriber.rpps.is_some() || !prescriber.family_name.is_empty();
        let at = self.clock.now();
        Ok(Appointment {
            appointment: self.fresh_uuid(),
            patient,
            accession: self.new_accession(date),
            room: room.name.clone(),
            starts_at,
            minutes: form.minutes,
            act_label: act.label.clone(),
            act_code: code,
            modality: room.modality.clone(),
            prescriber: named.then_some(prescriber),
            screening: form.screening,
            breast_follow_up: form.breast_follow_up,
            state: AppointmentState::Planned,
            by: who.login.clone(),
            at,
            steps: Vec::new(),
        })
    }

    /// Sixteen characters at most (DICOM SH): the day of care and chance. The record refuses one that is given.
    fn new_accession(&self, date: Date) -> String {
        let day = format!("{:02}{:02}{:02}", date.year() % 100, u8::from(date.month()), date.day());
        format!("N{day}{}", self.digits(6))
    }

    async fn order_fact(
        &self,
        appointment: &Appointment,
        confidential: bool,
        cancelled: bool,
    ) -> Result<OrderFact, PracticeError> {
        let person = self.catalogue.person(self.group(), appointment.patient).await?.patient;
        let identifiers = self.numbers(person.id).await?;
        Ok(OrderFact {
            patient: PatientFact { identifiers, traits: person.traits, ..PatientFact::default() },
            accession: Some(Accession { number: appointment.accession.clone(), issuer: None }),
            study_instance_uid: Some(format!("2.25.{}", appointment.appointment.as_u128())),
            placer_number: Some(appointment.accession.clone()),
            act_code: Some(appointment.act_code.clone()),
            act_label: Some(appointment.act_label.clone()),
            modality: Some(appointment.modality.clone()),
            prescriber: appointment.prescriber.clone(),
            screening: appointment.screening,
            breast_follow_up: appointment.breast_follow_up,
            confidential,
            scheduled_at: Some(appointment.starts_at),
            cancelled,
            ..OrderFact::default()
        })
    }

    /// The patient has come, the exam was done, or it will not take place: then its order is cancelled too.
    pub async fn step(&self, who: &Who, appointment: Uuid, state: AppointmentState) -> Result<(), PracticeError> {
        self.allow(who, CARE)?;
        let known = self.catalogue.appointment(self.group(), appointment).await?;
        let words = [("what", format!("appointment-{}", state.key()))];
        self.leaf(who, Kind::Change, Some(known.patient), &words).await?;
        let at = self.clock.now();
        let order = match state {
            AppointmentState::Cancelled => {
                let order = self.order_fact(&known, false, true).await?;
                Some(self.said(who, vec![FactBody::Order(order)], at)?)
            }
            _ => None,
        };
        let step = AppointmentStep { state, by: who.login.clone(), at };
        Ok(self.catalogue.appointment_step(self.group(), appointment, step, order).await?)
    }

    /// The first moment from `from` on, within that day's hours, at which a room is free for so long.
    pub async fn free(&self, room: &str, from: OffsetDateTime, minutes: u16) -> Result<OffsetDateTime, PracticeError> {
        let date = self.config.zone.date_of(from);
        let (start, end) = (self.config.zone.start_of(date), self.config.zone.end_of(date));
        let mut moment = from;
        for taken in self.catalogue.appointments(self.group(), start, end).await? {
            let counts = taken.room == room && taken.state != AppointmentState::Cancelled;
            if counts && taken.ends_at() > moment && taken.starts_at < moment + Duration::minutes(minutes.into()) {
                moment = taken.ends_at();
            }
        }
        Ok(moment)
    }
}
