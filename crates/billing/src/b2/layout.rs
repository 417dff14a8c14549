//! Where each field lies. Positions count from 1, as the specification does.

/// Bytes of a record.
pub const LENGTH: usize = 128;

/// Which record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordKind {
    /// 2: the invoice's insured person and rights.
    Invoice,
    /// 2S: patient's own number, declared physician, care path.
    InvoiceMore,
    /// 3: a technical fee.
    Fee,
    /// 3S: its machine and order number.
    FeeMore,
    /// 3E: the prescriber by RPPS.
    FeeProfessionals,
    /// 4: an act.
    Act,
    /// 4S: its circumstances.
    ActMore,
    /// 4E: prescriber and performer by RPPS.
    ActProfessionals,
    /// 4M: its code in the nomenclature, modifiers, association.
    ActCoded,
    /// 5: the invoice's totals.
    Totals,
    /// 000: the file begins. Provisional.
    File,
    /// 1: a lot begins. Provisional.
    Lot,
    /// 6: a lot ends. Provisional.
    LotEnd,
    /// 999: the file ends. Provisional.
    FileEnd,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// Digits, right-aligned, filled with zeros; amounts in cents.
    Number,
    /// Capitals, digits and spaces, left-aligned, filled with spaces.
    Text,
    /// Spaces.
    Blank,
    /// Always this.
    Is(&'static str),
}

/// One field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name; empty for what is always the same.
    pub name: &'static str,
    /// Position of its first byte, from 1.
    pub at: usize,
    /// Its bytes.
    pub length: usize,
    /// What it holds.
    pub form: Form,
}

const fn n(name: &'static str, at: usize, length: usize) -> Field {
    Field { name, at, length, form: Form::Number }
}

const fn t(name: &'static str, at: usize, length: usize) -> Field {
    Field { name, at, length, form: Form::Text }
}

const fn blank(at: usize, length: usize) -> Field {
    Field { name: "", at, length, form: Form::Blank }
}

const fn is(at: usize, text: &'static str) -> Field {
    Field { name: "", at, length: text.len(), form: Form::Is(text) }
}

const HEAD: [Field; 4] = [t("partner", 2, 9), blank(11, 1), t("insured-nir", 12, 13), n("insured-key", 25, 2)];
const RANKED: [Field; 2] = [n("rank", 27, 3), n("invoice", 30, 9)];
const OF_ACT: [Field; 1] = [n("invoice", 27, 9)];

const INVOICE: &[Field] = &[
    is(1, "2"),
    n("nature", 39, 1),
    n("entry", 40, 9),
    n("regime", 49, 2),
    n("fund", 51, 3),
    n("centre", 54, 4),
    t("rights-document", 58, 1),
    n("rights-from", 59, 6),
    n("rights-until", 65, 6),
    t("unnamed-71", 71, 3),
    t("unnamed-74", 74, 3),
    n("insurance-nature", 77, 2),
    t("exemption", 79, 1),
    n("insurance-date", 80, 6),
    t("accident", 86, 9),
    t("split", 95, 1),
    n("birth-date", 96, 6),
    n("birth-rank", 102, 1),
    n("in", 103, 6),
    n("out", 109, 6),
    n("hour", 115, 2),
    n("contract", 117, 2),
    t("complementary-body", 119, 10),
];

const INVOICE_MORE: &[Field] = &[
    is(1, "2"),
    is(39, "S01"),
    t("unnamed-42", 42, 6),
    t("unnamed-48", 48, 2),
    t("own-nir", 50, 13),
    n("own-key", 63, 2),
    blank(65, 6),
    t("physician-declared", 71, 1),
    t("physician-surname", 72, 25),
    t("physician-first-name", 97, 15),
    n("physician", 112, 9),
    t("care-path", 121, 1),
    blank(122, 7),
];

