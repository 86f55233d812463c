//! Compares marks with tables, with a slow search that tries each rule on each piece, and with the specification.

use std::ops::Range;

use proptest::prelude::*;
use strsim::osa_distance;

use crate::query::MatchLevel;
use crate::text::fold::{fold, tests::tricky_text};
use crate::text::keyword::{Keyword, KeywordWord, WordPlace};
use crate::text::marker::Marker;
use crate::text::spec_tests::oracle;
use crate::text::words::{edit_budget, has_numeric, is_no_space, runs, word_ranges, words};
use MatchLevel::{Literal, OneTypo, TwoTypos};

fn marks(name: &str, keyword: &str, level: MatchLevel) -> Vec<Range<usize>> {
    Marker::new(&Keyword::parse(keyword), level).marks(name)
}

/// The name with its marks in brackets.
fn shown(name: &str, keyword: &str, level: MatchLevel) -> String {
    let mut shown = String::new();
    let mut at = 0;
    for mark in marks(name, keyword, level) {
        shown.extend([&name[at..mark.start], "[", &name[mark.clone()], "]"]);
        at = mark.end;
    }
    shown + &name[at..]
}

fn check_table(level: MatchLevel, cases: &[(&str, &str, &str)]) {
    for &(keyword, name, expected) in cases {
        assert_eq!(shown(name, keyword, level), expected, "{keyword:?} in {name:?}");
    }
}

#[test]
fn literal_matches_are_marked_in_the_original_name() {
    check_table(
        Literal,
        &[
            ("", "Sky News", "Sky News"),
            ("\u{200D}", "Sky News", "Sky News"),
            ("NEWS", "Sky News newsroom SkyNews", "Sky [News] [news]room Sky[News]"),
            ("0423", "live-1080p-0423", "live-1080p-[0423]"),
            ("aa", "aaa Aaaa ab", "[aaa] [Aaaa] ab"),
            ("nwes", "Sky News", "Sky News"),
            ("sky absent", "Sky News", "Sky News"),
            ("tv news", "SkyTV News tvnewss TVs", "Sky[TV] [News] [tvnews]s [TV]s"),
            ("news tv", "SkyTV News tvnews TVs", "SkyTV [News] [tvnews] [TV]s"),
            ("cctv 综合", "CCTV1综合高清", "[CCTV]1[综合]高清"),
            ("高 cctv", "CCTV1综合高清", "[CCTV]1综合[高]清"),
            ("2 hbo", "HBO2HD hbo", "[HBO2]HD [hbo]"),
            ("hbo hd", "HBO2HD", "[HBO]2[HD]"),
            ("%", "50% of 100%", "50[%] of 100[%]"),
            ("🔥-", "🔥hot-live🔥", "[🔥]hot[-]live[🔥]"),
            ("🔥!", "🔥hot-live🔥", "🔥hot-live🔥"),
            ("strasse", "Die Straße", "Die [Straße]"),
            ("s", "Straße", "[S]tra[ß]e"),
            ("i", "ﬁnal İx I\u{307}y", "[ﬁ]nal [İ]x [I\u{307}]y"),
            ("1080", "ch１０８０p", "ch[１０８０]p"),
            ("cafe", "Cafe\u{301}-Café", "[Cafe\u{301}]-[Café]"),
            ("e", "Cafe\u{301} ae", "Caf[e\u{301}] a[e]"),
            ("ライブ", "ﾗｲﾌﾞ配信", "[ﾗｲﾌﾞ]配信"),
            ("한", "\u{1112}\u{1161}\u{11AB}국", "[\u{1112}\u{1161}\u{11AB}]국"),
            ("بث", "بثّ مباشر", "[بثّ] مباشر"),
            ("स", "समाचार हिन्दी", "[स]माचार हिन्दी"),
            ("समाच", "समाचार", "[समाचा]र"),
            ("ช", "ช่อง", "[ช่]อง"),
            ("👩", "x 👩\u{200D}🚀 👍🏽", "x [👩\u{200D}🚀] 👍🏽"),
            ("👍", "👍🏽", "[👍🏽]"),
            ("株式", "㍿ 株式", "[㍿] [株式]"),
            ("❤", "❤\u{FE0F}-room", "[❤\u{FE0F}]-room"),
            ("al jazeera", "Al-Jazeera al", "[Al]-[Jazeera] [al]"),
            ("skysports", "Sky Sports SkySports", "[Sky] [Sports] [SkySports]"),
            ("skyspo", "HD Sky-Sports Sky", "HD [Sky]-[Spo]rts Sky"),
            ("skysportsmainevent", "Sky Sports Main Event", "[Sky] [Sports] [Main] [Event]"),
            ("hd skyspo", "Sky Sports HD", "[Sky] [Spo]rts [HD]"),
            ("sky news", "SkyNews HD skynewsroom", "[SkyNews] HD [skynews]room"),
            ("sk ynews", "Sky News", "[Sky] [News]"),
            ("lequipe", "L’Équipe", "[L]’[Équipe]"),
            ("湖南卫视", "湖南·卫视", "[湖南]·[卫视]"),
            ("1000", "10.0.0.1", "[10].[0].[0].1"),
        ],
    );
}

