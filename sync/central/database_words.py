"""What the database refused the operator, as errors that have a sentence; none repeats the database's own text."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import errors
from sqlalchemy.exc import DBAPIError

from app.errors import ServiceError


@contextmanager
def in_words() -> Iterator[None]:
    """Turn whatever the database says to a block into a `ServiceError`.

    Raises:
        ServiceError: `service.no_database`, `service.bad_url`, `service.not_allowed` or `service.database_refused`.
    """
    try:
        yield
    except psycopg.Error as error:
        raise known(error) from error
    except DBAPIError as error:
        raise known(error.orig) from error


def known(error: BaseException | None) -> ServiceError:
    """Return the known error for one of the database's."""
    match error:
        case errors.InsufficientPrivilege():
            return ServiceError("service.not_allowed")
        case psycopg.Error(sqlstate=str(sqlstate)):
            # Only its name: the text may repeat what stands in a row, and would then stand in a ticket.
            return ServiceError("service.database_refused", problem=f"{type(error).__name__}, {sqlstate}")
        case psycopg.ProgrammingError():
            return ServiceError("service.bad_url")
    return ServiceError("service.no_database")
