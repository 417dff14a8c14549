//! Judging an association request: a pure function of the request and the settings.

use super::query::{Service, service};
use super::{Config, PERFORMED_STEP_SOP_CLASS};
use crate::VERIFICATION_SOP_CLASS;
use crate::ae::AeTitle;
use crate::commitment;
use crate::pdu::association::{APPLICATION_CONTEXT, Accept, Proposed, Request, Role, Verdict};
use dicom::tables::{EXPLICIT_VR_BIG_ENDIAN, EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN};
use std::net::IpAddr;

/// A refusal in the terms of PS3.8 table 9-21, and why, for the operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    /// 1 for good, 2 for now.
    pub result: u8,
    /// 1 service user, 2 provider (ACSE), 3 provider (presentation).
    pub origin: u8,
    /// By source.
    pub reason: u8,
    /// For the operator.
    pub why: &'static str,
}

/// One accepted context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// Odd.
    pub id: u8,
    /// The SOP class.
    pub abstract_syntax: String,
    /// The transfer syntax.
    pub transfer_syntax: String,
}

/// What was agreed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// The calling title.
    pub calling: AeTitle,
    /// The called title.
    pub called: AeTitle,
    /// The accepted contexts.
    pub contexts: Vec<Context>,
    /// The answer to send.
    pub accept: Accept,
    /// The longest P-DATA-TF the peer takes; 0 for no limit.
    pub peer_max_pdu: u32,
}

/// Judges a request that comes from `address`; `full` when no place is left.
///
/// The caller is judged before what it calls, and a stranger and a known title from elsewhere get the same
/// answer, so that nobody learns a title by trying.
///
/// # Errors
/// The [`Refusal`] to answer.
pub fn negotiate(request: &Request, config: &Config, address: IpAddr, full: bool) -> Result<Agreement, Refusal> {
    let refuse = |result, origin, reason, why| Err(Refusal { result, origin, reason, why });
    if request.application_context != APPLICATION_CONTEXT {
        return refuse(1, 1, 2, "unknown application context");
    }
    let calling = match AeTitle::from_field(&request.calling_field) {
        Some(calling) if config.peers.admit(&calling, address) => calling,
        _ => return refuse(1, 1, 3, "calling title unknown, malformed or from the wrong address"),
    };
    let called = match AeTitle::from_field(&request.called_field) {
        Some(called) if config.ae_titles.is_empty() || config.ae_titles.contains(&called) => called,
        _ => return refuse(1, 1, 7, "called title not ours"),
    };
    if (1..8).contains(&request.max_pdu_bytes) {
        return refuse(1, 2, 1, "maximum PDU too small for any fragment");
    }
    if full {
        return refuse(2, 3, 2, "all places taken");
    }
    let (contexts, verdicts) = judge_contexts(request, config);
    let roles = answer_roles(&request.roles, config);
    let extended = answer_extended(&request.extended, config);
    let accept = Accept { verdicts, max_pdu_bytes: config.max_pdu_bytes, roles, extended };
    Ok(Agreement { calling, called, contexts, accept, peer_max_pdu: request.max_pdu_bytes })
}

fn judge_contexts(request: &Request, config: &Config) -> (Vec<Context>, Vec<(u8, Verdict)>) {
    let mut contexts: Vec<Context> = Vec::new();
    let mut verdicts: Vec<(u8, Verdict)> = Vec::new();
    for context in &request.contexts {
        // Ids are odd and each is used once (PS3.8 §9.3.2.2); a repeated one cannot be answered twice.
        if verdicts.iter().any(|(id, _)| *id == context.id) {
            continue;
        }
        let verdict = if context.id % 2 == 0 { Verdict::NoReason } else { judge_context(context, request, config) };
        if let Verdict::Accepted(transfer_syntax) = &verdict {
            contexts.push(Context {
                id: context.id,
                abstract_syntax: context.abstract_syntax.clone(),
                transfer_syntax: transfer_syntax.clone(),
            });
        }
        verdicts.push((context.id, verdict));
    }
    (contexts, verdicts)
}

