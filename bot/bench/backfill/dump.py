"""A dump as Reddit's are: seeded, so that everybody who makes it has the same one.

Like the real ones it has rows of some 1.7 kB in fifty fields, in an order that changes; deleted
authors; texts in six languages, some rows with `\\u` escapes and some in UTF-8; entities, quotes
and line breaks; and a window of 2 GiB. One row in two hundred names the first brand and one of the
others, spelled as people spell: in capitals, with endings, with accents of their own.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import zstandard

SEED = 20260101
HITS = 0.005  # share of the rows that name a brand
LONGEST = 1_000  # keywords
_WINDOW_LOG = 31
_BEGIN = 1_767_225_600  # 2026-01-01, seconds since 1970
_DELETED = 0.08
_ESCAPED = 0.5  # share of the rows in which everything beyond ASCII is an escape
_LANGUAGES = {"en": 80, "tr": 6, "ru": 6, "sk": 4, "ar": 3, "hy": 1}  # of 100 rows
_WORDS = {
    "en": "the a of to and in that it was for on are with as they at be this from have or had not"
    " but what all were when we there can your which their said if will each about how up out them"
    " then she many some so these would other into has more her two like him see time could no"
    " make than first been its who now people my made over did down only way find use may water"
    " long little very after words called just where most know it's don't i'm that's delivery",
    "tr": "bir bu da ve için ile çok ama daha gibi olarak sonra kadar bana şey değil olan iyi var"
    " yok ben sen biz siz onlar şimdi nasıl neden hiç bugün yarın gün yıl iş ev yol göz söz güzel"
    " büyük küçük aynı başka önce sadece hâlâ çünkü ışık ağaç öğretmen kırmızı yağmur İstanbul",
    "ru": "и в не на что он с как это по но они мы все так его за был от то же из у ты было бы"
    " когда уже для вот меня ещё нет о если только мне да там может быть есть без под где даже"
    " время жизнь день рука раз год человек работа слово место лицо друг глаз вопрос дом сторона",
    "sk": "a sa na je to že v som s si ako ale čo by za už len tak pre po aj keď do bol môže dnes"
    " veľmi všetko nič ešte teraz ľudia život deň rok práca čas dom mesto slovo vec žena muž dieťa"
    " krajina otázka ruka miesto svet problém škola dôvod účet zákazník objednávka žiadosť",
    "ar": "في من على أن إلى عن مع هذا هذه التي الذي كان لا ما هو هي بعد قبل كل بين حتى لكن إذا"
    " عند يوم سنة بيت عمل كتاب ماء مدينة شارع سيارة طريق صديق كلمة سؤال وقت شيء جديد كبير صغير",
    "hy": "և է որ են այս մի չէ եմ ես դու նա մենք դուք նրանք ինչ երբ որտեղ ինչպես այսօր վաղը օր տարի"
    " տուն գործ ճանապարհ ջուր քաղաք բառ հարց ժամանակ նոր մեծ փոքր լավ վատ մարդ կյանք ընկեր",
}
_TROUBLES = {
    "en": (
        "my order from {} never came",
        "{} charged me twice",
        "nobody at {} answers me",
        "the app of {} keeps crashing",
        "how do i get my money back, {}?",
        "{} broke after a week",
    ),
    "tr": (
        "{} siparişim hâlâ gelmedi",
        "{} benden iki kez para çekti",
        "{} telefona bakmıyor",
        "{} uygulaması açılmıyor",
        "iademi ne zaman alacağım, {}?",
        "{} bir haftada bozuldu",
    ),
    "ru": (
        "заказ от {} так и не пришёл",
        "{} списал деньги дважды",
        "{} не отвечает на письма",
        "приложение {} вылетает",
        "когда вернут деньги, {}?",
        "{} сломался через неделю",
    ),
    "sk": (
        "objednávka od {} neprišla",
        "{} mi strhol peniaze dvakrát",
        "{} neodpovedá na maily",
        "aplikácia {} padá",
        "kedy mi vrátite peniaze, {}?",
        "{} sa pokazil po týždni",
    ),
    "ar": (
        "طلبي من {} لم يصل",
        "{} خصم مني مرتين",
        "لا أحد يرد من {}",
        "تطبيق {} لا يعمل",
        "متى تعيدون نقودي يا {}؟",
        "تعطل {} بعد أسبوع",
    ),
    "hy": (
        "{} պատվերս չի եկել",
        "{} երկու անգամ գանձեց",
        "{} չի պատասխանում",
        "{} հավելվածը չի բացվում",
        "ե՞րբ կվերադարձնեք գումարս, {}",
        "{} կոտրվեց մեկ շաբաթում",
    ),
}
_REMARKS = {
    "en": ("saw {} on television", "{} has a new shop here", "my brother works for {}"),
    "tr": ("televizyonda {} gördüm", "{} burada mağaza açmış", "kardeşim {} için çalışıyor"),
    "ru": ("видел {} по телевизору", "{} открыл здесь магазин", "мой брат работает в {}"),
    "sk": ("videl som {} v televízii", "{} tu má nový obchod", "brat robí pre {}"),
    "ar": ("رأيت {} في التلفاز", "{} فتح متجرا هنا", "أخي يعمل في {}"),
    "hy": ("տեսա {} հեռուստացույցով", "{} այստեղ խանութ է բացել", "եղբայրս աշխատում է {} համար"),
}
_SYLLABLES = (
    *("ba", "ke", "li", "mo", "nu", "ra", "se", "ti", "vo", "xu", "za"),
    *("dri", "flo", "gra", "kle", "pru", "ste", "tri", "vlo", "zor", "qui"),
)
_SPELLINGS = (str, str, str.upper, str.title, "{}'s".format, "@{}".format, "({})".format)
_FLAIRS = ("Mod", "Long-time member", "it's complicated", None, None, None)
_EMOJI = ("😀", "🙏🏽", "👩‍💻", "❤️", "…")
_SUBREDDITS = tuple(f"subreddit{number}" for number in range(200))
_CURLED = 0.15  # share of the rows with the quotation marks of a telephone
_ACCENTED = 0.02  # share of the English rows with an accent in them
_CURLS = str.maketrans({"'": "’", '"': "”"})
_TEXTS = 3_000  # ready-made in each language: they are drawn from, and mixed


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What was written."""

    paths: tuple[Path, ...]
    rows: int
    named: int  # rows that name a brand
    raw_bytes: int
    packed_bytes: int


