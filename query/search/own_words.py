"""What tells photos apart that look the same: titles by people, the library's own fields, text in the picture."""

from shared.photo import Photo
from shared.photo_sources import edited_names
from shared.search.folding import fold_text, text_tokens


def have_same_words(one: Photo, other: Photo) -> bool:
    """
    Whether two photos are called the same, as far as people, files and pictures say.

    A model's titles don't count: it finds other words for each shot of one moment.
    """
    return (
        one.custom == other.custom
        and fold_text(_own_title(one)) == fold_text(_own_title(other))
        and set(text_tokens(one.text_in_photo)) == set(text_tokens(other.text_in_photo))
    )


def _own_title(photo: Photo) -> str:
    return photo.title if "title" in edited_names(photo) else photo.embedded_title
