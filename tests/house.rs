//! The order of the house: a module imports only what stands above it, `index` never names a job, `plan` never names a row.
//!
//! Reads the sources as text; comments, with the examples in them, and test modules do not count.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// From top to bottom.
const ORDER: [&str; 17] = [
    "bits", "limits", "error", "job", "query", "plan", "text", "persist", "rows", "index", "cache", "exec", "store",
    "shared", "durable", "follow", "wire",
];

/// The file's path under `src`, and its code.
fn sources() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    let named = files.into_iter().map(|file| {
        let name = file.strip_prefix(&root).expect("it is under src").to_string_lossy().replace('\\', "/");
        (name, code_of(&fs::read_to_string(&file).expect("a source is readable")))
    });
    named.collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("src is readable") {
        let path = entry.expect("src is readable").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// The text without comments, texts in quotes and test modules.
fn code_of(text: &str) -> String {
    without_tests(&without_comments_and_literals(text))
}

fn without_comments_and_literals(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    // Ends: each step takes at least one character from `rest`.
    while let Some(first) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            block_comment_len(rest)
        } else if first == '"' {
            quoted_len(rest)
        } else if let Some(hashes) = raw_text_hashes(rest, &code) {
            raw_text_len(rest, hashes)
        } else {
            char_len(rest)
        };
        if skipped == 0 {
            code.push(first);
            rest = &rest[first.len_utf8()..];
        } else {
            code.push(' ');
            rest = &rest[skipped..];
        }
    }
    code
}

