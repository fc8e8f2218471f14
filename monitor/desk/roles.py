"""Who may do what: roles from the most to the least, and what each act asks for."""

from monitor.model import Role

_RANK = {Role.VIEWER: 0, Role.AGENT: 1, Role.LEAD: 2, Role.MANAGER: 3}
_COMMANDS = {
    "start": None,
    "help": None,
    "link": None,
    "queue": Role.VIEWER,
    "mine": Role.VIEWER,
    "item": Role.VIEWER,
    "why": Role.VIEWER,
    "search": Role.VIEWER,
    "brands": Role.VIEWER,
    "summary": Role.VIEWER,
    "stats": Role.VIEWER,
    "team": Role.AGENT,
    "saved": Role.VIEWER,
    "heatmap": Role.VIEWER,
    "log": Role.LEAD,
    "mute": Role.LEAD,
    "reply": Role.AGENT,
    "wait": Role.AGENT,
    "resolve": Role.AGENT,
    "merge": Role.AGENT,
    "missed": Role.AGENT,
    "customer": Role.AGENT,
    "note": Role.AGENT,
    "promise": Role.AGENT,
    "shift": Role.VIEWER,
    "handover": Role.AGENT,
    "undo": Role.AGENT,
    "language": Role.VIEWER,
}


def at_least(role: Role, asked: Role) -> bool:
    """Return whether `role` ranks as high as `asked`."""
    return _RANK[role] >= _RANK[asked]


def may_act(role: Role) -> bool:
    """Return whether a member may press the buttons of a card: agents and above."""
    return at_least(role, Role.AGENT)


def may_undo_others(role: Role) -> bool:
    """Return whether a member may undo what somebody else did: leads and above."""
    return at_least(role, Role.LEAD)


def may_take_over(role: Role) -> bool:
    """Return whether a member may release what somebody else holds: leads and above."""
    return at_least(role, Role.LEAD)


def asked_for(command: str) -> Role | None:
    """Return the least role a command asks for; None: nobody needs to be let in for it.

    Raises: KeyError for a command the desk does not have.
    """
    return _COMMANDS[command]


def commands() -> tuple[str, ...]:
    """Return the commands the desk has, in the order in which help lists them."""
    return tuple(_COMMANDS)