def keywords(count: int) -> tuple[str, ...]:
    """Return the first `count` of the brands' names; the first one is in each row that is a hit."""
    dice, found = Random(SEED), dict.fromkeys(("velmora",))  # noqa: S311 - drawn anew alike
    while len(found) < LONGEST:
        found["".join(dice.choices(_SYLLABLES, k=dice.choice((3, 3, 4))))] = None
    return tuple(islice(found, count))


def write(rows: int, paths: Sequence[Path], seed: int = SEED) -> Made:
    """Write `rows` rows, the same share of them to each of `paths`, one after the other."""
    source, raw, named = _Rows(seed), 0, 0
    for number, path in enumerate(paths):
        share = rows * (number + 1) // len(paths) - rows * number // len(paths)
        with path.open("wb") as sink, _packer().stream_writer(sink) as packed:
            for line, is_hit in islice(source, share):
                raw, named = raw + len(line), named + is_hit
                packed.write(line)
    packed_bytes = sum(path.stat().st_size for path in paths)
    return Made(
        paths=tuple(paths), rows=rows, named=named, raw_bytes=raw, packed_bytes=packed_bytes
    )


def _packer() -> zstandard.ZstdCompressor:
    wide = zstandard.ZstdCompressionParameters.from_level(
        3, window_log=_WINDOW_LOG, enable_ldm=True, write_content_size=False
    )
    return zstandard.ZstdCompressor(compression_params=wide)