const FEE: &[Field] = &[
    is(1, "3"),
    n("mode", 39, 2),
    n("discipline", 41, 3),
    n("from", 44, 6),
    n("until", 50, 6),
    t("code", 56, 4),
    t("code-complement", 60, 1),
    n("quantity", 61, 3),
    t("exemption", 64, 1),
    n("coefficient", 65, 5),
    t("unnamed-70", 70, 1),
    n("unnamed-71", 71, 5),
    n("unit-price", 76, 7),
    n("base", 83, 8),
    n("rate", 91, 3),
    n("fund-amount", 94, 8),
    n("total", 102, 8),
    t("unnamed-110", 110, 4),
    t("unnamed-114", 114, 3),
    t("unnamed-117", 117, 1),
    t("unnamed-118", 118, 2),
    t("qualifier", 120, 1),
    t("domain", 121, 1),
    n("complementary-amount", 122, 7),
];

const FEE_MORE: &[Field] = &[
    is(1, "3"),
    is(39, "S01"),
    n("prescriber", 42, 9),
    t("condition", 51, 1),
    n("prescriber-speciality", 52, 2),
    n("prescribed-on", 54, 6),
    n("agreement-date", 60, 6),
    t("agreement-code", 66, 1),
    t("place", 67, 14),
    t("unnamed-81", 81, 1),
    t("unnamed-82", 82, 14),
    n("order-number", 96, 5),
    t("machine", 101, 14),
    t("origin", 115, 1),
    blank(116, 13),
];

const FEE_PROFESSIONALS: &[Field] =
    &[is(1, "3"), is(39, "E01"), n("prescriber-rpps", 42, 11), t("prescriber-structure", 53, 14), blank(67, 62)];

const ACT: &[Field] = &[
    is(1, "4"),
    n("mode", 39, 2),
    n("discipline", 41, 3),
    n("prescriber", 44, 9),
    t("origin", 53, 1),
    t("exemption", 54, 1),
    n("prescriber-speciality", 55, 2),
    n("performer", 57, 9),
    n("zone", 66, 2),
    n("performer-speciality", 68, 2),
    n("care-date", 70, 6),
    t("code", 76, 4),
    t("code-complement", 80, 1),
    n("quantity", 81, 2),
    n("coefficient", 83, 6),
    n("denominator", 89, 2),
    n("unit-price", 91, 7),
    n("base", 98, 7),
    n("rate", 105, 3),
    n("fund-amount", 108, 7),
    n("fees", 115, 7),
    t("qualifier", 122, 1),
    n("complementary-amount", 123, 6),
];

const ACT_MORE: &[Field] = &[
    is(1, "4"),
    is(36, "S01"),
    t("performer-condition", 39, 1),
    t("coordination", 40, 1),
    t("unnamed-41", 41, 7),
    t("prescriber-condition", 48, 1),
    n("agreement-date", 49, 6),
    t("agreement-code", 55, 1),
    blank(56, 15),
    t("forced", 71, 1),
    t("place", 72, 14),
    t("network", 86, 14),
    t("unnamed-100", 100, 1),
    n("order-number", 101, 5),
    t("machine", 106, 14),
    n("stay-group", 120, 4),
    t("domain", 124, 1),
    t("prevention", 125, 1),
    t("qualification", 126, 2),
    t("participation", 128, 1),
];

const ACT_PROFESSIONALS: &[Field] = &[
    is(1, "4"),
    is(36, "E01"),
    n("prescriber-rpps", 39, 11),
    t("prescriber-structure", 50, 14),
    n("performer-rpps", 64, 11),
    t("performer-structure", 75, 14),
    blank(89, 40),
];

const ACT_CODED: &[Field] = &[
    is(1, "4"),
    is(36, "M"),
    n("sequence", 37, 2),
    t("reserved", 39, 4),
    t("ccam", 43, 13),
    t("extension", 56, 1),
    n("activity", 57, 1),
    n("phase", 58, 1),
    t("modifier-1", 59, 1),
    t("modifier-2", 60, 1),
    t("modifier-3", 61, 1),
    t("modifier-4", 62, 1),
    t("association", 63, 1),
    t("conditional", 64, 1),
    n("session-date", 65, 6),
    t("teeth", 71, 32),
    t("unnamed-103", 103, 5),
    blank(108, 21),
];

