"""Sealing: what was booked since gets its place in the chain and in the tree, and a new head."""

import sqlalchemy as sa

from marketplace.db import db
from marketplace.ledger import proof, queries
from marketplace.ledger.models import LedgerHead, LedgerLeaf, LedgerNode

AT_ONCE = 2_000
# One sealer at a time; the number means nothing but this.
LOCK = 7_406_025


def seal(most: int = AT_ONCE) -> int:
    """Seal up to *most* entries that were booked and are not sealed yet, and return how many there were.

    Entries are never held up by it: they commit in whatever order, and get their places afterwards.
    """
    db.session.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
    entries = queries.unsealed(most)
    if not entries:
        return 0
    tree, previous = queries.newest_tree()
    leaves, nodes = [], []
    for entry in entries:
        digest = proof.digest_of(entry.reason)
        found = proof.leaf_hash(tree.size + 1, previous, queries.covered(entry, digest))
        leaves.append(
            {
                "sequence": tree.size + 1,
                "entry_id": entry.id,
                "previous": bytes.fromhex(previous),
                "hash": bytes.fromhex(found),
                "reason_sha256": bytes.fromhex(digest),
            }
        )
        nodes += [
            {"level": level, "place": place, "hash": bytes.fromhex(node)} for level, place, node in tree.add(found)
        ]
        previous = found
    db.session.execute(sa.insert(LedgerLeaf), leaves)
    db.session.execute(sa.insert(LedgerNode), nodes)
    db.session.add(LedgerHead(size=tree.size, root=bytes.fromhex(tree.root)))
    db.session.flush()
    return len(entries)
