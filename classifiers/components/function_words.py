"""Words that hold a sentence together and tell nobody why: never a reason.

Pronouns, articles, prepositions, conjunctions, forms of to be and to have, and words such as
"very". What stays out of the lists may be a reason: negations, question words, and small words
that complain ("still", "again", "уже") or ask ("can", "please", "mı").
"""

from functools import cache, lru_cache

from classifiers.components.folding import fold

_LISTS = {
    "en": (
        "a an the this that these those i im ive id ill me my mine myself we us our ours you your "
        "yours u ur he him his she her hers it its they them their theirs and or but if then than "
        "as of to in on at by for from with into onto about over under up down out off through "
        "between after before during while because since am is are was were be been being do does "
        "did has have had having will shall there here so very just also all some each both such "
        "own same other one re ve ll"
    ),
    "tr": (
        "bir bu şu ve veya ya ama fakat ile için de da ki ben bana beni benim bende benden biz "
        "bize bizi bizim sen sana seni senin siz size sizi sizin onu ona onun onlar onları gibi "
        "kadar göre her en çok daha hem ise diye olan olarak oldu olur bunu buna bunun şunu böyle "
        "şöyle öyle sonra önce şey ben"
    ),
    "sk": (
        "aj ale alebo by aby že keď keďže ak som si je sme ste sú bol bola boli bolo bude budem "
        "budú ma mi mne mňa mnou ja ty on ona oni my vy ho mu ju jej jeho ich im nám nás vám vás "
        "môj moja moje moju mojej tvoj váš vaša vaše náš naša naše sa seba to ten tá tie toto "
        "tento táto tieto tu tam vo na do zo so ku od po pre pri pred nad pod za cez medzi tak "
        "takže teda veď však mám máme má majú mal mala mali te ti ktorý ktorá ktoré veľmi"
    ),
    "ar": (
        "في من على الى عن مع هذا هذه ذلك تلك الذي التي الذين اللي هو هي هم انا نحن انت انتم احنا "
        "يا ان انه كان كانت يكون قد لقد ثم او ام بس كل بعد قبل عند عندي عندكم لي لك له لها لنا "
        "لكم لهم بي به بها فيه فيها منه منها عليه عليها معي حتى اذا لو كما هنا هناك ايضا جدا شي "
        "شيء ده دي دا هاي هاد هذي كده هيك يعني لان لانه"
    ),
    "hy": (
        "և ու իսկ բայց որ են եմ ենք եք էր էի էին ես դու նա մենք դուք նրանք իմ ինձ մեր մեզ ձեր ձեզ "
        "քո քեզ նրա իր իրենց սա դա այս այդ այն մի մեկ որը որի որոնք համար հետ մեջ վրա մոտ տակ "
        "ըստ պես էլ նաև հետո առաջ կամ եթե թե այստեղ այնտեղ հենց շատ ամեն բոլոր էս էդ էն "
        "ev es em en enq eq er du na menq duq im indz mer mez dzer dzez qo qez ays ayd ayn ed mi "
        "vor el"
    ),
    "ru": (
        "но да же ли бы во на со ко об от до по из за для при про над под через между это этот эта "
        "эти этого этой этом эту то тот та те того той том мне меня мной мы нам нас нами ты тебе "
        "тебя вы вам вас вами он она оно они его её их им ей ему мой моя моё мои моего моей мою "
        "ваш ваша ваше ваши вашего вашей вашу наш наша наше свой свою так там тут здесь что чтобы "
        "если или есть был была было были быть будет буду будут ну вот ведь все всё всех очень "
        "просто себя себе который которая которые которого "
        "po ya mne menya my vy vam vas eto on ona oni moy moya moi za dlya iz ot do chto tak na"
    ),
}
_AND = ("و", "ف")  # stand in one word with the next
_FEWEST_LETTERS = 2
_LONGEST = 60  # letters: what is longer is no word


@lru_cache(maxsize=1 << 14)  # posts share most of their words
def may_be_a_reason(word: str, language: str) -> bool:
    """Return whether `word` can tell somebody why; in an unknown language all lists count."""
    if len(word) > _LONGEST or sum(map(str.isalpha, word)) < _FEWEST_LETTERS:
        return False
    bare = next(iter(fold(word).split()), "")  # the Armenian question mark would follow it
    return bare not in _function_words(language)


@cache
def _function_words(language: str) -> frozenset[str]:
    lists = (_LISTS[language],) if language in _LISTS else tuple(_LISTS.values())
    words = {fold(word) for each in lists for word in each.split()}
    if language not in _LISTS or language == "ar":
        words |= {first + fold(word) for word in _LISTS["ar"].split() for first in _AND}
    return frozenset(words)
