//! Jobs, names and keywords for tests. The alphabets are small, so ties, collisions and similar words are frequent.

use chrono::{DateTime, TimeDelta, Utc};
use jobdex::limits::KEYWORD_CHARS_MAX;
use jobdex::{Facet, Job, Matching, OutputStream, SortOrder, StartMode, Status, StreamInput, TemplateType};

use super::random::Random;
use super::store::{ListSpec, Start};

/// Names in several scripts: similar words, runs, symbols, marks, and some names that fold to nothing.
pub const NAMES: &[&str] = &[
    "",
    "   ",
    "\u{200d}",
    "x",
    "live-news-1080p-0423",
    "live-news-1080p-0424",
    "LiveNews 720p",
    "Sky News",
    "Sky News HD",
    "sky newz",
    "National Geographic",
    "Natoinal Geographik HD",
    "Discovery Channel HD",
    "Discovrey Chanel",
    "Discovery2HD",
    "Al Jazeera English",
    "Nepal Jazz",
    "backup-transcoder",
    "bakcup transcodr",
    "job_50%_off",
    "a+b (x)",
    "🔥hot-live🔥",
    "💧 cold",
    "CCTV1综合高清",
    "CCTV13新闻高清",
    "cctv5",
    "HBO2HD",
    "HBO 2 HD",
    "新闻直播转码",
    "新聞直播",
    "新闻 转码",
    "电影频道",
    "ライブ配信ガイド",
    "らいぶ配信",
    "ﾗｲﾌﾞ ch",
    "한국방송 1",
    "각본",
    "ช่อง 3 HD",
    "हिन्दी समाचार",
    "بثّ مباشر للأخبار",
    "بث-مباشر",
    "ערוץ נשיונל",
    "Ёлка Йога",
    "елка йога",
    "İstanbul-Yayın",
    "ISPARTA-canlı",
    "Straßenfest-Live",
    "strasse-cam",
    "café-stream",
    "cafe\u{301} stream",
    "Ångström-cam",
    "ch１０８０p-主",
    "❤️-room",
    "room-5",
    "room-15",
    "قناة ٢٤",
    "کانال یک ۲۴",
    "كانال يك",
    "چینل-۲ مکتبہ",
    "テレビヴァ 3",
    "てれび３",
    "ช่อง ๓ ข่าว",
    "Пʼятий канал",
    "L’Équipe `21`",
    "Xəzər\u{1} TV",
    "תל־אביב שלום",
    "۞ قرآن",
    "🇬🇧 News",
    "🇺🇸🇬🇧 Sports 🇺",
    "bTV 🇧🇬",
    "Harry Potter",
    "Sarry sports",
    "aa",
    "aaaa aaab",
    "supercalifragilisticexpialidociousness-supercalifragilisticexpialidociousness",
];

/// A few IDs. Some differ only in ASCII case, one is also a word of names, one has spaces around it, one is not ASCII.
pub const JOB_IDS: &[&str] = &[
    "a",
    "b",
    "B",
    "job-1",
    "JOB-1",
    "job-2",
    "Job-2",
    "job-10",
    "news",
    "live",
    "é-1",
    "É-1",
    " pad ",
    "0423",
    "z%",
    "cctv1",
    "dd1c2f5e-263c-3560-978a-fb2877820001",
    "DD1C2F5E-263C-3560-978A-FB2877820001",
    "job-3",
    "job-4",
    "job-5",
    "job-6",
    "job-7",
    "job-8",
    "job-9",
    "job-11",
    "job-12",
    "job-13",
    "job-14",
    "job-15",
    "job-16",
    "job-17",
    "k",
    "l",
    "m",
    "n",
];

/// The time `second` seconds after the start of the tests' calendar.
pub fn time(second: i64) -> DateTime<Utc> {
    DateTime::<Utc>::UNIX_EPOCH + TimeDelta::seconds(1_658_285_338 + second)
}

/// A few times: ties, both ends of the calendar, the seconds around the epoch, and instants within one second.
pub fn times() -> Vec<DateTime<Utc>> {
    let mut times: Vec<_> = (0..8).map(time).collect();
    times.push(time(3) + TimeDelta::nanoseconds(1));
    times.push(time(3) + TimeDelta::milliseconds(500));
    times.push(DateTime::<Utc>::UNIX_EPOCH);
    times.push(DateTime::<Utc>::UNIX_EPOCH - TimeDelta::nanoseconds(1));
    times.push(DateTime::<Utc>::MIN_UTC);
    times.push(DateTime::<Utc>::MAX_UTC);
    times
}

