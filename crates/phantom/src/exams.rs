//! From a plan to whole exams.

use crate::dataset::Dataset;
use crate::noise::Dice;
use crate::people::{self, Order, Patient, Prescriber};
use crate::report::{Report, report_pdf};
use crate::{Error, PhantomInstance, TRANSFER_SYNTAX, ct, mammogram, radiograph, texts, ultrasound};
use dicom::Vr;
use time::{Date, Duration, Month, PrimitiveDateTime, Time};

/// The exams that can be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A CT of the head, ordered by a hospital: three series.
    HeadCt,
    /// An organised screening mammogram: four views.
    ScreeningMammogram,
    /// A chest radiograph with an opacity on the right.
    ChestRadiograph,
    /// A clip of many frames in colour.
    CardiacUltrasound,
    /// The head of the same patient, 26 months before: no longer on the web, still archived.
    PriorHeadCt,
    /// The chest of the same patient, eight months before: no longer on the web.
    PriorChestRadiograph,
}

impl Kind {
    /// Every kind, those of the day first.
    pub const ALL: [Self; 6] = [
        Self::HeadCt,
        Self::ScreeningMammogram,
        Self::ChestRadiograph,
        Self::CardiacUltrasound,
        Self::PriorHeadCt,
        Self::PriorChestRadiograph,
    ];

    /// The DICOM modality.
    pub fn modality(self) -> &'static str {
        match self {
            Self::HeadCt | Self::PriorHeadCt => "CT",
            Self::ScreeningMammogram => "MG",
            Self::ChestRadiograph | Self::PriorChestRadiograph => "DX",
            Self::CardiacUltrasound => "US",
        }
    }

    fn number(self) -> u8 {
        Self::ALL.iter().position(|kind| *kind == self).map_or(0, |index| index as u8 + 1)
    }

    fn days_ago(self) -> i64 {
        match self {
            Self::HeadCt | Self::ScreeningMammogram => 0,
            Self::ChestRadiograph => 1,
            Self::CardiacUltrasound => 2,
            Self::PriorHeadCt => 792,
            Self::PriorChestRadiograph => 245,
        }
    }

    fn patient(self) -> Patient {
        let [first, second, third, fourth] = people::patients();
        match self {
            Self::HeadCt | Self::PriorHeadCt => first,
            Self::ScreeningMammogram => second,
            Self::ChestRadiograph | Self::PriorChestRadiograph => third,
            Self::CardiacUltrasound => fourth,
        }
    }

    fn prescriber(self) -> Prescriber {
        let [practitioner, gynaecologist, hospital] = people::prescribers();
        match self {
            Self::HeadCt | Self::PriorHeadCt => hospital,
            Self::ScreeningMammogram => gynaecologist,
            _ => practitioner,
        }
    }
}

/// How large the images are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Size {
    /// For eyes: 512 × 512 slices, mammograms of 5 MB, a clip of 36 frames; about 120 MB in all.
    Demo,
    /// For tests: under 1 MB an exam.
    Small,
}

/// What to make: the same plan gives the same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// Names the UIDs and numbers.
    pub seed: u64,
    /// The day of the newest exams.
    pub today: Date,
    /// How large the images are.
    pub size: Size,
}

/// One exam: who, what for, the images, the report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhantomExam {
    /// Which one.
    pub kind: Kind,
    /// Whose: what ADT messages are made of.
    pub patient: Patient,
    /// The visit (PV1-19).
    pub visit_number: String,
    /// Accession number, issued by [`people::ACCESSION_ISSUER`].
    pub accession: String,
    /// Study Instance UID.
    pub study_uid: String,
    /// DICOM modality.
    pub modality: &'static str,
    /// What was done, in French.
    pub title: String,
    /// When.
    pub performed_at: PrimitiveDateTime,
    /// What order messages are made of.
    pub order: Order,
    /// What report messages are made of.
    pub report: Report,
    /// The images.
    pub instances: Vec<PhantomInstance>,
}

impl PhantomExam {
    /// The report as a PDF.
    ///
    /// # Errors
    /// As [`report_pdf`].
    pub fn report_pdf(&self) -> Result<Vec<u8>, Error> {
        report_pdf(&self.patient, &self.order, &self.accession, &self.report)
    }
}

/// The exams of the demonstration, the newest on 25 November 2026.
pub fn demo() -> Vec<PhantomExam> {
    demo_on(Date::from_calendar_date(2026, Month::November, 25).unwrap_or(Date::MIN))
}

/// The exams of the demonstration, the newest on this day.
pub fn demo_on(today: Date) -> Vec<PhantomExam> {
    Plan { seed: 1, today, size: Size::Demo }.exams()
}

