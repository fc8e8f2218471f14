"""What the pipeline's components leave on a spaCy Doc for each other and for the reader."""

from typing import Any

from spacy.tokens import Doc

COMPLAINT = "complaint"
REQUEST = "request"
PRAISE = "praise"
CHURN_RISK = "churn_risk"
LABELS = (COMPLAINT, REQUEST)  # what opens an item
CHANCES = (*LABELS, PRAISE, CHURN_RISK)  # what gets a probability
URGENCY = "urgency"
TOPICS = (
    *("delivery", "billing", "quality", "fault", "staff"),
    *("account", "app", "information", "refund", "other"),
)
OUTPUTS = (*CHANCES, URGENCY, *TOPICS)  # the heads' columns, in this order

REASONS = "reasons"  # the key in `doc.spans`
ROW = "mentiondesk_row"  # a key in `doc.user_data`
TEXT = "mentiondesk_text"  # another: the text as it came, which spaCy would put together anew
CUT = "mentiondesk_cut"  # another: that text as `chunks.cut` cuts it; absent where spaCy's differs
BARE = "mentiondesk_bare"  # another: the text as `folding.fold` says
SPELLED = "mentiondesk_spelled"  # another: the text with its marks, as `folding.spelled` says
READING = "mentiondesk_reading"  # another: what the encoder found; absent where it did not read

_DEFAULTS: dict[str, Any] = {
    "hint": None,  # the language as the platform claims it
    "language": "und",
    "flags": (),  # of "complaint", "request", "review"
    "urgency": None,  # 0, 1 or 2
    "topic": None,  # of TOPICS
    "tier": "fast",  # which model spoke: "fast" or "full"
}
for _name, _default in _DEFAULTS.items():
    if not Doc.has_extension(_name):
        Doc.set_extension(_name, default=_default)