/// A job with the type, start mode and status that have the number `cell` among the 24 combinations.
pub fn job(job_id: &str, name: &str, create_time: DateTime<Utc>, cell: usize) -> Job {
    Job {
        name: name.to_owned(),
        job_id: job_id.to_owned(),
        template_type: TemplateType::ALL[cell % 4],
        template_id: format!("template-{}", cell % 4),
        template_name: "模板1".to_owned(),
        start_mode: StartMode::ALL[cell / 4 % 2],
        status: Status::ALL[cell / 8 % 3],
        stream_input: StreamInput { r#type: "rtmp".to_owned(), input_url: "rtmp://in/app/s".to_owned() },
        output_stream: OutputStream::default(),
        create_time,
    }
}

/// A keyword made from the names: a piece of a name, or some of its words, cut, misspelled, in another case, or padded.
/// At times it mixes two names, or is a random text.
pub fn keyword_like<N: AsRef<str>>(random: &mut Random, names: &[N]) -> String {
    let name = random.pick(names).as_ref();
    let text = match random.below(10) {
        0 | 1 => piece_of(random, name),
        2 => one_word_of(random, name),
        3 | 4 => {
            let word = if random.chance(50) { one_word_of(random, name) } else { longest_word_of(name) };
            damaged(random, &word)
        }
        5 | 6 => {
            let words = words_of(random, name);
            if random.chance(50) { damaged(random, &words) } else { words }
        }
        7 => {
            let (first, second) = (one_word_of(random, name), random.pick(names).as_ref());
            format!("{first} {}", one_word_of(random, second))
        }
        8 => symbols_of(name),
        _ => name.to_owned(),
    };
    let text = match random.below(8) {
        0 => glued(random, &text),
        1 => cut(random, &text),
        2 => shifted(random, &text),
        _ => text,
    };
    let text = match random.below(8) {
        0 => text.to_uppercase(),
        1 => text.to_lowercase(),
        2 => format!("  {text}\u{3000}"),
        _ => text,
    };
    text.trim_start().chars().take(KEYWORD_CHARS_MAX).collect()
}

/// A random piece of the name, which may reach across words.
fn piece_of(random: &mut Random, name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    if chars.is_empty() {
        return String::new();
    }
    let from = random.below(chars.len());
    let len = 1 + random.below((chars.len() - from).min(12));
    chars[from..from + len].iter().collect()
}

/// The text with some of its white space and punctuation left out, so that words are written as one.
fn glued(random: &mut Random, text: &str) -> String {
    let leaves_all_out = random.chance(50);
    let is_kept = |c: char, random: &mut Random| c.is_alphanumeric() || !leaves_all_out && random.chance(50);
    text.chars().filter(|&c| is_kept(c, random)).collect()
}

/// The text with white space or a hyphen put between two of its characters.
fn cut(random: &mut Random, text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let at = random.below(chars.len() + 1);
    let border = random.pick(&[" ", "-", "·", "&"]);
    format!("{}{border}{}", String::from_iter(&chars[..at]), String::from_iter(&chars[at..]))
}

/// The text as other keyboards type it: with digits and letters of other scripts that fold alike. At times a digit is another
/// one.
fn shifted(random: &mut Random, text: &str) -> String {
    let zero = *random.pick(&['0', '٠', '۰', '०', '০', '๐', '０']);
    let plus = usize::from(random.chance(20));
    let digit = |value: u32| char::from_u32(u32::from(zero) + (value + u32::try_from(plus).unwrap_or(0)) % 10);
    let shift = |c: char| match c {
        '0'..='9' => c.to_digit(10).and_then(digit).unwrap_or(c),
        'ァ'..='ヶ' => char::from_u32(u32::from(c) - 0x60).unwrap_or(c),
        'ぁ'..='ゖ' => char::from_u32(u32::from(c) + 0x60).unwrap_or(c),
        'ك' => 'ک',
        'ي' => 'ی',
        'ی' => 'ي',
        'ة' => 'ه',
        'א'..='ת' => match c {
            'ם' => 'מ',
            'ן' => 'נ',
            other => other,
        },
        '\'' => '’',
        other => other,
    };
    text.chars().map(shift).collect()
}

fn one_word_of(random: &mut Random, name: &str) -> String {
    let words: Vec<&str> = split(name);
    if words.is_empty() { String::new() } else { (*random.pick(&words)).to_owned() }
}

fn longest_word_of(name: &str) -> String {
    split(name).into_iter().max_by_key(|word| word.chars().count()).unwrap_or_default().to_owned()
}

/// Two to four of the name's words in any order, some of them cut to a prefix.
fn words_of(random: &mut Random, name: &str) -> String {
    let mut words = split(name);
    random.shuffle(&mut words);
    words.truncate(2 + random.below(3));
    let cut: Vec<String> = words
        .into_iter()
        .map(|word| if random.chance(30) { word.chars().take(1 + random.below(4)).collect() } else { word.to_owned() })
        .collect();
    cut.join([" ", "-", "  ", "%"][random.below(4)])
}

fn split(name: &str) -> Vec<&str> {
    name.split(|c: char| c.is_whitespace() || c.is_ascii_punctuation()).filter(|word| !word.is_empty()).collect()
}

fn symbols_of(name: &str) -> String {
    name.chars().filter(|c| !c.is_alphanumeric()).take(3).collect()
}

/// The text with one or two edits: a character deleted, doubled, replaced, inserted, or swapped with its neighbour.
fn damaged(random: &mut Random, text: &str) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for _ in 0..=random.below(2) {
        if chars.is_empty() {
            break;
        }
        // Rarely the first character, as a keyword with a wrong first character matches little.
        let place = random.below(chars.len()).max(usize::from(random.chance(70))).min(chars.len() - 1);
        match random.below(5) {
            0 => drop(chars.remove(place)),
            1 => chars.insert(place, chars[place]),
            2 => chars[place] = *random.pick(&['a', 'e', 'x', '1', '直', 'и', 'ー']),
            3 => chars.insert(place, *random.pick(&['a', 'q', '2', '新', 'о', ' '])),
            _ if place + 1 < chars.len() => chars.swap(place, place + 1),
            _ => drop(chars.pop()),
        }
    }
    chars.into_iter().collect()
}