const TOTALS: &[Field] = &[
    is(1, "5"),
    n("lines", 39, 3),
    n("hospital-base", 42, 8),
    n("hospital-fund", 50, 8),
    n("fees", 58, 8),
    n("fees-fund", 66, 8),
    n("insured-share", 74, 8),
    n("complementary-hospital", 82, 8),
    n("complementary-fees", 90, 8),
    blank(98, 17),
    n("hospital-total", 115, 8),
    t("reserved", 123, 4),
    blank(127, 2),
];

/// As the fund's files of the same family have it; what it means there of application and type is not confirmed.
const FILE: &[Field] = &[
    is(1, "000"),
    t("emitter-type", 4, 2),
    t("emitter", 6, 14),
    t("emitter-program", 20, 6),
    t("recipient-type", 26, 2),
    t("recipient", 28, 14),
    t("recipient-program", 42, 6),
    t("application", 48, 2),
    n("file-id", 50, 3),
    n("made-on", 53, 6),
    blank(59, 24),
    n("chronology", 83, 5),
    t("file-type", 88, 1),
    t("currency", 89, 1),
    t("norm", 90, 4),
    blank(94, 35),
];

/// Positions of our own: those of the norm were not found in a source we could read.
const LOT: &[Field] = &[
    is(1, "1"),
    t("partner", 2, 9),
    blank(11, 1),
    n("lot", 12, 6),
    n("made-on", 18, 6),
    // 1: the fund pays the practice; 2: the insured person has paid and is refunded.
    n("payment", 24, 1),
    blank(25, 104),
];

/// Positions of our own, like those of the lot's beginning.
const LOT_END: &[Field] = &[
    is(1, "6"),
    t("partner", 2, 9),
    blank(11, 1),
    n("lot", 12, 6),
    n("invoices", 18, 6),
    n("records", 24, 6),
    n("charged", 30, 10),
    n("fund-amount", 40, 10),
    n("complementary-amount", 50, 10),
    blank(60, 69),
];

/// Positions of our own.
const FILE_END: &[Field] = &[is(1, "999"), n("records", 4, 8), n("lots", 12, 3), blank(15, 114)];

impl RecordKind {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::Invoice,
        Self::InvoiceMore,
        Self::Fee,
        Self::FeeMore,
        Self::FeeProfessionals,
        Self::Act,
        Self::ActMore,
        Self::ActProfessionals,
        Self::ActCoded,
        Self::Totals,
        Self::File,
        Self::Lot,
        Self::LotEnd,
        Self::FileEnd,
    ];

    /// Whether its positions are ours, or not confirmed: such a record proves nothing of a real fund.
    pub fn is_provisional(self) -> bool {
        matches!(self, Self::File | Self::Lot | Self::LotEnd | Self::FileEnd)
    }

    fn parts(self) -> [&'static [Field]; 3] {
        let (which, body): (&[Field], &[Field]) = match self {
            Self::File => return [&[], &[], FILE],
            Self::Lot => return [&[], &[], LOT],
            Self::LotEnd => return [&[], &[], LOT_END],
            Self::FileEnd => return [&[], &[], FILE_END],
            Self::Invoice => (&RANKED, INVOICE),
            Self::InvoiceMore => (&RANKED, INVOICE_MORE),
            Self::Fee => (&RANKED, FEE),
            Self::FeeMore => (&RANKED, FEE_MORE),
            Self::FeeProfessionals => (&RANKED, FEE_PROFESSIONALS),
            Self::Act => (&RANKED, ACT),
            Self::ActMore => (&OF_ACT, ACT_MORE),
            Self::ActProfessionals => (&OF_ACT, ACT_PROFESSIONALS),
            Self::ActCoded => (&OF_ACT, ACT_CODED),
            Self::Totals => (&RANKED, TOTALS),
        };
        [&HEAD, which, body]
    }
}

/// The fields of a record.
pub fn layout(kind: RecordKind) -> impl Iterator<Item = Field> {
    kind.parts().into_iter().flatten().copied()
}
