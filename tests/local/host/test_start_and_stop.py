"""A host starts whole or not at all, waits for storage, and stops without dropping what runs."""

import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.local.host.conftest import App, RunningHost, World, new_world
from tests.machine import eventually, running_azurite


def refused(host: RunningHost) -> str:
    """What a host that does not start says; it must end by itself, and not well."""
    assert host.process.wait(timeout=40) == 1
    return host.log


def test_an_app_that_cannot_be_imported_is_refused_with_its_traceback(world: World, app_of: App) -> None:
    app = app_of("import azure.functions as func\n\nprint(undefined_name)\n")

    said = refused(world.launch(app))

    assert "Traceback (most recent call last)" in said
    assert f'{app}/function_app.py", line 3' in said
    assert "NameError: name 'undefined_name' is not defined" in said


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("import azure.functions as func\nfunc.FunctionApp()\n", "Could not find top level function app"),
        ("import azure.functions as func\napp = func.FunctionApp()\n", "No functions found"),
        ("import nothing_of_that_name\n", "No module named 'nothing_of_that_name'"),
        ("raise SystemExit('gone')\n", "SystemExit: gone"),
        ("def broken(:\n", "SyntaxError"),
        (
            "import azure.functions as func\napp = func.FunctionApp()\n"
            "@app.route('a')\ndef same(req: func.HttpRequest) -> str: ...\n"
            "@app.route('b')\ndef same(req: func.HttpRequest) -> str: ...\n",
            "same does not have a unique function name",
        ),
        (
            "import azure.functions as func\napp = func.FunctionApp()\n"
            "@app.queue_trigger('m', '%NAME%', 'Elsewhere')\ndef a(m: func.QueueMessage) -> None: ...\n",
            "Function 'a': '%NAME%' needs the setting 'NAME'",
        ),
        (
            "import azure.functions as func\napp = func.FunctionApp()\n"
            "@app.queue_trigger('m', 'q', 'Elsewhere')\ndef a(m: func.QueueMessage) -> None: ...\n"
            "@app.timer_trigger('t', 'noon')\ndef b(t: func.TimerRequest) -> None: ...\n",
            "Function 'a' (queueTrigger) needs the storage connection 'Elsewhere'",
        ),
        (
            "import azure.functions as func\napp = func.FunctionApp()\n"
            "@app.route('a/{id:prime}')\ndef a(req: func.HttpRequest) -> str: ...\n",
            "nobody knows the constraint 'prime'",
        ),
        (
            "import azure.functions as func\napp = func.FunctionApp()\n"
            "@app.cosmos_db_trigger('d', 'Db', 'db', 'c')\ndef a(d: func.DocumentList) -> None: ...\n",
            "Function 'a': this host has no trigger 'cosmosDBTrigger'",
        ),
    ],
)
def test_an_app_that_cannot_run_is_refused_by_reason(world: World, app_of: App, source: str, reason: str) -> None:
    assert reason in refused(world.launch(app_of(source)))


def test_a_folder_without_an_app_is_refused(world: World, tmp_path: Path) -> None:
    assert "No host.json" in refused(world.launch(tmp_path))

    (tmp_path / "host.json").write_text('{"version": "2.0"}')
    assert "there is no function_app.py" in refused(world.launch(tmp_path))

    (tmp_path / "host.json").write_text("{")
    assert "is not valid JSON" in refused(world.launch(tmp_path))


def test_a_missing_connection_of_the_host_names_function_and_setting(world: World) -> None:
    said = refused(world.launch(AzureWebJobsStorage="unset"))

    assert "Function 'read_blob' (blobTrigger) needs the storage connection 'AzureWebJobsStorage'" in said


def test_a_busy_port_is_a_clear_message(world: World, host: RunningHost) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])

        assert f"Port {port} on 127.0.0.1 cannot be opened" in refused(world.launch("app", "--port", port))


def test_settings_of_the_machine_win_over_local_settings(world: World, app_of: App) -> None:
    app = app_of(
        "import os\nimport azure.functions as func\napp = func.FunctionApp()\n"
        "@app.route('a')\ndef a(req: func.HttpRequest) -> str:\n"
        "    return ' '.join(os.environ[name] for name in ('FIRST', 'SECOND', 'AZURE_FUNCTIONS_ENVIRONMENT'))\n"
    )
    (app / "local.settings.json").write_text('{"Values": {"FIRST": "file", "SECOND": "file"}}')

    host = world.start(app, FIRST="machine")

    assert httpx.get(f"{host.url}/api/a").text == "machine file Development"


