//! A table of names and keywords with the level at which they match, run against the specification and the engine.

use jobdex::{JobStore, ListQuery, MatchLevel};

use crate::oracle::case::check_case;
use crate::oracle::keyword::{Level, fold, job_level, name_level};
use crate::oracle::vocabulary;

/// Name, keyword, and the first level at which they match.
const CASES: [(&str, &str, Option<Level>); 134] = [
    // A single word matches anywhere inside of a name's word, and across words if it begins with the first of them.
    ("Sky News", "ew", LITERAL),
    ("Sky News", "skynews", LITERAL),
    ("Sky-News", "y n", LITERAL),
    // Each of several words matches the beginning of a word or of a run. The first one also matches the end of a word.
    ("Sky News", "ne sk", LITERAL),
    ("Sky News", "ew sky", None),
    ("Sky News", "sky ews", None),
    ("Sky News HD", "sky hd news", LITERAL),
    ("Sky News HD", "ews hd", LITERAL),
    ("Sky News HD", "sky ews hd", None),
    ("abcnews2hd", "2 abc", LITERAL),
    ("abcnews2hd", "2h abcnews2", LITERAL),
    ("abcnews2hd", "news abc", None),
    ("abcnews2hd", "d abc", LITERAL),
    ("abcnews2hd", "news2 abc", None),
    // Two to four neighbouring words may be written as one. The last may be cut short, to two characters.
    ("Sky Sports Main", "skysports", LITERAL),
    ("Sky Sports Main", "skyspo", LITERAL),
    ("Sky Sports Main", "skysp", LITERAL),
    ("Sky Sports Main", "skys", Some(Level::OneTypo)),
    ("Sky Sports Main", "kysports", None),
    ("Sky Sports Main", "sportssky", None),
    ("Sky Sports Main", "skymain", None),
    ("T Vision", "tv", None),
    ("T V", "tv", LITERAL),
    ("a b c d", "abcd", LITERAL),
    ("a b c d e", "abcde", None),
    ("ab cd ef gh ij", "abcdefghij", None),
    // So may one word of several, beside words with typos.
    ("Sky Sports Main Event", "main skyspo", LITERAL),
    ("Sky Sports Main Event", "evnet skysports", Some(Level::OneTypo)),
    ("Sky Sports Main Event", "skysprots event", None),
    ("Sky Main Sports Event", "skysports event", None),
    // The words of a keyword, written as one, may be a word of the name, or joined in it.
    ("SkyNews HD", "sky news", LITERAL),
    ("SkyNewsroom", "sky news", LITERAL),
    ("SkyNews HD", "ky news", None),
    ("SkyNews HD", "sky news hd", LITERAL),
    ("SkyNews HD", "s k y n e w s", LITERAL),
    ("Sky News HD", "sk yn ews", LITERAL),
    ("HDSkyNews", "sky news", None),
    ("湖南·卫视", "湖南卫视", LITERAL),
    ("湖南·卫视", "湖南卫", None),
    ("L'Équipe", "lequipe", LITERAL),
    // The same word twice counts as two words, each with its own rule.
    ("xtvx", "tv", LITERAL),
    ("xtvx", "tv tv", None),
    ("fulltimes tmiesheet", "times times", Some(Level::OneTypo)),
    ("fulltimes tmiesheet", "times times times", None),
    // A word has runs if they are two to four.
    ("a1b2", "2 b", LITERAL),
    ("a1b2c", "2 b", None),
    ("a1b2c", "a1 a", LITERAL),
    ("a1b2c", "2", LITERAL),
    // A word of a script without spaces matches anywhere, at any place of the keyword.
    ("中央新闻频道 HD", "hd 新闻", LITERAL),
    ("中央新闻频道 HD", "hd 新闻 频道", LITERAL),
    ("中央新闻频道 HD", "hd 新闻x", None),
    ("ไทยรัฐทีวี HD", "hd รัฐ", LITERAL),
    // Digits of every script are the same digits, and Kana the same letters. Letters of other keyboards are those of one.
    ("रेडियो २४", "24", LITERAL),
    ("Radio 24", "radio २४", LITERAL),
    ("টিভি ৯", "৯", LITERAL),
    ("ช่อง ๗", "๘", None),
    ("テレビせとうち", "てれび", LITERAL),
    ("とうきょう", "トウキョウ", LITERAL),
    ("ヴィーナス", "ゔぃーなす", LITERAL),
    ("カフェ", "ガフェ", None),
    ("شبکه یک", "شبكة يك", LITERAL),
    ("روسيا اليوم", "روسیا", LITERAL),
    ("ירושלים", "ירושלימ", LITERAL),
    ("Ŋəɛɓɔɗƙƴŧ", "neebodkyt", LITERAL),
    // Every apostrophe is the same symbol. It separates words, as Hebrew and Arabic punctuation does.
    ("Ma’lumot", "ma'lumot", LITERAL),
    ("Ma’lumot", "maʻlumot", LITERAL),
    ("Ma’lumot", "`", LITERAL),
    ("Об’єктив", "об", LITERAL),
    ("בית־ספר", "ספר בית", LITERAL),
    ("جزء ۞", "۩", None),
    // Control characters are dropped, and glue nothing that a white space separates.
    ("Ra\u{7}dio One", "radio", LITERAL),
    ("Radio\tOne", "radio\u{2}\u{A0}one", LITERAL),
    // Symbols matter only in a keyword without words.
    ("50 off", "50%", LITERAL),
    ("a%b", "#%", None),
    ("a%b#", "#%", LITERAL),
    ("a_b", "_", LITERAL),
    ("a b", "*", None),
    // Two regional indicators are one flag. One that is left over is a symbol by itself.
    ("🇫🇷 24", "🇫🇷", LITERAL),
    ("🇫🇷 24", "🇷🇫", None),
    ("🇫🇷 24", "🇫", None),
    ("🇫🇷 24", "🇷", None),
    ("🇷🇫🇷", "🇫🇷", None),
    ("🇷🇫🇷", "🇷🇫", LITERAL),
    ("🇷🇫🇷", "🇷", LITERAL),
    ("🇫\u{200D}🇷", "🇫🇷", LITERAL),
    ("🇩🇪 🇫🇷", "🇫🇷🇩🇪", LITERAL),
    ("🇩🇪", "🇫🇷🇩🇪", None),
    ("🇩🇪", "news 🇫🇷", None),
    // A keyword that folds to nothing matches no name.
    ("x", "\u{301}", None),
    ("x", "¨", None),
    ("x\u{1}", "\u{1}", None),
    // Typos are allowed from four characters on, as many as the length allows.
    ("sky", "skx", None),
    ("news", "nexs", Some(Level::OneTypo)),
    ("jazeera", "jaeera", Some(Level::OneTypo)),
    ("jazeera", "jaera", None),
    ("newsroom", "neroom", None),
    ("neroom", "newsroom", Some(Level::TwoTypos)),
    // With more than one typo, both begin with the same character, or with the first two swapped.
    ("newsroom", "enwsroom", Some(Level::OneTypo)),
    ("newsroom", "enwsrom", None),
    ("newsroom", "enwsrooom", Some(Level::TwoTypos)),
    ("newsroom", "xewsroom", Some(Level::OneTypo)),
    ("newsroom", "xewsrom", None),
    // The first letter may be the only typo, against a whole word or a run.
    ("kitchen", "mitchen", Some(Level::OneTypo)),
    ("kitchen", "itchen", LITERAL),
    ("kitchen tv", "tv itchen", Some(Level::OneTypo)),
    ("kitchen", "skitchen", Some(Level::OneTypo)),
    ("kitchen24", "mitchen", Some(Level::OneTypo)),
    ("24kitchen", "mitchen tv", None),
    ("24kitchen tv", "mitchen tv", Some(Level::OneTypo)),
    ("kitchens", "mitchen", None),
    ("kitchenware", "mitchenwar", None),
    ("kitchenware", "mitchenware", Some(Level::OneTypo)),
    ("kitchenware", "mitchewnare", None),
    ("新闻直播", "旧闻直播", Some(Level::OneTypo)),
    ("新闻直播间", "旧闻直播", None),
    ("mit", "amit", Some(Level::OneTypo)),
    // A word under five characters matches no prefix with a typo, but one of a script without spaces does.
    ("cinema", "cnie", None),
    ("cinema", "cniem", Some(Level::OneTypo)),
    ("cien", "cine", Some(Level::OneTypo)),
    ("新闻直播间", "新文直播", Some(Level::OneTypo)),
    // With typos, only the last word matches a prefix.
    ("national geographic", "natoi geographic", None),
    ("national geographic", "geographic natoi", Some(Level::OneTypo)),
    ("Al Jazeera English", "englsh jazee", Some(Level::OneTypo)),
    // A word with a number allows no typo, but its runs without a number do.
    ("channel5", "channel6", None),
    ("channel5", "chanel", Some(Level::OneTypo)),
    ("channel5 live", "chanel live", Some(Level::OneTypo)),
    ("channel1a2b3", "chanel", None),
    ("channel٣", "chanel٣", None),
    // If one word matches literally and another with a typo, the level is that of the typo.
    ("backup transcoder", "back trnscodr", Some(Level::TwoTypos)),
    ("backup transcoder", "bakcup trnscodr", Some(Level::TwoTypos)),
    // A word with a character that is most of a word allows one typo, at any length.
    ("中央新闻综合频道", "中央新文综合频到", None),
    ("中央新闻综合频道", "中央新文综合频道", Some(Level::OneTypo)),
    // Long words allow no typos, and still match literally.
    (LONG, LONG, LITERAL),
    (LONG, LONG_WITH_A_TYPO, None),
];