#[test]
fn typos_are_marked_if_the_name_has_no_literal_match() {
    check_table(
        OneTypo,
        &[
            ("natoinal", "National Nationale News", "[National] [National]e News"),
            ("natoinal", "national24 x", "[national]24 x"),
            ("nwes", "News nwes", "News [nwes]"),
            ("nwes tv", "SkyTV News on TV", "SkyTV [News] on [TV]"),
            ("tv nwesr", "SkyTV Newsroom on TV", "Sky[TV] [Newsr]oom on [TV]"),
            ("tv nwes", "SkyTV Newsroom on TV", "SkyTV Newsroom on TV"),
            ("nwes tv", "Newsroom TV", "Newsroom TV"),
            ("newx", "newsroom", "newsroom"),
            ("newsx", "newsroom", "[newsr]oom"),
            ("sarry", "Harry Potter", "[Harry] Potter"),
            ("arry", "Marry sarryx", "M[arry] s[arry]x"),
            ("xational", "national24 Nationale", "[national]24 Nationale"),
            ("strase", "STRAßE Straßen", "[STRAßE] [Straße]n"),
            ("новосьи", "Новости дня", "[Новости] дня"),
            ("新闻直波", "新闻直播1", "[新闻直播]1"),
            ("discovry", "Discovrey Chanel", "[Discovrey] Chanel"),
        ],
    );
    check_table(
        TwoTypos,
        &[
            ("natoinla", "National x", "[National] x"),
            ("natoinla", "natoinlx National", "[natoinlx] National"),
            ("jazera geograhpci", "Al Jazeera Geographic", "Al [Jazeera] [Geographic]"),
        ],
    );
}

/// The pieces of a folded name that match one word of the keyword, found by trying each rule on each piece.
fn pieces_slowly(folded: &str, word: &KeywordWord, level: MatchLevel) -> Vec<Range<usize>> {
    let mut found = [Vec::new(), Vec::new(), Vec::new()];
    let budget = level.edits_max().min(edit_budget(&word.text)).into();
    for name_word in words(folded) {
        let at = name_word.as_ptr() as usize - folded.as_ptr() as usize;
        for start in name_word.char_indices().map(|(start, _)| start) {
            for end in name_word.char_indices().map(|(end, c)| end + c.len_utf8()).filter(|&end| end > start) {
                let text = &name_word[start..end];
                let run = runs(name_word).find(|run| run.start == start);
                let is_allowed = word.place == WordPlace::Only
                    || is_no_space(&word.text)
                    || start == 0
                    || run.is_some()
                    || (matches!(word.place, WordPlace::Only | WordPlace::First) && end == name_word.len());
                let is_piece_end = end == name_word.len() && start == 0 || run.is_some_and(|run| run.end == end);
                let is_in_piece = start == 0 || runs(name_word).any(|run| run.start == start && end <= run.end);
                let may_be_typo = is_in_piece && (is_piece_end || word.may_be_unfinished());
                let whole_has_number =
                    start == 0 && has_numeric(name_word) && runs(name_word).next().is_none_or(|first| end > first.end);
                if is_allowed && text == word.text {
                    found[0].push(at + start..at + end);
                } else if may_be_typo && !whole_has_number && !has_numeric(text) {
                    let edits = osa_distance(text, &word.text);
                    let is_allowed_beginning = begins_alike(text, &word.text) || edits == 1 && is_piece_end;
                    if edits > 0 && edits <= budget && is_allowed_beginning {
                        found[edits].push(at + start..at + end);
                    }
                }
            }
        }
    }
    found[0].extend(joined_slowly(folded, &word.text));
    found.into_iter().find(|pieces| !pieces.is_empty()).unwrap_or_default()
}

