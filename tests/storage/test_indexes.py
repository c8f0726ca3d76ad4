"""The full-text indexes stay whole while entries come and go: one that does not looks like a damaged vault."""

from __future__ import annotations

from random import Random

import pytest

from tests.helpers.vaults import Laptop

WORDS = "k1 k2 k3 k4 k5 k6".split()


@pytest.mark.parametrize(("index", "column"), [("find", "words"), ("alike", "keys")])
@pytest.mark.parametrize("seed", range(3))
def test_entries_that_share_words_may_be_written_again_in_one_transaction(
    laptop: Laptop, index: str, column: str, seed: int
) -> None:
    rng = Random(seed)
    for _commit in range(10):
        with laptop.vault.writing() as connection:
            for _row in range(3):
                rid = rng.choice((44, 48, 60, 66, 300, 20_000))
                connection.exec_driver_sql(f"DELETE FROM {index} WHERE rowid = ?", (rid,))
                entry = (rid, " ".join(sorted(rng.sample(WORDS, rng.randint(1, 5)))))
                connection.exec_driver_sql(f"INSERT INTO {index}(rowid, {column}) VALUES (?, ?)", entry)
        with laptop.vault.writing() as connection:
            assert connection.exec_driver_sql("PRAGMA quick_check").scalars().all() == ["ok"]
