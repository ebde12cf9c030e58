"""Files of captions and of questions: each format, and what is said of those that are broken."""

import json
from pathlib import Path

import pytest

from benchmarks.retrieval_corpus import CorpusError, read_captions
from benchmarks.retrieval_questions import UNMATCHED, Question, read_questions

EXPECTED = {"1.jpg": ["A dog, running.", "Dogs"], "2.jpg": ["A boat.", "Größe"]}
ROWS = [(image, caption) for image, captions in EXPECTED.items() for caption in captions]
FILES = {
    "a.tsv": "\n".join("\t".join(row) for row in ROWS) + "\n\n",
    "flickr8k.csv": "image,caption\n" + "\n".join(f'{image},"{caption}"' for image, caption in ROWS),
    "flickr8k.txt": "image,caption\n" + "\n".join(f'{image},"{caption}"' for image, caption in ROWS),
    "flickr30k.csv": "image_name| comment_number| comment\n"
    + "\n".join(f"{image}| {number}| {caption}" for number, (image, caption) in enumerate(ROWS)),
    "lists.jsonl": "\n".join(json.dumps({"image": image, "captions": each}) for image, each in EXPECTED.items()),
    "single.jsonl": "\ufeff" + "\n".join(json.dumps({"image": image, "caption": caption}) for image, caption in ROWS),
    "karpathy.json": json.dumps(
        {
            "dataset": "coco",
            "images": [
                {
                    "filename": image,
                    "split": "test",
                    "sentences": [{"raw": f" {each} ", "tokens": []} for each in texts],
                }
                for image, texts in EXPECTED.items()
            ],
        }
    ),
    "coco.json": json.dumps(
        {
            "images": [{"id": 1, "file_name": "1.jpg"}],
            "annotations": [{"image_id": image, "id": 7, "caption": caption} for image, caption in ROWS],
        }
    ),
}


def written(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@pytest.mark.parametrize("name", FILES)
def test_captions_are_read_from_every_format(name: str, tmp_path: Path) -> None:
    assert read_captions(written(tmp_path, name, FILES[name])) == EXPECTED


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("a.xml", "<a/>", ".xml is not read; use .tsv"),
        ("a", "1\tdog", "without a suffix"),
        ("a.tsv", "1\tdog\n1 dog", "line 2: there is no tab"),
        ("a.tsv", "1\tdog\n1\t ", "line 2: the caption is missing"),
        ("a.tsv", "\tdog", "line 1: the image is missing"),
        ("a.tsv", b"1\t\xff", "not UTF-8 at byte 2"),
        ("a.tsv", "", "no image has two captions"),
        ("a.tsv", "1\tdog\n2\tcat", "no image has two captions"),
        ("a.csv", "id,text\n1,dog", "names no column image"),
        ("a.csv", "image,text\n1,dog", "names no column caption"),
        ("a.csv", "image,caption\n1,dog\n2", "line 3: the caption is missing"),
        ("a.jsonl", '{"image": 1, "caption": "dog"}\nnonsense', "line 2: not JSON"),
        ("a.jsonl", "[1]", "line 1: not an object"),
        ("a.jsonl", '{"image": 1}', "line 1: the caption is missing"),
        ("a.jsonl", '{"caption": "dog"}', "line 1: the image is missing"),
        ("a.jsonl", '{"image": 1, "captions": [7]}', "line 1: the caption is missing"),
        ("a.json", "7", "neither a list"),
        ("a.json", '{"pictures": []}', "neither a list"),
        ("a.json", '{"images": [{"filename": "1.jpg", "sentences": [{}]}]}', "entry 1: the caption is missing"),
    ],
)
def test_a_broken_file_says_what_is_wrong_and_where(name: str, text: str | bytes, fault: str, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=fault):
        read_captions(written(tmp_path, name, text))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=r"none\.tsv: No such file"):
        read_captions(tmp_path / "none.tsv")


def test_questions_have_a_language_or_what_people_judged(tmp_path: Path) -> None:
    rows = written(tmp_path, "a.tsv", "fr\t7\tun chien\nde\t8\tein Hund\n")
    lines = written(
        tmp_path,
        "a.jsonl",
        '{"query": "dogs", "right": ["7", 8], "wrong": ["9"]}\n\n{"query": "zebra", "right": []}\n'
        '{"query": "Hunde", "right": ["7"], "kind": "visual", "language": "de"}\n',
    )

    assert read_questions(rows, {"7"}) == [Question("un chien", "fr", "7", frozenset({"7"}), "fr")]
    assert read_questions(lines) == [
        Question("dogs", "questions", "dogs", frozenset({"7", "8"})),
        Question("zebra", UNMATCHED, "zebra", frozenset()),
        Question("Hunde", "visual", "Hunde", frozenset({"7"}), "de"),
    ]


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("a.tsv", "fr\t7\n", "line 1: not a language, an image and a query"),
        ("a.tsv", "fr\t7\tun chien\nfr\t\tun chat", "line 2: not a language"),
        ("a.jsonl", '{"right": []}', "line 1: there is no query"),
        ("a.jsonl", '{"query": " ", "right": []}', "line 1: there is no query"),
        ("a.jsonl", '{"query": "dog"}', "line 1: right is not a list"),
        ("a.jsonl", "{", "line 1: not JSON"),
    ],
)
def test_broken_questions_say_what_is_wrong_and_where(name: str, text: str, fault: str, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match=fault):
        read_questions(written(tmp_path, name, text))
