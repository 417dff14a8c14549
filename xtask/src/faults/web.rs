//! The patient, without a browser: the door's form and the exam's ZIP by plain HTTP/1.1.

use anyhow::{Context, Result, bail};
use std::collections::BTreeSet;
use std::io::{Cursor, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;
use time::Date;

/// What came back.
pub struct Answer {
    /// Status code.
    pub status: u16,
    head: String,
    /// Entity, chunks put together.
    pub body: Vec<u8>,
}

impl Answer {
    fn cookie(&self) -> Option<String> {
        self.head.lines().find_map(|line| {
            let (name, value) = line.split_once(": ")?;
            name.eq_ignore_ascii_case("set-cookie").then(|| value.split(';').next().map(str::to_owned))?
        })
    }
}

/// One request on a connection of its own.
pub fn ask(web: &str, request: &str, body: &str) -> Result<Answer> {
    let address: SocketAddr = web.parse()?;
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(10))?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let more =
        format!("host: {web}\r\norigin: http://{web}\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
    stream.write_all(format!("{request}{more}\r\n{body}").as_bytes())?;
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).context("reading the answer")?;
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").context("no answer")?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok()).context("no status")?;
    let body = bytes[end + 4..].to_vec();
    let chunked = head.to_lowercase().contains("transfer-encoding: chunked");
    Ok(Answer { status, head, body: if chunked { unchunk(&body)? } else { body } })
}

fn unchunk(mut bytes: &[u8]) -> Result<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let end = bytes.windows(2).position(|two| two == b"\r\n").context("the answer is cut short")?;
        let size = usize::from_str_radix(std::str::from_utf8(&bytes[..end])?.trim(), 16)?;
        if size == 0 {
            return Ok(whole);
        }
        whole.extend(bytes.get(end + 2..end + 2 + size).context("the answer is cut short")?);
        bytes = bytes.get(end + 4 + size..).context("the answer is cut short")?;
    }
}

/// Opens the exam of a sheet; its session's cookie, or the status answered instead.
pub fn open(web: &str, number: &str, code: &str, born: Date) -> Result<std::result::Result<String, u16>> {
    let number = number.replace(' ', "");
    let (year, month, day) = (born.year(), u8::from(born.month()), born.day());
    let form = format!("numero={number}&code={code}&jour={day}&mois={month}&annee={year}");
    let request = "POST /ouvrir HTTP/1.1\r\ncontent-type: application/x-www-form-urlencoded\r\n";
    let answer = ask(web, request, &form)?;
    Ok(match answer.cookie() {
        Some(cookie) if answer.status == 303 && cookie.starts_with("examen=") => Ok(cookie),
        _ => Err(answer.status),
    })
}

/// Somebody of the desk, logged in anew.
pub struct Staff {
    desk: String,
    cookie: String,
}

impl Staff {
    /// Logs in at the desk's address with what [`super::place::Place::account`] made.
    pub fn login(desk: &str, login: &str) -> Result<Self> {
        let form = format!("login={login}&password={}", super::place::PASSWORD.replace(' ', "+"));
        let request = "POST /connexion HTTP/1.1\r\ncontent-type: application/x-www-form-urlencoded\r\n";
        let cookie = ask(desk, request, &form)?.cookie().with_context(|| format!("{login} does not get in"))?;
        Ok(Self { desk: desk.to_owned(), cookie })
    }

    /// A page's status and text.
    pub fn page(&self, path: &str) -> Result<(u16, String)> {
        let request = format!("GET {path} HTTP/1.1\r\ncookie: {}\r\naccept-language: fr\r\n", self.cookie);
        let answer = ask(&self.desk, &request, "")?;
        Ok((answer.status, String::from_utf8_lossy(&answer.body).into_owned()))
    }

    /// Presses a button; the status.
    pub fn press(&self, path: &str) -> Result<u16> {
        let form = "content-type: application/x-www-form-urlencoded";
        Ok(ask(&self.desk, &format!("POST {path} HTTP/1.1\r\ncookie: {}\r\n{form}\r\n", self.cookie), "")?.status)
    }
}

/// The data sets of the exam's ZIP; an error when it is refused, or does not come whole.
pub fn data_sets(web: &str, cookie: &str) -> Result<BTreeSet<Vec<u8>>> {
    let answer = ask(web, &format!("GET /examen/dicom.zip HTTP/1.1\r\ncookie: {cookie}\r\n"), "")?;
    if answer.status != 200 {
        bail!("the ZIP is answered {}", answer.status);
    }
    let mut zip = zip::ZipArchive::new(Cursor::new(answer.body)).context("the ZIP does not open")?;
    let mut found = BTreeSet::new();
    for index in 0..zip.len() {
        let mut file = zip.by_index(index)?;
        if file.name()?.ends_with(".dcm") {
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes)?;
            found.insert(data_set(&bytes)?.to_vec());
        }
    }
    Ok(found)
}

/// The data set of a Part 10 file: after the group 0002, whose length its first element says (PS3.10 §7.1).
fn data_set(file: &[u8]) -> Result<&[u8]> {
    let length = file.get(140..144).context("no Part 10 file")?;
    let length = u32::from_le_bytes(length.try_into()?) as usize;
    file.get(144 + length..).context("no data set")
}
