//! A report to a partner's HL7 server.

use super::PATIENCE;
use super::way::Stream;
use archive::transmit::{Refused, ReportLine, Trouble};
use async_trait::async_trait;
use bytes::Bytes;

/// Errors of table 0357 that sending again does not cure: a segment, a field, a type, a version that the server does not
/// take; and its own words for a wrong version or author (900, 901).
const FOR_GOOD: &[&str] = &["100", "101", "102", "103", "200", "201", "202", "203", "900", "901"];

/// An open connection.
pub struct Line(pub Box<dyn Stream>);

#[async_trait]
impl ReportLine for Line {
    async fn send(mut self: Box<Self>, message: Bytes) -> Result<(), Trouble> {
        let exchange = hl7::mllp::client::send(&mut self.0, &message);
        let answer = match tokio::time::timeout(PATIENCE, exchange).await {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => return Err(Trouble::Broken(error.to_string())),
            Err(_) => return Err(Trouble::Broken("no answer in time".into())),
        };
        if answer.is_accepted() {
            return Ok(());
        }
        // The words of the answer may quote the message: only its codes are kept.
        let error = answer.error.unwrap_or_default();
        let said = format!("{} {error}", code(&answer.code));
        let said = said.trim_end().to_owned();
        match FOR_GOOD.contains(&error.as_str()) {
            true => Err(Trouble::Refused(Refused::Message(said))),
            false => Err(Trouble::Broken(format!("answered {said}"))),
        }
    }
}

/// An acknowledgement's code, if it is one of the six.
fn code(text: &str) -> &str {
    if matches!(text, "AE" | "AR" | "CE" | "CR") { text } else { "?" }
}