/// What all images of a series share.
struct Series {
    uid: String,
    number: i64,
    description: &'static str,
}

impl Plan {
    /// Every exam, those of the day first.
    pub fn exams(&self) -> Vec<PhantomExam> {
        Kind::ALL.into_iter().map(|kind| self.exam(kind)).collect()
    }

    /// One exam.
    pub fn exam(&self, kind: Kind) -> PhantomExam {
        let mut exam = self.without_images(kind);
        exam.instances = self.instances(&exam);
        exam
    }

    /// One exam without its images: quick, for messages alone.
    pub fn without_images(&self, kind: Kind) -> PhantomExam {
        let day = self.today.saturating_sub(Duration::days(kind.days_ago()));
        let mut dice = self.dice(kind, day);
        let wording = texts::wording(kind);
        let hour = 8 + kind.number();
        let performed_at =
            PrimitiveDateTime::new(day, Time::from_hms(hour, 5 * hour % 60, 0).unwrap_or(Time::MIDNIGHT));
        let short = day.year().rem_euclid(100) as u32 * 10_000 + u32::from(u8::from(day.month())) * 100;
        let number = format!("{:06}{:02}{}", short + u32::from(day.day()), self.seed % 100, kind.number());
        let order = Order {
            placer_number: format!("P{number}"),
            act_code: wording.act_code.to_owned(),
            act_label: wording.title.to_owned(),
            clinical_question: wording.question.to_owned(),
            prescriber: kind.prescriber(),
            organised_screening: kind == Kind::ScreeningMammogram,
        };
        PhantomExam {
            kind,
            patient: kind.patient(),
            visit_number: format!("V{number}"),
            accession: format!("F{number}"),
            study_uid: dice.uid(),
            modality: kind.modality(),
            title: wording.title.to_owned(),
            performed_at,
            order,
            report: report(&wording, performed_at),
            instances: Vec::new(),
        }
    }

    fn dice(&self, kind: Kind, day: Date) -> Dice {
        Dice::new(self.seed, &format!("{kind:?} {} {:?}", day.to_julian_day(), self.size))
    }

    fn instances(&self, exam: &PhantomExam) -> Vec<PhantomInstance> {
        let mut dice = self.dice(exam.kind, exam.performed_at.date());
        let _study = dice.uid();
        let frame_of_reference_uid = dice.uid();
        let mut instances = Vec::new();
        for (number, (description, class, images)) in (1..).zip(self.series(exam.kind, &frame_of_reference_uid)) {
            let series = Series { uid: dice.uid(), number, description };
            for image in images {
                instances.push(instance(exam, &series, class, &dice.uid(), image));
            }
        }
        instances
    }

    /// The series of an exam: description, SOP class, images without their common modules.
    fn series(&self, kind: Kind, frame: &str) -> Vec<(&'static str, &'static str, Vec<Dataset>)> {
        let demo = self.size == Size::Demo;
        match kind {
            Kind::HeadCt | Kind::PriorHeadCt => {
                let (matrix, slices) = match (demo, kind) {
                    (true, Kind::HeadCt) => (512, 60),
                    (true, _) => (256, 40),
                    (false, _) => (128, 6),
                };
                let all = ct::protocols(matrix, slices);
                let images =
                    |protocol: ct::Protocol| (protocol.description, ct::SOP_CLASS, ct::images(&protocol, frame));
                all.into_iter().map(images).collect()
            }
            Kind::ScreeningMammogram => {
                let (height, width) = if demo { (1800, 1440) } else { (150, 120) };
                vec![("Dépistage 4 incidences", mammogram::SOP_CLASS, mammogram::images(height, width))]
            }
            Kind::ChestRadiograph | Kind::PriorChestRadiograph => {
                let size = if demo { 1600 } else { 160 };
                let image = radiograph::image(size, kind == Kind::ChestRadiograph);
                vec![("Thorax de face", radiograph::SOP_CLASS, vec![image])]
            }
            Kind::CardiacUltrasound => {
                let (height, width, frames) = if demo { (480, 640, 40) } else { (60, 80, 4) };
                vec![(
                    "Coupe apicale, doppler couleur",
                    ultrasound::SOP_CLASS,
                    vec![ultrasound::image(height, width, frames)],
                )]
            }
        }
    }
}

fn report(wording: &texts::Wording, performed_at: PrimitiveDateTime) -> Report {
    let section = |heading: &str, text: &str| (heading.to_owned(), text.to_owned());
    Report {
        title: wording.title.to_owned(),
        radiologist: texts::RADIOLOGIST.to_owned(),
        radiologist_rpps: people::radiologist_rpps(),
        exam_at: performed_at,
        validated_at: performed_at + Duration::minutes(95),
        sections: vec![
            section("Indication", wording.question),
            section("Technique", wording.technique),
            section("Résultats", wording.findings),
            section("Conclusion", wording.conclusion),
        ],
    }
}

