//! Guesses the form of input without jobs from its first bytes, and says how to convert it.
//!
//! The commands that it names can be pasted into a shell as they are: each ends with the command that was given, without
//! the option that names the input.

use std::ffi::OsStr;
use std::path::Path;

use serde::de::IgnoredAny;
use serde_json::{Deserializer, Value};

use crate::table::printable;

/// The first bytes of compressed files, the name of the form, and the command that expands it.
const COMPRESSED: [(&[u8], &str, &str); 5] = [
    // The first layer of gzip has been expanded already.
    (&[0x1f, 0x8b], "a file that was compressed twice", "gzip -dc"),
    (&[0x28, 0xb5, 0x2f, 0xfd], "a file compressed by zstd, not by gzip", "zstd -dc"),
    (&[0xfd, b'7', b'z', b'X', b'Z', 0], "a file compressed by xz, not by gzip", "xz -dc"),
    (b"BZh", "a file compressed by bzip2, not by gzip", "bzip2 -dc"),
    (b"PK\x03\x04", "a zip archive, not a file compressed by gzip", "funzip"),
];
/// The first bytes of the file of a durable store.
const STORE_MAGIC: &[u8] = b"redb\x1a\x0a\xa9\x0d\x0a";
/// The separators of tables, each with its name, and how a program of Python writes it.
const SEPARATORS: [(char, &str, &str); 3] = [(',', "commas", ","), ('\t', "tabs", r"\t"), (';', "semicolons", ";")];
/// The fields that a job can't lack.
const REQUIRED: [&str; 5] = ["JobId", "TemplateType", "StartMode", "Status", "CreateTime"];
/// Removes a comma at the end of each line.
const WITHOUT_COMMAS: &str = "sed 's/,[[:space:]]*$//'";

/// The input, for a message about it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin<'a> {
    /// `None` for standard input.
    pub(crate) path: Option<&'a Path>,
    pub(crate) is_gzip: bool,
}

impl Origin<'_> {
    pub(crate) fn name(&self) -> String {
        self.path.map_or_else(|| "standard input".to_owned(), |path| printable(&path.to_string_lossy()))
    }

    /// The shell commands that convert the input and list its jobs.
    fn piped(&self, command: &str) -> String {
        let list = this_command();
        match (self.path.map(|path| quoted(path.as_os_str())), self.is_gzip) {
            (Some(path), false) => format!("{command} < {path} | {list}"),
            (Some(path), true) => format!("gzip -dc < {path} | {command} | {list}"),
            (None, false) => format!("… | {command} | {list}"),
            (None, true) => format!("… | gzip -dc | {command} | {list}"),
        }
    }

    fn conversion(&self, form: &str, command: &str) -> String {
        format!("the input looks like {form}; convert it:\n      {}", self.piped(command))
    }
}

/// The command that started this program, without the option that names the input.
fn this_command() -> String {
    let mut words = Vec::new();
    let mut given = std::env::args_os();
    while let Some(word) = given.next() {
        if word == "--jobs" {
            given.next();
        } else if !word.as_encoded_bytes().starts_with(b"--jobs=") {
            words.push(quoted(&word));
        }
    }
    words.join(" ")
}

