"""Posts without end: no two are near-duplicates, since each bears an order's number of its own."""

from itertools import product

_THINGS = ("kettle", "router", "phone", "vacuum", "heater", "blender", "speaker")
_PROBLEMS = (
    "broke after two days",
    "arrived damaged",
    "stopped working this morning",
    "was never delivered",
    "overheats and smells of smoke",
)
_REMARKS = (
    "Nobody answers my emails, this is unacceptable.",
    "I want my money back now.",
    "Support hung up on me, terrible service.",
    "When will somebody fix this?",
)
_MIXED = tuple(product(_THINGS, _PROBLEMS, _REMARKS))
_HARMLESS = (
    "Saw the {brand} advert on bus {number} today.",
    "The {brand} shop on {number} Main Street has a new window.",
    "Our {brand} {thing} is now {number} days old and looks great.",
)
_THANKS = "Thanks, all fine now with {number}."
_AGAIN = "Still no answer about order {number}, the {thing} is useless and I am furious."


def complaint(number: int, brand: str) -> str:
    """Return a post that asks for an answer; the same number, the same post."""
    thing, problem, remark = _MIXED[number * 37 % len(_MIXED)]
    return f"My {brand} {thing} {problem}, order {10_000 + number}. {remark}"


def harmless(number: int, brand: str) -> str:
    """Return a post that names the brand and asks for nothing."""
    form = _HARMLESS[number % len(_HARMLESS)]
    return form.format(brand=brand, number=10_000 + number, thing=_THINGS[number % len(_THINGS)])


def follow_up(number: int) -> str:
    """Return a second post of the same customer, who is still waiting."""
    return _AGAIN.format(number=10_000 + number, thing=_THINGS[number % len(_THINGS)])


def thanks(number: int) -> str:
    """Return a second post of a customer who is content."""
    return _THANKS.format(number=10_000 + number)
