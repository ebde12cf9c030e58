"""
Which photo a sidecar belongs to, told by the names of the two:

    DSC_1.xmp, DSC_1.jpg.xmp                  DSC_1.jpg; the first also DSC_1.nef and all others of the stem
    IMG_7.jpg.supplemental-metadata.json      IMG_7.jpg; Google cuts the name at 46 characters before `.json`
    IMG_7.jpg.json                            IMG_7.jpg, as Takeout wrote it until 2024
    IMG_7.jpg(1).json                         IMG_7(1).jpg
    IMG_7.MP4.metadata.json                   IMG_7.MP4

A Pixel's photo `PXL_1.MP.jpg` has its movie beside it as `PXL_1.MP`. The names of a photo and of its sidecars begin
alike, so that a listing, which is sorted, has them near each other. Stems must be equal to the letter, as the
container tells them apart; extensions may be in capitals.
"""

import re
from collections.abc import Iterable

TAKEOUT = ".supplemental-metadata"
TAILS = (TAKEOUT, ".metadata")
MOTION = "mp"  # the extension of a Pixel's movie, which the photo has before its own
CUT = 45  # characters from which on a name in Takeout may have been cut
FAMILY = 40  # characters of a name that tell a family: fewer than what Takeout leaves of it
# fmt: off
EXTENSIONS = frozenset({
    "jpg", "jpeg", "jpe", "jfif", "png", "apng", "webp", "gif", "tif", "tiff", "bmp", "heic", "heif", "hif",
    "avif", "jp2", "j2k", "jpx", "psd", "psb", "svg", "ico", "tga", "dng", "cr2", "cr3", "nef", "nrw",
    "arw", "srf", "sr2", "raf", "orf", "rw2", "pef", "srw", "3fr", "iiq", "mp4", "mov", "m4v", "avi",
    "mp", "mpg", "3gp",
})
# fmt: on
# What Google Photos adds to the name of a photo that was edited there; the two share one sidecar.
EDITED = ("-edited", "-bearbeitet", "-modifié", "-editado", "-modificato", "-bewerkt", "-edytowane", "-effects")
_NUMBERED = re.compile(r"\((\d{1,4})\)$")


def is_sidecar(name: str) -> bool:
    """Whether a file of this name is one that belongs to a photo beside it."""
    _, file = split_folder(name)
    stem, extension = split_extension(file)
    if file.startswith("._"):  # what macOS leaves beside a sidecar
        return False
    return extension == "xmp" or (extension == "json" and _is_takeout(stem))


def belongs_to(sidecar: str, photo: str) -> int:
    """How surely a sidecar belongs to a photo, by their names: 0 if not at all, more for a closer match."""
    if not is_sidecar(sidecar) or family(sidecar) != family(photo):
        return 0
    (_, file), (_, photo_file) = split_folder(sidecar.casefold()), split_folder(photo.casefold())
    stem, extension = split_extension(file)
    if extension == "xmp":
        return 3 if stem == photo_file else 2 if stem == split_extension(photo_file)[0] else 0
    if _is_takeout_of(stem, photo_file):
        return 3
    return 1 if (original := _before_edit(photo_file)) and _is_takeout_of(stem, original) else 0


def photos_of(sidecar: str, names: Iterable[str]) -> tuple[str, ...]:
    """Those of the names that a sidecar tells about; raw and JPEG of one stem share theirs."""
    return tuple(name for name in names if not is_sidecar(name) and belongs_to(sidecar, name))


def sidecars_of(photo: str, names: Iterable[str]) -> tuple[str, ...]:
    """Those of the names that are sidecars of a photo, the closest match first."""
    matches = [(belongs_to(name, photo), name) for name in names]
    return tuple(name for score, name in sorted(matches, key=lambda each: (-each[0], each[1])) if score)


# -- where they are in a listing ----------------------------------------------------------


def family(name: str) -> str:
    """A name without what tells a photo and its sidecars apart: all that belong together have the same."""
    folder, file = split_folder(name)
    return folder + _roots(_stem_of_photo(file))[-1][:FAMILY]


def is_past(family_: str, name: str) -> bool:
    """Whether a sorted listing that has come to `name` has no more names of a family."""
    if len(split_folder(family_)[1]) >= FAMILY:
        return name > family_ and not name.startswith(family_)
    return name >= f"{family_}/"  # what follows a family is `(`, `-` or `.`, all of which come before a slash


