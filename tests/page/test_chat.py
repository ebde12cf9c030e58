"""The chat: streamed answers, citations to open, and conversations that stay in the browser."""

import json
import re
from base64 import b64decode
from typing import Any

from playwright.sync_api import Locator, Page, Route, expect

from tests.page.conftest import PHONE, Visit, photos
from tests.world import World, picture

QUESTION = "Which photos show animals?"
CONVERSATION = re.compile(r"/conversationView(-\w+)?\.js$")


def ask(page: Page, question: str = QUESTION) -> Locator:
    """Ask a question; returns the answer, which has just begun."""
    page.get_by_label("Your question").fill(question)
    page.keyboard.press("Enter")
    return page.locator(".message.answer").last


def whole(page: Page, answer: Locator) -> str:
    """The text of an answer once it is complete."""
    expect(answer.get_by_role("button", name="Copy the answer")).to_be_visible()
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    return answer.locator(".text").text_content() or ""


def test_an_answer_cites_photos_that_open(page: Page) -> None:
    answer = ask(page)

    assert whole(page, answer)
    citation = answer.get_by_role("button", name=re.compile(r"^Photo \d+: ")).first
    expect(citation.locator("img")).to_be_visible()
    title = (citation.get_attribute("title") or "").strip()
    citation.click()
    expect(page.get_by_role("dialog", name="Photo").get_by_role("heading", name=title)).to_be_visible()


def test_photos_and_what_draws_an_answer_come_before_the_first_word(page: Page, world: World) -> None:
    world.misbehave(kind="latency", on="chat", seconds=2.5)
    try:
        with page.expect_request(re.compile(r"/marked(-\w+)?\.js$")):
            answer = ask(page)

        expect(answer.locator(".thumbnails img").first).to_be_visible()
        assert answer.locator(".text").text_content() == ""
        whole(page, answer)
    finally:
        world.calm()


def test_what_answers_is_loaded_once_somebody_writes_a_question(visit: Visit) -> None:
    page = visit("about:blank")
    loaded: list[str] = []
    page.on("request", lambda request: loaded.append(request.url))
    page.goto("/")
    photos(page)
    assert not [url for url in loaded if CONVERSATION.search(url)]

    with page.expect_request(CONVERSATION):
        page.get_by_label("Your question").focus()


def test_a_question_stays_where_it_was_written_until_it_can_be_asked(page: Page) -> None:
    page.route(CONVERSATION, lambda route: route.abort())
    ask(page)
    expect(page.locator(".toast")).to_have_text("The server is not responding. Trying again.")
    expect(page.get_by_label("Your question")).to_have_value(QUESTION)
    expect(page.get_by_role("heading", name="What are you looking for?")).to_be_visible()
    page.unroute(CONVERSATION)

    page.keyboard.press("Enter")

    assert whole(page, page.locator(".message.answer"))
    expect(page.get_by_label("Your question")).to_have_value("")


def test_a_stopped_answer_stops_and_can_be_asked_for_again(page: Page, world: World) -> None:
    world.misbehave(kind="hang", on="chat")
    try:
        answer = ask(page)
        page.get_by_role("button", name="Stop").click()
        expect(answer.get_by_text("Stopped.")).to_be_visible()
    finally:
        world.calm()

    answer.get_by_role("button", name="Ask again").click()

    assert whole(page, page.locator(".message.answer"))
    expect(page.locator(".message.question")).to_have_count(1)


def test_an_error_in_the_middle_of_an_answer_is_shown_and_its_text_stays(page: Page, world: World) -> None:
    world.misbehave(kind="reset", on="chat", mid_stream=True)
    try:
        answer = ask(page)

        expect(answer.get_by_role("alert")).to_be_visible()
        expect(answer.locator(".text")).not_to_be_empty()
        expect(page.get_by_role("button", name="Send")).to_be_visible()
    finally:
        world.calm()


def test_a_follow_up_sends_the_conversation_with_its_citations(page: Page) -> None:
    whole(page, ask(page))

    with page.expect_request("**/v1/chat/completions") as request:
        answer = ask(page, "Only the cat")
    body = json.loads(request.value.post_data or "")

    assert [each["role"] for each in body["messages"]] == ["user", "assistant", "user"]
    assert body["messages"][1]["context"]["citations"][0]["id"]
    assert "x-timezone" in request.value.headers
    whole(page, answer)


def test_a_picture_is_shrunk_and_sent_with_the_question(page: Page) -> None:
    large: Any = {"name": "mine.jpg", "mimeType": "image/jpeg", "buffer": picture(5, size=(3000, 2000))}
    page.locator(".composer input[type=file]").set_input_files(files=[large])
    expect(page.get_by_alt_text("The picture added to the question")).to_be_visible()

    with page.expect_request("**/v1/chat/completions") as request:
        answer = ask(page, "Photos like this one?")

    parts = json.loads(request.value.post_data or "")["messages"][0]["content"]
    url = parts[1]["image_url"]["url"]
    assert url.startswith("data:image/jpeg;base64,")
    assert len(b64decode(url.partition(",")[2])) < 200_000
    whole(page, answer)


def test_a_search_of_the_chat_can_be_shown_in_the_library(page: Page) -> None:
    answer = ask(page, "Which photos from 2006 show animals?")
    whole(page, answer)

    answer.get_by_role("button", name=re.compile("2006.* in the library")).first.click()

    expect(page.locator("#filter-chips")).to_contain_text("2006")
    expect(page.locator("#total")).to_have_text("1 photo found")


