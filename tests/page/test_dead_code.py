"""Nothing in the page's own files is left over: every string, export, class and icon is used."""

import re

from web.static import FOLDER

SCRIPTS = {path: path.read_text(encoding="utf-8") for path in (FOLDER / "js").rglob("*.js")}
MARKUP = (FOLDER / "index.html").read_text(encoding="utf-8")
STYLES = "\n".join(
    re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
    for path in (FOLDER / "css").glob("*.css")
)
STRINGS = FOLDER / "js" / "strings"  # in each language, which strings.js loads as a whole
SET_BY_PHOTOSWIPE = re.compile(r"pswp(__.*)?")


def scripts_but(name: str) -> str:
    return "\n".join(text for path, text in SCRIPTS.items() if path.name != name)


def test_every_string_is_used() -> None:
    defined = set(re.findall(r"^  (\w+):", SCRIPTS[STRINGS / "en.js"], re.MULTILINE))

    assert defined == set(re.findall(r"\bstrings\.(\w+)\b(?!\")", scripts_but("en.js")))


def test_every_export_is_imported_somewhere() -> None:
    exported = {
        (path.name, name)
        for path, text in SCRIPTS.items()
        if path.parent != STRINGS
        for name in re.findall(r"^export (?:async )?(?:const|let|class|function\*?) (\w+)", text, re.MULTILINE)
    }
    imported = {
        (module, name.strip())
        for text in SCRIPTS.values()
        for names, module in re.findall(r"\{([^{}]*)\} (?:from |= await import\()\"[./\w]*?(\w+\.js)\"", text)
        for name in names.split(",")
    }

    assert exported - imported == set()


def test_every_class_and_id_of_a_style_sheet_is_set_somewhere() -> None:
    selectors = " ".join(re.findall(r"([^{}]+)\{", STYLES))
    names = set(re.findall(r"[.#]([a-zA-Z][\w-]*)", selectors))
    set_somewhere = {
        word for text in re.findall(r"[\"`]([^\"`]*)[\"`]", scripts_but("") + MARKUP) for word in text.split()
    }

    assert {name for name in names - set_somewhere if not SET_BY_PHOTOSWIPE.fullmatch(name)} == set()


def test_every_icon_is_drawn_somewhere() -> None:
    icons = set(re.findall(r"^  (\w+):", SCRIPTS[FOLDER / "js" / "icons.js"], re.MULTILINE))

    assert {name for name in icons if f'"{name}"' not in scripts_but("icons.js")} == set()
