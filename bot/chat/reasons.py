"""Why something cannot be answered from here, as the platforms and the rules say it, translated.

They say it in English: connectors know nothing of readers. What is not known here stays English.
"""

from bot.locale.retelling import retold
from bot.locale.tongue import mark

KNOWN = (
    mark("the post is gone"),
    mark("{platform} takes no replies from here"),
    mark("{platform} does not let us answer this post from here"),
    mark("its server takes no reply from here"),
    mark("the post is locked or archived"),
    mark("X lets us answer only those who name or quote one of our accounts"),
    mark("the customer deleted the post"),
    mark("nobody sent it in time"),
    mark("its platform takes no replies any more"),
    mark("look whether it stands before you write again"),
    mark("it was stopped in mid-sending: look whether it stands there before you write again"),
    mark("the post is gone: it can no longer be answered"),
    mark("the post is gone, or this account may not see it"),
    mark("none of our servers finds the post: it may be gone"),
)


def reason(said: str) -> str:
    """Return a reason in the language spoken now; several of them stand with "; " between."""
    return "; ".join(retold(each, KNOWN) for each in said.split("; "))