def listing_prefixes(name: str) -> tuple[str, ...]:
    """
    Prefixes of the names of all sidecars of a photo, or of all photos of a sidecar.

    For a photo it is one, unless its name is numbered, marked as edited, or long.
    """
    folder, file = split_folder(name)
    prefixes = _prefixes_of_photos(file) if is_sidecar(name) else _prefixes_of_sidecars(file)
    return tuple(dict.fromkeys(folder + each for each in prefixes))


def _prefixes_of_sidecars(file: str) -> list[str]:
    roots = _roots(split_extension(file)[0])
    prefixes = [f"{root}." for root in roots] + [root[:CUT] for root in roots if len(root) >= CUT]
    return [each for each in prefixes if not any(each != other and each.startswith(other) for other in prefixes)]


def _prefixes_of_photos(file: str) -> list[str]:
    stem = _stem_of_photo(file)
    full, extension = split_extension(file)
    if extension == "xmp":
        return [f"{stem}."]
    base, number = _split_number(full)
    if split_extension(_without_tail(base))[1] not in EXTENSIONS:  # Takeout has cut the photo's own name
        return [stem]
    return [f"{stem}({number})." if number else f"{stem}.", f"{stem}-"]


def _stem_of_photo(file: str) -> str:
    """The stem of a photo, or of the photo that a sidecar tells about, as far as its name goes."""
    stem, extension = split_extension(file)
    if extension == "json":
        stem = _without_tail(_split_number(stem)[0])
    if extension in {"xmp", "json"} and split_extension(stem)[1] in EXTENSIONS:
        stem = split_extension(stem)[0]
    return stem


def _without_motion(stem: str) -> str:
    """A stem without the extension that a Pixel's photo has in common with its movie."""
    root, extension = split_extension(stem)
    return root if extension == MOTION else stem


def _roots(stem: str) -> list[str]:
    """A stem, and what is left of it as Google's numbers, marks of edits and a Pixel's extension are taken away."""
    roots = [stem]
    while (root := _without_last_part(roots[-1])) != roots[-1]:
        roots.append(root)
    return roots


def _without_last_part(stem: str) -> str:
    for shorten in (lambda text: _split_number(text)[0], _without_edit_mark, _without_motion):
        if (root := shorten(stem)) != stem:
            return root
    return stem


# -- how Takeout names its files ----------------------------------------------------------


def _is_takeout(stem: str) -> bool:
    base, _ = _split_number(stem)
    return len(base) >= CUT or split_extension(_without_tail(base))[1] in EXTENSIONS


def _is_takeout_of(stem: str, photo: str) -> bool:
    """Whether Google would give this name to the JSON of that photo; both in lower case."""
    base, number = _split_number(stem)
    if number:
        photo_stem, extension = split_extension(photo)
        photo_stem, photo_number = _split_number(photo_stem)
        # Either Google numbered both, or the number is part of the original name.
        if photo_number == number and _fits(base, f"{photo_stem}.{extension}"):
            return True
    return _fits(stem, photo)


def _fits(base: str, photo: str) -> bool:
    is_one = any(f"{photo}{tail}".startswith(base) for tail in TAILS)
    return is_one and (len(base) >= len(photo) or len(base) >= CUT)


def _without_tail(base: str) -> str:
    """A name without as much of `.supplemental-metadata` or `.metadata` as it ends with."""
    name = base.casefold()
    starts = (tail[:count] for tail in TAILS for count in range(len(tail), 0, -1))
    return base[: len(base) - max((len(start) for start in starts if name.endswith(start)), default=0)]


def _before_edit(file: str) -> str:
    """The name of a photo before it was edited, numbered as the edited one is; empty if it was not."""
    stem, extension = split_extension(file)
    plain, number = _split_number(stem)
    original = _without_edit_mark(plain)
    return f"{original}{f'({number})' if number else ''}.{extension}" if original != plain else ""


def _split_number(stem: str) -> tuple[str, str]:
    match = _NUMBERED.search(stem)
    return (stem[: match.start()], match[1]) if match else (stem, "")


def _without_edit_mark(stem: str) -> str:
    if not stem.lower().endswith(EDITED):
        return stem
    return next(stem[: -len(end)] for end in EDITED if stem.lower().endswith(end))


def split_folder(name: str) -> tuple[str, str]:
    """The folder with its slash, and the file."""
    folder, slash, file = name.rpartition("/")
    return folder + slash, file


def split_extension(file: str) -> tuple[str, str]:
    """The stem, and the extension in lower case without its dot."""
    stem, dot, extension = file.rpartition(".")
    return (stem, extension.lower()) if dot and stem else (file, "")
