//! How a data set is really written, judged by its first element.

use crate::Vr;
use crate::tables::TransferSyntax;

/// The form in which elements are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Form {
    pub implicit: bool,
    pub big_endian: bool,
}

/// Implicit VR little endian: the content of `UN` too (PS3.5 §6.2.2, note 2).
pub(super) const IMPLICIT: Form = Form { implicit: true, big_endian: false };
/// Explicit VR little endian: the file meta information too (PS3.10 §7.1).
pub(super) const EXPLICIT: Form = Form { implicit: false, big_endian: false };

/// The form of `syntax`, corrected by `start`, the first bytes of the data set: files exist whose data set is written
/// in the other VR form than they declare.
pub(super) fn form_of(syntax: &TransferSyntax, start: &[u8]) -> Form {
    let declared = Form { implicit: !syntax.explicit, big_endian: syntax.big_endian };
    let Some(states_vr) = states_vr(start) else { return declared };
    Form { implicit: !states_vr, ..declared }
}

/// The form of a data set that declares none; `None` when it does not look like a data set.
pub(super) fn guess(start: &[u8], remaining: Option<u64>) -> Option<Form> {
    let head = start.first_chunk::<8>()?;
    let [group_a, group_b, _, _, rest @ ..] = *head;
    let plausible = |group: u16| (group != 0 && group <= 0x0040 && group.is_multiple_of(2)) || group == 0x7FE0;
    let little = plausible(u16::from_le_bytes([group_a, group_b]));
    let big = plausible(u16::from_be_bytes([group_a, group_b])) && group_a == 0;
    if states_vr(start)? {
        return (little || big).then_some(Form { implicit: false, big_endian: !little });
    }
    let length = u64::from(u32::from_le_bytes(rest));
    let fits = remaining.is_none_or(|remaining| length.saturating_add(8) <= remaining);
    (little && fits).then_some(IMPLICIT)
}

/// The form of an item that ought to be implicit, judged by its first element: under private sequences, explicit items
/// are met. Read as implicit, such an element would be at least 16,705 bytes long (the letters `AA`).
pub(super) fn form_of_item(start: &[u8]) -> Form {
    if states_vr(start) == Some(true) { EXPLICIT } else { IMPLICIT }
}

/// Whether the first element states its VR; `None` when there is no first element.
fn states_vr(start: &[u8]) -> Option<bool> {
    let code = start.get(4..6)?.first_chunk::<2>()?;
    Some(Vr::from_code(*code).is_some())
}