def test_browsers_of_the_allowed_origins_may_call(world: World, app_of: App) -> None:
    app = app_of(
        "import azure.functions as func\napp = func.FunctionApp()\n"
        "@app.route('a')\ndef a(req: func.HttpRequest) -> str:\n    return 'a'\n"
    )
    (app / "local.settings.json").write_text('{"Host": {"CORS": "http://here, http://there"}}')
    url = f"{world.start(app).url}/api/a"

    allowed = {"Origin": "http://there", "Access-Control-Request-Method": "PUT"}
    preflight = httpx.options(url, headers=allowed)
    assert preflight.headers["Access-Control-Allow-Methods"] == "PUT"
    answer = httpx.get(url, headers={"Origin": "http://there"})
    assert answer.headers["Access-Control-Allow-Origin"] == "http://there"
    assert "Access-Control-Allow-Origin" not in httpx.get(url, headers={"Origin": "http://else"}).headers


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_lets_running_functions_finish(world: World, number: int) -> None:
    queue = world.queue("-work")
    host = world.start()
    queue.send_message("wait 2")

    def under_way() -> None:
        assert len(host.noted("message")) == 1
        assert len(host.noted("slow began")) == 1

    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(httpx.get, f"{host.url}/slow?seconds=2", timeout=20)
        eventually(under_way)
        assert host.stop(number) == 0
        assert answer.result().text == "slow"

    assert len(host.noted("waited")) == 1
    assert queue.get_queue_properties().approximate_message_count == 0


def test_after_the_grace_time_the_host_ends_and_the_next_one_repeats(world: World) -> None:
    world.queue("-work").send_message("wait 60")
    host = world.start("app", "--grace", "0.5")

    def under_way(times: int) -> None:
        assert [note["attempt"] for note in host.noted("message")] == list(range(1, times + 1))

    eventually(lambda: under_way(1))
    assert host.stop() == 0

    world.start()

    eventually(lambda: under_way(2))


def test_a_second_signal_ends_the_host_at_once(world: World) -> None:
    world.queue("-work").send_message("wait 60")
    host = world.start()

    def under_way() -> None:
        assert len(host.noted("message")) == 1

    def stopping() -> None:
        assert "stopping: no new work is taken" in host.log

    eventually(under_way)
    host.process.send_signal(signal.SIGINT)
    eventually(stopping)

    assert host.stop(signal.SIGINT) == 130


def test_a_function_that_takes_too_long_fails(world: World) -> None:
    host = world.start(AzureFunctionsJobHost__functionTimeout="00:00:01")

    response = httpx.get(f"{host.url}/slow?seconds=30", timeout=20)

    assert response.status_code == 500
    assert "Timeout value of 1 s exceeded" in host.log
    assert host.noted("slow ended") == []


def test_a_worker_that_dies_ends_the_host_with_an_error(world: World) -> None:
    host = world.start()

    assert httpx.post(f"{host.url}/dies").status_code in {500, 502}

    assert host.process.wait(timeout=20) == 1
    assert "the worker process ended by itself with code 42" in host.log


def test_storage_that_comes_late_or_goes_away_is_waited_for(tmp_path: Path) -> None:
    with running_azurite() as azurite, new_world(azurite, tmp_path) as world:
        world.container()
        azurite.stop()

        host = world.start()

        def waiting() -> None:
            assert "do not answer, waiting" in host.log

        def arrived(names: set[str]) -> None:
            assert {note["name"].partition("/")[2] for note in host.noted("blob")} == names

        eventually(waiting)
        assert httpx.get(f"{host.url}/docs").text == "docs of the app"
        azurite.start()
        world.container().upload_blob("first", b"1")
        eventually(lambda: arrived({"first"}), timeout=30)

        azurite.restart()
        world.container().upload_blob("second", b"1")
        eventually(lambda: arrived({"first", "second"}), timeout=30)
        assert host.log.count("do not answer, waiting") <= 6
        assert host.stop() == 0
