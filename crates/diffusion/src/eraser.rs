//! The eraser of web copies: the only place of this room that destroys what was published, and the rows no
//! longer of any use. Key first, bytes after: a copy whose key is gone is noise wherever it was backed up to.

use crate::DiffusionError;
use crate::copies::Copies;
use sqlx::{Sqlite, Transaction};
use uuid::Uuid;

/// Why a publication ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Replaced,
    Withdrawn,
    Expired,
}

impl End {
    fn word(self) -> &'static str {
        match self {
            Self::Replaced => "replaced",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
        }
    }
}

/// Erases the key and the words of a publication, inside the transaction that ends it.
pub(crate) async fn erase_key(
    transaction: &mut Transaction<'static, Sqlite>,
    group: &str,
    publication: Uuid,
    end: End,
    at: i64,
) -> Result<(), DiffusionError> {
    sqlx::query(
        "UPDATE publication SET state = ?, wrapped_key = NULL, document = NULL, ended_at = ?
         WHERE group_id = ? AND publication = ? AND wrapped_key IS NOT NULL",
    )
    .bind(end.word())
    .bind(at)
    .bind(group)
    .bind(publication.as_bytes().as_slice())
    .execute(&mut **transaction)
    .await
    .map_err(DiffusionError::db("erasing the key of a publication"))?;
    Ok(())
}

/// Erases the bytes of a publication whose key is already gone (or never was stored).
pub(crate) fn erase_bytes(copies: &Copies, publication: Uuid) -> std::io::Result<()> {
    let folder = copies.folder_of(publication);
    match std::fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => match folder.parent() {
            Some(shelf) if shelf.exists() => crate::keys::sync_folder(shelf),
            _ => Ok(()),
        },
    }
}

/// Erases the messages the archive side has fetched.
pub(crate) async fn erase_messages(
    transaction: &mut Transaction<'static, Sqlite>,
    group: &str,
    up_to: i64,
) -> Result<(), DiffusionError> {
    sqlx::query("DELETE FROM outbox WHERE group_id = ? AND number <= ?")
        .bind(group)
        .bind(up_to)
        .execute(&mut **transaction)
        .await
        .map_err(DiffusionError::db("erasing the messages that were fetched"))?;
    Ok(())
}

/// Erases every row by which an exam could answer: its sessions, its sheets, its recalls, its stub and itself. What is
/// left are the ends of its publications, so that a late repetition of one is recognised.
pub(crate) async fn erase_exam(
    transaction: &mut Transaction<'static, Sqlite>,
    group: &str,
    exam: Uuid,
) -> Result<u64, DiffusionError> {
    let mut rows = 0;
    for statement in [
        "DELETE FROM session WHERE group_id = ? AND exam = ?",
        "DELETE FROM sheet WHERE group_id = ? AND exam = ?",
        "DELETE FROM recall WHERE group_id = ? AND exam = ?",
        "DELETE FROM professional_exam WHERE group_id = ? AND exam = ?",
        "DELETE FROM professional_words WHERE group_id = ? AND exam = ?",
        "DELETE FROM professional_opened WHERE group_id = ? AND exam = ?",
        "DELETE FROM contact WHERE group_id = ? AND exam = ?",
        "DELETE FROM one_time_code WHERE group_id = ? AND exam = ?",
        "DELETE FROM share WHERE group_id = ? AND exam = ?",
        "DELETE FROM exam WHERE group_id = ? AND exam = ?",
    ] {
        let done = sqlx::query(statement)
            .bind(group)
            .bind(exam.as_bytes().as_slice())
            .execute(&mut **transaction)
            .await
            .map_err(DiffusionError::db("erasing what an exam answers by"))?;
        rows += done.rows_affected();
    }
    Ok(rows)
}

/// Erases whose exam it is, from the professionals' lists: it was withdrawn, or can be brought back no more.
pub(crate) async fn erase_words(
    transaction: &mut Transaction<'static, Sqlite>,
    group: &str,
    exam: Uuid,
) -> Result<(), DiffusionError> {
    sqlx::query("DELETE FROM professional_words WHERE group_id = ? AND exam = ?")
        .bind(group)
        .bind(exam.as_bytes().as_slice())
        .execute(&mut **transaction)
        .await
        .map_err(DiffusionError::db("erasing whose an exam is"))?;
    sqlx::query("UPDATE exam SET traits_mac = NULL WHERE group_id = ? AND exam = ?")
        .bind(group)
        .bind(exam.as_bytes().as_slice())
        .execute(&mut **transaction)
        .await
        .map_err(DiffusionError::db("erasing whose an exam is"))?;
    Ok(())
}

/// Erases the professionals of an exam that are not among these digests, joined as hexadecimal text.
pub(crate) async fn erase_entitled(
    transaction: &mut Transaction<'static, Sqlite>,
    group: &str,
    exam: Uuid,
    staying: &str,
) -> Result<(), DiffusionError> {
    sqlx::query("DELETE FROM professional_exam WHERE group_id = ? AND exam = ? AND instr(?, lower(hex(rpps_mac))) = 0")
        .bind(group)
        .bind(exam.as_bytes().as_slice())
        .bind(staying)
        .execute(&mut **transaction)
        .await
        .map_err(DiffusionError::db("erasing who may see an exam no more"))?;
    Ok(())
}

