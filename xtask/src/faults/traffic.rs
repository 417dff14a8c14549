//! One exam as a modality and an information system send it, with the ledger of what was acknowledged.

use super::place::{Place, Running};
use super::web;
use crate::feed::{self, Target};
use crate::{demo, sh};
use anyhow::{Context, Result, bail, ensure};
use dimse::ae::AeTitle;
use dimse::scu::{Instance, Proposal, Scu};
use phantom::{Kind, PhantomExam, Plan, Size};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// For one answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// The C-ECHO service.
const VERIFICATION: &str = "1.2.840.10008.1.1";

/// What is sent, one after the other.
#[derive(Clone, Copy)]
enum Item {
    /// Patient, order, report.
    Message(usize),
    Image(usize),
}

/// An exam on its way.
pub struct Traffic {
    /// What is sent.
    pub exam: PhantomExam,
    messages: [Vec<u8>; 3],
    items: Vec<Item>,
    /// The ledger: which items were acknowledged.
    done: BTreeSet<usize>,
    refused: Vec<String>,
}

impl Traffic {
    /// An exam that no other seed gives (in one place: numbers of exams repeat after a hundred seeds), of at most `images` images.
    pub fn new(seed: u64, images: usize) -> Result<Self> {
        let mut exam = Plan { seed, today: demo::today(), size: Size::Small }.exam(Kind::HeadCt);
        exam.instances.truncate(images);
        let messages = feed::messages(&exam)?;
        let items = [Item::Message(0), Item::Message(1)];
        let images = (0..exam.instances.len()).map(Item::Image);
        let items = items.into_iter().chain(images).chain([Item::Message(2)]).collect();
        let messages = [messages.patient, messages.order, messages.report];
        Ok(Self { exam, messages, items, done: BTreeSet::new(), refused: Vec::new() })
    }

    /// Acknowledged so far.
    pub fn acknowledged(&self) -> usize {
        self.done.len()
    }

    /// What is not acknowledged, until the first refusal or broken connection.
    pub fn send(&mut self, target: &Target) -> Result<()> {
        self.send_up_to(target, usize::MAX)
    }

