"""How much memory the desk keeps between two needs of it."""

import ctypes
import sys

_M_ARENA_MAX = -8  # Source: malloc.h of glibc
_ARENAS = 2


def share_arenas() -> bool:
    """Let all threads take their memory from the same few pools; return whether that is so.

    glibc gives each thread a pool of its own, and what one burst of posts needed stays in every
    one of them. Call it before there are threads. Elsewhere than on glibc nothing happens.
    """
    if not sys.platform.startswith("linux"):
        return False
    set_option = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
    return set_option is not None and set_option(_M_ARENA_MAX, _ARENAS) == 1
