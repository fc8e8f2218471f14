"""What the pipeline's components leave on a spaCy Doc for each other and for the reader."""

from typing import Any

from spacy.tokens import Doc

COMPLAINT = "complaint"
REQUEST = "request"
LABELS = (COMPLAINT, REQUEST)
REASONS = "reasons"  # the key in `doc.spans`
ROW = "mentiondesk_row"  # a key in `doc.user_data`
TEXT = "mentiondesk_text"  # another: the text as it came, which spaCy would put together anew

_DEFAULTS: dict[str, Any] = {
    "hint": None,  # the language as the platform claims it
    "language": "und",
    "flags": (),  # of "complaint", "request", "review"
}
for _name, _default in _DEFAULTS.items():
    if not Doc.has_extension(_name):
        Doc.set_extension(_name, default=_default)
