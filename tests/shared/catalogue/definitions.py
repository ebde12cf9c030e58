"""The fields of a shop, for tests."""

import json
from typing import Any

from shared.catalogue.definition import Catalogue, parse_catalogue

SHOP: dict[str, Any] = {
    "fields": [
        {
            "name": "product_type",
            "type": "choice",
            "labels": {"en": "Product type", "de": "Produktart"},
            "values": ["shoe", "bag", {"value": "hat", "labels": {"de": "Hut"}}],
            "searchable": True,
            "facet": True,
            "instruction": "What kind of product is shown.",
        },
        {"name": "materials", "type": "multi-choice", "values": ["leather", "wool"], "facet": True},
        {"name": "price", "type": "number", "facet": True},
        {"name": "listed", "type": "date"},
        {"name": "sold", "type": "yes/no", "facet": True},
        {"name": "article", "type": "string", "searchable": True, "required": True},
    ]
}


def shop(**changes: Any) -> Catalogue:
    """The shop's catalogue, with changes to its first field."""
    return parse_catalogue(content(**changes))


def content(**changes: Any) -> bytes:
    """The file of it."""
    first, *others = SHOP["fields"]
    return json.dumps({"fields": [first | changes, *others]}).encode()
