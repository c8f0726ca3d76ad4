"""Updates: what a repository of signed metadata (TUF) says is the newest version, from an address or a folder.

Nothing is installed here. What is announced was signed by as many keys as the repository's root asks for, is not older
than what was seen before, and has not expired; a package counts when its bytes are those that were signed.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import urlsplit
from urllib.request import url2pathname

import msgspec
import requests
import urllib3
from tuf.api.exceptions import (
    BadVersionNumberError,
    DownloadError,
    DownloadHTTPError,
    DownloadLengthMismatchError,
    ExpiredMetadataError,
    LengthOrHashMismatchError,
    RepositoryError,
    UnsignedMetadataError,
)
from tuf.api.metadata import TargetFile  # type: ignore[attr-defined]  # the library documents it there
from tuf.ngclient.config import UpdaterConfig
from tuf.ngclient.fetcher import FetcherInterface
from tuf.ngclient.updater import Updater

from app.errors import NetworkError, UpdateError
from sync.client.connection import CONNECT_SECONDS, READ_SECONDS, open_session
from sync.client.transport import network_error

T = TypeVar("T")

LIST_NAME: Final = "packages.json"
"""The one signed file that names every package of the newest version."""

_PIECE: Final = 65_536
_NOT_FOUND: Final = 404
_OK: Final = 200


class Package(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One package of a version: its file's name and the system it is for."""

    name: str
    platform: str