    /// The same, until `count` items are acknowledged in all.
    pub fn send_up_to(&mut self, target: &Target, count: usize) -> Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(self.sending(target, count))
    }

    async fn sending(&mut self, target: &Target, count: usize) -> Result<()> {
        let mut scu = None;
        for (index, item) in self.items.clone().into_iter().enumerate() {
            if self.done.contains(&index) {
                continue;
            }
            if self.done.len() >= count {
                break;
            }
            let answer = match item {
                Item::Message(number) => message(&target.hl7, &self.messages[number]).await?,
                Item::Image(number) => {
                    if scu.is_none() {
                        scu = Some(associate(&target.dicom, &self.exam).await?);
                    }
                    let scu = scu.as_mut().context("no association")?;
                    image(scu, &self.exam, number).await?
                }
            };
            match answer.as_str() {
                "0000" | "AA" => self.done.insert(index),
                _ => {
                    self.refused.push(answer.clone());
                    bail!("answered {answer}");
                }
            };
        }
        if let Some(scu) = scu {
            scu.release().await?;
        }
        Ok(())
    }

    /// Sends until everything is acknowledged, as a modality tries again.
    pub fn insist(&mut self, target: &Target, at_most: Duration) -> Result<()> {
        let end = Instant::now() + at_most;
        while let Err(error) = self.send(target) {
            if Instant::now() > end {
                return Err(error.context("not everything is taken"));
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        Ok(())
    }

    /// What was answered to what was not taken: DIMSE statuses and HL7 codes.
    pub fn refusals(&self) -> &[String] {
        &self.refused
    }

    /// The session of the exam's sheet.
    pub fn open(&self, place: &Place, target: &Target) -> Result<String> {
        let mut sheets: Vec<_> = super::place::files(&place.sheets());
        sheets.retain(|path| path.extension().is_some_and(|e| e == "pdf"));
        let mut last = "no sheet came".to_owned();
        for sheet in sheets.iter().rev() {
            let text = sh::output(&place.sheets(), "pdftotext", &["-layout", &sheet.to_string_lossy(), "-"])?;
            let (Some(number), Some(code)) = feed::read_sheet(&text) else { continue };
            if !text.contains(&self.exam.accession) {
                continue;
            }
            match web::open(&target.web, &number, &code, self.exam.patient.born)? {
                Ok(cookie) => return Ok(cookie),
                Err(status) => last = format!("the sheet's code is answered {status}"),
            }
        }
        bail!(last)
    }

    /// The images of the web are those sent, no more, no fewer, no others.
    pub fn compare(&self, target: &Target, cookie: &str) -> Result<()> {
        let found = web::data_sets(&target.web, cookie)?;
        let sent: BTreeSet<Vec<u8>> = self.exam.instances.iter().map(|one| one.dataset.clone()).collect();
        let (missing, strange) = (sent.difference(&found).count(), found.difference(&sent).count());
        ensure!(strange == 0, "{strange} images of the web were never sent");
        ensure!(missing == 0, "{missing} of {} images are missing on the web", sent.len());
        Ok(())
    }

    /// Waits until the exam opens with its sheet and has all its images.
    pub fn arrives(&self, place: &Place, target: &Target, at_most: Duration) -> Result<()> {
        let end = Instant::now() + at_most;
        loop {
            let seen = self.open(place, target).and_then(|cookie| self.compare(target, &cookie));
            match seen {
                Ok(()) => return Ok(()),
                Err(error) if Instant::now() > end => return Err(error.context("the exam does not open whole")),
                Err(_) => std::thread::sleep(Duration::from_millis(250)),
            }
        }
    }

    /// After a fault: what was not acknowledged is sent again, and then everything must be there.
    pub fn complete(&mut self, place: &Place, running: Running, at_most: Duration) -> Result<()> {
        let whole = self.insist(&running.target, at_most).and_then(|()| self.arrives(place, &running.target, at_most));
        whole.with_context(|| format!("{} acknowledged; log:\n{}", self.done.len(), place.log_end()))?;
        running.stop()?;
        place.verify()
    }
}

async fn message(address: &str, message: &[u8]) -> Result<String> {
    let exchange = async {
        let mut stream = tokio::net::TcpStream::connect(address).await?;
        anyhow::Ok(hl7::mllp::client::send(&mut stream, message).await?.code)
    };
    tokio::time::timeout(PATIENCE, exchange).await.context("no acknowledgement")?
}

/// An association for the exam's images and for C-ECHO.
pub async fn associate(address: &str, exam: &PhantomExam) -> Result<Scu<tokio::net::TcpStream>> {
    let classes: BTreeSet<_> = exam.instances.iter().map(|i| (&i.sop_class_uid, &i.transfer_syntax_uid)).collect();
    let proposal = |class: &str, syntax: &str| Proposal {
        sop_class_uid: class.to_owned(),
        transfer_syntax_uids: vec![syntax.to_owned()],
    };
    let mut proposals: Vec<_> = classes.into_iter().map(|(class, syntax)| proposal(class, syntax)).collect();
    proposals.push(proposal(VERIFICATION, "1.2.840.10008.1.2"));
    let title = |text: &str| AeTitle::new(text).with_context(|| format!("{text} is no AE title"));
    let (calling, called) = (title("FAULTS")?, title("NEGATOSCOPE")?);
    let connecting = Scu::connect(address, &calling, &called, &proposals);
    Ok(tokio::time::timeout(PATIENCE, connecting).await.context("no association in time")??)
}

async fn image(scu: &mut Scu<tokio::net::TcpStream>, exam: &PhantomExam, number: usize) -> Result<String> {
    let instance = &exam.instances[number];
    let announced = Instance {
        sop_class_uid: &instance.sop_class_uid,
        sop_instance_uid: &instance.sop_instance_uid,
        transfer_syntax_uid: &instance.transfer_syntax_uid,
    };
    let storing = scu.store_bytes(announced, &instance.dataset);
    let status = tokio::time::timeout(PATIENCE, storing).await.context("no answer in time")??;
    Ok(format!("{:04X}", status.code))
}
