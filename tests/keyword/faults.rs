//! One test for each kind of keyword that the first edition of the specification did not find, or found by mistake.

use jobdex::{JobStore, ListQuery};

use crate::oracle::case::check_case;
use crate::oracle::keyword::{Level, name_level};
use crate::oracle::random::Random;
use crate::oracle::vocabulary;

const LITERAL: Option<Level> = Some(Level::Literal);
const ONE_TYPO: Option<Level> = Some(Level::OneTypo);

/// Checks names, keywords and the level at which they match, with the oracle and with a store on every access path.
fn check(cases: &[(&str, &str, Option<Level>)]) {
    for &(name, keyword, expected) in cases {
        check_case(name, keyword, expected);
    }
}

#[test]
fn two_to_four_neighbouring_words_may_be_written_as_one() {
    check(&[
        ("Sky Sports Main Event", "skysports", LITERAL),
        ("Sky Sports Main Event", "skyspo", LITERAL),
        ("Sky Sports Main Event", "skysportsmainevent", LITERAL),
        ("Sky Sports Main Event", "sportssky", None),
        ("CCTV-1 综合", "cctv1", LITERAL),
        ("News 24", "news24", LITERAL),
        ("10.0.0.1", "1000", LITERAL),
        ("T Vision", "tv", None),
        ("a b c d e", "abcde", None),
    ]);
}

#[test]
fn one_word_may_be_written_as_several() {
    check(&[
        ("SkyNews HD", "sky news", LITERAL),
        ("CCTV1综合", "cctv-1", LITERAL),
        ("CCTV-1 综合", "CCTV-1综合", LITERAL),
        ("میخواهم", "می خواهم", LITERAL),
        ("HDSkyNews", "sky news", None),
    ]);
}

#[test]
fn words_are_written_as_one_in_any_script() {
    check(&[
        ("湖南·卫视", "湖南卫视", LITERAL),
        ("東京 MX", "東京mx", LITERAL),
        ("L’Équipe", "lequipe", LITERAL),
        ("O'zbekiston 24", "ozbekiston", LITERAL),
    ]);
}

/// Words with thousands of rows, for which the rows of neighbours are listed, in stores that were filled at once and one by one.
#[test]
fn words_of_thousands_of_names_are_written_as_one() {
    const WORDS: [&str; 7] = ["sky", "sport", "s", "sports", "tv", "Main", "spo"];
    let mut random = Random::new(7);
    let jobs: Vec<_> = (0..14_000)
        .map(|number| {
            let words: Vec<&str> = (0..=random.below(6)).map(|_| *random.pick(&WORDS)).collect();
            let name = words.join(if random.chance(50) { " " } else { "-" });
            vocabulary::job(&format!("id-{number}"), &name, vocabulary::time(number), 0)
        })
        .collect();
    let (mut at_once, mut one_by_one) = (JobStore::new(), JobStore::new());
    at_once.extend(jobs.clone()).expect("new jobs");
    for job in jobs {
        one_by_one.insert(job).expect("a new job");
    }
    for store in [&mut at_once, &mut one_by_one] {
        for number in (0..14_000).step_by(9) {
            let id = format!("id-{number}");
            if number % 2 == 0 {
                store.remove(&id).expect("a job");
            } else {
                store.update(&id, |job| job.name = format!("tv {}", job.name)).expect("a job");
            }
        }
    }
    for keyword in
        ["skysports", "skysport", "skyspo", "tvskysports", "sportsky", "tvs", "skytvma", "tvskysportss", "sport s main"]
    {
        let totals = [&at_once, &one_by_one].map(|store| {
            let mut levels = std::collections::HashMap::new();
            let mut is_literal =
                |name: &str| *levels.entry(name.to_owned()).or_insert_with(|| name_level(name, keyword) == LITERAL);
            let expected = store.iter().filter(|job| is_literal(&job.name)).count();
            let query = ListQuery::new().keyword(keyword).matching(jobdex::Matching::Literal);
            assert_eq!(store.list(&query).expect("valid").total_count, expected as u64, "{keyword:?}");
            expected
        });
        assert_eq!(totals[0], totals[1], "{keyword:?}");
        assert!(totals[0] > 0, "{keyword:?} is joined in some name");
    }
}

