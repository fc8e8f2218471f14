"""Files that are no texts of posts, told by how they begin: each needs something done first.

Sources: PKWARE APPNOTE 4.3.6 (zip); POSIX.1-2024, pax, "ustar Interchange Format"; Apache Parquet,
"File Format"; SQLite, "Database File Format"; IPLD, "Content Addressable aRchives (CAR v1)".
"""

from connectors.archive.packing import is_packed

_BEGINS = {
    b"PK\x03\x04": "is a zip archive; unpack it and name its files",
    b"PAR1": "is a Parquet file; write it as NDJSON or CSV first",
    b"SQLite format 3\0": "is an SQLite database; write its rows as NDJSON or CSV first",
}
_TAR, _TAR_AT = b"ustar", 257
_CAR = (b"eroots", b"gversion")  # names in the header, each with its length
_CAR_HEADER = 128
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


def foreign(head: bytes) -> str | None:
    """Return what an unpacked file that begins with `head` is, None if it may hold posts."""
    for begin, what in _BEGINS.items():
        if head.startswith(begin):
            return what
    if head[_TAR_AT:].startswith(_TAR):
        return "is a tar archive; unpack it and name its files"
    if is_packed(head):
        return "is packed twice; unpack it once"
    if all(name in head[:_CAR_HEADER] for name in _CAR):
        return "is a CAR file, which is not read; captures of Jetstream are"
    return None


def encoding(head: bytes) -> str | None:
    """Return why a text that is of no known shape may be none, None if nothing shows."""
    if head.startswith(_UTF_16):
        return "is UTF-16; write it as UTF-8, or say the encoding of a table in [[archive]]"
    return None