fn block_comment_len(text: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0);
    while at < text.len() {
        if text[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += text[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    text.len()
}

/// The length of a text in quotes, escapes respected.
fn quoted_len(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => drop(chars.next()),
            '"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// How many hashes open the raw text that begins here; none begins inside a name such as `for"`.
fn raw_text_hashes(text: &str, before: &str) -> Option<usize> {
    let in_a_name = before.chars().next_back().is_some_and(|c| c == '_' || (c.is_alphanumeric() && c != 'b'));
    let hashes = text.strip_prefix('r').filter(|_| !in_a_name)?;
    let count = hashes.len() - hashes.trim_start_matches('#').len();
    hashes[count..].starts_with('"').then_some(count)
}

fn raw_text_len(text: &str, hashes: usize) -> usize {
    let close = format!("\"{}", "#".repeat(hashes));
    let open_len = 1 + close.len();
    text[open_len..].find(&close).map_or(text.len(), |at| open_len + at + close.len())
}

/// The length of a character in single quotes; zero for anything else, such as a lifetime.
fn char_len(text: &str) -> usize {
    let Some(inside) = text.strip_prefix('\'') else {
        return 0;
    };
    if inside.starts_with('\\') {
        let escaped = inside.chars().nth(1).map_or(0, char::len_utf8);
        return inside[1 + escaped..].find('\'').map_or(0, |at| 1 + 1 + escaped + at + 1);
    }
    let one = inside.chars().next().map_or(0, char::len_utf8);
    if inside[one..].starts_with('\'') { 1 + one + 1 } else { 0 }
}

/// The code without each item that is marked `#[cfg(test)]`, up to its closing brace or semicolon.
fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut kept = String::new();
    let mut rest = code;
    while let Some(at) = rest.find(MARK) {
        kept.push_str(&rest[..at]);
        rest = &rest[at + MARK.len()..];
        rest = &rest[item_len(rest)..];
    }
    kept + rest
}

fn item_len(code: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in code.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth <= 1 => return at + 1,
            '}' => depth -= 1,
            ';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    code.len()
}

/// The modules that the code names as `crate::module`, also in `use crate::{module::…, other::…}`.
fn modules_named(code: &str) -> Vec<String> {
    let mut named = Vec::new();
    for (at, path) in code.match_indices("crate::") {
        let in_a_longer_name = code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$');
        let rest = code[at + path.len()..].trim_start();
        match rest.strip_prefix('{') {
            _ if in_a_longer_name => {}
            Some(group) => named.extend(heads_of_group(group)),
            None => named.push(word_at(rest)),
        }
    }
    named
}

/// The first name of each path in a group, up to the brace that closes it.
fn heads_of_group(group: &str) -> Vec<String> {
    let (mut heads, mut depth, mut at_head) = (Vec::new(), 0_usize, true);
    for (at, c) in group.char_indices() {
        match c {
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            '{' => depth += 1,
            ',' if depth == 0 => at_head = true,
            c if at_head && !c.is_whitespace() => {
                heads.push(word_at(&group[at..]));
                at_head = false;
            }
            _ => {}
        }
    }
    heads
}

fn word_at(code: &str) -> String {
    code.chars().take_while(|&c| c.is_alphanumeric() || c == '_' || c == '*').collect()
}

/// Whether the code names this word, whole.
fn names_word(code: &str, word: &str) -> bool {
    code.split(|c: char| !c.is_alphanumeric() && c != '_').any(|other| other == word)
}

/// The module of the order that a source belongs to; `None` for the front page and the prose.
fn module_of(file: &str) -> Option<usize> {
    let top = file.split('/').next().expect("a path has a first part").trim_end_matches(".rs");
    ORDER.iter().position(|&module| module == top)
}

#[test]
fn a_module_imports_only_what_stands_above_it() {
    for (file, code) in sources() {
        let Some(own) = module_of(&file) else { continue };
        for named in modules_named(&code) {
            let place = ORDER.iter().position(|&module| module == named);
            let place =
                place.unwrap_or_else(|| panic!("{file} names crate::{named}: name its module, one of {ORDER:?}"));
            assert!(place <= own, "{file} names crate::{named}, which stands below {}", ORDER[own]);
        }
    }
}

/// The longest row of `super::` in the code.
fn supers(code: &str) -> usize {
    let lean: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    (1..10).take_while(|&count| lean.contains(&"super::".repeat(count))).count()
}

/// How deep the module of a source lies under the root: `index/mod.rs` and `limits.rs` are at 1.
fn depth(file: &str) -> usize {
    file.trim_end_matches("/mod.rs").split('/').count()
}

/// Else the rule could be passed by: `super::store` in `index/mod.rs` is `crate::store`.
#[test]
fn a_path_by_super_stays_within_its_module() {
    for (file, code) in sources().into_iter().filter(|(file, _)| module_of(file).is_some()) {
        assert!(supers(&code) < depth(&file), "{file} leaves its module by super; write crate::");
    }
}

#[test]
fn every_source_has_its_place_in_the_order() {
    for file in sources().into_keys() {
        let outside = file == "lib.rs" || file.starts_with("docs/") || file == "docs.rs";
        assert!(outside || module_of(&file).is_some(), "{file} is in none of {ORDER:?}");
    }
}

#[test]
fn the_index_never_names_a_job() {
    for (file, code) in sources().into_iter().filter(|(file, _)| file.starts_with("index")) {
        for word in ["Job", "JobRecord", "Page"] {
            assert!(!names_word(&code, word), "{file} names {word}");
        }
    }
}

#[test]
fn the_plan_never_names_a_row() {
    for (file, code) in sources().into_iter().filter(|(file, _)| file.starts_with("plan")) {
        for word in ["Row", "Rows", "RowSet", "Postings", "Job", "JobRecord"] {
            assert!(!names_word(&code, word), "{file} names {word}");
        }
    }
}

/// Constants of cost, by the unit at the end of their names.
#[test]
fn constants_of_cost_stand_in_one_file() {
    for (file, code) in sources() {
        let words: Vec<&str> =
            code.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|w| !w.is_empty()).collect();
        let defines_cost = words.windows(2).any(|pair| pair[0] == "const" && pair[1].ends_with("_NS"));
        assert!(!defines_cost || file == "plan/cost.rs", "{file} defines a constant of cost");
    }
}

/// The execution obeys the plan: it compares no number with a constant of its own.
#[test]
fn the_execution_defines_no_threshold() {
    for (file, code) in sources().into_iter().filter(|(file, _)| file.starts_with("exec")) {
        for word in code.split(|c: char| !c.is_alphanumeric() && c != '_') {
            let is_threshold = word.ends_with("_MIN") || word.ends_with("_MAX");
            // Bounds of an answer, which no path changes.
            let is_bound_of_answer =
                ["CONSIDERED_MAX", "CORRECTION_WORDS_MAX", "SUGGESTIONS_MAX", "TYPED_JOBS_MAX", "WORDS_MAX"]
                    .contains(&word);
            let is_of_plan = code.contains(&format!("plan::cost::{word}")) || code.contains("plan::cost::{");
            assert!(!is_threshold || is_bound_of_answer || is_of_plan, "{file} has a threshold of its own: {word}");
        }
    }
}

#[test]
fn the_reader_of_sources_sees_code_alone() {
    let text = r##"
        //! crate::wire in prose
        use crate::limits::{A, B}; use crate::{error::{X, Y}, job, query::Z};
        /* crate::store /* nested */ crate::exec */
        const TEXT: &str = "crate::plan \" crate::plan"; const RAW: &str = r#"crate::index "quoted" "#;
        fn f<'a>(c: char) -> bool { c == '"' || c == '\'' || crate::index::g(c) }
        #[cfg(test)]
        mod tests { use crate::wire::Job; fn g() { {} } }
        pub(crate) fn h() { mycrate::store::x() }
    "##;
    assert_eq!(modules_named(&code_of(text)), ["limits", "error", "job", "query", "index"]);
    assert_eq!((supers("use super::super::x; super::y"), supers("superb::z")), (2, 0));
    assert_eq!((depth("limits.rs"), depth("index/mod.rs"), depth("index/names/fold.rs")), (1, 1, 3));
    assert!(names_word("let x: Row = 1;", "Row"));
    assert!(!names_word("RowSet row Rows", "Row"));
    assert_eq!(code_of("a #[cfg(test)] mod tests; b").split_whitespace().collect::<Vec<_>>(), ["a", "b"]);
}
