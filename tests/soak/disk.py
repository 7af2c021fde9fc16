"""A disk that can be full: a small file system where we may mount one, otherwise a limit on files."""

import os
import resource
import subprocess
from pathlib import Path
from typing import Protocol

_MEGABYTE = 2**20


class Disk(Protocol):
    """Holds one store."""

    folder: Path

    def fill(self, pid: int | None, /) -> None:
        """From now on nothing more fits."""

    def clear(self, pid: int | None, /) -> None:
        """There is room again."""

    def remove(self) -> None:
        """Give it back."""


class SmallDisk:
    """A file system of its own. Who fills it is a neighbour, as it is in real life."""

    def __init__(self, folder: Path, megabytes: int = 64) -> None:
        self.folder = folder
        folder.mkdir()
        options = f"size={megabytes}m,mode=0700"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "burnish-soak", str(folder)], check=True)
        self._neighbour = folder / "neighbour"

    def fill(self, _: int | None) -> None:
        with self._neighbour.open("ab", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(os.statvfs(self.folder).f_bsize))
            except OSError:
                return

    def clear(self, _: int | None) -> None:
        self._neighbour.unlink(missing_ok=True)

    def remove(self) -> None:
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)


class LimitedFiles:
    """For whoever may not mount: the process may not make a file longer. (EFBIG instead of ENOSPC.)"""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def fill(self, pid: int | None) -> None:
        self._limit(pid, _MEGABYTE // 4)

    def clear(self, pid: int | None) -> None:
        self._limit(pid, resource.RLIM_INFINITY)

    def remove(self) -> None:
        """Nothing was taken."""

    @staticmethod
    def _limit(pid: int | None, size: int) -> None:
        if pid is not None:
            hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)[1]
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))


def small_disk(folder: Path) -> Disk:
    """The real thing where we may have it."""
    if os.geteuid() == 0:
        try:
            return SmallDisk(folder)
        except (OSError, subprocess.CalledProcessError):
            folder.rmdir()
    return LimitedFiles(folder)
