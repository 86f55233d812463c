//! Guesses the form of input without a job from its first bytes, and says how to convert it.

use std::path::Path;

use serde_json::Value;

/// The first bytes of files that are compressed in another way than gzip, and the command that expands them.
const COMPRESSED: [(&[u8], &str); 4] = [
    (&[0x28, 0xb5, 0x2f, 0xfd], "zstd -dc"),
    (&[0xfd, b'7', b'z', b'X', b'Z', 0], "xz -dc"),
    (b"BZh", "bzip2 -dc"),
    (b"PK\x03\x04", "unzip -p"),
];
/// The first bytes of the file of a durable store.
const STORE_MAGIC: &[u8] = b"redb\x1a\x0a\xa9\x0d\x0a";
/// The separators of tables, and the flags of the converter that reads them.
const SEPARATORS: [(char, &str); 3] = [(',', "--icsv"), ('\t', "--itsv"), (';', "--icsv --ifs semicolon")];

/// The input, for a message about it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Origin<'a> {
    /// `None` for standard input.
    pub(crate) path: Option<&'a Path>,
    pub(crate) is_gzip: bool,
}

impl Origin<'_> {
    pub(crate) fn name(&self) -> String {
        self.path.map_or_else(|| "standard input".to_owned(), |path| path.display().to_string())
    }

    /// The shell commands that convert the input and list its jobs.
    fn piped(&self, command: &str) -> String {
        match (self.path.map(quoted), self.is_gzip) {
            (Some(path), false) => format!("{command} {path} | list"),
            (Some(path), true) => format!("gzip -dc {path} | {command} | list"),
            (None, false) => format!("… | {command} | list"),
            (None, true) => format!("… | gzip -dc | {command} | list"),
        }
    }
}

/// The path as a word of a shell.
fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '+' | ':' | '@');
    if path.chars().all(is_plain) { path } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

/// The likely form of the input that begins with `head`, with the way to read it; `None` without a good guess.
pub(crate) fn guess(head: &[u8], origin: Origin<'_>) -> Option<String> {
    if let Some((_, command)) = COMPRESSED.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Some(conversion("a compressed file, but not gzip", origin, command));
    }
    if head.starts_with(STORE_MAGIC) {
        let path = origin.path.map_or_else(|| "FILE".to_owned(), quoted);
        let build = "list --store, of a build with the feature durable, reads it";
        return Some(format!("the input looks like the file of a durable store; {build}:\n      list --store {path}"));
    }
    if let Some(encoding) = utf_16(head) {
        let command = format!("iconv -f {encoding} -t UTF-8");
        return Some(conversion("text in UTF-16, not UTF-8", origin, &command));
    }
    let text = String::from_utf8_lossy(head);
    of_text(text.trim_start_matches('\u{feff}').trim_start(), origin)
}

fn of_text(text: &str, origin: Origin<'_>) -> Option<String> {
    let first_line = text.lines().next()?.trim_end();
    match text.chars().next()? {
        '[' => Some(conversion("a JSON array, not one object a line", origin, "jq -c '.[]'")),
        '{' if text.contains("\"JobList\"") => {
            Some(conversion("an answer of the API, not one job a line", origin, "jq -c '.JobList[]'"))
        }
        '{' if first_line == "{" => Some(conversion("JSON with one object on many lines", origin, "jq -c .")),
        '{' => other_objects(first_line),
        '<' => Some("the input looks like HTML or XML, such as the page of an error; list reads only JSON".to_owned()),
        _ => table(first_line).map(|flags| {
            let table = conversion("a table such as CSV, not JSON", origin, &format!("mlr {flags} --ojsonl cat"));
            format!("{table}\n  The heads of its columns must be JobId, Name, Status, StreamInput.InputUrl and so on")
        }),
    }
}

fn conversion(form: &str, origin: Origin<'_>, command: &str) -> String {
    format!("the input looks like {form}; convert it:\n      {}", origin.piped(command))
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

/// Whether the first line is a whole object without an ID, such as one whose keys are in another case.
fn other_objects(first_line: &str) -> Option<String> {
    let object = serde_json::from_str::<serde_json::Map<String, Value>>(first_line).ok()?;
    if object.contains_key("JobId") {
        return None;
    }
    let needed = "a job needs JobId, TemplateType, StartMode, Status and CreateTime, in this case; --help shows one";
    Some(format!("the input looks like JSON with objects of another form; {needed}"))
}

/// The flags for a table whose first line has at least two heads and no braces.
fn table(heads: &str) -> Option<&'static str> {
    let is_text =
        !heads.contains(|c: char| c == '{' || c == char::REPLACEMENT_CHARACTER || c.is_control() && c != '\t');
    let separator = SEPARATORS.iter().max_by_key(|(separator, _)| heads.matches(*separator).count())?;
    (is_text && heads.contains(separator.0)).then_some(separator.1)
}
