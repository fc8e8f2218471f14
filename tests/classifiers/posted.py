"""What people post, and what nobody should, drawn by Hypothesis."""

from hypothesis import strategies as st

from classifiers.components.folding import storable

LETTERS = "abzığşßÉdžČľяёЖщѓնգՔևابتةىک"  # of the six languages' scripts
_PARTS = st.sampled_from(
    [
        *("parcel", "neprişəl", "ЗАКАЗ", "طلب", "պատվեր", "don't", "l’eau", "Ի՞նչ", "नमस्ते", "荷物"),
        *("https://a.example/x?y=1", "www.acme.example", "<url>", "http://", "@acme", "@", "@@x"),
        *("help@acme.example", "<email>", "a@b", "a.b+c@d-e.example.org", "#acme", "<num>"),
        *(
            "12",
            "5518220",
            "١٢٣٤٥٦٧",
            "😀",
            "👨‍👩‍👧",
            "!!!!!!",
            "...",
            "…",
            "sooooo",
            "-",
            "՞",
            "''",
        ),
        *("\x00", "\ud83d", "\u202e", "\u200b", "\u0301" * 9, "▁", "<s>", "</s>", "<unk>"),
    ]
)
_ANYTHING = st.text(st.characters(exclude_categories=()), max_size=12)
_GAPS = st.sampled_from(["", " ", "  ", "\n", "\u00a0", "\t\r\n", ". "])

STRANGE = st.lists(st.tuples(_PARTS | _ANYTHING, _GAPS), max_size=25).map(
    lambda parts: storable("".join(part + gap for part, gap in parts))
)
WORDS = st.lists(st.text(LETTERS, min_size=1, max_size=9), min_size=1, max_size=20)
LONG = [
    *("!", "a", "a.", "😀", "x@", "@x", "a@b.", "՞ա", "\n", "word ", "https://", "www.", "<url>"),
    *("1", "12345 ", "don't", "'", "a'", "\u0301", "\u200b", "\x00", "ա՞", "<"),
]
MUCH = 40_000  # characters
