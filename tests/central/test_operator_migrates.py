"""The operator of the manual migrates: no superuser, on a server where nobody made a role before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.helpers.operator import Operator
from tests.helpers.postgres import PostgresServer


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    """A server of its own: roles belong to the whole server, and here nobody made one before."""
    started = PostgresServer.start()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def operator(server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Operator:
    """An operator with an empty database."""
    return Operator.at(server.superuser_url, tmp_path_factory.mktemp("operator"))


def test_an_operator_migrates_as_often_as_they_like(operator: Operator) -> None:
    said = [operator.made("migrate") for _ in range(3)]
    assert said[0] == said[1] == said[2]
    assert said[0].startswith("The database is at version ")


def test_a_right_that_came_back_is_taken_away_again(operator: Operator) -> None:
    operator.made("migrate")
    asked = "SELECT has_schema_privilege('public', 'public', 'CREATE')"
    with psycopg.connect(operator.admin_url, autocommit=True) as connection:
        connection.execute("GRANT CREATE ON SCHEMA public TO PUBLIC")
        assert connection.execute(asked).fetchone() == (True,)
        operator.made("migrate")
        assert connection.execute(asked).fetchone() == (False,)


def test_the_service_works_on_what_the_operator_migrated(operator: Operator) -> None:
    operator.made("migrate")
    operator.run("keys", "make")
    org = operator.member()
    assert org in operator.run("status").stdout


def test_an_operator_may_migrate_a_second_database(server: PostgresServer, operator: Operator, tmp_path: Path) -> None:
    operator.made("migrate")
    role = operator.owner_url.partition("//")[2].partition("@")[0]
    second = Operator.at(server.superuser_url, tmp_path, role=role)
    assert second.made("migrate") == operator.made("migrate")


def test_a_stranger_to_the_roles_is_told_so_in_a_sentence(
    server: PostgresServer, operator: Operator, tmp_path: Path
) -> None:
    operator.made("migrate")
    stranger = Operator.at(server.superuser_url, tmp_path)
    assert stranger.refused("migrate", code=1).startswith("The database does not permit this")


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("postgresql://nobody@127.0.0.1:1/none", "The database does not answer."),
        ("not a url", "“postgres” or “owner” in the settings is no URL"),
    ],
)
def test_a_url_that_will_not_do_is_said_in_a_sentence(
    server: PostgresServer, tmp_path: Path, url: str, sentence: str
) -> None:
    operator = Operator.at(server.superuser_url, tmp_path)
    operator.run("keys", "make")
    operator.set("owner", f'"{url}"')
    operator.set("postgres", f'"{url}"')
    for words in (("migrate",), ("status",)):
        assert operator.refused(*words, code=1).startswith(sentence)


def test_what_the_database_refuses_for_another_reason_names_no_value(
    server: PostgresServer, operator: Operator, tmp_path: Path
) -> None:
    operator.made("migrate")
    another = Operator.at(server.superuser_url, tmp_path, role="another")
    with psycopg.connect(another.admin_url, autocommit=True) as connection:
        connection.execute("GRANT alongside_owner, alongside_feed, alongside_service TO another WITH ADMIN OPTION")
        connection.execute("CREATE TABLE device(name text)")
    sentence = another.refused("migrate", code=1)
    assert sentence.startswith("The database refused this step (DuplicateTable, 42P07)")
