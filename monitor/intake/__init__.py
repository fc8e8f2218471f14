"""The trip of a page: matched, judged, kept, and opened as an item, in one transaction."""