/// The pieces of words that a text joins, found by writing neighbours as one and cutting the last.
fn joined_slowly(folded: &str, text: &str) -> Vec<Range<usize>> {
    let words: Vec<Range<usize>> = word_ranges(folded).collect();
    let mut pieces = Vec::new();
    for neighbours in (2..=4).flat_map(|len| words.windows(len)) {
        let (last, before) = neighbours.split_last().expect("there are two words at least");
        let ends = last.start + 1..=last.end;
        for end in ends.filter(|&end| folded.is_char_boundary(end)) {
            let one: String =
                before.iter().cloned().chain(std::iter::once(last.start..end)).map(|word| &folded[word]).collect();
            let is_long_enough = end == last.end || folded[last.start..end].chars().count() >= 2;
            if one == text && is_long_enough {
                pieces.extend(before.iter().cloned().chain(std::iter::once(last.start..end)));
            }
        }
    }
    pieces
}

/// The pieces that several words match where they are written as one.
fn one_slowly(folded: &str, text: &str) -> Vec<Range<usize>> {
    let beginnings = word_ranges(folded).filter(|word| folded[word.clone()].starts_with(text));
    beginnings.map(|word| word.start..word.start + text.len()).chain(joined_slowly(folded, text)).collect()
}

fn begins_alike(a: &str, b: &str) -> bool {
    let ([a, c], [b, d]) = (first_two(a), first_two(b));
    a == b || (a == d && c == b)
}

fn first_two(text: &str) -> [Option<char>; 2] {
    let mut chars = text.chars();
    [chars.next(), chars.next()]
}

/// Checks the marks of one name and one keyword; returns the number of typos of the level at which they match.
pub(crate) fn check(name: &str, keyword: &str) -> Option<u8> {
    let expected = oracle::name_level(name, keyword).map(|level| level as u8);
    for level in MatchLevel::ALL {
        let marks = marks(name, keyword, level);
        let is_match = expected.is_some_and(|edits| edits <= level.edits_max());
        assert_eq!(!marks.is_empty(), is_match, "{keyword:?} in {name:?} at {level:?}: {marks:?}");
        let is_apart = marks.windows(2).all(|pair| pair[0].end < pair[1].start);
        assert!(is_apart && marks.iter().all(|mark| mark.start < mark.end), "{keyword:?} in {name:?}: {marks:?}");
        let folds: Vec<String> = marks.iter().map(|mark| fold(&name[mark.clone()]).into_owned()).collect();
        if is_match {
            check_folds(name, keyword, level, &folds);
        }
    }
    expected
}

/// Checks that the marked pieces, folded, contain the matches of each word of the keyword.
fn check_folds(name: &str, keyword: &str, level: MatchLevel, folds: &[String]) {
    let folded = fold(name);
    match Keyword::parse(keyword) {
        Keyword::Blank | Keyword::Unmatchable => unreachable!("such a keyword matches nothing"),
        Keyword::Symbols(symbols) => {
            for symbol in symbols {
                assert!(folds.iter().any(|fold| fold.contains(symbol.as_str())), "{keyword:?} in {name:?}: {folds:?}");
            }
        }
        Keyword::Words(phrase) => {
            let one = phrase.as_one.as_ref().map(|as_one| one_slowly(&folded, &as_one.text)).unwrap_or_default();
            let has = |piece: &Range<usize>| folds.iter().any(|fold| fold.contains(&folded[piece.clone()]));
            assert!(one.iter().all(has), "{keyword:?} as one in {name:?}: {folds:?}");
            for word in &phrase.words {
                // Several beginnings of a piece may match with typos, of which one is marked. So at least one piece is marked.
                let level = if one.is_empty() { level } else { Literal };
                let pieces = pieces_slowly(&folded, word, level);
                if pieces.is_empty() && !one.is_empty() {
                    continue;
                }
                assert!(pieces.iter().any(has), "{word:?} in {name:?}: {folds:?}");
                if pieces.iter().any(|piece| folded[piece.clone()] == word.text)
                    || !joined_slowly(&folded, &word.text).is_empty()
                {
                    assert!(pieces.iter().all(has), "{word:?} in {name:?}, each place: {folds:?}");
                }
            }
        }
    }
}

