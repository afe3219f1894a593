"""Proof that the books were not changed: how entries are chained, and the check, in plain Python without a server.

This file needs nothing but Python's own library, so that whoever checks can read all of it; it may be copied away and
run with ``python proof.py FILE …``.  docs/ledger-proof.md says the same in words.
Source of the tree: Merkle tree hash and audit path, RFC 6962, sections 2.1 and 2.1.1.
"""

import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

VERSION = 1
# What the first entry names as the one before it.
NOTHING = "0" * 64
# What stands in place of a reason whose words were erased with the person whom they were about.
ERASED = "Erased"
ENTRY_FIELDS = {"id", "kind", "source_id", "key", "reverses_id", "actor_id", "made_at", "reason_sha256", "postings"}
POSTING_FIELDS = {"id", "account", "amount_minor"}


class Broken(Exception):
    """What does not hold, in words for whoever checks."""


def canonical(value: Any) -> bytes:
    """Return *value* as JSON in the one way that is hashed: keys in order, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest_of(text: str) -> str:
    """Return the SHA-256 of *text*, 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def leaf_hash(sequence: int, previous: str, entry: dict[str, Any]) -> str:
    """Return the hash of an entry: it covers the *entry*, its place (from 1) and the hash of the one before it."""
    covered = canonical({"sequence": sequence, "previous": previous, "entry": entry})
    return hashlib.sha256(b"\x00" + covered).hexdigest()


def node_hash(left: str, right: str) -> str:
    """Return the hash of two branches of the tree."""
    return hashlib.sha256(b"\x01" + bytes.fromhex(left) + bytes.fromhex(right)).hexdigest()