const LITERAL: Option<Level> = Some(Level::Literal);

/// A word of 63 characters, and the same word with two characters swapped.
const LONG: &str = "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk";
const LONG_WITH_A_TYPO: &str = "abcdfeghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk";

#[test]
fn every_case_of_the_table_matches_at_its_level() {
    for (name, keyword, expected) in CASES {
        check_case(name, keyword, expected);
    }
}

#[test]
fn a_job_id_is_matched_whole_or_not_at_all() {
    assert_eq!(job_level("job-0AF3", "x", "  JOB-0af3 "), LITERAL);
    assert_eq!(job_level("job-0AF3", "x", "job-0af"), None);
    assert_eq!(job_level("job-0AF3", "x", "ｊob-0af3"), None);
    assert_eq!(job_level("job-0AF3", "job thing", "job"), LITERAL);
}

#[test]
fn invisible_characters_do_not_hide_a_job_id() {
    let pasted = [
        "\u{FEFF}job-7c",
        "job\u{200B}-7C",
        "\u{200E} job-7c \u{200F}",
        "job-7c\0",
        "\u{1}j\u{AD}o\u{2060}b-7c\u{FE0F}",
    ];
    let mut store = JobStore::new();
    store.insert(vocabulary::job("Job-7c", "x", vocabulary::time(0), 0)).expect("the ID is within its limit");
    for keyword in pasted {
        assert_eq!(job_level("Job-7c", "x", keyword), LITERAL, "{keyword:?}");
        let query = ListQuery::new().keyword(keyword);
        let page = store.list(&query).expect("valid");
        assert_eq!((page.total_count, page.match_level), (1, Some(MatchLevel::Literal)), "{keyword:?}");
        assert!(page.highlights(&query)[0].is_job_id, "{keyword:?}");
    }
    for keyword in ["job-7\u{200B}", "job -7c", "ｊob-7c", "\u{200B}"] {
        assert_eq!(job_level("Job-7c", "x", keyword), None, "{keyword:?}");
        assert_eq!(store.list(&ListQuery::new().keyword(keyword)).expect("valid").total_count, 0, "{keyword:?}");
    }
}

