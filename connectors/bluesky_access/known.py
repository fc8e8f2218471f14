"""What was passed on lately, so that what belongs to it can be told from the whole network.

A number of 32 bits stands for each post and each author in a thread. Two that share a number cost
one post too many, which the desk does not take in; a post too few they never cost.
"""

import threading
from array import array
from base64 import b85decode, b85encode
from collections import OrderedDict
from zlib import crc32

MOST = 6144  # numbers kept, three a post: 31 kB in a cursor
MOST_AUTHORS = 2048
MOST_OF_ONE = 100  # posts of one author


class Known:
    """The posts and the conversations passed on last. It is filled and asked by several threads."""

    def __init__(self, spelled: str = "") -> None:
        self._guard = threading.Lock()
        numbers = array("I", b85decode(spelled)) if spelled else array("I")
        self._numbers: OrderedDict[int, None] = OrderedDict.fromkeys(numbers)
        self._posts_of: OrderedDict[str, dict[str, None]] = OrderedDict()

    def note(self, did: str, uri: str, thread: str) -> None:
        """Remember a post that is passed on."""
        with self._guard:
            for number in (_number(uri), _number(thread), _number(did + thread)):
                self._numbers[number] = None
                self._numbers.move_to_end(number)
            while len(self._numbers) > MOST:
                self._numbers.popitem(last=False)
            posts = self._posts_of.setdefault(did, {})
            posts[uri] = None
            if len(posts) > MOST_OF_ONE:
                del posts[next(iter(posts))]
            self._posts_of.move_to_end(did)
            while len(self._posts_of) > MOST_AUTHORS:
                self._posts_of.popitem(last=False)

    def post(self, uri: str) -> bool:
        """Return whether a post was passed on."""
        return _number(uri) in self._numbers

    def conversation(self, did: str, thread: str) -> bool:
        """Return whether a post of this author in this thread was passed on."""
        if crc32(thread.encode()) not in self._numbers:  # as nearly always: a short look
            return False
        return _number(did + thread) in self._numbers

    def author(self, did: str) -> bool:
        """Return whether a post of this author was passed on since the start."""
        return did in self._posts_of

    def posts_of(self, did: str) -> tuple[str, ...]:
        """Return the posts of an author that were passed on since the start."""
        with self._guard:
            return tuple(self._posts_of.get(did, ()))

    def spelled(self) -> str:
        """Return what a cursor keeps of it."""
        with self._guard:
            return b85encode(array("I", self._numbers).tobytes()).decode()


def _number(words: str) -> int:
    return crc32(words.encode("utf-8", "surrogatepass"))