/// A query of any shape: each part is set or not. Keywords come from the names and IDs, time bounds from `times`.
pub fn spec<N: AsRef<str>>(random: &mut Random, names: &[N], job_ids: &[N], times: &[DateTime<Utc>]) -> ListSpec {
    let keyword = match random.below(10) {
        0..=4 => None,
        5 => Some(any_case(random, job_ids)),
        6 => Some([" ", "", "\u{200d}", "%", "qqqq zzzz", "\t"][random.below(6)].to_owned()),
        _ => Some(keyword_like(random, names)),
    };
    ListSpec {
        types: random.some_of(TemplateType::ALL),
        modes: random.some_of(StartMode::ALL),
        statuses: random.some_of(Status::ALL),
        created: created(random, times),
        keyword,
        matching: *random.pick(&[Matching::Closest, Matching::Closest, Matching::Literal, Matching::Any]),
        sort: *random.pick(&[SortOrder::Desc, SortOrder::Asc]),
        start: Start::No(match random.below(12) {
            0 => u64::MAX - random.next() % 3,
            1 => 1 << random.below(64),
            2..=6 => 1,
            _ => 1 + random.next() % 12,
        }),
        page_size: *random.pick(&[1, 2, 3, 7, 10, 10, 20, 50, 99, 100]),
    }
}

fn any_case<N: AsRef<str>>(random: &mut Random, job_ids: &[N]) -> String {
    let job_id = random.pick(job_ids).as_ref();
    match random.below(5) {
        4 => format!("\u{FEFF}{}\u{200B} ", job_id.chars().flat_map(|c| [c, '\u{AD}']).collect::<String>()),
        0 => job_id.to_ascii_uppercase(),
        1 => format!(" {}", job_id.to_ascii_lowercase()),
        2 => job_id.chars().take(3).collect(),
        _ => job_id.to_owned(),
    }
}

/// A range whose end is never before its start; at times it contains no instant.
fn created(
    random: &mut Random,
    times: &[DateTime<Utc>],
) -> (std::ops::Bound<DateTime<Utc>>, std::ops::Bound<DateTime<Utc>>) {
    use std::ops::Bound::{Excluded, Included, Unbounded};
    if random.chance(50) {
        return (Unbounded, Unbounded);
    }
    let (one, other) = (*random.pick(times), *random.pick(times));
    let (from, to) = (one.min(other), one.max(other));
    let from = [Unbounded, Included(from), Excluded(from)][random.below(3)];
    let to = [Unbounded, Included(to), Excluded(to)][random.below(3)];
    (from, to)
}
