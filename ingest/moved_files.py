"""What the sidecars and movies of a photo are called when the photo has another name."""

from collections.abc import Iterable

from ingest.companions import PhotoFiles, files_beside
from ingest.context import IngestContext
from ingest.facts.sidecar_names import TAKEOUT, is_sidecar, photos_of, split_extension, split_folder
from ingest.live_photo import check_video, is_picture_of
from shared.errors import BadPhoto
from shared.stores.moves import MovedFile

TAKEOUT_ENDS = (TAKEOUT, ".metadata", "")  # of which each sidecar of one photo gets another


def moved_sidecars(photo: PhotoFiles, new_path: str) -> tuple[MovedFile, ...]:
    """The sidecars of a photo."""
    files: list[MovedFile] = []
    for each in photo.sidecars:
        taken = [file.new_path for file in files]
        files.append(MovedFile(path=each.name, new_path=sidecar_name(each.name, photo.name, new_path, taken)))
    return tuple(files)


async def moved_movies(photo: PhotoFiles, new_path: str, context: IngestContext) -> tuple[MovedFile, ...]:
    """The movies of a Live Photo; not an ordinary video that has the same name."""
    movies = [each for each in photo.movies if await _is_attached(each, context)]
    return tuple(MovedFile(path=each, new_path=movie_name(each, photo.name, new_path)) for each in movies)


async def _is_attached(movie: str, context: IngestContext) -> bool:
    info = await context.storage.stat(movie)
    try:
        return info is not None and await check_video(info, context)
    except BadPhoto:
        return False


async def is_needed(companion: str, context: IngestContext) -> bool:
    """Whether a sidecar or a movie belongs to any file that is there: raw and JPEG of one name share theirs."""
    beside = await files_beside(companion, context)
    if is_sidecar(companion):
        return bool(photos_of(companion, beside))
    return any(is_picture_of(companion, each) for each in beside)


def sidecar_name(sidecar: str, photo: str, new_photo: str, taken: Iterable[str] = ()) -> str:
    """
    The name of a sidecar whose photo has another; only the folder changes where the photo's file keeps its name.

    Google's long and cut names are written in full; two of them never get the same.
    """
    (_, file), (_, old), (folder, new) = split_folder(sidecar), split_folder(photo), split_folder(new_photo)
    if old == new:
        return folder + file
    stem, extension = split_extension(file)
    end = file[len(stem) :]
    if extension == "xmp":
        is_whole = stem.casefold() == old.casefold()
        return folder + (new if is_whole else split_extension(new)[0]) + end
    names = [f"{folder}{new}{each}{end}" for each in TAKEOUT_ENDS]
    return next((each for each in names if each not in {*taken} and is_sidecar(each)), names[0])


def movie_name(movie: str, photo: str, new_photo: str) -> str:
    """The name of a movie whose photo has another: that of the photo, with the extension of the movie."""
    (_, file), (_, old), (folder, new) = split_folder(movie), split_folder(photo), split_folder(new_photo)
    if old == new:
        return folder + file
    return folder + split_extension(new)[0] + file[len(split_extension(file)[0]) :]
