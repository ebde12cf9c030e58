"""
`python -m benchmarks.vision FOLDER`: print how well the stand-in analyses images.

Fetches the labelled photographs into FOLDER if they are not there, looks at
each, and prints precision and recall of three ways to find objects, people
counted, characters read, and the time it took. The thresholds were chosen on
the photographs with even numbers; the odd ones are the test.
"""

import argparse
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from benchmarks.vision.fetch import LabelledPhoto, fetch, labelled_photos, photo_path
from local.models.vision.analyzer import shrink_for_detection
from local.models.vision.object_detection import (
    THRESHOLDS,
    NetworkOutputs,
    confident_labels,
    fuse_detections,
    run_networks,
)
from local.models.vision.ocr import read_text
from local.models.vision.taxonomy import kinds_of

# A plausible threshold for the detector alone.
DETECTOR_ALONE_SCORE = 0.45
SENTENCES = ("Platform 9 departs 14:35", "NO PARKING", "Bäckerei Müller", "Café de la Gare", "Abierto hasta las 20h")


@dataclass(frozen=True)
class PhotoOutputs:
    """The outputs of the networks for one photograph."""

    photo: LabelledPhoto
    outputs: NetworkOutputs


def run_on_photo(folder: Path, photo: LabelledPhoto) -> PhotoOutputs:
    """Run the networks, as the stand-in does."""
    return PhotoOutputs(photo, run_networks(shrink_for_detection(Image.open(photo_path(folder, photo)).convert("RGB"))))


def is_right(label: str, true_labels: Iterable[str]) -> bool:
    """Whether a label is true: the same as a true one, a kind of it ("bird" for a parrot), or a sort of it."""
    return any(
        label == true_label or true_label in kinds_of(label) or label in kinds_of(true_label)
        for true_label in true_labels
    )


def precision_and_recall(
    outputs: list[PhotoOutputs], labels_of: Callable[[PhotoOutputs], set[str]]
) -> tuple[float, float]:
    """Precision over all reported labels, recall over all required ones."""
    true_labels = all_labels = recalled = required = 0
    for output in outputs:
        labels = labels_of(output)
        all_labels += len(labels)
        true_labels += sum(is_right(word, output.photo.true) for word in labels)
        required += len(output.photo.must)
        recalled += sum(
            any(is_right(word, group) for word in labels - {"animal", "vehicle"}) for group in output.photo.must
        )
    return true_labels / max(1, all_labels), recalled / max(1, required)


METHODS: dict[str, Callable[[PhotoOutputs], set[str]]] = {
    f"detector alone, score {DETECTOR_ALONE_SCORE}": lambda output: {
        detection.label for detection in output.outputs.detections if detection.score >= DETECTOR_ALONE_SCORE
    },
    "classifier alone": lambda output: {word for word, _ in confident_labels(output.outputs.image_scores, THRESHOLDS)},
    "both, as the stand-in does it": lambda output: {
        detection.label for detection in fuse_detections(output.outputs)[0]
    },
}


def photos_with_right_count(outputs: list[PhotoOutputs]) -> tuple[int, int]:
    """In how many photographs the number of people is right to within one, and in how many it is known."""
    countable = [output for output in outputs if output.photo.people is not None]
    return sum(abs(count_people(output) - (output.photo.people or 0)) <= 1 for output in countable), len(countable)


def count_people(output: PhotoOutputs) -> int:
    """The number of people detected."""
    return sum(detection.label == "person" for detection in fuse_detections(output.outputs)[0])


def characters(folder: Path, photos: list[LabelledPhoto]) -> tuple[float, int, int]:
    """The share of painted characters read back, lines read where there are none, and the number of photographs."""
    shares, false_lines = [], 0
    for photo in photos:
        image = shrink_for_detection(Image.open(photo_path(folder, photo)).convert("RGB"))
        false_lines += len(read_text(image))
        text = SENTENCES[photo.number % len(SENTENCES)]
        text_read = " ".join(line.text for line in read_text(with_painted_text(image, text)))
        matching = SequenceMatcher(None, text, text_read, autojunk=False).get_matching_blocks()
        shares.append(sum(block.size for block in matching) / len(text))
    return sum(shares) / max(1, len(shares)), false_lines, len(photos)


def with_painted_text(image: Image.Image, text: str) -> Image.Image:
    """The photograph with text painted on it, white with a dark outline."""
    painted = image.copy()
    font = ImageFont.load_default(max(18, image.width // 24))
    position = (image.width // 12, image.height // 3)
    ImageDraw.Draw(painted).text(position, text, fill="white", font=font, stroke_width=2, stroke_fill="black")
    return painted


def main(folder: Path) -> None:
    """Fetch, look, print."""
    fetch(folder)
    photos = labelled_photos()
    started = time.perf_counter()
    outputs = [run_on_photo(folder, photo) for photo in photos]
    seconds = (time.perf_counter() - started) / len(photos)
    halves = {"all": outputs, "even (tuned on)": outputs[::2], "odd (test)": outputs[1::2]}
    print(f"{len(photos)} photographs, {seconds:.2f} s each for all networks on one core\n")
    print("| objects | " + " | ".join(f"{name}: precision, recall" for name in halves) + " |")
    print("|---|" + "---|" * len(halves))
    for method, labels_of in METHODS.items():
        cells = (
            f"{precision:.2f}, {recall:.2f}"
            for precision, recall in (precision_and_recall(h, labels_of) for h in halves.values())
        )
        print(f"| {method} | " + " | ".join(cells) + " |")
    right, countable = photos_with_right_count(outputs)
    print(f"\npeople counted within one: {right} of {countable}")
    share, false_lines, photo_count = characters(folder, photos[::4])
    print(
        f"characters read back: {share:.1%} on {photo_count} photographs; "
        f"{false_lines} lines read where nothing is written"
    )


if __name__ == "__main__":
    options = argparse.ArgumentParser(prog="python -m benchmarks.vision", description=__doc__.partition("\n")[0])
    options.add_argument("folder", type=Path, nargs="?", default=Path(".local/vision-photos"))
    main(options.parse_args().folder)
