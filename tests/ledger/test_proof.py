"""The proof by itself: the tree of RFC 6962, and that no changed byte stays unseen."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from marketplace.ledger import proof

LEAVES = [hashlib.sha256(bytes([number])).hexdigest() for number in range(20)]


def naive_root(leaves):
    """The definition of RFC 6962, section 2.1, word for word."""
    if len(leaves) == 1:
        return leaves[0]
    left = 1
    while left * 2 < len(leaves):
        left *= 2
    return proof.node_hash(naive_root(leaves[:left]), naive_root(leaves[left:]))


def nodes_of(leaves):
    tree = proof.Tree()
    made = {(level, place): found for leaf in leaves for level, place, found in tree.add(leaf)}
    return tree, lambda level, place: made[level, place]


@pytest.mark.parametrize("size", range(1, 21))
def test_the_tree_is_that_of_the_standard_and_every_leaf_has_its_path(size):
    tree, node = nodes_of(LEAVES[:size])
    assert tree.root == naive_root(LEAVES[:size]) == proof.subtree(0, size, node)
    for place in range(size):
        path = proof.audit_path(place, 0, size, node)
        assert proof.root_by_path(place, size, LEAVES[place], path) == tree.root
        assert proof.root_by_path(place, size, LEAVES[place - 1], path) != tree.root or size == 1


@pytest.mark.parametrize("size", range(1, 20))
def test_a_tree_goes_on_from_what_was_kept_of_it(size):
    _, node = nodes_of(LEAVES[:size])
    again = proof.Tree()
    again.begin(size, node)
    assert again.root == naive_root(LEAVES[:size])
    again.add(LEAVES[size])
    assert again.root == naive_root(LEAVES[: size + 1])


def test_a_path_of_another_place_or_length_leads_nowhere():
    _, node = nodes_of(LEAVES[:7])
    path = proof.audit_path(2, 0, 7, node)
    with pytest.raises(proof.Broken, match="another length"):
        proof.root_by_path(2, 7, LEAVES[2], path[:-1])
    with pytest.raises(proof.Broken, match="no place 8"):
        proof.root_by_path(7, 7, LEAVES[2], path)


def ledger(count=3, change=None):
    """A small ledger as a file; *change* may alter the entries before they are sealed."""
    tree, previous, rows = proof.Tree(), proof.NOTHING, []
    for number in range(1, count + 1):
        entry = {
            "id": number,
            "kind": "earning",
            "source_id": number,
            "key": f"earning:{number}",
            "reverses_id": None,
            "actor_id": 5,
            "made_at": f"2026-11-0{number}T10:00:00.000000+00:00",
            "reason_sha256": proof.digest_of(""),
            "postings": [
                {"id": number * 2, "account": "project_expense:1:USD", "amount_minor": 100 * number},
                {"id": number * 2 + 1, "account": "payable:7:USD", "amount_minor": -100 * number},
            ],
        }
        if change:
            change(entry)
        leaf = proof.leaf_hash(number, previous, entry)
        tree.add(leaf)
        rows.append(
            {"type": "entry", "sequence": number, "previous": previous, "hash": leaf, "entry": entry, "reason": ""}
        )
        rows.append({"type": "head", "size": number, "root": tree.root, "sealed_at": "2026-11-09T00:00:00+00:00"})
        previous = leaf
    return with_end([{"type": "ledger", "version": 1, "size": tree.size, "root": tree.root}, *rows])


def with_end(rows):
    body = b"".join(proof.canonical(row) + b"\n" for row in rows)
    return body + proof.canonical({"type": "end", "sha256": hashlib.sha256(body).hexdigest()}) + b"\n"


def check(content):
    return dict(proof.check_files([("file", content)]))["file"]


def test_a_whole_ledger_is_told_with_its_balances():
    found = check(ledger())
    assert (found.entries, found.balances) == (3, {"project_expense:1:USD": 600, "payable:7:USD": -600})


def test_every_changed_byte_of_a_file_is_found():
    whole = ledger(2)
    for at in range(len(whole)):
        for other in {whole[at] ^ 1, ord("0"), ord(" ")} - {whole[at]}:
            with pytest.raises(proof.Broken):
                check(whole[:at] + bytes([other]) + whole[at + 1 :])
        with pytest.raises(proof.Broken):
            check(whole[:at] + whole[at + 1 :])


@pytest.mark.parametrize("field", ["id", "kind", "source_id", "key", "reverses_id", "actor_id", "made_at"])
def test_whoever_changes_an_entry_and_mends_the_end_is_found(field):
    rows = [json.loads(line) for line in ledger().splitlines()][:-1]
    rows[1]["entry"][field] = "other"
    with pytest.raises(proof.Broken, match="was changed"):
        check(with_end(rows))


def test_an_amount_a_reason_an_order_and_a_gap_are_found():
    def changed(act):
        rows = [json.loads(line) for line in ledger().splitlines()][:-1]
        act(rows)
        return with_end(rows)

    def raise_both(rows):
        for posting in rows[1]["entry"]["postings"]:
            posting["amount_minor"] *= 2

    for act, why in (
        (raise_both, "was changed"),
        (lambda rows: rows[3].update(reason="a gift"), "reason of entry 2 was changed"),
        (lambda rows: rows.pop(3), "does not follow|is not that of"),
        (lambda rows: rows.insert(1, rows.pop(3)), "does not follow"),
        (lambda rows: rows[0].update(size=2), "promises 2"),
    ):
        with pytest.raises(proof.Broken, match=why):
            check(changed(act))


def test_words_that_were_erased_are_told_and_no_change():
    def with_reason(entry):
        entry["reason_sha256"] = proof.digest_of("Account closed")

    rows = [json.loads(line) for line in ledger(2, with_reason).splitlines()][:-1]
    for row in rows:
        if row["type"] == "entry":
            row["reason"] = proof.ERASED
    assert check(with_end(rows)).erased_reasons == 2


def test_what_does_not_sum_to_zero_is_found_though_it_is_chained():
    with pytest.raises(proof.Broken, match="sum to zero: 1 USD"):
        check(ledger(2, lambda entry: entry["postings"][0].update(amount_minor=100 * entry["id"] + 1)))


def test_two_files_that_tell_of_different_books_are_found():
    other = ledger(3, lambda entry: entry.update(actor_id=6))
    with pytest.raises(proof.Broken, match="different books"):
        list(proof.check_files([("a", ledger()), ("b", other)]))
    assert len(list(proof.check_files([("a", ledger()), ("b", ledger(2))]))) == 2


def test_the_check_runs_by_itself_without_the_rest_of_fairmatch(tmp_path):
    alone = tmp_path / "proof.py"
    alone.write_bytes(Path(proof.__file__).read_bytes())
    file = tmp_path / "ledger.jsonl"
    file.write_bytes(ledger())
    command = [sys.executable, "-I", str(alone), str(file)]
    right = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert (right.returncode, right.stdout.count("3 entries are whole")) == (0, 1)
    file.write_bytes(ledger().replace(b'"amount_minor":100', b'"amount_minor":900'))
    wrong = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert wrong.returncode == 1
    assert "NOT WHOLE" in wrong.stderr
