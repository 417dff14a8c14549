//! What HL7 brings goes to the landing log; what the information system takes back goes out from here.

use super::tls::{self, Certificates};
use crate::settings::Peers;
use ambient::Clock;
use anyhow::Result;
use archive::outlet::{LeavingCode, LeavingSheet};
use async_trait::async_trait;
use bytes::Bytes;
use hl7::build::Header;
use hl7::event::{Document, Order, Report, ReportStatus};
use hl7::mllp::server::{AllowList, Handler, Peer, ServerSettings};
use hl7::types::{Coded, Number, PartialDate, Patient, Sex, Timestamp, Traits};
use hl7::{Ack, Event, EventError, Message};
use intake::landing::{Landing, Refusal};
use record::PatientTraits;
use std::future::Future;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use time::OffsetDateTime;
use tokio::net::TcpStream;
use tokio::sync::watch;

struct MessagesToLanding(Landing);

#[async_trait]
impl Handler for MessagesToLanding {
    async fn handle(&self, peer: &Peer, raw: Bytes, message: Message) -> Ack {
        let understood = Event::read(&message);
        if let Err(error @ (EventError::UnsupportedType | EventError::UnsupportedEvent)) = understood {
            return Ack::from(error);
        }
        let source = format!("hl7:{}", peer.address.ip());
        match self.0.append_message(&source, raw).await {
            // What cannot be used is kept all the same, and the sender told where it is wrong.
            Ok(accepted) => match (understood, accepted.complaint) {
                (Err(error), _) => Ack::from(error),
                (Ok(_), Some(complaint)) => Ack::error(207, complaint),
                (Ok(_), None) => Ack::accept(),
            },
            Err(refusal) => {
                tracing::warn!(%refusal, "a message was not kept");
                match refusal {
                    Refusal::TooLarge { .. } => Ack::reject(207, "too large"),
                    _ => Ack::try_again(),
                }
            }
        }
    }
}

/// What stands behind every listener for the information system.
pub struct Door {
    list: AllowList,
    handler: Arc<dyn Handler>,
    settings: ServerSettings,
}

/// Makes it.
pub fn door(allowed: &Peers, landing: Landing, clock: Arc<dyn Clock>) -> Door {
    let handler = Arc::new(MessagesToLanding(landing));
    Door { list: list(allowed), handler, settings: ServerSettings::new(Arc::new(move || clock.now())) }
}

fn list(allowed: &Peers) -> AllowList {
    let mut list = AllowList::nobody();
    for (address, bits) in &allowed.0 {
        list = list.allow(*address, *bits);
    }
    if allowed.0.is_empty() {
        // Without a list only this machine may connect.
        list = list.allow(Ipv4Addr::LOCALHOST.into(), 8).allow(Ipv6Addr::LOCALHOST.into(), 128);
    }
    list
}

/// Listens for the information system until `stopped`.
pub fn serve(
    listener: TcpListener,
    door: &Door,
    stopped: watch::Receiver<bool>,
) -> Result<impl Future<Output = Result<()>> + use<>> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let (list, handler, settings) = (door.list.clone(), door.handler.clone(), door.settings.clone());
    Ok(async move {
        hl7::mllp::server::serve(listener, list, handler, settings, stopped).await;
        Ok(())
    })
}

/// The same over TLS. With certificates required of everybody, `anybody` may connect from anywhere.
pub fn serve_tls(
    listener: TcpListener,
    door: &Door,
    certificates: Arc<Certificates>,
    anybody: bool,
    stopped: watch::Receiver<bool>,
) -> Result<impl Future<Output = Result<()>> + use<>> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let (list, handler, settings) = (door.list.clone(), door.handler.clone(), door.settings.clone());
    let (most, told) = (settings.connections, stopped.clone());
    let link = move |stream, address: SocketAddr| {
        let (allowed, handler) = (anybody || list.allows(address.ip()), handler.clone());
        let (settings, told) = (settings.clone(), told.clone());
        async move {
            if !allowed {
                tracing::warn!(peer = %address.ip(), "mllp connection refused: address not allowed");
                return;
            }
            let peer = Peer { address, certified: None };
            if let Err(error) = hl7::mllp::server::serve_stream(stream, peer, handler, settings, told).await {
                tracing::info!(peer = %address.ip(), %error, "mllp link ended");
            }
        }
    };
    Ok(async move {
        tls::serve(listener, certificates, most, stopped, link).await;
        Ok(())
    })
}

