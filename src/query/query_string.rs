//! Decodes and encodes a query string such as `q=al+jazeera&page=2`, in the encoding of HTML forms.
//!
//! The usual decoders guess a text for a broken escape. This decoder returns none for an escape without two hexadecimal
//! digits, and none for bytes that are not UTF-8.

use std::borrow::Cow;

/// Each name with its value, both still encoded. A name without `=` has the empty value. An empty text between two `&`
/// is not a pair.
pub(crate) fn encoded_pairs(query_string: &str) -> impl Iterator<Item = (&str, &str)> {
    query_string.split('&').filter(|pair| !pair.is_empty()).map(|pair| pair.split_once('=').unwrap_or((pair, "")))
}

/// The text of an encoded name or value; `None` if it cannot be decoded. Costs **O(n)** for n bytes, and one allocation
/// if anything is encoded.
pub(crate) fn decoded(encoded: &str) -> Option<Cow<'_, str>> {
    if !encoded.contains(['%', '+']) {
        return Some(Cow::Borrowed(encoded));
    }
    let mut text = Vec::with_capacity(encoded.len());
    let mut bytes = encoded.bytes();
    while let Some(byte) = bytes.next() {
        text.push(match byte {
            b'+' => b' ',
            b'%' => hex_digit(bytes.next()?)? << 4 | hex_digit(bytes.next()?)?,
            plain => plain,
        });
    }
    String::from_utf8(text).ok().map(Cow::Owned)
}

fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

/// Adds a pair to a query string. Every byte is escaped that means anything in an address.
pub(super) fn push_pair(query_string: &mut String, name: &str, value: &str) {
    if !query_string.is_empty() {
        query_string.push('&');
    }
    push_encoded(query_string, name);
    query_string.push('=');
    push_encoded(query_string, value);
}

fn push_encoded(query_string: &mut String, text: &str) {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => query_string.push(byte.into()),
            _ => query_string.extend(['%', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 0xF)]]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_string_comes_apart_at_the_first_equals_sign_of_each_pair() {
        for (query_string, pairs) in [
            ("", &[][..]),
            ("&", &[]),
            ("a=1", &[("a", "1")]),
            ("a=1&b=2", &[("a", "1"), ("b", "2")]),
            ("&&a=1&&b=2&", &[("a", "1"), ("b", "2")]),
            ("a", &[("a", "")]),
            ("a=", &[("a", "")]),
            ("=a", &[("", "a")]),
            ("a=b=c", &[("a", "b=c")]),
            ("a;b=%26", &[("a;b", "%26")]),
        ] {
            assert_eq!(encoded_pairs(query_string).collect::<Vec<_>>(), pairs, "{query_string:?}");
        }
    }

    #[test]
    fn escapes_are_read_as_forms_write_them() {
        for (encoded, text) in [
            ("", ""),
            ("news", "news"),
            ("al+jazeera", "al jazeera"),
            ("al%20jazeera", "al jazeera"),
            ("1%2B1", "1+1"),
            ("100%25", "100%"),
            ("%e7%94%B5影", "电影"),
            ("%00%26%3d", "\0&="),
            ("%2525", "%25"),
        ] {
            assert_eq!(decoded(encoded).as_deref(), Some(text), "{encoded:?}");
        }
    }

    #[test]
    fn an_encoded_pair_comes_back() {
        let pairs = [("q", "al jazeera"), ("label.a=b", "&%+é电"), ("", ""), ("~-._", "0")];
        let mut query_string = String::new();
        for (name, value) in pairs {
            push_pair(&mut query_string, name, value);
        }
        assert!(query_string.starts_with("q=al%20jazeera&label.a%3Db=%26%25%2B%C3%A9"), "{query_string}");
        let decoded = |text| decoded(text).expect("just encoded").into_owned();
        let read: Vec<_> = encoded_pairs(&query_string).map(|(name, value)| (decoded(name), decoded(value))).collect();
        assert!(read.iter().map(|(name, value)| (name.as_str(), value.as_str())).eq(pairs));
    }

    #[test]
    fn a_malformed_escape_and_bytes_that_are_not_utf8_have_no_text() {
        for encoded in
            ["%", "%4", "a%", "%zz", "%4g", "%g4", "%+4", "% 4", "%%41", "%é", "%u0041", "%FF", "%C3", "%ED%A0%80"]
        {
            assert_eq!(decoded(encoded), None, "{encoded:?}");
        }
    }
}
