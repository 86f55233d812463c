//! The words of made-up channel names, in the scripts of real channel lists.
//!
//! The module has only tables, and only [`generate`](super) reads them. The words were collected for this file: places,
//! everyday topics, and the short words that broadcasters add after them.

/// The words of one language or family of languages.
pub(crate) struct Tongue {
    /// Names of 100 in this language. The shares of [`TONGUES`] add up to 100.
    pub(crate) share: u32,
    /// The text between two words; empty if the language is written without spaces.
    pub(crate) joint: &'static str,
    /// Places and owners of channels.
    pub(crate) homes: &'static [&'static str],
    /// Topics of channels.
    pub(crate) topics: &'static [&'static str],
    /// Words that broadcasters add: the medium or the quality. The first words are the most common.
    pub(crate) tails: &'static [&'static str],
}

/// Beginnings of made-up brand names. With [`BRAND_ENDS`] they make about 1,500 brands of two parts, and 40,000 of
/// three.
pub(crate) const BRAND_STARTS: &[&str] = &[
    "Al", "Ar", "Be", "Bo", "Ca", "Ce", "Cor", "Da", "Del", "Do", "El", "En", "Fa", "Fe", "Flo", "Ga", "Glo", "Ha",
    "He", "In", "Ka", "Ki", "La", "Le", "Lu", "Ma", "Me", "Mo", "Na", "Ne", "No", "O", "Pa", "Pri", "Qua", "Ra", "Re",
    "Sa", "Se", "So", "Ta", "Te", "Tri", "U", "Va", "Ve", "Vi", "Vo", "Wa", "Xe", "Ya", "Ze",
];

/// Middles of made-up brand names of three parts.
pub(crate) const BRAND_MIDDLES: &[&str] = &[
    "ba", "co", "di", "fi", "ga", "la", "li", "lo", "ma", "mi", "na", "ni", "no", "pe", "ra", "ri", "ro", "sa", "si",
    "ta", "te", "ti", "vi", "zo",
];

/// Ends of made-up brand names.
pub(crate) const BRAND_ENDS: &[&str] = &[
    "ra", "ne", "vision", "tex", "lux", "mar", "don", "nova", "via", "tel", "net", "max", "ris", "len", "dia", "phon",
    "star", "go", "plex", "vox", "rium", "tis", "zon", "lia", "cast", "mont", "ga", "bel", "rix", "wave",
];

/// Symbols at the start or the end of a few names.
#[rustfmt::skip]
pub(crate) const SYMBOLS: &[&str] =
    &[
        "🔥", "★", "📺", "⚽", "🎵", "♥", "🎬", "▶", "🏀", "✨", "🇧🇷", "👨‍👩‍👧", "☕", "№1", "♫",
    ];