/// Erases the contacts of an exam, inside the transaction that may add others.
pub(crate) async fn erase_contacts(
    transaction: &mut Transaction<'static, Sqlite>,
    group: &str,
    exam: Uuid,
) -> Result<(), DiffusionError> {
    sqlx::query("DELETE FROM contact WHERE group_id = ? AND exam = ?")
        .bind(group)
        .bind(exam.as_bytes().as_slice())
        .execute(&mut **transaction)
        .await
        .map_err(DiffusionError::db("erasing contacts"))?;
    Ok(())
}

/// What makes a row useless.
pub(crate) struct Useless {
    /// Sessions opened before, or not seen since.
    pub(crate) sessions_opened_before: i64,
    pub(crate) sessions_seen_before: i64,
    /// The same of professionals' sessions.
    pub(crate) professional_opened_before: i64,
    pub(crate) professional_seen_before: i64,
    /// Failures older than this are forgotten.
    pub(crate) failures_before: i64,
    /// Clients without success nor failure since.
    pub(crate) clients_before: i64,
    /// Codes dead, and recalls ended, for so long.
    pub(crate) codes_dead_before: i64,
    /// Care relations and emergency openings over for so long.
    pub(crate) standings_over_before: i64,
}

/// Erases rows past any use; returns how many.
pub(crate) async fn erase_rows(
    transaction: &mut Transaction<'static, Sqlite>,
    group: &str,
    useless: &Useless,
) -> Result<u64, DiffusionError> {
    let statements: [(&'static str, i64, i64); 8] = [
        (
            "DELETE FROM session WHERE group_id = ? AND (opened_at < ? OR seen_at < ?)",
            useless.sessions_opened_before,
            useless.sessions_seen_before,
        ),
        (
            "DELETE FROM bucket WHERE group_id = ? AND last_at < ? AND last_at < ?",
            useless.failures_before,
            useless.failures_before,
        ),
        (
            // A known number's failures stand until its codes are replaced.
            "DELETE FROM number_tried WHERE group_id = ? AND last_at < ? AND last_at < ?
             AND number_mac NOT IN (SELECT number_mac FROM sheet WHERE sheet.group_id = number_tried.group_id)",
            useless.failures_before,
            useless.failures_before,
        ),
        (
            "DELETE FROM client WHERE group_id = ? AND last_at < ? AND coalesce(success_at, 0) < ?",
            useless.clients_before,
            useless.clients_before,
        ),
        (
            "DELETE FROM sheet WHERE group_id = ? AND dead_from < ? AND dead_from < ?",
            useless.codes_dead_before,
            useless.codes_dead_before,
        ),
        (
            "DELETE FROM recall WHERE group_id = ? AND ended_at < ? AND ended_at < ?",
            useless.codes_dead_before,
            useless.codes_dead_before,
        ),
        (
            // Those of a day count against the next.
            "DELETE FROM one_time_code WHERE group_id = ? AND sent_at < ? AND sent_at < ?",
            useless.failures_before,
            useless.failures_before,
        ),
        (
            "DELETE FROM share WHERE group_id = ? AND until < ? AND until < ?",
            useless.codes_dead_before,
            useless.codes_dead_before,
        ),
    ];
    let mut rows = 0;
    for (statement, first, second) in statements.into_iter().chain(of_professionals(useless)) {
        let done = sqlx::query(statement)
            .bind(group)
            .bind(first)
            .bind(second)
            .execute(&mut **transaction)
            .await
            .map_err(DiffusionError::db("erasing rows past any use"))?;
        rows += done.rows_affected();
    }
    Ok(rows)
}

/// The same of professionals: sessions, logins that came back, declarations that are over.
fn of_professionals(useless: &Useless) -> [(&'static str, i64, i64); 5] {
    [
        (
            "DELETE FROM professional_session WHERE group_id = ? AND (opened_at < ? OR seen_at < ?)",
            useless.professional_opened_before,
            useless.professional_seen_before,
        ),
        (
            "DELETE FROM professional_login WHERE group_id = ? AND used_at < ? AND used_at < ?",
            useless.failures_before,
            useless.failures_before,
        ),
        (
            "DELETE FROM professional_standin WHERE group_id = ? AND until_at < ? AND until_at < ?",
            useless.codes_dead_before,
            useless.codes_dead_before,
        ),
        (
            // The patient's page tells of an emergency for a year.
            "DELETE FROM standing WHERE group_id = ? AND until_at < ? AND until_at < ?",
            useless.standings_over_before,
            useless.standings_over_before,
        ),
        (
            "DELETE FROM emergency_tried WHERE group_id = ? AND at < ? AND at < ?",
            useless.failures_before,
            useless.failures_before,
        ),
    ]
}
