//! A-ASSOCIATE-RQ and -AC (PS3.8 §9.3.2, §9.3.3), over the strict reader and writer of `dicom-ul`.

use crate::{Error, IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME};
use bytes::{Buf, Bytes};
use dicom_ul::pdu::{self, Pdu, PresentationContextProposed, PresentationContextResult, UserVariableItem};
use dicom_ul::pdu::{AssociationAC, AssociationRQ, PresentationContextResultReason, RequestorRoles};

/// The DICOM application context (PS3.7 §A.2.1).
pub const APPLICATION_CONTEXT: &str = "1.2.840.10008.3.1.1.1";

/// Implicit VR Little Endian: named in refused contexts, where it means nothing (PS3.8 §9.3.3.2).
const PLACEHOLDER_TRANSFER_SYNTAX: &str = "1.2.840.10008.1.2";

/// Taken for a peer's maximum when it announces none: PS3.8 §D.1 asks it to, so it is careful.
const UNANNOUNCED_MAX_PDU: u32 = 16_384;

/// A proposed presentation context (PS3.8 §9.3.2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proposed {
    /// Should be odd.
    pub id: u8,
    /// The abstract syntax: a SOP class.
    pub abstract_syntax: String,
    /// The transfer syntaxes, as proposed.
    pub transfer_syntaxes: Vec<String>,
}

/// A role proposed for a SOP class (PS3.7 §D.3.3.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// The SOP class.
    pub sop_class_uid: String,
    /// Whether the requestor would be the user.
    pub scu: bool,
    /// Whether the requestor would be the provider.
    pub scp: bool,
}

/// An association request, read but not judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Bit 0: version 1.
    pub protocol_version: u16,
    /// The called title as sent.
    pub called_field: [u8; 16],
    /// The calling title as sent.
    pub calling_field: [u8; 16],
    /// Should be [`APPLICATION_CONTEXT`].
    pub application_context: String,
    /// The proposed contexts, in order.
    pub contexts: Vec<Proposed>,
    /// The longest P-DATA-TF the requestor takes; 0 for no limit.
    pub max_pdu_bytes: u32,
    /// The roles it proposes.
    pub roles: Vec<Role>,
    /// The user it claims to be (PS3.7 §D.3.3.7), as sent; proofs are not kept.
    pub claimed_user: Option<Vec<u8>>,
    /// SOP Class Extended Negotiation (PS3.7 §D.3.3.5): the class and its application information.
    pub extended: Vec<(String, Vec<u8>)>,
}

/// The answer to one proposed context (PS3.8 table 9-18).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// 0: accepted, with this transfer syntax.
    Accepted(String),
    /// 2: refused without a reason.
    NoReason,
    /// 3: abstract syntax not supported.
    AbstractSyntaxNotSupported,
    /// 4: transfer syntaxes not supported.
    TransferSyntaxesNotSupported,
}

/// An acceptance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accept {
    /// The answer to each context, by id.
    pub verdicts: Vec<(u8, Verdict)>,
    /// The longest P-DATA-TF the sender of this PDU takes; 0 for no limit.
    pub max_pdu_bytes: u32,
    /// The roles accepted.
    pub roles: Vec<Role>,
    /// What is agreed of extended negotiation.
    pub extended: Vec<(String, Vec<u8>)>,
}

/// Reads the content of an A-ASSOCIATE-RQ. `None` when it is malformed.
///
/// The titles are taken from their bytes: `dicom-ul` trims and decodes them, and we must see what was sent.
pub fn read_request(body: &Bytes) -> Option<Request> {
    let called_field = field(body, 4)?;
    let calling_field = field(body, 20)?;
    let Pdu::AssociationRQ(request) = read(1, body)? else { return None };
    let claimed_user = request.user_variables.iter().find_map(|item| match item {
        UserVariableItem::UserIdentityItem(identity) if names_a_user(identity) => Some(identity.primary_field()),
        _ => None,
    });
    let contexts = request.presentation_contexts.into_iter().map(|context| Proposed {
        id: context.id,
        abstract_syntax: unpadded(&context.abstract_syntax),
        transfer_syntaxes: context.transfer_syntaxes.iter().map(|uid| unpadded(uid)).collect(),
    });
    Some(Request {
        protocol_version: request.protocol_version,
        called_field,
        calling_field,
        application_context: unpadded(&request.application_context_name),
        contexts: contexts.collect(),
        max_pdu_bytes: max_length(&request.user_variables),
        roles: roles(&request.user_variables),
        claimed_user,
        extended: extended(&request.user_variables),
    })
}

