"""When something fails around the page, it says so and carries on."""

from urllib.parse import urlsplit

from playwright.sync_api import Page, Route, expect

from tests.page.conftest import Visit, added, photos
from tests.world import World, picture


def test_a_picture_that_cannot_be_fetched_shows_its_name_instead(visit: Visit, world: World) -> None:
    with added(world, "lost/picture.jpg", picture(91)) as id_:
        world.blobs.get_container_client("photo-derived").delete_blob(f"{id_}/thumbnail.jpg")

        page = visit()

        expect(page.locator(f'.tile a[href*="{id_}"] .broken-image')).to_be_visible()


def test_an_expired_link_is_renewed(visit: Visit) -> None:
    page = visit("about:blank")
    broken: list[str] = []

    def break_links(route: Route) -> None:
        if broken:
            return route.continue_()
        answer = route.fetch()
        body = answer.json()
        broken.extend(body["links"])
        body["links"] = {id_: f"{url}x" for id_, url in body["links"].items()}
        return route.fulfill(response=answer, json=body)

    page.route("**/api/search?*", break_links)
    page.goto("/")
    photos(page)

    expect(page.locator(".tile.loaded")).to_have_count(page.locator(".tile").count())
    assert len(broken) >= page.locator(".tile").count() > 0


def test_the_page_waits_for_a_server_that_stopped(page: Page) -> None:
    down = {"now": True}
    page.route("**/api/**", lambda route: route.abort() if down["now"] else route.continue_())

    page.locator("#q").fill("boats")
    expect(page.locator("#offline-banner")).to_have_text("The server is not responding. Trying again.")
    expect(page.locator(".toast")).to_have_count(0)  # the banner says it already
    down["now"] = False

    expect(page.locator("#offline-banner")).to_be_hidden()
    expect(page.locator("#total")).to_have_text("1 photo found")


def _search_in_vain(page: Page, paths: set[str]) -> None:
    """Search while what is at these paths is not answered, which holds as long as they are in the set."""

    def answer(route: Route) -> None:
        if urlsplit(route.request.url).path in paths:
            route.abort()
        else:
            route.continue_()

    page.route("**/api/**", answer)
    page.locator("#q").fill("boats")
    expect(page.locator("#offline-banner")).to_be_visible()


def _assert_found(page: Page) -> None:
    expect(page.locator("#total")).to_have_text("1 photo found")
    expect(page.locator("#offline-banner")).to_be_hidden()


def test_a_search_is_asked_again_where_another_call_is_answered_first(page: Page) -> None:
    away = {"/api/search", "/api/health"}
    _search_in_vain(page, away)

    with page.expect_response("**/api/status") as status:
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # has the page ask for the status
    assert status.value.ok
    with page.expect_event("requestfailed", lambda each: urlsplit(each.url).path == "/api/health"):
        pass
    away.clear()

    _assert_found(page)


def test_the_page_waits_no_longer_for_a_server_that_is_there_without_its_models(page: Page) -> None:
    away = {"/api/search", "/api/status"}
    _search_in_vain(page, away)
    down = {"status": "down", "checks": {"models": "down"}}
    page.route("**/api/health", lambda route: route.fulfill(status=503, json=down))
    away.clear()

    _assert_found(page)


def test_the_page_waits_on_where_the_server_stops_again_before_the_search(page: Page) -> None:
    away = {"/api/search", "/api/status"}
    _search_in_vain(page, away)
    with page.expect_response("**/api/health") as health:
        pass
    assert health.value.ok
    with page.expect_event("requestfailed", lambda each: urlsplit(each.url).path == "/api/search"):
        pass
    expect(page.locator("#offline-banner")).to_be_visible()
    away.clear()

    _assert_found(page)


def test_the_same_error_twice_is_shown_once(page: Page) -> None:
    body = {"error": {"code": "dependency_down", "message": "the search service is away for a moment", "param": None}}
    page.route("**/api/search*", lambda route: route.fulfill(status=503, json=body))

    with page.expect_response(lambda answer: "q=boats" in answer.url and "mode" not in answer.url):
        page.locator("#q").fill("boats")

    expect(page.locator(".toast")).to_contain_text("the search service is away for a moment")
    expect(page.locator(".toast")).to_have_count(1)


