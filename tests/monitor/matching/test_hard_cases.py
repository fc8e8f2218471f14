from collections.abc import Sequence

import pytest

from monitor.matching.matcher import Matcher
from monitor.model import Brand


def spans(keywords: Sequence[str], text: str) -> list[tuple[str, str]]:
    """Return each hit's keyword and the piece of the text it stands at."""
    matcher = Matcher([Brand(name="Acme", keywords=tuple(keywords))])
    return [(hit.keyword, text[hit.start : hit.end]) for hit in matcher.hits(text)]


def case(what: str, keyword: str, text: str, found: str) -> object:
    return pytest.param(keyword, text, found, id=what)


FOUND = [
    case("plain", "acme", "I like Acme a lot", "Acme"),
    case("capitals", "acme", "ACME IS DOWN", "ACME"),
    case("full-width letters", "acme", "Ａｃｍｅ is down", "Ａｃｍｅ"),
    case("mathematical letters", "acme", "my 𝐀𝐜𝐦𝐞 order", "𝐀𝐜𝐦𝐞"),
    case("ligature", "office", "o\ufb03ce is closed", "o\ufb03ce"),
    case("sharp s in capitals", "straße", "STRASSE 5", "STRASSE"),
    case("sharp s for two", "strasse", "Straße 5", "Straße"),
    case("final sigma", "ΟΔΟΣ", "η οδός μου", "οδός"),
    case("trade mark sign", "acme", "Acme™ is down", "Acme"),
    case("superscript after it", "acme", "Acme² is down", "Acme"),
    case("soft hyphen inside", "acme", "Ac\u00adme is down", "Ac\u00adme"),
    case("zero-width joiner inside", "acme", "Ac\u200dme is down", "Ac\u200dme"),
    case("byte order mark before", "acme", "\ufeffAcme is down", "Acme"),
    case("combining accents", "škoda", "moja s\u030ckoda", "s\u030ckoda"),
    case("accent at the end, apart", "café", "the cafe\u0301!", "cafe\u0301"),
    case("emoji on both sides", "acme", "😡acme😡", "acme"),
    case("keycap before", "acme", "1\ufe0f\u20e3Acme", "Acme"),
    case("markdown underscores", "acme", "I hate _Acme_ now", "Acme"),
    case("markdown stars", "acme", "I hate **Acme**", "Acme"),
    case("hyphen", "acme", "an Acme-like shop", "Acme"),
    case("English apostrophe", "acme", "Acme’s support", "Acme"),
    case("French elision", "acme", "le site d’Acme", "Acme"),
    case("phrase over a line break", "acme bank", "the Acme\n  Bank app", "Acme\n  Bank"),
    case("phrase with a no-break space", "acme bank", "Acme\u00a0Bank", "Acme\u00a0Bank"),
    case("name with signs", "at&t", "AT&T is down", "AT&T"),
    case("name that ends in signs", "c++", "I write C++, daily", "C++"),
    case("curly apostrophe inside", "o'neil", "an O’Neil jacket", "O’Neil"),
    case("lone surrogate beside", "acme", "\ud83d Acme", "Acme"),
    # Turkish
    case("Turkish capital with dot", "istanbul", "İSTANBUL kargo", "İSTANBUL"),
    case("Turkish capital without dot", "IĞDIR", "ığdır şubesi", "ığdır"),
    case("dotless typed as dotted", "ığdır", "igdir subesi", "igdir"),
    case("dotted keyword, dotless text", "istanbul", "ıstanbul", "ıstanbul"),
    case("no Turkish letters typed", "şişecam", "sisecam nerede", "sisecam"),
    case("Turkish dative, apostrophe", "acme", "Acme'ye yazdım", "Acme"),
    case("Turkish genitive, curly", "acme", "Acme’nin kargosu", "Acme"),
    case("Turkish dative, joined", "acme", "acmeye yazdım", "acme"),
    case("Turkish genitive, joined", "turkcell", "turkcellin interneti", "turkcell"),
    case("Turkish ablative, joined", "acme", "Acmeden aldım", "Acme"),
    case("Turkish plural and case", "acme", "acmelerden biri", "acme"),
    case("Turkish on capitals", "BİM", "BİMe gittim", "BİM"),
    case("Turkish after a domain", "acme.com", "acme.comdan aldım", "acme.com"),
    # Slovak
    case("Slovak genitive", "acme", "podpora Acmeho nefunguje", "Acme"),
    case("Slovak instrumental", "telekom", "som s Telekomom nespokojný", "Telekom"),
    case("Slovak locative", "acme", "na Acmeu", "Acme"),
    case("Slovak accents left out", "škoda", "moja skoda stoji", "skoda"),
    case("Slovak accents put in", "skoda", "moja Škoda stojí", "Škoda"),
    # Armenian
    case("Armenian ligature", "Երեւան", "Երևան քաղաք", "Երևան"),
    case("Armenian ligature in capitals", "Երևան", "ԵՐԵՎԱՆ", "ԵՐԵՎԱՆ"),
    case("Armenian definite article", "Ակմե", "Ակմեն չի աշխատում", "Ակմե"),
    case("Armenian ablative", "Ակմե", "Ակմեից գնեցի", "Ակմե"),
    case("Armenian plural and case", "Վոլտ", "Վոլտերից մեկը", "Վոլտ"),
    case("Armenian mark inside a word", "Ակմե", "Ակմե՞ն է", "Ակմե"),
    case("Armenian ending on Latin", "acme", "Acmeով վճարեցի", "Acme"),
    case("Armenian hyphened ending", "acme", "Acme֊ի կայքը", "Acme"),
    # Russian
    case("Russian dative", "Акме", "Акмеу напишу", "Акме"),
    case("Russian instrumental", "Сбербанк", "доволен Сбербанком", "Сбербанк"),
    case("Russian genitive of capitals", "МТС", "у МТСа опять", "МТС"),
    case("yo written as ye", "Надёжный", "надежный банк", "надежный"),
    case("Russian ending on Latin", "acme", "Acmeом доволен", "Acme"),
    # Arabic
    case("Arabic marks", "أكمي", "شركة أَكْمِي سيئة", "أَكْمِي"),
    case("tatweel", "أكمي", "شركة أكــــمي", "أكــــمي"),
    case("alef without hamza", "أكمي", "شركة اكمي", "اكمي"),
    case("alef maqsura for ya", "أكمي", "شركة أكمى", "أكمى"),
    case("ta marbuta as ha", "الراية", "قناة الرايه", "الرايه"),
    case("Arabic and joined", "أكمي", "وأكمي لا ترد", "أكمي"),
    case("Arabic preposition joined", "فودافون", "مشترك بفودافون", "فودافون"),
    case("presentation forms", "سلام", "\ufeb3\ufefc\ufee1", "\ufeb3\ufefc\ufee1"),
    case("Arabic article on Latin", "acme", "تطبيق الAcme", "Acme"),
    # scripts without spaces
    case("Japanese around Latin", "acme", "私はAcmeが好き", "Acme"),
    case("katakana name, particle", "アクメ", "アクメの荷物", "アクメ"),
    case("half-width katakana", "ガソリン", "ｶﾞｿﾘﾝ高い", "ｶﾞｿﾘﾝ"),
    case("Chinese edges", "小米", "我的小米手机", "小米"),
    case("Korean particle", "삼성", "삼성은 좋다", "삼성"),
    case("Korean particle on Latin", "acme", "Acme는 좋다", "Acme"),
    # addresses, handles, tags
    case("domain in a link", "acme.example", "https://www.acme.example/x", "acme.example"),
    case("domain in capitals", "acme.example", "ACME.EXAMPLE", "ACME.EXAMPLE"),
    case("domain before a full stop", "acme.example", "See acme.example.", "acme.example"),
    case("domain before a sentence", "acme.example", "acme.example.Nothing", "acme.example"),
    case("domain of a mail address", "acme.example", "to help@acme.example now", "acme.example"),
    case("word in a link", "acme", "https://www.acme.example/x", "acme"),
    case("handle form of a word", "acme", "hey @acme, help", "acme"),
    case("tag form of a word", "acme", "so bad #Acme!", "Acme"),
    case("handle", "@acmecare", "hey @AcmeCare, help", "@AcmeCare"),
    case("full-width handle sign", "@acmecare", "＠acmecare help", "＠acmecare"),
    case("handle with an ending", "@acmecare", "@acmecare'e yazdım", "@acmecare"),
    case("tag after an ideograph", "#acme", "我#acme", "#acme"),
]