#[test]
fn one_of_several_words_may_be_written_as_one_and_another_have_a_typo() {
    check(&[
        ("Sky Sports Main Event", "main skyspo", LITERAL),
        ("Sky Sports Main Event", "evnet skysports", ONE_TYPO),
        ("Sky Main Sports Event", "skysports event", None),
    ]);
}

#[test]
fn the_first_letter_may_be_the_only_typo_of_a_whole_word() {
    check(&[
        ("Harry Potter", "sarry potter", ONE_TYPO),
        ("Harrys", "sarry", None),
        ("National", "mational", ONE_TYPO),
        ("National", "mationa", None),
    ]);
}

#[test]
fn a_short_word_with_a_typo_is_no_beginning_of_a_longer_one() {
    check(&[("newsroom", "nwes", None), ("newsroom", "nwesr", ONE_TYPO), ("新闻直播间", "新文直播", ONE_TYPO)]);
}

#[test]
fn digits_of_every_script_are_the_same_digits() {
    check(&[
        ("العربية ٢٤", "العربية 24", LITERAL),
        ("বাংলা ২৪", "বাংলা 24", LITERAL),
        ("ช่อง 3", "ช่อง ๓", LITERAL),
        ("cctv5", "cctv６", None),
    ]);
}

#[test]
fn katakana_and_hiragana_find_each_other() {
    check(&[("らいぶ配信", "ライブ", LITERAL), ("ライブ配信", "らいぶ", LITERAL), ("ガイド", "かいど", None)]);
}

#[test]
fn letters_of_arabic_keyboards_find_each_other() {
    check(&[("کانال یک", "كانال يك", LITERAL), ("مكتبة", "مكتبه", LITERAL)]);
}

#[test]
fn hebrew_finals_are_their_letters() {
    check(&[("שלום", "שלומ", LITERAL), ("שלומ", "שלום", LITERAL)]);
}

#[test]
fn hebrew_and_arabic_punctuation_separates_words() {
    check(&[("תל־אביב", "אביב תל", LITERAL), ("כאן 11", "כאן־11", LITERAL), ("۞ قرآن", "۞", LITERAL)]);
}

#[test]
fn apostrophes_of_all_kinds_separate_words() {
    check(&[("Пʼятий канал", "п’ятий", LITERAL), ("Oʻzbekiston 24", "o'zbekiston", LITERAL)]);
}

#[test]
fn more_latin_letters_lose_their_marks() {
    check(&[("Xəzər TV", "xezer", LITERAL), ("Ŋorðurljós", "nordurljos", LITERAL)]);
}

#[test]
fn controls_and_invisible_characters_are_no_part_of_a_word() {
    check(&[("pro\u{200B}sieben", "prosieben", LITERAL), ("li\u{1}ve", "live", LITERAL), ("x", "\u{1}", None)]);
}

#[test]
fn a_flag_is_one_symbol() {
    check(&[("🇧🇬 bTV", "🇧🇬", LITERAL), ("🇧🇬 bTV", "🇬🇧", None), ("🇬🇧🇧🇬", "🇬🇧", LITERAL)]);
}

/// Marks are right to the byte through all foldings.
#[test]
fn what_was_folded_is_marked_in_the_name_as_it_is() {
    for (name, keyword, expected) in [
        ("Пʼятий канал", "п'ятий", "[П]ʼ[ятий] канал"),
        ("قناة ٢٤ HD", "24", "قناة [٢٤] HD"),
        ("ヴィーナス", "ゔぃ", "[ヴィ]ーナス"),
        ("🇧🇬🇬🇧 TV", "🇬🇧", "🇧🇬[🇬🇧] TV"),
        ("HD Sky-Sports Sky", "skyspo", "HD [Sky]-[Spo]rts Sky"),
        ("SkyNews HD", "sky news", "[SkyNews] HD"),
        ("L’Équipe", "lequipe", "[L]’[Équipe]"),
        ("湖南·卫视", "湖南卫视", "[湖南]·[卫视]"),
    ] {
        let mut store = JobStore::new();
        store.insert(vocabulary::job("id", name, vocabulary::time(0), 0)).expect("a new job");
        let query = ListQuery::new().keyword(keyword);
        let page = store.list(&query).expect("valid");
        let mut shown = name.to_owned();
        for range in page.highlights(&query).first().map(|marks| &marks.name).into_iter().flatten().rev() {
            shown.insert(range.end, ']');
            shown.insert(range.start, '[');
        }
        assert_eq!(shown, expected, "{keyword:?}");
    }
}