def subtree(first: int, size: int, node: Callable[[int, int], str]) -> str:
    """Return the root over *size* leaves from *first* (from 0); *node* gives (level, place) of whole subtrees."""
    if size & (size - 1) == 0:
        return node(size.bit_length() - 1, first // size)
    left = _left(size)
    return node_hash(subtree(first, left, node), subtree(first + left, size - left, node))


def audit_path(place: int, first: int, size: int, node: Callable[[int, int], str]) -> list[str]:
    """Return the hashes beside the way from leaf *place* (from 0) up to the root over *size* leaves from *first*."""
    if size == 1:
        return []
    left = _left(size)
    if place < left:
        return [*audit_path(place, first, left, node), subtree(first + left, size - left, node)]
    return [*audit_path(place - left, first + left, size - left, node), subtree(first, left, node)]


def root_by_path(place: int, size: int, leaf: str, path: Sequence[str]) -> str:
    """Return the root that *path* leads to from the *leaf* at *place* (from 0) among *size*; raises Broken."""
    if not 0 <= place < size:
        raise Broken(f"There is no place {place + 1} among {size} entries.")
    sides, span = [], size
    while span > 1:
        left = _left(span)
        sides.append(place < left)
        place, span = (place, left) if place < left else (place - left, span - left)
    if len(sides) != len(path):
        raise Broken("The path has another length than the tree is deep.")
    root = leaf
    for is_left, beside in zip(reversed(sides), path, strict=True):
        root = node_hash(root, beside) if is_left else node_hash(beside, root)
    return root


def _left(size: int) -> int:
    """Return the largest power of two below *size* (at least 2)."""
    return 1 << ((size - 1).bit_length() - 1)


class Tree:
    """The tree over leaves added one after the other; it keeps the roots of its whole subtrees only."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[tuple[int, str]] = []

    def add(self, leaf: str) -> list[tuple[int, int, str]]:
        """Add a leaf and return the whole subtrees that it completes: level, place, hash, itself among them."""
        made, level, found = [(0, self.size, leaf)], 0, leaf
        while self._peaks and self._peaks[-1][0] == level:
            found = node_hash(self._peaks.pop()[1], found)
            level += 1
            made.append((level, self.size >> level, found))
        self._peaks.append((level, found))
        self.size += 1
        return made

    def begin(self, size: int, node: Callable[[int, int], str]) -> None:
        """Go on from a tree of *size* leaves; *node* gives its whole subtrees."""
        self.size, self._peaks, first = size, [], 0
        for level in range(size.bit_length() - 1, -1, -1):
            if size & (1 << level):
                self._peaks.append((level, node(level, first >> level)))
                first += 1 << level

    @property
    def root(self) -> str:
        """The root over all leaves; of no leaf, the SHA-256 of nothing."""
        if not self._peaks:
            return hashlib.sha256(b"").hexdigest()
        found = self._peaks[-1][1]
        for _, peak in reversed(self._peaks[:-1]):
            found = node_hash(peak, found)
        return found


@dataclass(slots=True)
class Checked:
    """What was found whole: entries, heads (size → root), sums by account in minor units, statements."""

    entries: int = 0
    heads: dict[int, str] = field(default_factory=dict)
    balances: dict[str, int] = field(default_factory=dict)
    erased_reasons: int = 0
    statements: int = 0


def check_ledger(lines: Iterable[bytes]) -> Checked:
    """Check a whole exported ledger, line by line; raises Broken at the first thing that does not hold."""
    found, tree, previous, bytes_so_far = Checked(), Tree(), NOTHING, hashlib.sha256()
    ended = False
    for number, line in enumerate(lines, start=1):
        if ended:
            raise Broken(f"Line {number} stands behind the end.")
        row = _row(number, line)
        match row.get("type"):
            case "ledger":
                _expect(number, row, {"type", "version", "size", "root"})
                if number != 1 or row["version"] != VERSION:
                    raise Broken(f"Line {number}: this is no ledger of version {VERSION}.")
                promised = row
            case "entry":
                _expect(number, row, {"type", "sequence", "previous", "hash", "entry", "reason"})
                previous = _checked_entry(number, row, found.entries + 1, previous, found)
                tree.add(previous)
                found.entries += 1
            case "head":
                _expect(number, row, {"type", "size", "root", "sealed_at"})
                if row["size"] != tree.size or row["root"] != tree.root:
                    raise Broken(f"Line {number}: the head of {row['size']} entries is not that of those above it.")
                found.heads[tree.size] = tree.root
            case "end":
                _expect(number, row, {"type", "sha256"})
                if row["sha256"] != bytes_so_far.hexdigest():
                    raise Broken("The file is not the one that was written: a byte of it differs.")
                ended = True
            case other:
                raise Broken(f"Line {number}: {other!r} is no kind of line.")
        bytes_so_far.update(line)
        if number == 1 and row["type"] != "ledger":
            raise Broken("The first line does not say that this is a ledger.")
    if not ended:
        raise Broken("The file has no end: part of it is missing.")
    if promised["size"] != tree.size or promised["root"] != tree.root:
        raise Broken(f"The file promises {promised['size']} entries, and holds {tree.size} or others.")
    if uneven := _uneven(found.balances):
        raise Broken(f"The books do not balance: together {uneven}.")
    return found


def check_statement(document: dict[str, Any]) -> Checked:
    """Check that every entry of a statement's proof is in the tree that its head names; raises Broken."""
    _expect(1, document, {"type", "version", "head", "entries"})
    head, found = document["head"], Checked(statements=1)
    _expect(1, head, {"size", "root", "sealed_at"})
    for number, row in enumerate(document["entries"], start=1):
        _expect(number, row, {"sequence", "previous", "hash", "entry", "reason", "path"})
        leaf = _checked_entry(number, row, row["sequence"], row["previous"], found)
        if root_by_path(row["sequence"] - 1, head["size"], leaf, row["path"]) != head["root"]:
            raise Broken(f"Entry {row['sequence']} is not in the books of {head['size']} entries.")
        found.entries += 1
    found.heads[head["size"]] = head["root"]
    return found


def check_files(files: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, Checked]]:
    """Check files one after the other, and that all of them tell of the same books; raises Broken."""
    heads: dict[int, tuple[str, str]] = {}
    for name, content in files:
        try:
            found = _check(content)
        except Broken as why:
            raise Broken(f"{name}: {why}") from None
        for size, root in found.heads.items():
            known, where = heads.setdefault(size, (root, name))
            if known != root:
                raise Broken(f"{name} and {where} tell of different books: their heads of {size} entries differ.")
        yield name, found


