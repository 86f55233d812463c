//! Says in plain words why a line is no job. The JSON reader speaks of Rust's types, which the author of a file does not
//! know.

use std::fmt;

use jobdex::limits::{JOB_ID_BYTES_MAX, NAME_BYTES_MAX};

use crate::lines::too_long;

/// Most characters of a reason that are shown. A reason may quote the line.
const REASON_CHARS_MAX: usize = 200;

/// The messages of the JSON reader about text that is no JSON, and their meaning.
const SYNTAX: [(&str, &str); 17] = [
    ("EOF while parsing a string", "the line ends inside a text"),
    ("EOF while parsing an object", "the line ends inside an object"),
    ("EOF while parsing a list", "the line ends inside a list"),
    ("EOF while parsing a value", "the line ends before a value"),
    ("expected value", "a value must begin here"),
    ("expected ident", "a word without quotes must be true, false or null"),
    ("expected `:`", "a colon must follow the key"),
    ("expected `,` or `}`", "a comma or a closing brace must follow the value"),
    ("expected `,` or `]`", "a comma or a closing bracket must follow the value"),
    ("key must be a string", "a key must be a text in double quotes"),
    ("trailing comma", "another value must follow the comma"),
    ("trailing characters", "the line goes on after the end of the value"),
    ("invalid escape", "a text has a backslash before a letter that needs none"),
    ("lone leading surrogate in hex escape", "a text has only one half of a character of two escapes"),
    ("unexpected end of hex escape", "a text has only one half of a character of two escapes"),
    ("invalid unicode code point", "a text is not UTF-8"),
    ("recursion limit exceeded", "lists and objects are nested too deep"),
];

/// The types that the JSON reader expects, and the rule that the line breaks.
const RULES: [(&str, &str); 7] = [
    ("a job", "a line must be an object with the fields of a job"),
    ("struct Job", "a line must be an object with the fields of a job"),
    ("struct StreamInput", "StreamInput must be an object"),
    ("struct OutputStream", "OutputStream must be an object"),
    ("struct StreamInfo", "each value of StreamInfos must be an object"),
    ("a sequence", "StreamInfos must be a list"),
    ("a string", "Type, InputUrl and OutputUrl must be texts"),
];

/// The names of the JSON reader for values, and their meaning.
const VALUES: [(&str, &str); 6] = [
    ("integer `", "the number "),
    ("floating point `", "the number "),
    ("boolean `", ""),
    ("string ", "the text "),
    ("map", "an object"),
    ("sequence", "a list"),
];

/// The reason why a line is no job. Its words are made only if they are shown.
#[derive(Debug)]
pub(crate) enum Refusal {
    LineTooLong,
    List,
    Json(serde_json::Error),
    NoId,
    IdTooLong(usize),
    NameTooLong(usize),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LineTooLong => f.write_str(&too_long()),
            Self::List => f.write_str("a line must be an object with the fields of a job, got a list"),
            Self::Json(error) => f.write_str(&words(error)),
            Self::NoId => f.write_str("JobId must be at least 1 byte long, got an empty text"),
            Self::IdTooLong(len) => write!(f, "JobId of {len} bytes is over the limit of {JOB_ID_BYTES_MAX}"),
            Self::NameTooLong(len) => write!(f, "Name of {len} bytes is over the limit of {NAME_BYTES_MAX}"),
        }
    }
}

/// The words of an error of the JSON reader. The line number is left out: the reader sees one line only, so it always
/// counts line 1.
fn words(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let plain = text.strip_suffix(&place).unwrap_or(&text);
    let words = if error.is_data() { of_value(plain) } else { format!("not JSON: {}", of_syntax(plain)) };
    let words: String = words.chars().take(REASON_CHARS_MAX).collect();
    format!("{words} (column {})", error.column())
}

fn of_syntax(message: &str) -> &str {
    if message.starts_with("control character") {
        return "a text has a control character, which must be written as an escape such as \\n";
    }
    SYNTAX.iter().find(|(known, _)| *known == message).map_or(message, |(_, words)| words)
}

/// The errors of single fields are the library's own and have plain words already.
fn of_value(message: &str) -> String {
    if let Some(field) = quoted_after(message, "duplicate field `") {
        return format!("{field} occurs twice");
    }
    if let Some(field) = quoted_after(message, "missing field `") {
        return format!("{field} is missing");
    }
    let refused = message.strip_prefix("invalid type: ").and_then(|rest| rest.rsplit_once(", expected "));
    let Some((got, expected)) = refused else { return message.to_owned() };
    match RULES.iter().find(|(known, _)| *known == expected) {
        Some((_, rule)) => format!("{rule}, got {}", value(got)),
        None => message.to_owned(),
    }
}

fn quoted_after<'a>(message: &'a str, start: &str) -> Option<&'a str> {
    message.strip_prefix(start)?.strip_suffix('`')
}

fn value(got: &str) -> String {
    let known = VALUES.iter().find_map(|(known, words)| Some((got.strip_prefix(known)?, words)));
    known.map_or_else(|| got.to_owned(), |(rest, words)| format!("{words}{}", rest.trim_end_matches('`')))
}
