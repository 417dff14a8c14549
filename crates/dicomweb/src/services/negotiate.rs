//! What the client accepts (PS3.18 §8.7.5, RFC 9110 §12.5.1).

use axum::http::{HeaderMap, header};

/// Text of an `Accept` beyond this is not read.
const LONGEST: usize = 4096;
/// Ranges beyond this are not read.
const MOST: usize = 64;

/// One media range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Range {
    /// `multipart/related`, `image/jpeg`, `*/*`; lower case.
    pub media: String,
    /// The `type` parameter of multipart; lower case.
    pub inner: Option<String>,
    /// The `transfer-syntax` parameter; `*` is any.
    pub syntax: Option<String>,
    /// `q` in thousandths, above 0.
    pub quality: u16,
}

impl Range {
    /// Whether one part of this media type would do, asked for by its own name or by a wider one.
    pub fn takes(&self, media: &str) -> bool {
        covers(&self.media, media)
    }

    /// Whether several parts of this media type would do.
    pub fn takes_parts_of(&self, media: &str) -> bool {
        match self.media.as_str() {
            "*/*" | "multipart/*" => true,
            "multipart/related" => self.inner.as_deref().is_none_or(|inner| covers(inner, media)),
            _ => false,
        }
    }

    /// Whether the transfer syntax is left to us, or is this one.
    pub fn takes_syntax(&self, syntax: &str) -> bool {
        self.syntax.as_deref().is_none_or(|wanted| wanted == "*" || wanted == syntax)
    }
}

fn covers(range: &str, media: &str) -> bool {
    match range.strip_suffix("/*") {
        Some("*") => true,
        Some(kind) => media.split('/').next() == Some(kind),
        None => range == media,
    }
}

/// What is accepted, the best first; equal ones in the order written. The `accept` parameter of the query stands before
/// the header (PS3.18 §8.3.3.1). Nothing said means anything.
pub(crate) fn accepted(headers: &HeaderMap, query: &Query) -> Vec<Range> {
    let said: Vec<&str> = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok()).collect();
    let text = match query.get("accept") {
        Some(asked) => asked.to_owned(),
        None => said.join(","),
    };
    let text = if text.trim().is_empty() || text.len() > LONGEST { "*/*".to_owned() } else { text };
    let mut ranges: Vec<Range> = split(&text, ',').into_iter().take(MOST).filter_map(range).collect();
    ranges.sort_by_key(|range| std::cmp::Reverse(range.quality));
    ranges
}

fn range(text: &str) -> Option<Range> {
    let mut pieces = split(text, ';').into_iter().map(str::trim);
    let media = pieces.next()?.to_ascii_lowercase();
    let mut range = Range { media, inner: None, syntax: None, quality: 1000 };
    for piece in pieces {
        let Some((name, value)) = piece.split_once('=') else { continue };
        let value = value.trim().trim_matches('"').trim();
        match name.trim().to_ascii_lowercase().as_str() {
            "q" => range.quality = thousandths(value)?,
            "type" => range.inner = Some(value.to_ascii_lowercase()),
            "transfer-syntax" => range.syntax = Some(value.to_owned()),
            _ => {}
        }
    }
    (range.quality > 0).then_some(range)
}

/// Pieces between separators that stand outside of quotes.
pub(crate) fn split(text: &str, separator: char) -> Vec<&str> {
    let mut quoted = false;
    text.split(|character| {
        quoted ^= character == '"';
        character == separator && !quoted
    })
    .collect()
}

/// `q` of RFC 9110 §12.4.2 in thousandths.
fn thousandths(text: &str) -> Option<u16> {
    let q: f32 = text.parse().ok()?;
    // In range by the filter, so the cast cannot wrap.
    Some(q).filter(|q| (0.0..=1.0).contains(q)).map(|q| (q * 1000.0) as u16)
}

/// The parameters of a query, decoded, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Query(pub Vec<(String, String)>);

impl Query {
    /// Of the part of a URL after `?`. Bytes that are no UTF-8 are replaced: what they match is nothing.
    pub fn parse(text: Option<&str>) -> Self {
        let pairs = text.unwrap_or_default().split('&').filter(|pair| !pair.is_empty());
        Self(
            pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(n, v)| (decode(n), decode(v))).collect(),
        )
    }

    /// The first value of a parameter.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// Percent-decoding of `application/x-www-form-urlencoded`.
fn decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((&first, after)) = rest.split_first() {
        let hex = |digit: Option<&u8>| digit.and_then(|digit| char::from(*digit).to_digit(16));
        rest = after;
        match first {
            b'%' => match (hex(after.first()), hex(after.get(1))) {
                (Some(high), Some(low)) => {
                    out.push((high * 16 + low) as u8);
                    rest = after.get(2..).unwrap_or_default();
                }
                _ => out.push(b'%'),
            },
            b'+' => out.push(b' '),
            other => out.push(other),
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn of(accept: &str) -> Vec<Range> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_str(accept).unwrap());
        accepted(&headers, &Query::default())
    }

    #[test]
    fn commas_and_semicolons_in_quotes_part_nothing() {
        let ranges =
            of("multipart/related; type=\"application/dicom\"; x=\"a,b;c\"; transfer-syntax=*, image/png;q=0.5");
        assert_eq!(ranges.len(), 2);
        assert!(ranges[0].takes_parts_of("application/dicom") && ranges[0].syntax.as_deref() == Some("*"));
        assert!(ranges[1].takes("image/png"));
    }

    #[test]
    fn the_best_quality_comes_first_and_zero_not_at_all() {
        let media: Vec<String> =
            of("a/b;q=0.2, c/d, e/f;q=0, g/h;q=0.9, x/y;q=7").into_iter().map(|r| r.media).collect();
        assert_eq!(media, ["c/d", "g/h", "a/b"]);
    }

    #[test]
    fn the_query_stands_before_the_header() {
        let query = Query::parse(Some("accept=multipart%2Frelated%3B+type%3D%22application%2Fdicom%22&x=%zz%C3%28"));
        let ranges = accepted(&HeaderMap::new(), &query);
        assert_eq!(ranges[0].inner.as_deref(), Some("application/dicom"));
        assert_eq!(query.get("x"), Some("%zz\u{FFFD}("));
    }
}
