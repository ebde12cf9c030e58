"""
What of a photo becomes which property of XMP, by the IPTC Photo Metadata Standard 2025.1.

Words that a model wrote, and nobody reviewed, are told by two properties: `photoshop:CaptionWriter`, IPTC's Description
Writer, and `cwyp:Unreviewed`, which names the properties they are in. The library's own fields are in a namespace of
ours, by their names. IPTC's DigitalSourceType and AISystemUsed are
not written: they are about the image ("the AI engine and/or the model name used to generate this image"), and programs
take a photo that has them for a generated one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from xml.etree.ElementTree import Element, SubElement

from catalogue.export.authorship import best_description, best_title, unreviewed
from catalogue.export.xmp.xml_text import allowed, qualified
from shared.catalogue.definition import FieldDefinition, FieldType
from shared.catalogue.in_force import catalogue
from shared.photo import PATH_SEPARATOR, Photo, precise
from shared.photo_sources import CUSTOM, edited_names

Kind = Literal["text", "alternatives", "bag", "sequence", "place"]
CONTAINERS: dict[Kind, str] = {"alternatives": "rdf:Alt", "bag": "rdf:Bag", "sequence": "rdf:Seq", "place": "rdf:Bag"}
OWN_KINDS: dict[FieldType, Kind] = {"multi-choice": "bag"}
PLACES = ("Iptc4xmpExt:LocationShown", "Iptc4xmpExt:LocationCreated")


@dataclass(frozen=True)
class Property:
    """
    A property and its value: texts, or the fields of a place in `fields`; without any, it has nothing to say.

    `by_person` is what somebody wrote: it counts more than what a file has. `by_model` is what nobody reviewed.
    """

    name: str
    kind: Kind
    values: Sequence[str] = ()
    fields: Mapping[str, str] | None = None
    by_person: bool = False
    by_model: bool = False

    @property
    def is_empty(self) -> bool:
        return not self.values and not self.fields

    def element(self) -> Element:
        """The property as XML."""
        element = Element(qualified(self.name))
        if self.kind == "text":
            element.text = allowed(self.values[0])
            return element
        container = SubElement(element, qualified(CONTAINERS[self.kind]))
        if self.fields:
            place = SubElement(container, qualified("rdf:li"), {qualified("rdf:parseType"): "Resource"})
            for name, value in self.fields.items():
                SubElement(place, qualified(name)).text = allowed(value)
        for value in self.values:
            language = {qualified("xml:lang"): "x-default"} if self.kind == "alternatives" else {}
            SubElement(container, qualified("rdf:li"), language).text = allowed(value)
        return element


def properties_of(photo: Photo, *, model: str = "") -> list[Property]:
    """All properties of a photo. `model` is the one that described it, if that is known."""
    (title, title_field), (description, description_field) = best_title(photo), best_description(photo)
    edited, by_model = set(edited_names(photo)), set(unreviewed(photo))

    def of(fields: set[str], name: str, kind: Kind, *values: str) -> Property:
        texts = [value for value in values if allowed(value).strip()]
        return Property(name, kind, texts, by_person=bool(fields & edited), by_model=bool(fields & by_model))

    properties = [
        of({title_field}, "dc:title", "alternatives", title),
        of({description_field}, "dc:description", "alternatives", description),
        of({"alt_text"}, "Iptc4xmpCore:AltTextAccessibility", "alternatives", photo.alt_text),
        of({"caption"}, "Iptc4xmpCore:ExtDescrAccessibility", "alternatives", photo.caption),
        of({"tags", "keywords"}, "dc:subject", "bag", *dict.fromkeys([*photo.keywords, *photo.tags])),
        of({"keywords"}, "lr:hierarchicalSubject", "bag", *(_path(each) for each in photo.keyword_paths)),
        of({"persons"}, "Iptc4xmpExt:PersonInImage", "bag", *photo.persons),
        of({"creators"}, "dc:creator", "sequence", *photo.creators),
        of({"credit"}, "photoshop:Credit", "text", photo.credit),
        of({"rights"}, "dc:rights", "alternatives", photo.rights),
        of(set(), "xmpRights:UsageTerms", "alternatives", photo.usage_terms),
        of({"rating"}, "xmp:Rating", "text", "" if photo.rating is None else str(photo.rating)),
        of({"taken_local"}, "photoshop:DateCreated", "text", _date(photo)),
        of({"city"}, "photoshop:City", "text", photo.city),
        of({"state"}, "photoshop:State", "text", photo.state),
        of({"country"}, "photoshop:Country", "text", photo.country),
        *(of({"location"}, f"exif:{name}", "text", value) for name, value in _position(photo).items()),
        *_places(photo, by_person=bool({"city", "state", "country", "location"} & edited)),
        *(
            of({f"{CUSTOM}{each.name}"}, f"cwypField:{each.name}", OWN_KINDS.get(each.type, "text"), *_own(photo, each))
            for each in catalogue().fields
        ),
    ]
    names = [each.name for each in properties if each.by_model and not each.is_empty]
    writer = f"AI ({model}), not reviewed" if model else "AI, not reviewed"
    properties += [
        Property("cwyp:Unreviewed", "bag", names, by_person=True),  # one from an earlier export no longer counts
        of(set(), "photoshop:CaptionWriter", "text", writer if description_field in by_model else ""),
    ]
    return [each for each in properties if each.by_person or not each.is_empty]


def _own(photo: Photo, field: FieldDefinition) -> list[str]:
    """The value of a field of the library's own, as XMP writes values of its type."""
    value = photo.custom.get(field.name)
    if value is None:
        return []
    if isinstance(value, bool):
        return [str(value)]  # True and False, by XMP's specification
    if isinstance(value, float) and value.is_integer():
        return [str(int(value))]
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def _path(path: str) -> str:
    """Lightroom's way to write `space > moon`."""
    return "|".join(path.split(PATH_SEPARATOR))


def _date(photo: Photo) -> str:
    """As much of it as is known; a zone only belongs to a time."""
    if not photo.taken_local:
        return ""
    text = precise(photo.taken_local, photo.taken_precision)
    return text + (photo.taken_zone or "") if "T" in text else text


def _places(photo: Photo, *, by_person: bool) -> list[Property]:
    """The place as IPTC Extension has it; one with a position is where the photo was made."""
    names = {"City": photo.city, "ProvinceState": photo.state, "CountryName": photo.country}
    fields = {f"Iptc4xmpExt:{name}": value for name, value in names.items() if value}
    position = {f"exif:{name}": value for name, value in _position(photo).items() if value}
    return [
        Property("Iptc4xmpExt:LocationShown", "place", fields=fields, by_person=by_person),
        Property(
            "Iptc4xmpExt:LocationCreated", "place", fields=fields | position if position else {}, by_person=by_person
        ),
    ]


def _position(photo: Photo) -> dict[str, str]:
    if not photo.location:
        return {"GPSLatitude": "", "GPSLongitude": ""}
    longitude, latitude = photo.location
    return {"GPSLatitude": _degrees(latitude, "NS"), "GPSLongitude": _degrees(longitude, "EW")}


def _degrees(value: float, letters: str) -> str:
    """`47,22.614N`, as XMP writes degrees and minutes; six decimals of a minute are two millimetres."""
    degrees, minutes = divmod(round(abs(value) * 60_000_000), 60_000_000)
    return f"{degrees},{minutes / 1_000_000:.6f}{letters[value < 0]}"