/// The report with its sheet, as the information system wants it back (ORU^R01 with the PDF). Never kept.
pub fn sheet_message(sheet: &LeavingSheet, now: OffsetDateTime) -> Vec<u8> {
    let exam = &sheet.exam;
    let control = sheet.sheet.simple().to_string();
    let time = Timestamp::of(now);
    let header = Header::new(["NEGATOSCOPE", "NEGATOSCOPE"], ["RIS", ""], time, control.get(..20).unwrap_or(&control));
    let ids =
        exam.patient.iter().flat_map(|patient| &patient.identifiers).map(|id| Number::local(&id.value, &id.issuer));
    let patient = Patient {
        ids: ids.collect(),
        traits: exam.patient.as_ref().map(|patient| traits(&patient.traits)).unwrap_or_default(),
        ..Patient::default()
    };
    let accession = exam.accession.as_ref().map(|a| Number::local(&a.number, a.issuer.as_deref().unwrap_or("")));
    let report = Report {
        status: ReportStatus::Final,
        document: Some(Document::Pdf(sheet.pdf.to_vec())),
        placer: exam.order.as_ref().and_then(|order| order.placer_number.as_deref()).map(|n| Number::local(n, "")),
        accession,
        study_uid: exam.study_instance_uids.first().cloned(),
        code: Coded { code: "18748-4".into(), text: "CR d'imagerie médicale".into(), system: "LN".into() },
        validated_at: exam.report.as_ref().map(|report| Timestamp::of(report.validated_at)),
        ..Report::default()
    };
    hl7::build::report(&header, &patient, &report)
}

/// A code reserved with its order, as the information system's own template wants it (ORU^R01, one value in each OBX).
/// Never kept.
pub fn code_message(code: &LeavingCode, now: OffsetDateTime) -> Vec<u8> {
    let control = code.sheet.simple().to_string();
    let time = Timestamp::of(now);
    let header = Header::new(["NEGATOSCOPE", "NEGATOSCOPE"], ["RIS", ""], time, control.get(..20).unwrap_or(&control));
    let from = &code.order;
    let patient = Patient {
        ids: from.patient.identifiers.iter().map(|id| Number::local(&id.value, &id.issuer)).collect(),
        traits: traits(&from.patient.traits),
        ..Patient::default()
    };
    let accession = from.accession.as_ref().map(|a| Number::local(&a.number, a.issuer.as_deref().unwrap_or("")));
    let order = Order {
        placer: from.placer_number.as_deref().map(|number| Number::local(number, "")),
        accession,
        study_uid: from.study_instance_uid.clone(),
        act: Coded {
            code: from.act_code.clone().unwrap_or_default(),
            text: from.act_label.clone().unwrap_or_default(),
            system: String::new(),
        },
        ..Order::default()
    };
    let values = [
        ["NEGATOSCOPE_ADRESSE", "Adresse des images", &code.address],
        ["NEGATOSCOPE_NUMERO", "Numéro d’examen", &code.number],
        ["NEGATOSCOPE_CODE", "Code d’accès", &code.code],
        ["NEGATOSCOPE_QR", "Contenu du QR", &code.qr_url],
    ];
    hl7::build::values(&header, &patient, &order, &values)
}

fn traits(traits: &PatientTraits) -> Traits {
    Traits {
        birth_name: Some(traits.birth_name.clone()),
        used_name: traits.used_name.clone(),
        first_name: traits.first_names.split(' ').next().map(str::to_owned),
        first_names: Some(traits.first_names.clone()),
        birth: traits.birth_date.map(|date| PartialDate { year: date.year, month: date.month, day: date.day }),
        sex: match traits.sex.as_deref() {
            Some("F") => Some(Sex::F),
            Some("M") => Some(Sex::M),
            Some("O") => Some(Sex::O),
            _ => None,
        },
        birth_place: traits.birth_place.clone(),
    }
}

/// Sends one message and waits for its acknowledgement.
pub async fn send(address: &str, message: &[u8]) -> Result<(), String> {
    let exchange = async {
        let mut stream = TcpStream::connect(address).await.map_err(|error| format!("no connection: {error}"))?;
        let answer = hl7::mllp::client::send(&mut stream, message).await.map_err(|error| error.to_string())?;
        if answer.is_accepted() { Ok(()) } else { Err("the information system did not accept the report".to_owned()) }
    };
    match tokio::time::timeout(std::time::Duration::from_secs(30), exchange).await {
        Ok(done) => done,
        Err(_) => Err("the information system did not answer in time".to_owned()),
    }
}