#[test]
fn folding_drops_some_marks_and_keeps_others() {
    assert_eq!(fold("  Ǽ Ð Þ Œ ı İ Ħ ł "), "ae d th oe i i h l");
    assert_eq!(fold("カ\u{3099} हिन्दी กำ 한"), "が हिन्दी ก\u{E4D}า 한");
    assert_eq!(fold("ٱلْعَرَبِيَّة ـ שָׁלוֹם"), "العربيه  שלומ");
    assert_eq!(fold("א־ב ג׀ד ה׃ ו׆ ۞ ۩"), "א־ב ג׀ד ה׃ ו׆ ۞ ۩");
    assert_eq!(fold("٠١٢ ३४५ ๖๗ ৮᠙"), "012 345 67 89");
    assert_eq!(fold("ーヴヶヽヿ"), "ーゔゖゝこと");
    assert_eq!(fold("ʹʻʼʽʾʿ‘’‛Ꞌ`"), "'".repeat(11));
    assert_eq!(fold("a\0b\u{1F}c\u{9F}d\u{85}e\tf"), "abcd\u{85}e\tf");
    assert_eq!(fold("a\u{200D}b\u{AD}c\u{FE0F}\u{E0041}"), "abc");
}

/// Every result of `LIKE '%keyword%'` over folded text is a literal match.
#[test]
fn every_part_of_a_name_matches_it_literally() {
    for name in [
        "Discovery2HD - Sky News",
        "CCTV1综合高清 (备)",
        "a1b2c3 हिन्दी समाचार",
        "50%_off ガイド🔥",
        "ไทยรัฐ tv-๕",
        "Пʼятий ٢٤ תל־אביב",
    ] {
        let folded = fold(name);
        let edges: Vec<usize> = folded.char_indices().map(|(at, _)| at).chain([folded.len()]).collect();
        for (i, &start) in edges.iter().enumerate() {
            for &end in &edges[i + 1..] {
                let part = &folded[start..end];
                let is_expected = part.trim().is_empty() || name_level(name, part) == LITERAL;
                assert!(is_expected, "{part:?} of {name:?}");
            }
        }
    }
}