/// The text as a word of a shell. A text that can't be shown becomes a word to replace.
fn quoted(word: &OsStr) -> String {
    let Some(word) = word.to_str().filter(|word| *word == printable(word)) else {
        return "FILE".to_owned();
    };
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '+' | ':' | '@' | ',' | '=');
    if !word.is_empty() && word.chars().all(is_plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// The likely form of the input that begins with `head`, with the way to read it; `None` without a good guess.
pub(crate) fn guess(head: &[u8], origin: Origin<'_>) -> Option<String> {
    if let Some((_, form, command)) = COMPRESSED.iter().find(|(magic, ..)| head.starts_with(magic)) {
        return Some(origin.conversion(form, command));
    }
    if head.starts_with(STORE_MAGIC) {
        let path = origin.path.map_or_else(|| "FILE".to_owned(), |path| quoted(path.as_os_str()));
        let build = "list --store, of a build with the feature durable, reads it";
        let list = this_command();
        return Some(format!(
            "the input looks like the file of a durable store; {build}:\n      {list} --store {path}"
        ));
    }
    if let Some(encoding) = utf_16(head) {
        let command = format!("iconv -f {encoding} -t UTF-8");
        return Some(origin.conversion("text in UTF-16, not UTF-8", &command));
    }
    if head.contains(&0) {
        return Some("the input looks like binary data; list reads only text".to_owned());
    }
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    // A character that is cut at the end of the head has no length as an error.
    let is_other = std::str::from_utf8(head).is_err_and(|error| error.error_len().is_some());
    if is_other { of_encoding(text, origin) } else { of_text(text, origin) }
}

/// Text that is not UTF-8 says no more about its encoding.
fn of_encoding(text: &str, origin: Origin<'_>) -> Option<String> {
    text.starts_with(['{', '[']).then(|| {
        let form = "text in an encoding other than UTF-8, such as GB18030 or ISO-8859-1";
        format!("{}\n  Put its encoding in place of GB18030", origin.conversion(form, "iconv -f GB18030 -t UTF-8"))
    })
}

fn of_text(text: &str, origin: Origin<'_>) -> Option<String> {
    match text.chars().next()? {
        '[' => Some(origin.conversion("a JSON array, not one object a line", "jq -c '.[]'")),
        '{' if text.contains("\"JobList\"") => {
            Some(origin.conversion("an answer of the API, not one job a line", "jq -c '.JobList[]'"))
        }
        '{' => of_objects(text, origin),
        '<' => Some("the input looks like HTML or XML, such as the page of an error; list reads only JSON".to_owned()),
        _ => of_table(text.lines().next()?, origin),
    }
}

/// Whether the input may be a list of which only the line of the last object is a job, because no comma follows it.
pub(crate) fn may_be_list(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let first_line = text.lines().next().unwrap_or_default();
    text.starts_with('[')
        || first_line.trim_end().ends_with("},")
        || first_line.contains("\"JobList\"")
        || key_of_list(text).is_some()
}

/// Objects whose ends are no ends of lines, or that are no jobs.
fn of_objects(text: &str, origin: Origin<'_>) -> Option<String> {
    if let Some(key) = key_of_list(text) {
        return Some(origin.conversion("an object around a list, not one object a line", &format!("jq -c '.{key}[]'")));
    }
    let mut objects = Deserializer::from_str(text).into_iter::<IgnoredAny>();
    let on_many_lines = || Some(origin.conversion("JSON with one object on many lines", "jq -c ."));
    match objects.next()? {
        Ok(_) => {
            let (object, rest) = text.split_at(objects.byte_offset());
            let next = rest.trim_start_matches([' ', '\t', '\r']).chars().next();
            match (object.contains('\n'), next) {
                (true, Some(',')) => None,
                (true, _) => on_many_lines(),
                (false, Some('{')) => Some(origin.conversion("JSON with many objects on one line", "jq -c .")),
                (false, Some(',')) => Some(origin.conversion("JSON with commas between the objects", WITHOUT_COMMAS)),
                (false, _) => other_object(object),
            }
        }
        Err(error) if error.is_eof() && text.trim_end().contains('\n') => on_many_lines(),
        Err(_) => None,
    }
}

/// The first key of an object, if its value is a list. No field of a job is one.
fn key_of_list(text: &str) -> Option<&str> {
    let (key, rest) = text.strip_prefix('{')?.trim_start().strip_prefix('"')?.split_once('"')?;
    let is_list = rest.trim_start().strip_prefix(':')?.trim_start().starts_with('[');
    let is_name = key.starts_with(|c: char| c.is_ascii_alphabetic()) && key.chars().all(|c| c.is_ascii_alphanumeric());
    (is_list && is_name).then_some(key)
}

/// An object without an ID, such as one whose keys are in another case.
fn other_object(text: &str) -> Option<String> {
    let object = serde_json::from_str::<serde_json::Map<String, Value>>(text).ok()?;
    let needed = format!("a job needs {}, spelled exactly so; --help shows one", and(&REQUIRED));
    let is_other = !object.contains_key("JobId");
    is_other.then(|| format!("the input looks like JSON with objects of another form; {needed}"))
}

/// The encoding of text in UTF-16, as `iconv` calls it. Without a byte order mark, the zeros beside the first letters tell
/// the order.
fn utf_16(head: &[u8]) -> Option<&'static str> {
    match head {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("UTF-16"),
        [(1..), 0, (1..), 0, ..] => Some("UTF-16LE"),
        [0, (1..), 0, (1..), ..] => Some("UTF-16BE"),
        _ => None,
    }
}

/// A table whose first line has at least two heads and no braces.
fn of_table(heads: &str, origin: Origin<'_>) -> Option<String> {
    let is_text = !heads.contains(|c: char| c == '{' || c.is_control() && c != '\t');
    let (separator, name, written) =
        SEPARATORS.iter().max_by_key(|(separator, ..)| heads.matches(*separator).count())?;
    if !is_text || !heads.contains(*separator) {
        return None;
    }
    let form = format!("a table (CSV) with {name} between the columns, not JSON");
    let heads: Vec<&str> = heads.split(*separator).map(|head| head.trim().trim_matches('"')).collect();
    let lacking: Vec<&str> = REQUIRED.into_iter().filter(|head| !heads.contains(head)).collect();
    let lacking = if lacking.is_empty() {
        String::new()
    } else {
        format!("\n  Before that, give it a column with each of the names {}", and(&lacking))
    };
    Some(origin.conversion(&form, &of_rows(written)) + &lacking)
}

/// The command that makes an object of each row of a table. Two fields are numbers.
fn of_rows(separator: &str) -> String {
    format!(
        "python3 -c 'import csv, json, sys; sys.stdin.reconfigure(encoding=\"utf-8-sig\"); \
         [print(json.dumps({{k: int(v) if k in (\"Status\", \"StartMode\") and v in (\"0\", \"1\", \"2\") else v \
         for k, v in row.items()}})) for row in csv.DictReader(sys.stdin, delimiter=\"{separator}\")]'"
    )
}

/// `a, b and c`.
fn and(names: &[&str]) -> String {
    match names {
        [all @ .., last] if !all.is_empty() => format!("{} and {last}", all.join(", ")),
        _ => names.concat(),
    }
}