/// Reads the content of an A-ASSOCIATE-AC. `None` when it is malformed.
pub fn read_accept(body: &Bytes) -> Option<Accept> {
    let Pdu::AssociationAC(accept) = read(2, body)? else { return None };
    let verdicts = accept.presentation_contexts.iter().map(|context| {
        let verdict = match context.reason {
            PresentationContextResultReason::Acceptance => Verdict::Accepted(unpadded(&context.transfer_syntax)),
            PresentationContextResultReason::AbstractSyntaxNotSupported => Verdict::AbstractSyntaxNotSupported,
            PresentationContextResultReason::TransferSyntaxesNotSupported => Verdict::TransferSyntaxesNotSupported,
            _ => Verdict::NoReason,
        };
        (context.id, verdict)
    });
    Some(Accept {
        verdicts: verdicts.collect(),
        max_pdu_bytes: max_length(&accept.user_variables),
        roles: roles(&accept.user_variables),
        extended: extended(&accept.user_variables),
    })
}

/// Writes an A-ASSOCIATE-RQ.
///
/// # Errors
/// [`Error::Setting`] when a value cannot be written.
pub fn write_request(calling: &str, called: &str, contexts: Vec<Proposed>, max_pdu: u32) -> Result<Vec<u8>, Error> {
    write_request_as((calling, called), contexts, max_pdu, &[])
}

/// The same, with the roles that are asked for.
///
/// # Errors
/// As [`write_request`].
pub fn write_request_as(
    (calling, called): (&str, &str),
    contexts: Vec<Proposed>,
    max_pdu: u32,
    roles: &[Role],
) -> Result<Vec<u8>, Error> {
    let presentation_contexts = contexts.into_iter().map(|context| PresentationContextProposed {
        id: context.id,
        abstract_syntax: context.abstract_syntax,
        transfer_syntaxes: context.transfer_syntaxes,
    });
    write(Pdu::AssociationRQ(AssociationRQ {
        protocol_version: 1,
        calling_ae_title: calling.to_owned(),
        called_ae_title: called.to_owned(),
        application_context_name: APPLICATION_CONTEXT.to_owned(),
        presentation_contexts: presentation_contexts.collect(),
        user_variables: user_variables(max_pdu, roles.to_vec(), Vec::new()),
    }))
}

/// Writes an A-ASSOCIATE-AC; the titles are those of the request, returned as the standard asks.
///
/// # Errors
/// [`Error::Setting`] when a value cannot be written.
pub fn write_accept(calling: &str, called: &str, accept: Accept) -> Result<Vec<u8>, Error> {
    let presentation_contexts = accept.verdicts.into_iter().map(|(id, verdict)| {
        let refused = PLACEHOLDER_TRANSFER_SYNTAX.to_owned();
        let (reason, transfer_syntax) = match verdict {
            Verdict::Accepted(uid) => (PresentationContextResultReason::Acceptance, uid),
            Verdict::NoReason => (PresentationContextResultReason::NoReason, refused),
            Verdict::AbstractSyntaxNotSupported => {
                (PresentationContextResultReason::AbstractSyntaxNotSupported, refused)
            }
            Verdict::TransferSyntaxesNotSupported => {
                (PresentationContextResultReason::TransferSyntaxesNotSupported, refused)
            }
        };
        PresentationContextResult { id, reason, transfer_syntax }
    });
    write(Pdu::AssociationAC(AssociationAC {
        protocol_version: 1,
        calling_ae_title: calling.to_owned(),
        called_ae_title: called.to_owned(),
        application_context_name: APPLICATION_CONTEXT.to_owned(),
        presentation_contexts: presentation_contexts.collect(),
        user_variables: user_variables(accept.max_pdu_bytes, accept.roles, accept.extended),
    }))
}

