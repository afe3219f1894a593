"""Gates as the form of a project shows them: each must hold, or is one of a lettered group; deeper nesting is kept.

A node is the JSON of a gate, ``{"any": [node, …]}`` or ``{"all": [node, …]}``; all nodes of a project must hold.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Node = dict[str, Any]

LETTERS = ("A", "B", "C")
CHOICES = [("", "Must hold"), *((letter, f"One of group {letter}") for letter in LETTERS)]
# The form has one field for each of these, so that only one of each fits in.
ONCE = frozenset({"degree", "country", "hours", "rate"})


@dataclass(frozen=True, slots=True)
class Row:
    """A gate in the form: the *field* that it came from and its group, a letter; empty: it must hold by itself."""

    field: str
    gate: Node
    letter: str = ""


def gathered(rows: Iterable[Row]) -> list[tuple[str, Node]]:
    """Return the nodes that *rows* ask for, each with the field that its mistakes belong to.

    Rows of one letter are alternatives; a letter that stands at one row only makes that row a plain gate.
    """
    found: list[tuple[str, Node]] = []
    groups: dict[str, list[Row]] = {}
    for row in rows:
        if row.letter:
            groups.setdefault(row.letter, []).append(row)
        else:
            found.append((row.field, row.gate))
    for _, members in sorted(groups.items()):
        gates = [row.gate for row in members]
        found.append((members[0].field, {"any": gates} if len(gates) > 1 else gates[0]))
    return found


def scattered(nodes: Sequence[Node]) -> tuple[list[tuple[Node, str]], list[Node]]:
    """Return the gates of *nodes* that have a place in the form, each with its letter, and the nodes that have none."""
    shown: list[tuple[Node, str]] = []
    kept: list[Node] = []
    letters = iter(LETTERS)
    taken: set[str] = set()
    for node in nodes:
        gates = [node] if "gate" in node else _alternatives(node)
        once = [gate["gate"] for gate in gates if gate["gate"] in ONCE]
        letter = "" if "gate" in node else next(letters, None) if _fits(gates, once, taken) else None
        if letter is None or not _fits(gates, once, taken):
            kept.append(node)
        else:
            taken.update(once)
            shown += [(gate, letter) for gate in gates]
    return shown, kept


def _alternatives(node: Mapping[str, Any]) -> list[Node]:
    """Return the gates of a plain group of alternatives, none of any other node."""
    members = node.get("any", [])
    return list(members) if all("gate" in member for member in members) else []


def _fits(gates: Sequence[Node], once: Sequence[str], taken: set[str]) -> bool:
    return bool(gates) and len(set(once)) == len(once) and taken.isdisjoint(once)