class PackageList(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What `packages.json` holds; `min_schema` is the oldest shape of a vault that the version can open."""

    format: int = 1
    version: str
    min_schema: int
    packages: list[Package]


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """A verified newer version.

    Attributes:
        version: which.
        package: the file's name for this system, empty where there is none.
        min_schema: the oldest shape of a vault that it can open.
    """

    version: str
    package: str
    min_schema: int


class Updates:
    """A repository and what was seen of it before: without that memory an older one could be put in its place."""

    def __init__(self, source: str, *, root: bytes, memory: Path, proxy: str = "") -> None:
        """Take where the repository is.

        Args:
            source: `https://` address, or path of a folder.
            root: the root metadata that came with the program.
            memory: folder for what was seen; made where it is missing.
            proxy: address of the proxy that IT laid down; empty, those of the system.
        """
        self._source, self._root, self._memory, self._proxy = source.rstrip("/"), root, memory, proxy

    def look(self, *, running: str, platform: str) -> Update | None:
        """Return the newest version, None where it is the one that runs or older.

        Raises:
            UpdateError: the repository is not what was signed, too old, or not there.
            NetworkError: it was not reached.
        """
        with self._opened() as updater:
            listed = self._listed(updater)
            names = [each.name for each in listed.packages if each.platform == platform]
            if any(_told(partial(updater.get_targetinfo, name)) is None for name in names):
                raise UpdateError("update.damaged")
        if _numbers(listed.version) <= _numbers(running):
            return None
        return Update(version=listed.version, package=names[0] if names else "", min_schema=listed.min_schema)

    def verify(self, package: Path) -> str:
        """Return the version that a package on this computer belongs to, by its name and its bytes.

        Raises:
            UpdateError: `update.altered`, `update.unknown_package` and as `look` does.
            NetworkError: the repository was not reached.
        """
        # In a repository each package lies under its hash; whoever took it out may have kept the long name.
        name = re.sub(r"^[0-9a-f]{64}\.", "", package.name)
        found: TargetFile | None = None
        with self._opened() as updater:
            listed = self._listed(updater)
            if any(each.name == name for each in listed.packages):
                found = _told(lambda: updater.get_targetinfo(name))
        if found is None:
            raise UpdateError("update.unknown_package")
        try:
            with package.open("rb") as file:
                found.verify_length_and_hashes(file)
        except LengthOrHashMismatchError as error:
            raise UpdateError("update.altered") from error
        except OSError as error:
            raise UpdateError("update.unknown_package") from error
        return listed.version

    def fetch(self, update: Update, folder: Path) -> Path:
        """Bring an update's package into a folder, verified; nothing stays there of one that is not.

        Raises:
            UpdateError: `update.altered` and as `look` does.
            NetworkError: the repository was not reached.
        """
        path = folder / update.package
        with self._opened() as updater:
            self._listed(updater)
            target = _told(lambda: updater.get_targetinfo(update.package))
            if target is None:
                raise UpdateError("update.unknown_package")
            try:
                _told(lambda: updater.download_target(target, str(path)))
            except UpdateError:
                with suppress(OSError):
                    path.unlink(missing_ok=True)
                raise
        return path

    @contextmanager
    def _opened(self) -> Iterator[Updater]:
        """Give the library's client, fresh: what it has checked holds for one question."""
        # The library logs addresses and file names of its own accord.
        logging.getLogger("tuf").setLevel(logging.CRITICAL)
        try:
            self._memory.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise UpdateError("update.no_memory") from error
        if not self._source.startswith(("https://", "http://")):
            yield self._updater(Path(self._source).resolve().as_uri(), _Folder())
            return
        fetcher = _Address(self._source, self._proxy)
        try:
            yield self._updater(self._source, fetcher)
        finally:
            fetcher.close()

    def _updater(self, base: str, fetcher: FetcherInterface) -> Updater:
        def make() -> Updater:
            return Updater(
                str(self._memory),
                f"{base}/metadata/",
                target_dir=str(self._memory),
                target_base_url=f"{base}/targets/",
                fetcher=fetcher,
                config=UpdaterConfig(),
                bootstrap=self._root,
            )

        updater = _told(make)
        _told(updater.refresh)
        return updater

    def _listed(self, updater: Updater) -> PackageList:
        target = _told(lambda: updater.get_targetinfo(LIST_NAME))
        if target is None:
            raise UpdateError("update.damaged")
        path = Path(_told(lambda: updater.download_target(target, str(self._memory / LIST_NAME))))
        try:
            listed = msgspec.json.decode(path.read_bytes(), type=PackageList)
        except (msgspec.DecodeError, OSError) as error:
            raise UpdateError("update.damaged") from error
        _numbers(listed.version)
        return listed


def _numbers(version: str) -> tuple[int, ...]:
    """Return the numbers of a version such as `1.2.0`."""
    if re.fullmatch(r"\d{1,4}(\.\d{1,4}){2}", version, re.ASCII) is None:
        raise UpdateError("update.damaged")
    return tuple(int(part) for part in version.split("."))


class _Folder(FetcherInterface):
    """Reads a repository from a folder, such as a USB stick."""

    def _fetch(self, url: str) -> Iterator[bytes]:
        path = Path(url2pathname(urlsplit(url).path))
        if not path.is_file():
            raise DownloadHTTPError("not there", _NOT_FOUND)
        return _pieces(path)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


class _Address(FetcherInterface):
    """Reads a repository over HTTPS, as everything else is: the system's trust, the proxy of IT, no redirect."""

    def __init__(self, address: str, proxy: str) -> None:
        self._session = open_session(address, proxy=proxy)

    def _fetch(self, url: str) -> Iterator[bytes]:
        try:
            response = self._session.get(
                url, timeout=(CONNECT_SECONDS, READ_SECONDS), allow_redirects=False, stream=True
            )
        except requests.RequestException as error:
            raise _NotReachedError(network_error(error)) from error
        if response.status_code != _OK:
            response.close()
            raise DownloadHTTPError("refused", response.status_code)
        return _body(response)

    def close(self) -> None:
        """Close the connections."""
        self._session.close()


def _body(response: requests.Response) -> Iterator[bytes]:
    with response:
        try:
            yield from response.iter_content(_PIECE)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
            raise _NotReachedError(network_error(error)) from error


class _NotReachedError(DownloadError):
    """The network's own answer, carried through the library."""

    def __init__(self, network: NetworkError) -> None:
        super().__init__("not reached")
        self.network = network


def _told(work: Callable[[], T]) -> T:
    """Do something of the library's; its errors become ours."""
    try:
        return work()
    except ExpiredMetadataError as error:
        raise UpdateError("update.expired") from error
    except BadVersionNumberError as error:
        raise UpdateError("update.rolled_back") from error
    except UnsignedMetadataError as error:
        raise UpdateError("update.unsigned") from error
    except (LengthOrHashMismatchError, DownloadLengthMismatchError) as error:
        raise UpdateError("update.altered") from error
    except RepositoryError as error:
        raise UpdateError("update.damaged") from error
    except _NotReachedError as error:
        raise error.network from error
    except DownloadError as error:
        raise UpdateError("update.not_found") from error
    except OSError as error:
        raise UpdateError("update.not_found") from error