def test_a_search_that_fails_can_be_tried_again(visit: Visit) -> None:
    page = visit("about:blank")
    body = {"error": {"code": "dependency_down", "message": "the search service is away for a moment", "param": None}}
    page.route("**/api/search*", lambda route: route.fulfill(status=503, json=body))

    page.goto("/")
    expect(page.get_by_text("the search service is away for a moment")).to_be_visible()
    expect(page.get_by_label("Sort by")).to_be_hidden()  # there is nothing to put in order
    page.unroute("**/api/search*")
    page.get_by_role("button", name="Try again").click()

    assert photos(page)


def test_a_locked_library_explains_itself_and_takes_a_key(visit: Visit) -> None:
    page = visit("about:blank")
    page.route("**/api/**", _guarded)

    page.goto("/")
    expect(page.get_by_role("dialog", name="This library is locked")).to_be_visible()
    expect(page.get_by_text("This key does not open it")).to_be_hidden()
    page.get_by_label("Key", exact=True).fill("open says me")
    page.get_by_role("button", name="Unlock").click()
    expect(page.get_by_text("This key does not open it")).to_be_visible()
    page.get_by_label("Key", exact=True).fill("open sesame")
    page.get_by_role("button", name="Unlock").click()

    assert photos(page)


def test_a_key_in_the_address_is_taken_out_and_sent_as_a_header(visit: Visit) -> None:
    page = visit("about:blank")
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    page.route("**/api/**", _guarded)

    page.goto("/?code=open%20sesame&folder=animals")

    assert photos(page)
    assert page.url.endswith("/?folder=animals")
    assert not [url for url in addresses[1:] if "sesame" in url]


def test_a_key_that_may_only_read_is_offered_nothing_else(visit: Visit) -> None:
    page = visit("about:blank")
    refusal = {"error": {"code": "insufficient_rights", "message": "may only read", "param": None}}
    page.route("**/api/me", lambda route: route.fulfill(json={"name": "guest", "right": "read"}))
    page.route("**/api/failures*", lambda route: route.fulfill(status=403, json=refusal))

    page.goto("/")
    name = photos(page)[0]
    expect(page.locator("#add")).to_be_hidden()
    page.locator(".tile").first.click()
    expect(page.locator("#photo .photo-actions")).to_be_visible()
    expect(page.locator("#photo .danger")).to_be_hidden()
    page.keyboard.press("Delete")
    page.goto("/?view=status")
    expect(page.get_by_role("heading", name="Services")).to_be_visible()
    expect(page.get_by_role("heading", name="Problems")).to_have_count(0)
    expect(page.get_by_role("dialog", name="This library is locked")).to_be_hidden()
    assert name in photos(page)


def _guarded(route: Route) -> None:
    if route.request.headers.get("x-functions-key") == "open sesame":
        return route.continue_()
    return route.fulfill(status=401, body="")


def test_photos_that_are_described_again_are_counted_and_then_shown_anew(visit: Visit) -> None:
    page = visit("about:blank")
    counts = {"indexed": 9, "waiting": 0, "retrying": 0, "failed": 0, "refreshing": 7}
    page.route("**/api/status", lambda route: route.fulfill(json=counts))
    page.goto("/")
    expect(page.locator("#status-button")).to_have_text("7 being updated")
    page.locator("#status-button").click()
    expect(page.get_by_text("7 photos are being read or described again")).to_be_visible()
    page.keyboard.press("Escape")

    with page.expect_request("**/api/search*"):
        counts["refreshing"] = 0
        page.locator("#q").focus()

    expect(page.locator("#status-button")).to_have_text("9 photos")


