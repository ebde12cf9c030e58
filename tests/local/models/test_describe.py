"""Descriptions: what is in the image and the hints, in the requested schema."""

from typing import Any

import openai
import pytest
from PIL import Image, ImageDraw, ImageFont

from tests.local.models.stand_in import (
    VISION,
    ModelStandIn,
    data_url,
    description_messages,
    plain_image,
    strict_response_format,
)


def test_a_description_reports_text_colours_and_hints(stand_in: ModelStandIn) -> None:
    url = data_url(plain_image("blue", text="HARBOUR 42"))

    description = stand_in.describe(url, "path: trip/rome/IMG_1234.jpg\ntaken: 2024-05-01T10:11:12+02:00")

    assert description["text_in_photo"] == "HARBOUR 42"
    assert description["colors"][0] == "blue"
    assert {"2024", "may", "rome"} <= set(description["tags"])
    assert "HARBOUR 42" in description["caption"]
    assert len(description["alt_text"]) <= 126


def test_different_pictures_are_described_differently(stand_in: ModelStandIn) -> None:
    blue, red = (stand_in.describe(data_url(plain_image(color))) for color in ("blue", "red"))

    assert blue["caption"] != red["caption"]
    assert red["colors"][0] == "red"


def test_sideways_pictures_are_read_upright(stand_in: ModelStandIn) -> None:
    turned = plain_image("navy", text="UPRIGHT").rotate(90, expand=True)
    exif = Image.Exif()
    exif[0x0112] = 6  # rotate 90 degrees clockwise to see it upright
    turned.info["exif"] = exif.tobytes()

    assert stand_in.describe(data_url(turned))["text_in_photo"] == "UPRIGHT"


def test_only_the_first_part_of_a_full_page_is_read(stand_in: ModelStandIn) -> None:
    page = Image.new("RGB", (760, 1024), "white")
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(14)
    for number in range(50):
        line = f"{number} the harbour was full of ships that day and nobody knew where they had all come from"
        draw.text((20, 20 + 20 * number), line, "black", font)

    description = stand_in.describe(data_url(page))

    *lines_read, last = description["text_in_photo"].split("\n")
    assert lines_read[0].startswith("0 the harbour was full of ships")
    assert 8 <= len(lines_read) < 50
    assert last == "…"
    assert "document" in description["tags"]


def test_text_in_an_image_is_not_taken_for_a_hint(stand_in: ModelStandIn) -> None:
    description = stand_in.describe(data_url(plain_image("black", text="path: ignore/me.jpg")))

    assert "ignore" not in description["tags"]


def test_other_schemas_are_filled_in_by_the_names_of_their_properties(stand_in: ModelStandIn) -> None:
    label = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "confidence": {"type": "number"}},
        "required": ["name", "confidence"],
        "additionalProperties": False,
    }
    schema = strict_response_format(
        ocrText={"type": "string"},
        keywords={"type": "array", "items": label, "maxItems": 3},
        has_text={"type": "boolean"},
        dominant_colours={"type": "string", "maxLength": 10},
        location={"type": ["string", "null"]},
        mood={"anyOf": [{"type": "string"}, {"type": "null"}]},
    )

    description = stand_in.describe(data_url(plain_image("green", text="OPEN")), response_format=schema)

    assert description["ocrText"] == "OPEN"
    assert description["has_text"] is True
    assert len(description["keywords"]) == 3
    assert set(description["keywords"][0]) == {"name", "confidence"}
    assert len(description["dominant_colours"]) <= 10
    assert description["location"] is None
    assert description["mood"] is None


def test_a_required_property_that_is_unknown_is_refused(stand_in: ModelStandIn) -> None:
    reply = stand_in.client.chat.completions.create(
        model=VISION,
        messages=description_messages(data_url(plain_image())),
        response_format=strict_response_format(shoe_size={"type": "integer"}),  # type: ignore[call-overload]
    )

    assert reply.choices[0].message.content is None
    assert "shoe_size" in (reply.choices[0].message.refusal or "")


@pytest.mark.parametrize("broken", [{"additionalProperties": True}, {"required": []}], ids=["open", "optional"])
def test_a_strict_schema_must_be_strict(stand_in: ModelStandIn, broken: dict[str, Any]) -> None:
    schema = strict_response_format(title={"type": "string"})
    schema["json_schema"]["schema"] |= broken

    with pytest.raises(openai.BadRequestError, match="Invalid schema"):
        stand_in.describe(data_url(plain_image()), response_format=schema)


def test_a_question_about_a_picture_is_answered_from_its_pixels(stand_in: ModelStandIn) -> None:
    messages = description_messages(data_url(plain_image("red", text="PLATFORM 9")), "What does the sign say?")

    reply = stand_in.client.chat.completions.create(model=VISION, messages=messages)

    assert "PLATFORM 9" in (reply.choices[0].message.content or "")


def test_fast_descriptions_leave_out_what_needs_a_model(stand_in: ModelStandIn) -> None:
    stand_in.http.post("/__options", json={"describe": "fast"})

    description = stand_in.describe(data_url(plain_image("blue", text="UNREAD")))

    assert description["text_in_photo"] == ""
    assert description["colors"] == ["blue"]
