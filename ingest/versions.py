"""
What a document was made with, beside the recipe of its description.

Raise a number when what it stands for changes, and photos that are already indexed follow: `python -m ingest refresh`
and reconcile read them again, without a caption. A document without numbers is of the first release and counts as 0.
Only older numbers count as out of date, so that two releases running side by side do not undo each other's work.
"""

from dataclasses import asdict, dataclass

from shared.photo import Photo


@dataclass(frozen=True)
class Versions:
    """
    One number for each part of a document that may change:

    - facts: what the readers of metadata, file names and places make of a file (`ingest/facts`, `ingest/places.py`)
    - fields: which fields a document has, and how they follow from the facts (`shared/photo.py`, `ingest/document.py`)
    - analyzers: how the index cuts texts into terms (`shared/photo.py`), and what is searched or counted and
      not shown (`shared/search/search_words.py`)
    - text: what is embedded (`text_to_embed`)
    """

    facts_version: int
    fields_version: int
    analyzers_version: int
    text_version: int


CURRENT = Versions(facts_version=1, fields_version=1, analyzers_version=3, text_version=1)
STAMP = asdict(CURRENT)  # as the fields of a document


@dataclass(frozen=True)
class VectorRecipes:
    """What makes the vectors of texts and of pictures; where one is empty, documents may have any."""

    text: str = ""
    image: str = ""


ANY_RECIPES = VectorRecipes()


def is_outdated(photo: Photo, recipes: VectorRecipes = ANY_RECIPES) -> bool:
    """
    Whether any part of the document was made by an older version, or a vector of it by another model.

    So is one whose picture nobody has tried to embed.
    """
    return (
        lacks_text_vector(photo, recipes)
        or lacks_image_vector(photo, recipes)
        or any(getattr(photo, name) < number for name, number in STAMP.items())
    )


def lacks_text_vector(photo: Photo, recipes: VectorRecipes) -> bool:
    """Whether nothing says that the vector of the text is by this recipe."""
    return recipes.text not in {"", photo.embedding_recipe}


def lacks_image_vector(photo: Photo, recipes: VectorRecipes) -> bool:
    """Whether nobody has tried to embed the picture by this recipe, if there is one."""
    return recipes.image not in {"", photo.image_recipe}


def needs_no_reading(photo: Photo, recipes: VectorRecipes = ANY_RECIPES) -> bool:
    """
    Whether only the analyzers or the models that embed are newer.

    What is only searched can be written from the rest, the text embedded from it, and the picture from its preview.
    """
    return is_outdated(photo, recipes) and not any(
        getattr(photo, name) < number for name, number in STAMP.items() if name != "analyzers_version"
    )


def outdated_filter(recipes: VectorRecipes = ANY_RECIPES) -> str:
    """The documents for which `is_outdated` is true, as OData, in parentheses so that more can be asked for."""
    clauses = [f"{name} eq null or {name} lt {number}" for name, number in STAMP.items()]
    if recipes.text:
        clauses.append(_other_recipe("embedding_recipe", recipes.text))
    if recipes.image:
        clauses.append(image_vector_filter(recipes))
    return "(" + " or ".join(clauses) + ")"


def image_vector_filter(recipes: VectorRecipes) -> str:
    """The documents for which `lacks_image_vector` is true."""
    return _other_recipe("image_recipe", recipes.image)


def _other_recipe(field: str, recipe: str) -> str:
    return f"{field} eq null or {field} ne '{recipe}'"  # recipes are hex, so they need no escaping