def test_conversations_survive_a_reload_and_can_be_erased(page: Page) -> None:
    text = whole(page, ask(page))
    page.reload()
    photos(page)

    page.get_by_role("button", name="Earlier conversations").click()
    page.get_by_role("button", name=QUESTION, exact=True).click()
    expect(page.locator(".message.answer .text")).to_have_text(text)
    page.get_by_role("button", name="Earlier conversations").click()
    page.get_by_role("button", name="Delete all conversations").click()

    assert page.evaluate("localStorage.getItem('conversations')") is None
    expect(page.get_by_role("heading", name="What are you looking for?")).to_be_visible()


def test_markup_in_an_answer_is_made_harmless(page: Page, faults: list[str]) -> None:
    evil = (
        '**bold** <img src="http://127.0.0.1:1/x" onerror="document.title=1"><script>document.title=1</script> '
        '[a](javascript:document.title=1) ![b](http://127.0.0.1:1/leak) <iframe src="/"></iframe>'
    )
    page.route("**/v1/chat/completions", lambda route: _answer(route, evil))

    answer = ask(page)
    whole(page, answer)

    expect(answer.locator(".text strong")).to_have_text("bold")
    assert answer.locator(".text").locator("img, script, iframe, [onerror], a[href^=javascript]").count() == 0
    assert page.title() == "Chat with your photos"
    assert all("has been blocked" in fault for fault in faults)  # the policy reports the handler that it did not run
    faults.clear()


def _answer(route: Route, text: str) -> None:
    chunks: list[dict[str, object]] = [{"delta": {"content": text}}, {"delta": {}, "finish_reason": "stop"}]
    events = [f"data: {json.dumps({'choices': [each]})}\n\n" for each in chunks]
    route.fulfill(content_type="text/event-stream", body="".join([*events, "data: [DONE]\n\n"]))


def test_photos_found_later_come_beside_the_choices(page: Page, world: World) -> None:
    first, second = world.get("/api/search", top=2)["photos"]
    found = [{**each, "n": number} for number, each in enumerate((first, second), 1)]
    chunks: list[dict[str, object]] = [
        {"choices": [{"delta": {"content": "", "context": _context(found[:1])}}]},
        {"choices": [{"delta": {}}], "context": _context(found)},
        {"choices": [{"delta": {"content": "Both [1] [2]."}}]},
        {"choices": [{"delta": {}, "finish_reason": "stop"}], "context": {"citations": found}},
    ]
    body = "".join(f"data: {json.dumps(each)}\n\n" for each in chunks) + "data: [DONE]\n\n"
    page.route("**/v1/chat/completions", lambda route: route.fulfill(content_type="text/event-stream", body=body))

    answer = ask(page)
    whole(page, answer)

    expect(answer.locator(".thumbnails img")).to_have_count(2)
    expect(answer.get_by_role("button", name=re.compile(r"^Photo \d+: "))).to_have_count(2)


BEGINNINGS = """(text) => {
    const lines = [];
    const walker = document.createTreeWalker(text, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const node = walker.currentNode;
        if (node.parentElement.closest("button")) continue;
        const letter = document.createRange();
        letter.setStart(node, 0);
        letter.setEnd(node, Math.min(1, node.length));
        const before = node.previousSibling?.getBoundingClientRect?.();
        if (before && letter.getBoundingClientRect().top > before.bottom) lines.push(node.data);
    }
    return lines;
}"""


def test_no_line_of_an_answer_begins_with_the_punctuation_after_a_citation(visit: Visit, world: World) -> None:
    found = [{**each, "n": number} for number, each in enumerate(world.get("/api/search", top=3)["photos"], 1)]
    text = " ".join(f"A view of number {number} [1], another [2] and (again [3])." for number in range(8))
    chunks: list[dict[str, object]] = [
        {"choices": [{"delta": {"content": text, "context": _context(found)}}]},
        {"choices": [{"delta": {}, "finish_reason": "stop"}], "context": {"citations": found}},
    ]
    body = "".join(f"data: {json.dumps(each)}\n\n" for each in chunks) + "data: [DONE]\n\n"
    page = visit(size=PHONE)
    photos(page)
    page.route("**/v1/chat/completions", lambda route: route.fulfill(content_type="text/event-stream", body=body))
    page.locator("#chat-button").click()
    answer = ask(page)
    whole(page, answer)
    expect(answer.locator(".citation")).to_have_count(24)

    begun: list[str] = []
    for width in range(320, 420, 4):
        page.set_viewport_size({"width": width, "height": 800})
        begun += answer.locator(".text").evaluate(BEGINNINGS)

    assert begun, "no width breaks a line after a citation: the test sees nothing"
    assert [each for each in begun if not each.startswith(" ")] == []


def _context(photos: list[dict[str, Any]]) -> dict[str, Any]:
    return {"citations": photos, "photos": photos, "searches": [{"query": "x"}], "intent": "[]"}


def test_on_a_phone_the_chat_lies_over_the_photos_until_it_is_closed(visit: Visit) -> None:
    page = visit(size=PHONE)
    photos(page)
    expect(page.locator("#chat")).to_be_hidden()

    page.locator("#chat-button").click()
    whole(page, ask(page))
    expect(page.locator("#library")).to_have_attribute("inert", "")
    page.keyboard.press("Escape")

    expect(page.locator("#chat")).to_be_hidden()
    expect(page.locator("#chat-button")).to_be_focused()