fn instance(exam: &PhantomExam, series: &Series, class: &str, sop_uid: &str, image: Dataset) -> PhantomInstance {
    let mut set = Dataset::new();
    set.text((0x0008, 0x0016), Vr::UI, class).text((0x0008, 0x0018), Vr::UI, sop_uid);
    patient_module(&mut set, exam);
    study_and_series_modules(&mut set, exam, series);
    set.merge(image);
    PhantomInstance {
        sop_class_uid: class.to_owned(),
        sop_instance_uid: sop_uid.to_owned(),
        transfer_syntax_uid: TRANSFER_SYNTAX.to_owned(),
        dataset: set.into_bytes(),
    }
}

/// PS3.3 §C.7.1.1.
fn patient_module(set: &mut Dataset, exam: &PhantomExam) {
    let patient = &exam.patient;
    set.text((0x0010, 0x0010), Vr::PN, &patient.dicom_name())
        .text((0x0010, 0x0020), Vr::LO, &patient.local_id)
        .text((0x0010, 0x0021), Vr::LO, people::PATIENT_ISSUER)
        .items((0x0010, 0x0024), vec![qualifiers(people::PATIENT_ISSUER_OID)])
        .text((0x0010, 0x0030), Vr::DA, &dicom_date(patient.born))
        .text((0x0010, 0x0040), Vr::CS, patient.sex.letter())
        .text((0x0010, 0x4000), Vr::LT, "Personne et images inventées");
}

fn qualifiers(oid: &str) -> Dataset {
    let mut item = Dataset::new();
    item.text((0x0040, 0x0032), Vr::UT, oid).text((0x0040, 0x0033), Vr::CS, "ISO");
    item
}

/// PS3.3 §C.7.2.1, §C.7.3.1, §C.7.5.1.
fn study_and_series_modules(set: &mut Dataset, exam: &PhantomExam, series: &Series) {
    let (day, time) = (dicom_date(exam.performed_at.date()), dicom_time(exam.performed_at.time()));
    let taken = dicom_time((exam.performed_at + Duration::minutes(series.number)).time());
    let prescriber = &exam.order.prescriber;
    let mut issuer = qualifiers(people::ACCESSION_ISSUER_OID);
    issuer.text((0x0040, 0x0031), Vr::UT, people::ACCESSION_ISSUER);
    set.text((0x0008, 0x0005), Vr::CS, "ISO_IR 192")
        .text((0x0008, 0x0020), Vr::DA, &day)
        .text((0x0008, 0x0021), Vr::DA, &day)
        .text((0x0008, 0x0022), Vr::DA, &day)
        .text((0x0008, 0x0023), Vr::DA, &day)
        .text((0x0008, 0x0030), Vr::TM, &time)
        .text((0x0008, 0x0031), Vr::TM, &taken)
        .text((0x0008, 0x0032), Vr::TM, &taken)
        .text((0x0008, 0x0033), Vr::TM, &taken)
        .text((0x0008, 0x0050), Vr::SH, &exam.accession)
        .items((0x0008, 0x0051), vec![issuer])
        .text((0x0008, 0x0060), Vr::CS, exam.modality)
        .text((0x0008, 0x0070), Vr::LO, "Negatoscope")
        .text((0x0008, 0x0080), Vr::LO, texts::CENTRE)
        .text((0x0008, 0x0090), Vr::PN, &format!("{}^{}", prescriber.family_name, prescriber.first_name))
        .text((0x0008, 0x1030), Vr::LO, &exam.title)
        .text((0x0008, 0x103E), Vr::LO, series.description)
        .text((0x0008, 0x1050), Vr::PN, texts::RADIOLOGIST_DICOM)
        .text((0x0008, 0x1090), Vr::LO, "Fantôme")
        .text((0x0018, 0x1020), Vr::LO, "1")
        .text((0x0020, 0x000D), Vr::UI, &exam.study_uid)
        .text((0x0020, 0x000E), Vr::UI, &series.uid)
        .text((0x0020, 0x0010), Vr::SH, &exam.accession)
        .integer((0x0020, 0x0011), series.number);
}

fn dicom_date(date: Date) -> String {
    format!("{:04}{:02}{:02}", date.year(), u8::from(date.month()), date.day())
}

fn dicom_time(time: Time) -> String {
    format!("{:02}{:02}{:02}", time.hour(), time.minute(), time.second())
}