NOT_FOUND = [
    ("longer word", "acme", "acmeology"),
    ("end of a word", "acme", "pacme"),
    ("middle of a word", "acme", "macmeal"),
    ("digit after", "acme", "acme2"),
    ("digit before", "acme", "2acme"),
    ("identifier", "acme", "acme_support and my_acme"),
    ("compound in camel case", "acme", "AcmeDen"),
    ("accent hides no letter", "acme", "acme\u0301ology"),
    ("inside a character", "m", "™"),
    ("someone's handle", "acme", "@acmefan"),
    ("an ending makes another handle", "acme", "@acmeye"),
    ("another domain", "acme.example", "notacme.example"),
    ("another domain with a hyphen", "acme.example", "not-acme.example"),
    ("longer domain", "acme.example", "acme.example.com"),
    ("longer label", "acme.co", "acme.com"),
    ("domain with a hyphen after", "acme.example", "acme.example-shop.com"),
    ("an ending makes another domain", "turkcell", "turkcellin.com"),
    ("handle without its sign", "@acmecare", "acmecare"),
    ("handle in a mail address", "@acmecare", "info@acmecare.com"),
    ("longer handle", "@acmecare", "@acmecare_tr"),
    ("tag without its sign", "#acme", "acme"),
    ("longer tag", "#acme", "#acmefail"),
    ("anchor in a link", "#acme", "page#acme"),
    ("short name with an ending", "ing", "inge"),
    ("hard ending after a soft sound", "kia", "kiaten"),
    ("katakana goes on", "アクメ", "アクメー"),
    ("Hangul syllable goes on", "가", "각"),
    ("voiced kana is another", "カ", "ガ"),
    ("Arabic letter that is no particle", "زين", "حزين"),
    ("Armenian longer word", "Ակմե", "Ակմեական"),
    ("Russian longer word", "Акме", "акмеизм"),
    ("words in another order", "acme bank", "bank acme"),
]


@pytest.mark.parametrize(("keyword", "text", "found"), FOUND)
def test_a_name_is_found_however_it_is_written(keyword: str, text: str, found: str) -> None:
    assert spans([keyword], text) == [(keyword, found)]


@pytest.mark.parametrize(
    ("keyword", "text"), [pytest.param(*rest, id=what) for what, *rest in NOT_FOUND]
)
def test_what_only_looks_like_a_name_is_not_found(keyword: str, text: str) -> None:
    assert spans([keyword], text) == []