def _check(content: bytes) -> Checked:
    lines = content.splitlines(keepends=True)
    if len(lines) == 1:
        row = _row(1, content)
        if row.get("type") == "statement-proof":
            return check_statement(row)
    return check_ledger(lines)


def _row(number: int, line: bytes) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError:
        raise Broken(f"Line {number} cannot be read.") from None
    if not isinstance(row, dict):
        raise Broken(f"Line {number} is no object.")
    # Spaces and the order of keys are bytes too: only one way of writing a line counts.
    if canonical(row) + b"\n" != line:
        raise Broken(f"Line {number} is not written as it has to be.")
    return row


def _expect(number: int, row: Any, fields: set[str]) -> None:
    if not isinstance(row, dict) or row.keys() != fields:
        raise Broken(f"Line {number} does not hold what it should: {', '.join(sorted(fields))}.")


def _checked_entry(number: int, row: dict[str, Any], sequence: int, previous: str, found: Checked) -> str:
    entry = row["entry"]
    _expect(number, entry, ENTRY_FIELDS)
    if row["sequence"] != sequence or row["previous"] != previous:
        raise Broken(f"Line {number}: entry {row['sequence']} does not follow the one before it.")
    leaf = leaf_hash(sequence, previous, entry)
    if row["hash"] != leaf:
        raise Broken(f"Line {number}: entry {sequence} ({entry['key']}) was changed: its hash differs.")
    if digest_of(row["reason"]) != entry["reason_sha256"]:
        if row["reason"] != ERASED:
            raise Broken(f"Line {number}: the reason of entry {sequence} was changed.")
        found.erased_reasons += 1
    sums: dict[str, int] = {}
    for posting in entry["postings"]:
        _expect(number, posting, POSTING_FIELDS)
        account, amount = posting["account"], posting["amount_minor"]
        if type(amount) is not int or amount == 0:
            raise Broken(f"Line {number}: {amount!r} is no amount in minor units.")
        sums[account] = sums.get(account, 0) + amount
    if len(entry["postings"]) < 2 or (uneven := _uneven(sums)):
        raise Broken(f"Line {number}: entry {sequence} does not sum to zero{f': {uneven}' if sums else ''}.")
    for account, amount in sums.items():
        found.balances[account] = found.balances.get(account, 0) + amount
    return leaf


def _uneven(sums: dict[str, int]) -> str:
    """Return what does not sum to zero, by currency (the last part of an account's name); empty where all does."""
    totals: dict[str, int] = {}
    for account, amount in sums.items():
        currency = account.rsplit(":", 1)[-1]
        totals[currency] = totals.get(currency, 0) + amount
    return ", ".join(f"{total} {currency}" for currency, total in sorted(totals.items()) if total)


def told(name: str, found: Checked) -> str:
    """Return what was checked, in a line."""
    size, root = max(found.heads.items(), default=(0, "–"))
    erased = f", {found.erased_reasons} with the words of their reason erased" if found.erased_reasons else ""
    return f"{name}: {found.entries} entries are whole{erased}. Head: {size} entries, {root}"


def main(names: Sequence[str]) -> int:
    """Check the files *names*, say what was found, and return 0 where all is whole, else 1."""
    if not names:
        print("Name the files to check: an exported ledger, statement proofs, or both.", file=sys.stderr)
        return 2
    try:
        for name, found in check_files((name, _content(name)) for name in names):
            print(told(name, found))
    except (Broken, OSError) as why:
        print(f"NOT WHOLE. {why}", file=sys.stderr)
        return 1
    return 0


def _content(name: str) -> bytes:
    with open(name, "rb") as file:
        return file.read()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
