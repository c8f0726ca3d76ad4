"""One database that is wiped back to how it was: a history begins where every other one began, with warm connections.

A copy of a template begins with empty caches in every connection to it; a third of a short history went into that.
"""

from __future__ import annotations

from typing import Any, Final

import psycopg
from psycopg.rows import dict_row

from sync.central import database as central
from tests.helpers.postgres import Database

IMAGE: Final = "image"
"""Schema that holds what every history begins with."""
SAVED: Final = "saved"
"""Schema that holds the backup of the history that is played."""

_LEAVES = """
SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
  AND c.relname <> 'alembic_version' ORDER BY c.relname
"""
# A table that was emptied is laid out as new: what asks for no order gets its rows in the same order each time. Those
# that nobody touched stay as they are; a row's own transaction and the size of the file tell.
_FUNCTIONS = """
CREATE SCHEMA slate;
CREATE TABLE slate.untouched(name text PRIMARY KEY, rows bigint, newest bigint, bytes bigint);
CREATE FUNCTION slate.mark(name text, OUT rows bigint, OUT newest bigint, OUT bytes bigint) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('SELECT count(*), max(xmin::text::bigint), pg_relation_size(%L) FROM public.%I',
    format('public.%I', name), name) INTO rows, newest, bytes;
END $$;
CREATE FUNCTION slate.keep(place text, names text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE name text;
BEGIN
  FOREACH name IN ARRAY names LOOP
    EXECUTE format('TRUNCATE %I.%I', place, name);
    EXECUTE format('INSERT INTO %I.%I SELECT * FROM public.%I', place, name, name);
  END LOOP;
END $$;
CREATE FUNCTION slate.put_back(place text, names text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE leaf text; touched text[]; now record; before record;
BEGIN
  FOREACH leaf IN ARRAY names LOOP
    now := slate.mark(leaf);
    SELECT u.rows, u.newest, u.bytes INTO before FROM slate.untouched u WHERE u.name = leaf;
    IF before IS NULL OR (now.rows, now.newest, now.bytes) IS DISTINCT FROM (before.rows, before.newest, before.bytes)
    THEN touched := touched || leaf; END IF;
  END LOOP;
  IF touched IS NULL THEN RETURN; END IF;
  EXECUTE (SELECT 'TRUNCATE ' || string_agg(format('public.%I', each), ', ') FROM unnest(touched) AS each);
  FOREACH leaf IN ARRAY touched LOOP
    EXECUTE format('INSERT INTO public.%I SELECT * FROM %I.%I', leaf, place, leaf);
    DELETE FROM slate.untouched u WHERE u.name = leaf;
    IF place = 'image' THEN
      now := slate.mark(leaf);
      INSERT INTO slate.untouched VALUES (leaf, now.rows, now.newest, now.bytes);
    END IF;
  END LOOP;
END $$;
"""


class Slate:
    """A database of histories, played one after the other.

    Attributes:
        database: where it lies.
        central: the service's connections, open as long as the slate is.
        look: the oracle's own.
    """

    def __init__(self, database: Database, *, connections: int) -> None:
        """Take a database as every history finds it; from now on it is the histories' alone."""
        self.database = database
        self._hand = psycopg.connect(database.owner_url, autocommit=True)
        # Rows are put back as they were: nothing is worked out from them once more.
        self._hand.execute("SET session_replication_role = replica")
        self._hand.execute(_FUNCTIONS)
        self._leaves = [name for (name,) in self._hand.execute(_LEAVES)]
        for place in (IMAGE, SAVED):
            self._run(f'CREATE SCHEMA "{place}"')
            for name in self._leaves:
                self._run(f'CREATE TABLE "{place}"."{name}" (LIKE public."{name}")')
        self._keep(IMAGE)
        self._put_back(IMAGE)
        self.look: psycopg.Connection[dict[str, Any]] = psycopg.connect(
            database.owner_url, autocommit=True, row_factory=dict_row
        )
        self.central = central.Database(database.service_url, size=connections)
        self.central.open()

    def close(self) -> None:
        """Let go of the database."""
        self.central.close()
        self.look.close()
        self._hand.close()

    def wipe(self) -> None:
        """Let the database hold what every history begins with, and nothing else."""
        self._put_back(IMAGE)

    def save(self) -> None:
        """Keep a copy of everything that is committed now, as a backup does."""
        self._keep(SAVED)

    def restore(self) -> None:
        """Let the database hold what was saved, and nothing else."""
        self._put_back(SAVED)

    def _keep(self, place: str) -> None:
        self._hand.execute("SELECT slate.keep(%s, %s)", (place, self._leaves))

    def _put_back(self, place: str) -> None:
        self._hand.execute("SELECT slate.put_back(%s, %s)", (place, self._leaves))

    def _run(self, statement: str) -> None:
        self._hand.execute(statement)  # type: ignore[call-overload]