/// Every language, from the most common on.
#[rustfmt::skip]
pub(crate) const TONGUES: &[Tongue] = &[
    Tongue {
        share: 44,
        joint: " ",
        homes: &[
            "London", "Boston", "Denver", "Austin", "Sydney", "Dublin", "Toronto", "Glasgow", "Chicago",
            "Portland", "Nashville", "Auckland", "Cape Town", "Nairobi", "Lagos", "Mumbai", "Manila", "Singapore",
            "Coastal", "Highland", "Riverside", "National", "Metro", "Northern", "Pacific", "Atlantic", "Prairie",
            "Harbour", "Summit", "Valley", "Global", "Capital", "City", "Island", "Union", "First", "Classic",
            "Super",
        ],
        topics: &[
            "News", "Sports", "Movies", "Music", "Kids", "Cinema", "Weather", "Business", "Comedy", "Drama",
            "Travel", "Food", "History", "Nature", "Science", "Gospel", "Shopping", "Racing", "Football",
            "Cricket", "Tennis", "Golf", "Fishing", "Gaming", "Fashion", "Health", "Garden", "Documentary",
            "Mystery", "Western", "Hits", "Jazz", "Country", "Rock", "Talk", "Local", "Public", "Education",
            "Parliament", "Family",
        ],
        tails: &[
            "TV", "HD", "Radio", "Plus", "Live", "Network", "Channel", "SD", "Extra", "4K", "FM", "East", "West",
        ],
    },
    Tongue {
        share: 17,
        joint: " ",
        homes: &[
            "São Paulo", "Bogotá", "Córdoba", "Málaga", "Réunion", "Genève", "Québec", "Besançon", "Zürich",
            "Köln", "Düsseldorf", "Malmö", "Tromsø", "Århus", "Łódź", "Kraków", "Košice", "Brașov", "Győr",
            "İzmir", "Muğla", "Niterói", "Cádiz", "Perú", "México", "Bayern", "Österreich", "Île-de-France",
            "Región de Murcia", "Đà Nẵng", "Hà Nội", "Curaçao",
        ],
        topics: &[
            "Noticias", "Deportes", "Cine", "Música", "Infantil", "Televisión", "Fútbol", "Notícias", "Esportes",
            "Canção", "Première", "Actualités", "Musique", "Jeunesse", "Nachrichten", "Fußball", "Küche",
            "Märchen", "Nyheter", "Børn", "Wiadomości", "Dzieci", "Správy", "Știri", "Hírek", "Haberler", "Çocuk",
            "Müzik", "Thể thao", "Tin tức", "Cucina", "Città",
        ],
        tails: &[
            "TV", "HD", "Plus", "Canal", "Rádio", "Télé", "1ère", "Más", "Extra", "FM", "Internacional",
        ],
    },
    Tongue {
        share: 11,
        joint: "",
        homes: &[
            "北京", "上海", "广东", "浙江", "湖南", "江苏", "四川", "重庆", "深圳", "东方", "天津", "山东", "河南", "福建", "云南", "贵州", "新疆",
            "西藏", "香港", "台北", "澳门", "黑龙江", "内蒙古", "中央", "华夏", "珠江",
        ],
        topics: &[
            "新闻", "体育", "电影", "电视剧", "少儿", "音乐", "综合", "财经", "科教", "戏曲", "纪实", "生活", "都市", "农业", "军事", "国际", "法治",
            "旅游", "美食", "动漫", "文艺", "購物", "經典", "健康",
        ],
        tails: &[
            "频道", "卫视", "高清", "台", "直播", "頻道", "超清", "HD",
        ],
    },
    Tongue {
        share: 6,
        joint: "",
        homes: &[
            "東京", "大阪", "京都", "北海道", "名古屋", "福岡", "沖縄", "横浜", "テレビ", "チャンネル", "スカイ", "さくら", "みらい", "ニッポン", "フジヤマ",
            "オーシャン",
        ],
        topics: &[
            "ニュース", "スポーツ", "映画", "アニメ", "音楽", "ドラマ", "こども", "釣り", "囲碁・将棋", "バラエティ", "野球", "天気", "料理", "旅", "時代劇",
            "カラオケ",
        ],
        tails: &[
            "チャンネル", "放送", "プラス", "ライブ", "テレビ", "プレミアム", "HD", "ラジオ",
        ],
    },
    Tongue {
        share: 5,
        joint: " ",
        homes: &[
            "서울", "부산", "대구", "인천", "광주", "대전", "제주", "강원", "한국", "우리", "하늘", "바다", "평화", "미래",
        ],
        topics: &[
            "뉴스", "스포츠", "영화", "드라마", "음악", "어린이", "바둑", "낚시", "골프", "예능", "교육", "홈쇼핑", "여행", "요리",
        ],
        tails: &[
            "방송", "TV", "채널", "플러스", "라이브", "HD", "라디오",
        ],
    },
    Tongue {
        share: 7,
        joint: " ",
        homes: &[
            "القاهرة", "دبي", "بغداد", "الرياض", "دمشق", "بيروت", "عمّان", "تونس", "المغرب", "الجزائر", "الكويت",
            "قطر", "السودان", "صنعاء", "العربية", "النيل", "الخليج", "تهران", "کراچی",
        ],
        topics: &[
            "الأخبار", "الرياضة", "أفلام", "دراما", "أطفال", "موسيقى", "القرآن الكريم", "وثائقية", "طرب", "كوميدي",
            "اقتصاد", "صحة", "ثقافة", "خبر", "ورزش",
        ],
        tails: &[
            "قناة", "تي في", "راديو", "بلس", "مباشر", "HD", "٢",
        ],
    },
    Tongue {
        share: 6,
        joint: " ",
        homes: &[
            "Москва", "Санкт-Петербург", "Казань", "Сибирь", "Урал", "Київ", "Львів", "Одеса", "София", "Белград",
            "Скопје", "Минск", "Алматы", "Якутия", "Первый", "Наш", "Новый", "Ёлка",
        ],
        topics: &[
            "Новости", "Спорт", "Кино", "Музыка", "Детский", "Охота и рыбалка", "Футбол", "История", "Природа",
            "Юмор", "Новини", "Дитячий", "Вести", "Здоровье", "Сериал", "Фильм",
        ],
        tails: &[
            "ТВ", "HD", "канал", "Плюс", "Радио", "24", "Премиум",
        ],
    },
    Tongue {
        share: 4,
        joint: " ",
        homes: &[
            "दिल्ली", "मुंबई", "भारत", "राजस्थान", "बिहार", "लखनऊ", "काठमांडू", "पुणे", "आज", "जनता", "महाराष्ट्र",
            "हिमालय", "गंगा",
        ],
        topics: &[
            "समाचार", "खेल", "फ़िल्म", "संगीत", "भक्ति", "बच्चे", "क्रिकेट", "मनोरंजन", "कृषि", "बाज़ार", "ख़बर",
            "सिनेमा", "मौसम",
        ],
        tails: &[
            "टीवी", "चैनल", "लाइव", "HD", "प्लस", "रेडियो", "२४",
        ],
    },
];