class _Rows:
    """Rows without end: (line, whether it names a brand)."""

    def __init__(self, seed: int) -> None:
        self._dice = Random(seed)  # noqa: S311 - drawn anew alike
        self._names = keywords(LONGEST)
        self._texts = {name: self._ready_made(words) for name, words in _WORDS.items()}
        self._languages = list(_LANGUAGES), list(_LANGUAGES.values())
        self._number = 0

    def __iter__(self) -> Iterator[tuple[bytes, bool]]:
        while True:
            is_hit = self._dice.random() < HITS
            yield self._line(is_hit=is_hit), is_hit

    def _ready_made(self, words: str) -> list[str]:
        known, dice = words.split(), self._dice
        return [" ".join(dice.choices(known, k=dice.randint(4, 60))) for _ in range(_TEXTS)]

    def _line(self, *, is_hit: bool) -> bytes:
        dice = self._dice
        self._number += 1
        language = dice.choices(*self._languages)[0]
        fields = list(self._fields(self._body(language, is_hit=is_hit)).items())
        if self._number % 16 == 0:  # the order of the fields is nobody's promise
            dice.shuffle(fields)
        escaped = dice.random() < _ESCAPED
        row = json.dumps(dict(fields), ensure_ascii=escaped, separators=(",", ":"))
        return row.encode() + b"\n"

    def _body(self, language: str, *, is_hit: bool) -> str:
        dice = self._dice
        parts = dice.choices(self._texts[language], k=dice.choice((1, 1, 2, 3, 4)))
        if dice.random() < 0.1:
            parts.insert(0, "&gt; " + dice.choice(parts) + "\n\n")
        if dice.random() < 0.1:
            parts.append(f'\n\n"{dice.choice(parts)}" {dice.choice(_EMOJI)} R&amp;D')
        if is_hit:
            parts.insert(dice.randrange(len(parts) + 1), self._said(language))
        if language == "en" and dice.random() < _ACCENTED:
            parts.append(dice.choice(("a naïve idea", "at the café", "see my résumé")))
        body = " ".join(parts)
        return body.translate(_CURLS) if dice.random() < _CURLED else body

    def _said(self, language: str) -> str:
        dice = self._dice
        ways = dice.choice((_TROUBLES, _REMARKS))[language]
        said = dice.choice(ways).format(dice.choice(_SPELLINGS)(self._names[0]))
        return f"{said} {dice.choice(_SPELLINGS)(dice.choice(self._names[1:]))}."

    def _fields(self, body: str) -> dict[str, Any]:
        dice, at = self._dice, _BEGIN + self._number // 20
        name = f"{36**5 + self._number:x}"
        thread = f"t3_{36**4 + self._number // 25:x}"
        author = None if dice.random() < _DELETED else f"user_{dice.randrange(300_000)}"
        place = dice.choice(_SUBREDDITS)
        flair = dice.choice(_FLAIRS)
        return {
            "all_awardings": [],
            "approved_at_utc": None,
            "archived": False,
            "associated_award": None,
            "author": author or "[deleted]",
            "author_created_utc": at - dice.randrange(10**8) if author else None,
            "author_flair_background_color": "" if author else None,
            "author_flair_css_class": None,
            "author_flair_richtext": [{"e": "text", "t": flair}] if flair else [],
            "author_flair_template_id": None,
            "author_flair_text": flair,
            "author_flair_text_color": "dark" if author else None,
            "author_flair_type": "richtext" if flair else "text",
            "author_fullname": f"t2_{dice.randrange(36**6):x}" if author else None,
            "author_patreon_flair": False,
            "author_premium": False,
            "banned_at_utc": None,
            "body": body,
            "can_gild": True,
            "can_mod_post": False,
            "collapsed": False,
            "collapsed_because_crowd_control": None,
            "collapsed_reason": None,
            "collapsed_reason_code": None,
            "comment_type": None,
            "controversiality": 0,
            "created_utc": at,
            "distinguished": None,
            "edited": at + 600 if dice.random() < 0.04 else False,
            "gilded": 0,
            "gildings": {},
            "id": name,
            "is_submitter": dice.random() < 0.1,
            "link_id": thread,
            "locked": False,
            "no_follow": dice.random() < 0.5,
            "parent_id": thread,
            "permalink": f"/r/{place}/comments/{thread[3:]}/_/{name}/",
            "removal_reason": None,
            "retrieved_on": at + dice.randrange(10**6),
            "score": dice.randrange(-5, 200),
            "score_hidden": False,
            "send_replies": True,
            "stickied": False,
            "subreddit": place,
            "subreddit_id": f"t5_{36**3 + len(place):x}",
            "subreddit_name_prefixed": f"r/{place}",
            "subreddit_type": "public",
            "top_awarded_type": None,
            "total_awards_received": 0,
            "treatment_tags": [],
            "unrepliable_reason": None,
            "ups": dice.randrange(-5, 200),
        }