def test_the_status_shows_a_used_up_limit_in_red_and_what_a_model_does_not_do(visit: Visit) -> None:
    page = visit("about:blank")
    counts: dict[str, object] = {"indexed": 9, "waiting": 2, "retrying": 0, "failed": 0}
    counts |= {"captions_today": 500, "captions_per_day": 500}
    counts |= {"attached": 1200, "ignored": 3, "chat_tokens_per_day": 5_000_000}
    counts["chat_today"] = {"phone": {"answers": 2, "tokens": 9000}, "<b>": {"answers": 1, "tokens": 70}}
    line = {"model": "gpt-5-mini", "purpose": "caption", "currency": "USD", "input": 1500, "cached": 128, "output": 200}
    line |= {"cache_written": 0, "reasoning": 50, "calls": 1, "cost": 0.75}
    other = line | {"model": "<i>mine</i>", "purpose": "chat", "person": "key:phone", "cost": None}
    counts["bill"] = {
        "cost": 1.5, "currency": "USD", "priced": "2026-11", "budget_per_day": 1.5, "budget_used": 1.0,
        "unpriced": ["<i>mine</i>"], "search_month": 73.0, "ranker_queries": 12,
        "lines": [line | {"person": "anna"}, line | {"person": "the app"}, other],
    }  # fmt: skip
    page.route(
        "**/api/status",
        lambda route: route.fulfill(
            json={**counts, "limitations": ["chat works without filters: m refused <b>no</b>"]}
        ),
    )

    page.goto("/?view=status")

    expect(page.get_by_text("Today's limit has been reached.")).to_be_visible()
    expect(page.get_by_text("1,200 files belong to photos · 3 ignored")).to_be_visible()
    expect(page.get_by_text("phone: 2 answers, 9,000 of 5,000,000 tokens")).to_be_visible()
    expect(page.get_by_text("<b>: 1 answer, 70 of 5,000,000 tokens")).to_be_visible()
    expect(page.get_by_role("heading", name="What a model does not do")).to_be_visible()
    expect(page.get_by_text("chat works without filters: m refused <b>no</b>")).to_be_visible()
    expect(page.get_by_text("$1.50 of $1.50")).to_be_visible()
    expect(page.get_by_text("Today's budget has been spent.")).to_be_visible()
    expect(page.get_by_text("gpt-5-mini, descriptions: $1.50")).to_be_visible()
    expect(page.get_by_text("<i>mine</i>, chat: price not known")).to_be_visible()
    tokens = "3,000 tokens read (256 cached), 400 written (100 for thinking)"
    expect(page.get_by_text(tokens)).to_be_visible()
    expect(page.get_by_text("12 queries of the semantic ranker")).to_be_visible()
    expect(page.get_by_text("The search service costs $73.00 a month")).to_be_visible()
    meter = page.get_by_label("Descriptions today")
    assert meter.evaluate("(meter) => meter.optimum < meter.low && meter.value > meter.high")


def test_what_is_down_is_named_where_nothing_can_be_counted(page: Page) -> None:
    checks = {"storage": "ok", "search": "search <b>cannot</b> be reached"}
    error = {"message": "search is down", "type": "server_error", "code": "dependency_down", "param": "search"}
    down = {"health": "down", "checks": checks, "warnings": [], "error": error}
    page.route("**/api/status", lambda route: route.fulfill(status=503, json=down))

    page.goto("/?view=status")

    status = page.get_by_role("dialog", name="Status")
    expect(status.locator(".note.error")).to_have_text("search is down")
    expect(status.locator(".services .error")).to_contain_text("search <b>cannot</b> be reached")
    expect(status.locator(".services .ok")).to_have_count(1)


def test_the_status_shows_what_failed_and_why_and_tries_again(page: Page, world: World) -> None:
    with added(world, "torn.jpg", b"\xff\xd8 torn"):
        page.locator("#status-button").click()
        status = page.get_by_role("dialog", name="Status")
        failure = status.locator(".failures li").filter(has_text="torn.jpg")
        expect(failure).to_contain_text(world.failures()["torn.jpg"]["reason"])
        expect(status.locator(".services .ok")).not_to_have_count(0)
        failure.get_by_role("button", name="Try torn.jpg again").click()

        expect(page.get_by_text("Trying again now.")).to_be_visible()
        world.wait_until_idle()