/// The first proposed transfer syntax we know: bytes are kept as received, so the sender's preference wins. Queries are
/// in one of the two little endian forms. Where we are to send (C-GET), the explicit form before the implicit one: most
/// of what is kept is in it.
fn judge_context(context: &Proposed, request: &Request, config: &Config) -> Verdict {
    if !accepts_class(&context.abstract_syntax, config) {
        return Verdict::AbstractSyntaxNotSupported;
    }
    // Of what is stored the bytes are kept whatever they are; what is read here must be in a form we read.
    let any = config.accept_unknown_transfer_syntaxes && stores_class(&context.abstract_syntax, config);
    let known = |uid: &&String| dicom::tables::transfer_syntax(uid).is_some() || (any && crate::uid::has_owner(uid));
    let proposed = &context.transfer_syntaxes;
    let little = |wanted: &str| proposed.iter().find(|uid| *uid == wanted);
    let receives = config.offers_queries
        && request.roles.iter().any(|role| role.scp && role.sop_class_uid == context.abstract_syntax);
    let chosen = if service(&context.abstract_syntax).is_some() {
        proposed.iter().find(|uid| [EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN].contains(&uid.as_str()))
    } else {
        // Who offers the retired big endian first has the data set in another form, as a rule, and would turn it round.
        let first = proposed.iter().filter(|uid| *uid != EXPLICIT_VR_BIG_ENDIAN).find(known);
        let first = first.or_else(|| proposed.iter().find(known));
        let implicit = first.is_some_and(|uid| uid == IMPLICIT_VR_LITTLE_ENDIAN);
        if receives && implicit { little(EXPLICIT_VR_LITTLE_ENDIAN).or(first) } else { first }
    };
    match chosen {
        Some(uid) => Verdict::Accepted(uid.clone()),
        None => Verdict::TransferSyntaxesNotSupported,
    }
}

/// Whether a context of this SOP class is accepted; verification always is.
pub(super) fn accepts_class(uid: &str, config: &Config) -> bool {
    uid == VERIFICATION_SOP_CLASS
        || ((config.takes_commitments || config.offers_commitment) && uid == commitment::SOP_CLASS)
        || (config.takes_steps && uid == PERFORMED_STEP_SOP_CLASS)
        || (config.offers_queries && service(uid).is_some())
        || config.finds.iter().any(|class| class == uid)
        || stores_class(uid, config)
}

/// Whether instances of this SOP class are stored.
pub(super) fn stores_class(uid: &str, config: &Config) -> bool {
    dicom::tables::storage_sop_class(uid).is_some()
        || (config.accept_unknown_classes && crate::uid::has_owner(uid) && !is_other_service(uid))
}

/// Standard SOP classes that are no storage: finding, moving, worklists and their like. Accepting them as
/// "unknown" would promise a service that is not there.
fn is_other_service(uid: &str) -> bool {
    uid.strip_prefix("1.2.840.10008.").is_some_and(|rest| !rest.starts_with("5.1.4.1.1."))
}

/// We are the provider here: the requestor stays the user (PS3.7 §D.3.3.4), but where it says what it commits to.
fn answer_roles(proposed: &[Role], config: &Config) -> Vec<Role> {
    let answer = |role: &Role| {
        let commits = role.sop_class_uid == commitment::SOP_CLASS;
        let user = role.scu && (!commits || config.offers_commitment);
        // With C-GET the requestor is the provider of the storage (PS3.4 §C.5.3).
        let receives = config.offers_queries && stores_class(&role.sop_class_uid, config);
        let provider = role.scp && ((commits && config.takes_commitments) || receives);
        Role { sop_class_uid: role.sop_class_uid.clone(), scu: user, scp: provider }
    };
    proposed.iter().map(answer).collect()
}

/// What we agree to of extended negotiation (PS3.4 §C.5.1.1): of a C-FIND, dates and times as instants (byte 2) and fuzzy
/// names (byte 3); not relational queries, nor time zones, nor other views.
fn answer_extended(proposed: &[(String, Vec<u8>)], config: &Config) -> Vec<(String, Vec<u8>)> {
    let finds = |uid: &str| service(uid).is_some_and(|(_, service)| service == Service::Find);
    let proposed = proposed.iter().filter(|(uid, _)| config.offers_queries && finds(uid));
    let agreed = |asked: &[u8]| {
        let bit = |at: usize| u8::from(asked.get(at) == Some(&1));
        let all = [0, bit(1), bit(2), 0, 0];
        all.into_iter().take(asked.len()).collect()
    };
    proposed.map(|(uid, asked)| (uid.clone(), agreed(asked))).collect()
}