/// Checks the marks of an ASCII name, which are exact: each marked byte is in a matching piece, and the first byte of each
/// matching piece is marked.
fn check_exactly(name: &str, keyword: &str, level: MatchLevel) {
    let Keyword::Words(phrase) = Keyword::parse(keyword) else { return };
    let folded = name.to_ascii_lowercase();
    let marks = marks(name, keyword, level);
    if marks.is_empty() {
        return;
    }
    let one = phrase.as_one.as_ref().map(|as_one| one_slowly(&folded, &as_one.text)).unwrap_or_default();
    let level = if one.is_empty() { level } else { Literal };
    let of_words = phrase.words.iter().flat_map(|word| pieces_slowly(&folded, word, level));
    let pieces: Vec<Range<usize>> = of_words.chain(one).collect();
    let is_marked = |at: usize| marks.iter().any(|mark| mark.contains(&at));
    let is_in_piece = |at: usize| pieces.iter().any(|piece| piece.contains(&at));
    assert!((0..name.len()).all(|at| !is_marked(at) || is_in_piece(at)), "{keyword:?} in {name:?}: {marks:?}");
    assert!(pieces.iter().all(|piece| is_marked(piece.start)), "{keyword:?} in {name:?}: {marks:?} for {pieces:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(5_000))]

    #[test]
    fn random_names_are_marked_exactly_if_they_match(
        name in "([aab]{1,6}|[abc]{5,9}|[ab]{1,3}[12][ab]{2,8}|[新闻カ\u{3099}]{1,5}|[新a1\u{93F}]{1,6}|[ -_%]){1,6}",
        keyword in "([ab]{1,3}|[abc]{4,9}|[新闻カ\u{3099}]{1,4}|[ab1新\u{93F}]{1,4}|[ -_%])( [abc]{1,6}| ab| 新|%){0,3}",
    ) {
        // A blank keyword does not filter, and the specification does not cover it.
        prop_assume!(!keyword.trim().is_empty());
        check(&name, &keyword);
    }

    #[test]
    fn random_ascii_names_are_marked_at_their_matches_and_nowhere_else(
        name in "([aab]{1,6}|[abcA]{5,9}|[ab]{1,3}[12][ab]{2,8}| |-){1,5}|([ab]{1,2}[ -]){2,5}",
        keyword in "([ab]{1,3}|[abc]{4,9}|[ab1]{1,4})( [abc]{1,9}){0,2}",
    ) {
        for level in MatchLevel::ALL {
            check_exactly(name.trim(), &keyword, level);
        }
    }

    #[test]
    fn tricky_names_are_marked_exactly_if_they_match(name in tricky_text(), keyword in tricky_text(), cut in any::<prop::sample::Index>()) {
        let chars: Vec<char> = name.chars().collect();
        let piece: String = chars.iter().skip(cut.index(chars.len() + 1)).take(3).collect();
        for keyword in [keyword, piece].into_iter().filter(|keyword| !keyword.trim().is_empty()) {
            check(&name, &keyword);
        }
    }
}

#[test]
fn hostile_names_and_keywords_are_marked_like_any_other() {
    let name = "a".repeat(1024);
    assert_eq!(marks(&name, &"a".repeat(128), TwoTypos), std::slice::from_ref(&(0..1024)));
    assert!(marks(&name, &"ab".repeat(64), TwoTypos).is_empty());
    assert_eq!(marks(&name, &"a ".repeat(64), TwoTypos), std::slice::from_ref(&(0..64)));
    let one_edit = format!("{}b", "a".repeat(61));
    assert_eq!(marks(&name, &one_edit, TwoTypos), std::slice::from_ref(&(0..62)));
    let spaced = "a ".repeat(512);
    assert_eq!(marks(&spaced, "a", Literal).len(), 512);
    let marked = format!("x{}y", "\u{301}".repeat(511));
    assert_eq!(marks(&marked, "x", Literal), std::slice::from_ref(&(0..1023)));
    assert_eq!(marks(&marked, "y", Literal), std::slice::from_ref(&(1023..1024)));
    let joined = "👩\u{200D}".repeat(146);
    assert_eq!(marks(&joined, "👩", Literal), std::slice::from_ref(&(0..joined.len())));
    let flags = "🇦🇧".repeat(128);
    assert_eq!(marks(&flags, "🇦🇧", Literal), std::slice::from_ref(&(0..1024)));
    assert!(marks(&flags, "🇧", Literal).is_empty(), "half a flag is not in the name");
    assert!(marks(&"\u{301}".repeat(512), "a", TwoTypos).is_empty());
    assert_eq!(marks(&"㍿".repeat(341), "式会", Literal), std::slice::from_ref(&(0..1023)));
}