fn read(kind: u8, body: &Bytes) -> Option<Pdu> {
    // The title fields are blanked: any byte may stand there, and a strange one must lead to a rejection
    // with its reason, not to a reading error.
    let (version, rest) = body.split_at_checked(4)?;
    let (_titles, rest) = rest.split_at_checked(32)?;
    let (reserved, items) = rest.split_at_checked(32)?;
    let content = [version, &[b'X'; 32], reserved, &readable_items(items)?].concat();
    let [a, b, c, d] = u32::try_from(content.len()).ok()?.to_be_bytes();
    let header = [kind, 0, a, b, c, d];
    pdu::read_pdu(header.chain(&content[..]), 2 * super::MAX_ASSOCIATION_PDU_BYTES, true).ok().flatten()
}

/// The items of an association PDU as `dicom-ul` reads them. Unknown ones are left out, as PS3.8 §9.3.1 asks;
/// a refused context without a transfer syntax gets one, which means nothing there (PS3.8 §9.3.3.2).
fn readable_items(mut items: &[u8]) -> Option<Vec<u8>> {
    let mut readable = Vec::with_capacity(items.len());
    while let [kind, _, high, low, rest @ ..] = items {
        let (item, after) = rest.split_at_checked(usize::from(u16::from_be_bytes([*high, *low])))?;
        items = after;
        match (*kind, item) {
            (0x21, [id, _, reason, _]) if *reason != 0 => {
                let name = PLACEHOLDER_TRANSFER_SYNTAX.as_bytes();
                let length = name.len() as u8;
                readable.extend_from_slice(&[0x21, 0, 0, 8 + length, *id, 0, *reason, 0, 0x40, 0, 0, length]);
                readable.extend_from_slice(name);
            }
            (0x10 | 0x20 | 0x21 | 0x50, item) => {
                readable.extend_from_slice(&[*kind, 0, *high, *low]);
                readable.extend_from_slice(item);
            }
            _ => {}
        }
    }
    items.is_empty().then_some(readable)
}

fn write(pdu: Pdu) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::with_capacity(1024);
    pdu::write_pdu(&mut bytes, &pdu).map_err(|_| Error::Setting("an association PDU cannot be written"))?;
    Ok(bytes)
}

fn field(body: &Bytes, at: usize) -> Option<[u8; 16]> {
    body.get(at..at + 16)?.try_into().ok()
}

fn unpadded(uid: &str) -> String {
    uid.trim_matches(['\0', ' ']).to_owned()
}

fn names_a_user(identity: &pdu::UserIdentity) -> bool {
    matches!(identity.identity_type(), pdu::UserIdentityType::Username | pdu::UserIdentityType::UsernamePassword)
}

fn max_length(items: &[UserVariableItem]) -> u32 {
    let announced = items.iter().find_map(|item| match item {
        UserVariableItem::MaxLength(bytes) => Some(*bytes),
        _ => None,
    });
    announced.unwrap_or(UNANNOUNCED_MAX_PDU)
}

fn roles(items: &[UserVariableItem]) -> Vec<Role> {
    let role = |item: &UserVariableItem| match item {
        UserVariableItem::ScuScpRoleSelectionSubItem(uid, roles) => {
            Some(Role { sop_class_uid: unpadded(uid), scu: roles.scu, scp: roles.scp })
        }
        _ => None,
    };
    items.iter().filter_map(role).collect()
}

fn extended(items: &[UserVariableItem]) -> Vec<(String, Vec<u8>)> {
    let extended = |item: &UserVariableItem| match item {
        UserVariableItem::SopClassExtendedNegotiationSubItem(uid, information) => {
            Some((unpadded(uid), information.clone()))
        }
        _ => None,
    };
    items.iter().filter_map(extended).collect()
}

fn user_variables(max_pdu: u32, roles: Vec<Role>, extended: Vec<(String, Vec<u8>)>) -> Vec<UserVariableItem> {
    let mut items = vec![
        UserVariableItem::MaxLength(max_pdu),
        UserVariableItem::ImplementationClassUID(IMPLEMENTATION_CLASS_UID.to_owned()),
        UserVariableItem::ImplementationVersionName(IMPLEMENTATION_VERSION_NAME.to_owned()),
    ];
    items.extend(roles.into_iter().map(|role| {
        let roles = RequestorRoles { scu: role.scu, scp: role.scp };
        UserVariableItem::ScuScpRoleSelectionSubItem(role.sop_class_uid, roles)
    }));
    let extended = extended.into_iter();
    items.extend(extended.map(|(uid, asked)| UserVariableItem::SopClassExtendedNegotiationSubItem(uid, asked)));
    items
}
