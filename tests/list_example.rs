//! The command-line example end to end: what it prints, where, and with which exit code.
//!
//! Runs the example that `cargo test` has just built beside this test.
#![allow(clippy::unwrap_used, reason = "a test says what went wrong by failing")]

#[allow(dead_code, reason = "the tests use parts of it")]
#[path = "../examples/list/table.rs"]
mod table;

use std::env::consts::EXE_SUFFIX;
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::{env, fs, thread};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

/// The output of a run of the example.
struct Run {
    code: Option<i32>,
    out: String,
    err: String,
}

/// `target/<profile>/examples/list`, beside `target/<profile>/deps` where tests are.
fn example() -> PathBuf {
    let test = env::current_exe().unwrap();
    let path = test.ancestors().nth(2).unwrap().join("examples").join(format!("list{EXE_SUFFIX}"));
    assert!(path.exists(), "{} is missing: `cargo test` without `--test` builds it", path.display());
    path
}

/// Runs the example with these arguments and this standard input.
fn list(arguments: &[&str], input: &[u8]) -> Run {
    run(Command::new(example()).args(arguments), input)
}

/// Runs a command with this standard input.
fn run(command: &mut Command, input: &[u8]) -> Run {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // A run that stops early closes its end of the pipe, so this write may fail.
    let writer = thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    Run {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// A temporary file that is removed in the end.
struct TempFile(PathBuf);

impl TempFile {
    fn new(name: &str, content: &[u8]) -> Self {
        let path = env::temp_dir().join(format!("jobdex-{}-{name}", std::process::id()));
        fs::write(&path, content).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for TempFile {
    fn drop(&mut self) {
        // Nothing depends on it.
        let _ = fs::remove_file(&self.0);
    }
}

fn line(id: &str, name: &str, status: u8, create_time: &str) -> String {
    format!(
        r#"{{"Name":"{name}","JobId":"{id}","TemplateType":"normal","TemplateId":"t1","TemplateName":"模板1","StartMode":0,"Status":{status},"StreamInput":{{"Type":"rtmp","InputUrl":"rtmp://in/live/1"}},"OutputStream":{{"StreamInfos":[{{"Type":"rtmp","OutputUrl":"rtmp://out/live/1"}}]}},"CreateTime":"{create_time}"}}"#
    )
}

/// Four jobs.
fn sound_lines() -> Vec<String> {
    vec![
        line("a-1", "Harbour News", 1, "2022-07-20T02:48:58Z"),
        line("a-2", "电影频道", 1, "2022-07-20T02:49:58Z"),
        line("a-3", "News at Ten", 2, "2022-07-21T02:48:58Z"),
        line("a-4", "قناة الأخبار", 0, "2022-07-22T02:48:58Z"),
    ]
}

fn sound_input() -> Vec<u8> {
    sound_lines().join("\n").into_bytes()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text.trim()).unwrap()
}

fn ids(response: &Value) -> Vec<&str> {
    response["JobList"].as_array().unwrap().iter().map(|job| job["JobId"].as_str().unwrap()).collect()
}

#[test]
fn jobs_from_a_pipe_are_shown_newest_first() {
    let run = list(&[], &sound_input());
    assert_eq!(run.code, Some(0), "{}", run.err);
    let lines: Vec<&str> = run.out.lines().collect();
    assert!(lines[0].starts_with("NAME"), "{}", run.out);
    for (line, id) in lines[1..].iter().zip(["a-4", "a-3", "a-2", "a-1"]) {
        assert!(line.ends_with(id), "{line} should be of {id}");
    }
    assert!(run.out.contains("\n4 jobs match · page 1 of 1 · "), "{}", run.out);
    assert!(run.err.starts_with("loaded 4 jobs in "), "{}", run.err);
}

#[test]
fn a_table_that_is_no_terminal_has_no_escapes() {
    let run = list(&[], &sound_input());
    assert!(!run.out.contains('\u{1b}') && !run.out.contains('\u{200e}'), "{:?}", run.out);
}

#[test]
fn columns_align_in_every_script() {
    let run = list(&[], &sound_input());
    // Chinese takes two columns a character, Arabic one; the next cell starts in the same column.
    let column_of = |line: &str| {
        let (name, _) = line.split_once("normal").unwrap();
        unicode_width::UnicodeWidthStr::width(name)
    };
    let columns: Vec<usize> = run.out.lines().filter(|line| line.contains("normal")).map(column_of).collect();
    assert_eq!(columns.len(), 4);
    assert!(columns.iter().all(|column| *column == columns[0]), "{}", run.out);
}

#[test]
fn control_characters_of_a_name_do_not_reach_the_terminal() {
    let name = r"bad\u001b[2Jname\u202e";
    let run = list(&[], line("a-1", name, 1, "2022-07-20T02:48:58Z").as_bytes());
    assert!(run.out.contains("bad\u{fffd}[2Jname\u{fffd}"), "{:?}", run.out);
}

#[test]
fn broken_lines_are_reported_by_number_and_the_rest_is_loaded() {
    let mut lines = sound_lines();
    lines.insert(1, r#"{"Name":"#.to_owned());
    lines.insert(2, String::new());
    lines.insert(3, r#"{"Name":"x"}"#.to_owned());
    lines.push(line("a-1", "Twice", 1, "2022-07-20T02:48:58Z"));
    lines.push(line("a-9", "Odd", 7, "2022-07-20T02:48:58Z"));
    lines.push(line("", "Nobody", 1, "2022-07-20T02:48:58Z"));
    lines.push(line(&"x".repeat(129), "Long", 1, "2022-07-20T02:48:58Z"));
    lines.push(line("a-10", &"x".repeat(1025), 1, "2022-07-20T02:48:58Z"));
    lines.push(line("a-11", "When", 1, "yesterday"));
    let file = TempFile::new("broken.jsonl", lines.join("\r\n").as_bytes());
    let run = list(&["--jobs", file.path()], b"");
    assert_eq!(run.code, Some(0));
    for report in [
        "warning: line 2 skipped: not JSON: the line ends before a value (column 8)",
        "warning: line 4 skipped: JobId must be a text, got no value (column 12)",
        "warning: line 8 skipped: JobId \"a-1\" is taken by an earlier line",
        "warning: line 9 skipped: Status of job \"a-9\" must be 0 (not started), 1 (in progress) or 2 (stopped), got 7 (",
        "warning: line 10 skipped: JobId must be at least 1 byte long",
        "warning: line 11 skipped: JobId of 129 bytes is over the limit of 128",
        "warning: line 12 skipped: Name of 1025 bytes is over the limit of 1024",
        "warning: line 13 skipped: CreateTime of job \"a-11\" must be a time such as 2022-07-20T02:48:58Z, got \"yesterday\"",
        "loaded 4 jobs in ",
        ", skipped 8 lines\n",
    ] {
        assert!(run.err.contains(report), "{report:?} is not in {}", run.err);
    }
    assert!(!run.err.contains("line 3 "), "a blank line is not broken: {}", run.err);
    assert!(run.out.contains("4 jobs match"), "{}", run.out);
}

#[test]
fn after_ten_reports_broken_lines_are_counted() {
    let input = format!("{}\n{}", "broken\n".repeat(25), sound_lines()[0]);
    let run = list(&[], input.as_bytes());
    assert_eq!(run.code, Some(0));
    assert_eq!(run.err.matches("skipped: ").count(), 10, "{}", run.err);
    assert!(run.err.contains("warning: 15 more lines were skipped too\nloaded 1 job "), "{}", run.err);
    // Broken JSON, blank lines and repeated jobs in many blocks.
    let twice = format!("{}\nbroken\n\n", sound_lines()[0]);
    let run = list(&[], twice.repeat(20_000).as_bytes());
    let reported: Vec<&str> = run.err.lines().filter_map(|line| line.strip_prefix("warning: line ")).collect();
    assert_eq!(reported.len(), 10, "{}", run.err);
    let starts = ["2 skipped: not JSON", "4 skipped: JobId", "5 skipped: not JSON", "7 skipped: JobId"];
    assert!(reported.iter().zip(starts).all(|(report, start)| report.starts_with(start)), "{}", run.err);
    assert!(run.err.contains("warning: 39,989 more lines were skipped too\n"), "{}", run.err);
    assert!(run.err.ends_with(", skipped 39,999 lines\n"), "{}", run.err);
}

/// A JSON array of the four jobs, on one line or on many.
fn array(joint: &str) -> String {
    format!("[{joint}{}{joint}]", sound_lines().join(&format!(",{joint}")))
}

fn utf_16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
    text.encode_utf16().flat_map(bytes).collect()
}

fn with_quotes(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Runs a command of a shell; `None` if this machine lacks the shell or one of the programs.
fn shell(command: &str, input: &[u8]) -> Option<Run> {
    if !cfg!(unix) {
        return None;
    }
    let run = run(Command::new("bash").args(["-c", &format!("set -o pipefail; {command}")]), input);
    if run.code == Some(127) {
        println!("not tested, because a program is missing: {command}: {}", run.err);
        return None;
    }
    Some(run)
}

/// The command in the last line of an error that ends with it.
fn hint(run: &Run) -> &str {
    run.err.lines().rev().find_map(|line| line.strip_prefix("      ")).unwrap_or_else(|| panic!("{}", run.err))
}

/// The start of a table of the four jobs.
fn csv(separator: char) -> String {
    let heads = "JobId,Name,TemplateType,StartMode,Status,CreateTime";
    let rows = sound_lines().into_iter().map(|line| json(&line)).map(|job| {
        format!("{},{},{},0,{},{}", job["JobId"], job["Name"], job["TemplateType"], job["Status"], job["CreateTime"])
    });
    let rows: Vec<String> = [heads.to_owned()].into_iter().chain(rows).collect();
    rows.join("\r\n").replace(',', &separator.to_string())
}

/// Inputs of the four jobs in other forms, with the words for each form and the command that converts it.
fn other_forms() -> Vec<(Vec<u8>, &'static str, &'static str)> {
    let lines = sound_lines().join("\r\n");
    let pretty = |line: &String| serde_json::to_string_pretty(&json(line)).unwrap();
    let pretty: Vec<String> = sound_lines().iter().map(pretty).collect();
    let rows = "python3 -c 'import csv, json, sys; ";
    vec![
        (array("").into_bytes(), "a JSON array, not one object a line", "jq -c '.[]' "),
        (array("\n").into_bytes(), "a JSON array, not one object a line", "jq -c '.[]' "),
        (array("\n  ").replace("\n  ]", "]").into_bytes(), "a JSON array", "jq -c '.[]' "),
        (format!("[{}]", pretty.join(",")).into_bytes(), "a JSON array", "jq -c '.[]' "),
        (format!("\u{feff}\n{}", array("")).into_bytes(), "a JSON array", "jq -c '.[]' "),
        (
            format!("{{\"RequestId\": \"r\", \"JobList\": {}}}", array("\n")).into_bytes(),
            "an answer of the API",
            "jq -c '.JobList[]' ",
        ),
        (list(&["--json"], &sound_input()).out.into_bytes(), "an answer of the API", "jq -c '.JobList[]' "),
        (list(&["--json", "--pretty"], &sound_input()).out.into_bytes(), "an answer of the API", "jq -c '.JobList[]' "),
        (format!("{{ \"jobs\" : {}}}", array("")).into_bytes(), "an object around a list", "jq -c '.jobs[]' "),
        (format!("{{\"jobs\":{}}}", array("\n")).into_bytes(), "an object around a list", "jq -c '.jobs[]' "),
        (pretty.join("\n").into_bytes(), "JSON with one object on many lines", "jq -c . "),
        (pretty.concat().replace("{\n", "{").into_bytes(), "JSON with one object on many lines", "jq -c . "),
        (sound_lines().concat().into_bytes(), "JSON with many objects on one line", "jq -c . "),
        (sound_lines().join("\r").into_bytes(), "JSON with many objects on one line", "jq -c . "),
        (sound_lines().join(",\r\n").into_bytes(), "JSON with commas between the objects", "sed 's/,[[:space:]]*$//' "),
        (utf_16(&format!("\u{feff}{lines}"), u16::to_le_bytes), "text in UTF-16", "iconv -f UTF-16 -t UTF-8 "),
        (utf_16(&format!("\u{feff}{lines}"), u16::to_be_bytes), "text in UTF-16", "iconv -f UTF-16 -t UTF-8 "),
        (utf_16(&lines, u16::to_le_bytes), "text in UTF-16", "iconv -f UTF-16LE -t UTF-8 "),
        (utf_16(&lines, u16::to_be_bytes), "text in UTF-16", "iconv -f UTF-16BE -t UTF-8 "),
        (csv(',').into_bytes(), "a table (CSV) with commas between the columns, not JSON", rows),
        (format!("\u{feff}{}", csv(',')).into_bytes(), "a table (CSV) with commas between the columns", rows),
        (csv('\t').into_bytes(), "a table (CSV) with tabs between the columns", rows),
        (csv(';').into_bytes(), "a table (CSV) with semicolons between the columns", rows),
    ]
}

/// The four jobs in forms that only another program writes; none where it is missing.
fn written_by_others() -> Vec<(Vec<u8>, &'static str, &'static str)> {
    let forms = [
        ("gzip -c | gzip -c", "a file that was compressed twice", "gzip -dc "),
        ("zstd -qc", "a file compressed by zstd, not by gzip", "zstd -dc "),
        ("xz -c", "a file compressed by xz, not by gzip", "xz -dc "),
        ("bzip2 -c", "a file compressed by bzip2, not by gzip", "bzip2 -dc "),
        ("iconv -f UTF-8 -t GB18030", "text in an encoding other than UTF-8", "iconv -f GB18030 -t UTF-8 "),
    ];
    // No text, because most of these forms are bytes.
    let written = forms.into_iter().filter_map(|(command, form, converter)| {
        let (from, to) = (TempFile::new("from", &chinese_input()), TempFile::new("to", b""));
        let paths = format!("< {} > {}", with_quotes(from.path()), with_quotes(to.path()));
        shell(&format!("{{ {command}; }} {paths}"), b"")?;
        Some((fs::read(to.path()).unwrap(), form, converter))
    });
    written.collect()
}

/// The jobs without the name in Arabic, which GB18030 can't write on every machine.
fn chinese_input() -> Vec<u8> {
    sound_lines().join("\n").replace("قناة الأخبار", "新闻").into_bytes()
}

#[test]
fn input_in_another_form_is_an_error_whose_command_lists_its_jobs() {
    let example = example();
    let example = example.to_str().unwrap();
    for (input, form, converter) in [other_forms(), written_by_others()].concat() {
        let run = list(&["--status", "1,2"], &input);
        assert_eq!((run.code, run.out.as_str()), (Some(1), ""), "{form}: {}", run.err);
        assert!(run.err.starts_with("error: standard input: "), "one error, no warnings: {}", run.err);
        assert!(!run.err.contains("warning"), "{}", run.err);
        assert!(run.err.contains(&format!("\n  the input looks like {form}")), "{form:?} is not in {}", run.err);
        let expected = format!("… | {converter}");
        assert!(hint(&run).starts_with(expected.trim_end()), "{expected:?} is not in {}", run.err);
        assert!(hint(&run).ends_with(&format!(" | {example} --status 1,2")), "{}", run.err);
        let Some(again) = shell(&hint(&run).replacen('…', "cat", 1), &input) else { continue };
        assert!(again.out.contains("\n3 jobs match"), "{form}: {}{}", again.out, again.err);
    }
}

#[test]
fn the_command_for_a_file_can_be_pasted_whatever_the_name() {
    for (input, form, converter) in other_forms() {
        let file = TempFile::new("-it's $HOME & a list; ü.x", &input);
        for (option, keyword) in
            [(&["--jobs", file.path()][..], "news"), (&[&format!("--jobs={}", file.path())], "a b")]
        {
            let run = list(&[option, &["--keyword", keyword]].concat(), b"");
            assert_eq!(run.code, Some(1), "{}", run.err);
            let path = with_quotes(file.path());
            assert!(hint(&run).starts_with(converter), "{form}: {}", run.err);
            assert!(hint(&run).contains(&format!(" < {path} | ")), "{}", run.err);
            let Some(again) = shell(hint(&run), b"") else { continue };
            let jobs = if keyword == "news" { "\n2 jobs match" } else { "0 jobs match" };
            assert!(again.out.contains(jobs), "{form}: {}{}", again.out, again.err);
        }
    }
}

#[test]
fn the_command_for_a_compressed_file_expands_it() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(array("").as_bytes()).unwrap();
    let file = TempFile::new("array of jobs.json.gz", &encoder.finish().unwrap());
    let run = list(&["--strict", "--jobs", file.path()], b"");
    assert_eq!(run.code, Some(1));
    let command = format!("gzip -dc < '{}' | jq -c '.[]' | ", file.path());
    assert!(run.err.contains(": line 1: ") && hint(&run).starts_with(&command), "{}", run.err);
    if let Some(again) = shell(hint(&run), b"") {
        assert!(again.out.contains("\n4 jobs match"), "{}{}", again.out, again.err);
    }
}

#[test]
fn input_that_no_command_converts_is_named() {
    for (input, words) in [
        (&b"redb\x1a\x0a\xa9\x0d\x0arest"[..], "the file of a durable store"),
        (b"<html>\n<body>", "HTML or XML, such as the page of an error; list reads only JSON"),
        (
            br#"{"job_id":"a-1","name":"News"}"#,
            "JSON with objects of another form; a job needs JobId, TemplateType, StartMode, Status and CreateTime, spelled exactly so",
        ),
        (b"\0\0\0\0", "binary data; list reads only text"),
        (b"id,name,Status\na-1,News,1\n", "a table (CSV)"),
    ] {
        let run = list(&[], input);
        assert_eq!((run.code, run.out.as_str()), (Some(1), ""), "{words}: {}", run.err);
        assert!(run.err.contains(&format!("\n  the input looks like {words}")), "{words:?} is not in {}", run.err);
    }
    let run = list(&[], b"\"id\",name,Status\na-1,News,1\n");
    let lacking =
        "\n  Before that, give it a column with each of the names JobId, TemplateType, StartMode and CreateTime\n";
    assert!(run.err.ends_with(lacking), "{}", run.err);
    let run = list(&["--jobs", env::temp_dir().to_str().unwrap()], b"");
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("it is a directory; name a file in it, or "), "{}", run.err);
    let run = list(&[], &vec![b'x'; 2 << 20]);
    let reason = "error: standard input: the line is no job; line 1: line is over the limit of 1048576 bytes\n";
    assert_eq!((run.code, run.err.as_str()), (Some(1), reason));
}

#[test]
fn an_error_without_any_job_names_the_file_the_number_of_lines_and_the_first_reason() {
    let file = TempFile::new("array.json", array("\n").as_bytes());
    let run = list(&["--jobs", file.path()], b"");
    assert_eq!(run.code, Some(1));
    let path = file.path();
    let words = "only 1 of 6 lines is a job; line 1: a line must be an object with the fields of a job, got a list";
    assert!(run.err.starts_with(&format!("error: {path}: {words}\n  the input looks like ")), "{}", run.err);
    // Without a good guess, the reason stands alone.
    for (input, lines) in [("broken\n", "the line is no job"), ("broken\n\nbroken\n", "none of 2 lines is a job")] {
        let run = list(&[], input.as_bytes());
        let alone = format!("error: standard input: {lines}; line 1: not JSON: a value must begin here (column 1)\n");
        assert_eq!((run.code, run.err), (Some(1), alone));
    }
}

#[test]
fn one_broken_line_that_looks_like_another_form_does_not_spoil_the_others() {
    for first in ["[1", "[]", "a,b", "{\"JobList\": []}", "{}{}"] {
        let run = list(&[], format!("{first}\n{}", sound_lines()[..2].join("\n")).as_bytes());
        assert_eq!(run.code, Some(0), "{first}: {}", run.err);
        assert!(run.out.contains("\n2 jobs match") && run.err.contains("warning: line 1 skipped: "), "{}", run.err);
    }
    let run = list(&[], format!("broken\n{}", sound_lines()[0]).as_bytes());
    assert_eq!((run.code, run.out.contains("\n1 job matches")), (Some(0), true), "{}", run.err);
    assert!(run.err.starts_with("warning: line 1 skipped: ") && run.err.contains(", skipped 1 line\n"), "{}", run.err);
}

#[test]
fn empty_input_is_a_list_of_no_jobs_and_says_so() {
    for (input, words) in [(&b""[..], "is empty"), (b"\n \r\n", "has only blank lines")] {
        let run = list(&[], input);
        assert_eq!((run.code, run.out.contains("0 jobs match")), (Some(0), true), "{}", run.err);
        assert!(run.err.starts_with(&format!("warning: standard input: the input {words}\n")), "{}", run.err);
    }
    // So that the output of a query without matches can be read again.
    let none = list(&["--jsonl", "--keyword", "nothing at all"], &sound_input());
    assert_eq!(list(&["--jsonl", "--strict"], none.out.as_bytes()).code, Some(0));
}

#[test]
fn bytes_that_are_no_text_spoil_their_line_alone() {
    let lines = sound_lines();
    let mut input = b"\xef\xbb\xbf".to_vec();
    input.extend(lines[0].bytes());
    input.extend(b"\r\n");
    for (from, to) in [("Harbour", &b"Har\xff\xfebour"[..]), ("Harbour", b"Har\0bour"), ("{", b"\0{")] {
        let (before, after) = lines[0].split_once(from).unwrap();
        input.extend([before.as_bytes(), to, after.as_bytes(), b"\r\n"].concat());
    }
    input.extend(b"\xef\xbb\xbf\n");
    input.extend(format!("{}\n", lines[1]).bytes());
    input.extend(&lines[2].as_bytes()[..100]);
    let run = list(&[], &input);
    assert_eq!((run.code, run.out.contains("\n2 jobs match")), (Some(0), true), "{}{}", run.out, run.err);
    for report in [
        "line 2 skipped: not JSON: a text is not UTF-8",
        "line 3 skipped: not JSON: a text has a control character",
        "line 4 skipped: not JSON: a value must begin here (column 1)",
        "line 5 skipped: not JSON: ",
        "line 7 skipped: not JSON: the line ends inside ",
        ", skipped 5 lines\n",
    ] {
        assert!(run.err.contains(report), "{report:?} is not in {}", run.err);
    }
}

#[test]
fn a_broken_line_is_explained_in_plain_words() {
    let sound = &sound_lines()[0];
    let with = |from: &str, to: &str| {
        assert!(sound.contains(from));
        sound.replace(from, to)
    };
    for (line, reason) in [
        ("42".to_owned(), "a line must be an object with the fields of a job, got the number 42"),
        ("\"text\"".to_owned(), "a line must be an object with the fields of a job, got the text \"text\""),
        ("true".to_owned(), "a line must be an object with the fields of a job, got true"),
        ("null".to_owned(), "a line must be an object with the fields of a job, got null"),
        ("[]".to_owned(), "a line must be an object with the fields of a job, got a list"),
        (
            with(r#"{"Type":"rtmp","InputUrl":"rtmp://in/live/1"}"#, "5"),
            "StreamInput must be an object, got the number 5",
        ),
        (with(r#"{"StreamInfos""#, r#""x","y":{"y""#), "OutputStream must be an object, got the text \"x\""),
        (
            with(r#"[{"Type":"rtmp","OutputUrl":"rtmp://out/live/1"}]"#, "{}"),
            "StreamInfos must be a list, got an object",
        ),
        (with(r#""rtmp://out/live/1""#, "1.5"), "Type, InputUrl and OutputUrl must be texts, got the number 1.5"),
        (with(r#"{"Name""#, r#"{"Name":"x","Name""#), "Name occurs twice"),
        (with(r#","JobId""#, r#" "JobId""#), "not JSON: a comma or a closing brace must follow the value"),
        (with(r#""JobId":"#, r"JobId:"), "not JSON: a key must be a text in double quotes"),
        (with("Harbour", "Har\tbour"), "not JSON: a text has a control character"),
        (format!("{sound},"), "not JSON: the line goes on after the end of the value"),
        (sound[..20].to_owned(), "not JSON: the line ends inside"),
    ] {
        let run = list(&[], format!("{}\n{line}", sound_lines()[1]).as_bytes());
        assert!(run.err.contains(&format!("warning: line 2 skipped: {reason}")), "{reason:?} is not in {}", run.err);
        for word in ["struct", "expected", "invalid type", "EOF"] {
            assert!(!run.err.contains(word), "{word:?} is no plain word: {}", run.err);
        }
    }
}

#[test]
fn many_lines_keep_their_order_and_numbers_on_every_thread() {
    // Several blocks, with a broken line, a repeated ID across blocks, and one within a block.
    let mut lines: Vec<String> = (0..5_000)
        .map(|second| {
            let time = format!("2022-07-20T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60);
            line(&format!("a-{second}"), &format!("Job {second}"), 1, &time)
        })
        .collect();
    lines[3_000] = "broken".to_owned();
    lines[4_000] = line("a-7", "Twice", 1, "2023-07-20T02:48:58Z");
    lines[4_001] = line("a-3999", "Twice", 1, "2023-07-20T02:48:58Z");
    let run = list(&["--jsonl", "--sort", "asc"], lines.join("\n").as_bytes());
    let warnings: Vec<&str> = run.err.lines().filter(|line| line.starts_with("warning")).collect();
    assert_eq!(
        warnings,
        [
            "warning: line 3001 skipped: not JSON: a value must begin here (column 1)",
            "warning: line 4001 skipped: JobId \"a-7\" is taken by an earlier line",
            "warning: line 4002 skipped: JobId \"a-3999\" is taken by an earlier line",
        ]
    );
    let kept = lines.iter().enumerate().filter(|(at, _)| ![3_000, 4_000, 4_001].contains(at));
    assert!(run.out.lines().eq(kept.map(|(_, line)| line)), "{}", run.err);
    let run = list(&["--strict"], lines.join("\n").as_bytes());
    assert_eq!(run.err, "error: standard input: line 3001: not JSON: a value must begin here (column 1)\n");
}

#[test]
fn a_line_without_end_is_skipped_without_being_kept() {
    let mut input = vec![b'x'; 3 << 20];
    input.push(b'\n');
    input.extend(sound_input());
    let run = list(&[], &input);
    assert!(run.err.contains("line 1 skipped: line is over the limit of 1048576 bytes"), "{}", run.err);
    assert!(run.out.contains("4 jobs match"), "{}", run.out);
}

#[test]
fn strict_stops_at_the_first_broken_line() {
    let mut lines = sound_lines();
    lines.insert(2, "broken".to_owned());
    let run = list(&["--strict", "--jobs", "-"], lines.join("\n").as_bytes());
    assert_eq!(run.code, Some(1));
    assert_eq!(run.out, "");
    assert!(run.err.starts_with("error: standard input: line 3: not JSON: "), "{}", run.err);
}

#[test]
fn compressed_jobs_are_read_from_a_file_and_from_a_pipe() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&sound_input()).unwrap();
    let compressed = encoder.finish().unwrap();
    let file = TempFile::new("jobs.jsonl.gz", &compressed);
    for run in [list(&["--jobs", file.path()], b""), list(&[], &compressed)] {
        assert!(run.out.contains("4 jobs match"), "{}{}", run.out, run.err);
    }
    let cut = list(&[], &compressed[..compressed.len() / 2]);
    assert_eq!(cut.code, Some(1));
    assert!(cut.err.starts_with("error: cannot read standard input after line "), "{}", cut.err);
}

#[test]
fn flags_and_the_query_string_of_the_api_ask_the_same() {
    let flags = ["--json", "--status", "running", "--keyword", "news", "--sort", "asc", "--page-size", "20"];
    let flags = list(&flags, &sound_input());
    let query = list(&["--json", "Status=1&KeyWord=news&SortBy=asc&PageSize=20"], &sound_input());
    let (flags, query) = (json(&flags.out), json(&query.out));
    assert_eq!(flags["JobList"], query["JobList"]);
    assert_eq!(ids(&flags), ["a-1"]);
    assert_eq!(query["TotalCount"], 1);
}

#[test]
fn every_filter_has_its_flag() {
    for (arguments, expected) in [
        (&["--status", "pending,2"][..], vec!["a-4", "a-3"]),
        (&["--status", "0", "--status", "stopped"], vec!["a-4", "a-3"]),
        (&["--type", "origin,audio-only"], vec![]),
        (&["--type", "Normal", "--sort", "ASC"], vec!["a-1", "a-2", "a-3", "a-4"]),
        (&["--type", "NORMAL,Narrow-Band", "--status", "Pending,STOPPED"], vec!["a-4", "a-3"]),
        (&["--type", "NarrowBand"], vec![]),
        (&["--start-mode", "Immediate", "--status", "1", "--matching", "Literal"], vec!["a-2", "a-1"]),
        (&["--start-mode", "immediate", "--sort", "asc", "--page-size", "2", "--page-no", "2"], vec!["a-3", "a-4"]),
        (&["--start-mode", "1"], vec![]),
        (&["--from", "2022-07-21"], vec!["a-4", "a-3"]),
        (&["--to", "2022-07-20T02:49:58Z"], vec!["a-1"]),
        (&["--from", "2022-07-20T04:49:58+02:00", "--to", "2022-07-22"], vec!["a-3", "a-2"]),
        (&["--keyword", "电影"], vec!["a-2"]),
        (&["--keyword", "a-4"], vec!["a-4"]),
        (&["--keyword", "habrour"], vec!["a-1"]),
        (&["--keyword", "habrour", "--matching", "literal"], vec![]),
    ] {
        let run = list(&[&["--json"], arguments].concat(), &sound_input());
        assert_eq!(run.code, Some(0), "{arguments:?}: {}", run.err);
        assert_eq!(ids(&json(&run.out)), expected, "{arguments:?}");
    }
}

#[test]
fn a_match_with_a_typo_is_reported_as_one() {
    let near = list(&["--keyword", "habrour"], &sound_input());
    assert!(near.out.contains("\nno name matches as typed; the jobs match with one typo a word\n"), "{}", near.out);
    let literal = list(&["--keyword", "harbour"], &sound_input());
    assert!(!literal.out.contains("as typed"), "{}", literal.out);
}

#[test]
fn the_cursor_of_a_page_leads_to_the_next_one() {
    let first = list(&["--page-size", "3"], &sound_input());
    let cursor = first.out.lines().find_map(|line| line.strip_prefix("next page: --after ")).unwrap();
    let second = list(&["--json", "--page-size", "3", "--after", cursor], &sound_input());
    assert_eq!(ids(&json(&second.out)), ["a-1"]);
    assert!(second.err.contains("4 jobs match · after a cursor · "), "{}", second.err);
    let other = list(&["--sort", "asc", "--after", cursor], &sound_input());
    assert_eq!(other.code, Some(2));
    assert!(other.err.contains("cursor belongs to a query with other filters"), "{}", other.err);
}

#[test]
fn a_page_past_the_end_is_empty_and_has_the_right_total() {
    let run = list(&["--page-no", "18446744073709551615"], &sound_input());
    assert_eq!(run.code, Some(0));
    assert!(run.out.starts_with("4 jobs match · page 18,446,744,073,709,551,615 of 1, past the end"), "{}", run.out);
}

#[test]
fn made_jobs_are_the_same_for_the_same_seed() {
    let make = |seed| {
        let run = list(&["--generate", "2000", "--seed", seed, "--json", "--page-size", "100"], b"");
        assert_eq!(run.code, Some(0), "{}", run.err);
        json(&run.out)
    };
    let response = make("1");
    assert_eq!(response["TotalCount"], 2000);
    assert_eq!(ids(&response).len(), 100);
    assert_eq!(response["JobList"], make("1")["JobList"]);
    assert_ne!(response["JobList"], make("2")["JobList"]);
}

#[test]
fn made_jobs_take_their_names_from_a_file() {
    let file = TempFile::new("names.txt", "Only Name\n\n".as_bytes());
    let run = list(&["--generate", "300", "--names", file.path(), "--keyword", "only name"], b"");
    assert!(run.out.contains("300 jobs match · page 1 of 30 · "), "{}{}", run.out, run.err);
    let empty = TempFile::new("no-names.txt", b"\n");
    let run = list(&["--generate", "300", "--names", empty.path()], b"");
    assert_eq!(
        (run.code, run.err.ends_with("the file must have at least 1 name, got none\n")),
        (Some(1), true),
        "{}",
        run.err
    );
}

#[test]
fn facets_and_plan_stand_under_the_answer() {
    let run = list(&["--facets", "--explain", "--status", "running"], &sound_input());
    assert!(run.out.contains("\nstatus  pending 1 · running 2 · stopped 1\n"), "{}", run.out);
    let run = list(&["--facets", "--explain", "--json"], &sound_input());
    let documents: Vec<Value> = run.out.lines().map(json).collect();
    assert_eq!(documents.len(), 3);
    assert_eq!(documents[0]["TotalCount"], 4);
    assert_eq!(documents[1]["status"], serde_json::json!({ "pending": 1, "running": 2, "stopped": 1 }));
}

#[test]
fn pretty_json_is_the_same_json_on_many_lines() {
    let pretty = list(&["--json", "--pretty"], &sound_input()).out;
    assert!(pretty.lines().count() > 40);
    assert_eq!(json(&pretty)["JobList"], json(&list(&["--json"], &sound_input()).out)["JobList"]);
}

#[test]
fn what_cannot_be_asked_is_refused_with_exit_code_2() {
    for (arguments, reason) in [
        (&["--status", "7"][..], "invalid value '7' for '--status"),
        (&["--status", "7"], "[possible values: pending, running, stopped]"),
        (&["--type", "pal"], "[possible values: normal, narrow-band, audio-only, origin]"),
        (&["--jsonl", "--json"], "cannot be used with"),
        (&["--jsonl", "--facets"], "cannot be used with"),
        (&["--wide", "--jsonl"], "cannot be used with"),
        (&["--page-no", "0"], "page number must be at least 1, got 0"),
        (&["--page-size", "101"], "page size 101 is over the limit of 100"),
        (&["--page-size", "many"], "--page-size"),
        (&["--from", "yesterday"], "must be a day such as 2022-07-20"),
        (&["--from", "2022-07-20", "--to", "2022-07-19"], "before its start"),
        (&["--after", "damaged"], "cursor"),
        (&["--after", "x", "--page-no", "2"], "--after"),
        (&["--matching", "best"], "best"),
        (&["--pretty"], "--json"),
        (&["--names", "names.txt"], "--generate"),
        (&["--generate", "10", "--jobs", "-"], "cannot be used with"),
        (&["--generate", "many"], "many"),
        (&["jobs.jsonl"], "name a file of jobs with --jobs"),
        (&["Status=7"], "Status"),
        (&["PageSize=101"], "PageSize"),
        (&["Status=1", "--sort", "asc"], "cannot be used with"),
        (&["--nonsense"], "--nonsense"),
    ] {
        let run = list(arguments, &sound_input());
        assert_eq!(run.code, Some(2), "{arguments:?}: {}{}", run.out, run.err);
        assert_eq!(run.out, "", "{arguments:?}");
        assert!(run.err.starts_with("error: ") && run.err.contains(reason), "{arguments:?}: {}", run.err);
    }
    let keyword = "x".repeat(129);
    let run = list(&["--keyword", &keyword], b"");
    assert!(run.err.contains("keyword of 129 characters is over the limit of 128"), "{}", run.err);
}

#[test]
fn a_typo_in_a_value_is_refused_with_the_value_that_is_meant() {
    for (arguments, meant) in [
        (["--type", "Normel"], "normal"),
        (["--type", "narow-band"], "narrow-band"),
        (["--status", "runing"], "running"),
        (["--start-mode", "Scheduld"], "scheduled"),
        (["--matching", "literl"], "literal"),
        (["--sort", "des"], "desc"),
    ] {
        let run = list(&arguments, &sound_input());
        assert_eq!(run.code, Some(2), "{arguments:?}");
        let tip = format!("tip: a similar value exists: '{meant}'");
        assert!(run.err.contains(&tip), "{tip:?} is not in {}", run.err);
    }
}

#[test]
fn json_lines_are_all_matching_jobs_or_one_page_of_them_and_can_be_read_again() {
    let jobs: Vec<String> =
        (0..30).map(|n| line(&format!("b-{n}"), "News", 1, &format!("2022-07-{:02}T00:00:00Z", n + 1))).collect();
    let input = [sound_lines(), jobs].concat().join("\n").into_bytes();
    let all = list(&["--jsonl", "--keyword", "news", "--status", "running"], &input);
    assert_eq!(all.code, Some(0), "{}", all.err);
    let newest: Vec<String> = all.out.lines().map(|line| json(line)["JobId"].as_str().unwrap().to_owned()).collect();
    assert_eq!((newest.len(), newest[0].as_str()), (31, "b-29"));
    assert!(all.err.contains("\n31 jobs match · ") && !all.err.contains("page"), "{}", all.err);
    assert_eq!(list(&["Status=1&KeyWord=news", "--jsonl"], &input).out, all.out);

    let again = list(&["--jsonl"], all.out.as_bytes());
    assert_eq!(again.out, all.out);
    for page in [&["--page-size", "3", "--page-no", "2", "--jsonl"][..], &["PageSize=3&PageNo=2", "--jsonl"]] {
        let page = list(page, all.out.as_bytes());
        assert!(page.out.lines().eq(all.out.lines().skip(3).take(3)), "{}", page.out);
        assert!(page.err.contains("\n31 jobs match · page 2 of 11 · "), "{}", page.err);
    }
    let none = list(&["--jsonl", "--status", "stopped"], all.out.as_bytes());
    assert_eq!((none.code, none.out.as_str()), (Some(0), ""));
}

#[test]
fn wide_cuts_no_column() {
    let job: jobdex::Job =
        serde_json::from_str(&line(&"i".repeat(40), &"n".repeat(60), 1, "2022-07-20T02:48:58Z")).unwrap();
    let narrow = table::Screen { columns: Some(80), has_escapes: false, has_colors: false };
    let shown = |screen| {
        let mut out = Vec::new();
        table::write(&mut out, &[std::sync::Arc::new(job.clone())], screen).unwrap();
        String::from_utf8(out).unwrap()
    };
    assert!(shown(narrow).contains('…'));
    let wide = shown(narrow.uncut());
    assert!(wide.contains(&job.name) && wide.contains(&job.job_id) && !wide.contains('…'), "{wide}");
    let run = list(&["--wide"], &sound_input());
    assert_eq!(run.code, Some(0), "{}", run.err);
}

#[test]
fn a_narrow_terminal_shows_fewer_columns_and_no_line_is_too_wide() {
    let jobs: Vec<_> = sound_lines()
        .iter()
        .map(|line| std::sync::Arc::new(serde_json::from_str::<jobdex::Job>(line).unwrap()))
        .collect();
    for (columns, heads) in [
        (80, "NAME TYPE START STATUS CREATED JOB ID"),
        (73, "NAME TYPE START STATUS CREATED JOB ID"),
        (60, "NAME TYPE STATUS CREATED JOB ID"),
        (52, "NAME STATUS CREATED JOB ID"),
        (40, "NAME STATUS JOB ID"),
        (10, "NAME STATUS JOB ID"),
    ] {
        let mut out = Vec::new();
        table::write(&mut out, &jobs, table::Screen { columns: Some(columns), has_escapes: false, has_colors: false })
            .unwrap();
        let out = String::from_utf8(out).unwrap();
        let shown: Vec<&str> = out.lines().next().unwrap().split_whitespace().collect();
        assert_eq!(shown.join(" "), heads, "{columns}");
        let width = |line: &str| unicode_width::UnicodeWidthStr::width(line);
        assert!(columns == 10 || out.lines().all(|line| width(line) <= columns), "{columns}: {out}");
    }
}

#[test]
fn a_parameter_in_the_wrong_case_is_pointed_out() {
    let run = list(&["status=1"], &sound_input());
    assert_eq!(run.code, Some(0));
    assert!(run.err.contains("ignores the parameter \"status\"; write \"Status\" if you mean that one"), "{}", run.err);
}

#[test]
fn a_file_that_cannot_be_read_ends_with_exit_code_1() {
    let run = list(&["--jobs", "no/such/file.jsonl"], b"");
    assert_eq!((run.code, run.out.as_str()), (Some(1), ""));
    assert!(run.err.starts_with("error: cannot read no/such/file.jsonl: "), "{}", run.err);
}

#[test]
fn help_shows_examples_and_exit_codes() {
    let run = list(&["--help"], b"");
    assert_eq!(run.code, Some(0));
    let (_, examples) = run.out.split_once("\nExamples:\n").unwrap();
    assert!(examples.contains("\nExit codes:\n"), "{examples}");
    assert!(examples.lines().all(|line| line.chars().count() <= 60), "a narrow terminal breaks no command: {examples}");
}

#[test]
fn a_reader_that_has_enough_is_no_error() {
    let mut child = Command::new(example())
        .args(["--generate", "2000", "--json", "--page-size", "100"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut err = String::new();
    child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{err}");
    assert!(!err.contains("error") && !err.contains("panicked"), "{err}");
}

#[cfg(feature = "durable")]
#[test]
fn jobs_go_through_a_durable_file_and_lines_unchanged() {
    let unused = |name: &str| {
        let file = TempFile::new(name, b"");
        fs::remove_file(&file.0).unwrap();
        file
    };
    let (stored, lines) = (unused("kept.db"), unused("exported.jsonl"));
    let run = list(&["--save", stored.path()], &sound_input());
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert!(run.err.contains("saved 4 jobs to "), "{}", run.err);
    let run = list(&["--store", stored.path(), "--export", lines.path()], b"");
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert!(run.out.contains("\n4 jobs match · page 1 of 1 · "), "{}", run.out);
    let exported = fs::read_to_string(lines.path()).unwrap();
    assert!(exported.lines().map(json).eq(sound_lines().iter().map(|line| json(line))), "{exported}");
    assert_eq!(list(&["--jobs", lines.path()], b"").out.lines().next(), run.out.lines().next());
    for arguments in [["--save", stored.path()], ["--export", lines.path()]] {
        let run = list(&arguments, &sound_input());
        assert_eq!(run.code, Some(1), "a file is never replaced: {}", run.err);
        assert!(run.err.contains("exists"), "{}", run.err);
    }
    let run = list(&["--store", lines.path()], b"");
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("the file is damaged"), "{}", run.err);
    assert_eq!(list(&["--store", "/no/such/file"], b"").code, Some(1));
}
