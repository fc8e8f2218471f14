"""Texts as the judge compares them: one spelling for what people write in many ways."""

import re
import unicodedata

READ_AT_MOST = 20_000  # characters: what stands after them is not judged

_UNSTORABLE = re.compile("[\ud800-\udfff\x00]")  # half characters and NUL: no UTF-8, no C string
_LINK = re.compile(r"<url>|(?:https?://|www\.)\S+")
_MAIL = re.compile(r"<email>|[\w.+-]{1,64}@[\w-]{1,64}\.[\w.]{2,64}")
_HANDLE = re.compile(r"@\w+")
_DIGITS = re.compile(r"<num>|\d+")
_LONG_SOUND = re.compile(r"(.)\1{2,}", re.DOTALL)
_IN_WORD = re.compile(r"['’`´ʼ\u0640\u200c\u200d\u00ad]|՛")  # tatweel, joiners, emphasis
_ARMENIAN_ASKS = re.compile(r"(\w*)՞(\w*)")  # the mark stands inside the word that asks
_ARMENIAN_CALLS = re.compile(r"(\w*)՜(\w*)")
_PUNCTUATION = re.compile(r"([^\w\s<>@]+)")
_KEPT_FORMS = 0x2000  # letters below it are kept at hand: the scripts that are read every day
_ONE_LETTER = str.maketrans("ıةىکیؤئ։՝؟،؛", "iهيكيوي.,?,;")


def storable(text: str) -> str:
    """Return `text`, cut to what is judged, without what cannot be stored; offsets stay."""
    return _UNSTORABLE.sub("\ufffd", text[:READ_AT_MOST])


def fold(text: str) -> str:
    """Return the words of `text`, small, without marks, a blank between any two.

    Links, handles and numbers become one sign each; a sound held long becomes two letters.
    """
    return bare(spelled(text))


def spelled(text: str) -> str:
    """Return `text` small, with its marks, its links and handles each become one sign."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    if "//" in folded or "www." in folded or "<url>" in folded:
        folded = _LINK.sub(" <u> ", folded)
    if "@" in folded or "<email>" in folded:
        folded = _HANDLE.sub(" @ ", _MAIL.sub(" <m> ", folded))
    return _IN_WORD.sub("", _DIGITS.sub("0", folded))


def bare(spelled: str) -> str:
    """Return what `spelled` made without marks, a blank between any two words or signs."""
    if not spelled.isascii():
        spelled = _without_marks(spelled)
    return " ".join(_PUNCTUATION.sub(r" \1 ", _LONG_SOUND.sub(r"\1\1", spelled)).split())


def _without_marks(text: str) -> str:
    """Return `text` with each letter in its bare form: diacritics are optional everywhere."""
    if "՞" in text or "՜" in text:
        text = _ARMENIAN_CALLS.sub(r"\1\2 ! ", _ARMENIAN_ASKS.sub(r"\1\2 ? ", text))
    return text.translate(_BARE)


class _BareLetters(dict[int, str]):
    """Each letter's bare form, worked out when it is first met."""

    def __missing__(self, letter: int) -> str:
        apart = unicodedata.normalize("NFD", chr(letter))
        bare = "".join(sign for sign in apart if unicodedata.category(sign) != "Mn")
        found = bare.translate(_ONE_LETTER)
        if letter < _KEPT_FORMS:
            self[letter] = found
        return found


_BARE = _BareLetters()
