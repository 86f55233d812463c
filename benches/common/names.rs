//! Names that people give to jobs: real ones if there is a file of them, otherwise names made of a small vocabulary.

use std::io::Read;
use std::path::PathBuf;

use fastrand::Rng;
use flate2::read::GzDecoder;

/// The environment variable with the path of a file of names, one per line, plain or gzipped.
const NAMES_VARIABLE: &str = "JOBDEX_NAMES";
/// The path used if the variable is not set.
const NAMES_BESIDE_THE_CRATE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/data/channel-names.txt.gz");
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// Words of several scripts, with every word that the benched requests ask for.
const OWN_WORDS: &str = "tv TV hd HD sports news music national television discovery documentary international \
    channel movies kids world comedy history family drama nature travel food weather business live plus one two extra \
    al jazeera english arabic sky fox star city east west north south radio cinema action classic premium local \
    CCTV1综合高清 电影 新闻 体育 音乐 综艺 卫视 ニュース スポーツ アニメ 映画 한국방송 뉴스 드라마 новости кино спорт \
    музыка канал первый δελτίο ειδήσεις الجزيرة أخبار رياضة قناة חדשות ספורט समाचार संगीत ข่าว กีฬา São Paulo Türkçe \
    HBO2 MTV3 BBC1 RTL2 ABC7 (east) +1 24/7";

/// A source of random names.
pub(crate) struct Names {
    whole: Vec<String>,
    words: Vec<String>,
    source: String,
}

impl Names {
    /// The names of the file, or those of the small vocabulary.
    ///
    /// # Panics
    /// If the file that the environment names cannot be read, or has no name.
    pub(crate) fn load() -> Self {
        match names_path() {
            Some(path) => Self::of_file(&path),
            None => Self::of_own_words(),
        }
    }

    fn of_file(path: &PathBuf) -> Self {
        let text = text_of(path).unwrap_or_else(|error| panic!("cannot read names from {}: {error}", path.display()));
        let whole: Vec<String> =
            text.lines().map(str::trim).filter(|line| !line.is_empty()).map(String::from).collect();
        assert!(!whole.is_empty(), "{} holds no name", path.display());
        let words = whole.iter().flat_map(|name| name.split_whitespace()).map(String::from).collect();
        let source = format!("{} real channel names", whole.len());
        Self { whole, words, source }
    }

    fn of_own_words() -> Self {
        let words: Vec<String> = OWN_WORDS.split_whitespace().map(String::from).collect();
        let mut rng = Rng::with_seed(1);
        let whole = (0..20_000).map(|_| few_words(&words, &mut rng)).collect();
        Self { whole, words, source: "a small vocabulary of our own".to_owned() }
    }

    /// The origin of the names, for the head of a report.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// A name: mostly one from the file, otherwise one of one to four words, one with a number, or one as machines make
    /// them. About one in thirty has a code that no other name has, so that the dictionary grows with the store.
    pub(crate) fn draw(&self, rng: &mut Rng) -> String {
        let name = match rng.u32(..100) {
            0..45 => self.whole[rng.usize(..self.whole.len())].clone(),
            45..70 => few_words(&self.words, rng),
            70..90 => format!("{} {}", self.whole[rng.usize(..self.whole.len())], number(rng)),
            _ => {
                let height = [480, 720, 1080, 2160][rng.usize(..4)];
                format!("live-{}-{height}p-{}", few_words(&self.words, rng).to_lowercase(), number(rng))
            }
        };
        if rng.u32(..1000) < 30 { format!("{name} {}", code(rng)) } else { name }
    }
}

fn few_words(words: &[String], rng: &mut Rng) -> String {
    let count = rng.usize(1..=4);
    let drawn: Vec<&str> = (0..count).map(|_| words[rng.usize(..words.len())].as_str()).collect();
    drawn.join(" ")
}

fn number(rng: &mut Rng) -> String {
    if rng.u32(..4) == 0 { format!("{:05}", rng.u32(..100_000)) } else { format!("{:04}", rng.u32(..10_000)) }
}

fn code(rng: &mut Rng) -> String {
    (0..6).map(|_| rng.alphanumeric()).collect()
}

fn names_path() -> Option<PathBuf> {
    match std::env::var_os(NAMES_VARIABLE) {
        Some(path) => Some(PathBuf::from(path)),
        None => Some(PathBuf::from(NAMES_BESIDE_THE_CRATE)).filter(|path| path.is_file()),
    }
}

fn text_of(path: &PathBuf) -> std::io::Result<String> {
    let bytes = std::fs::read(path)?;
    if !bytes.starts_with(&GZIP_MAGIC) {
        return String::from_utf8(bytes).map_err(std::io::Error::other);
    }
    let mut text = String::new();
    GzDecoder::new(bytes.as_slice()).read_to_string(&mut text)?;
    Ok(text)
}
