"""Texts and numbers in, matches out: plain Python that knows no web, database or queue."""
