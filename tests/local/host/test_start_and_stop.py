"""A host starts completely or not at all, waits for storage, and stops without dropping running work."""

import signal
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.local.host.conftest import HostSandbox, MakeApp, RunningHost, new_sandbox
from tests.machine import eventually, running_azurite


def startup_failure(host: RunningHost) -> str:
    """The log of a host that does not start; it must end by itself with exit code 1."""
    assert host.process.wait(timeout=40) == 1
    return host.log


def test_an_app_that_cannot_be_imported_is_refused_with_its_traceback(sandbox: HostSandbox, make_app: MakeApp) -> None:
    app = make_app("import azure.functions as func\n\nprint(undefined_name)\n")

    log = startup_failure(sandbox.launch(app))

    assert "Traceback (most recent call last)" in log
    assert f'{app}/function_app.py", line 3' in log
    assert "NameError: name 'undefined_name' is not defined" in log


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
            "there is no constraint 'prime'",
        ),
        (
            "import azure.functions as func\napp = func.FunctionApp()\n"
            "@app.cosmos_db_trigger('d', 'Db', 'db', 'c')\ndef a(d: func.DocumentList) -> None: ...\n",
            "Function 'a': this host has no trigger 'cosmosDBTrigger'",
        ),
    ],
)
def test_an_app_that_cannot_run_is_refused_by_reason(
    sandbox: HostSandbox, make_app: MakeApp, source: str, reason: str
) -> None:
    assert reason in startup_failure(sandbox.launch(make_app(source)))


def test_a_folder_without_an_app_is_refused(sandbox: HostSandbox, tmp_path: Path) -> None:
    assert "No host.json" in startup_failure(sandbox.launch(tmp_path))

    (tmp_path / "host.json").write_text('{"version": "2.0"}')
    assert "there is no function_app.py" in startup_failure(sandbox.launch(tmp_path))

    (tmp_path / "host.json").write_text("{")
    assert "is not valid JSON" in startup_failure(sandbox.launch(tmp_path))


def test_a_missing_connection_of_the_host_names_function_and_setting(sandbox: HostSandbox) -> None:
    log = startup_failure(sandbox.launch(AzureWebJobsStorage="unset"))

    assert "Function 'read_blob' (blobTrigger) needs the storage connection 'AzureWebJobsStorage'" in log


def test_a_busy_port_is_named(sandbox: HostSandbox, host: RunningHost) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = str(listener.getsockname()[1])

        assert f"Port {port} on 127.0.0.1 cannot be opened" in startup_failure(sandbox.launch("app", "--port", port))


def test_settings_of_the_machine_win_over_local_settings(sandbox: HostSandbox, make_app: MakeApp) -> None:
    app = make_app(
        "import os\nimport azure.functions as func\napp = func.FunctionApp()\n"
        "@app.route('a')\ndef a(req: func.HttpRequest) -> str:\n"
        "    return ' '.join(os.environ[name] for name in ('FIRST', 'SECOND', 'AZURE_FUNCTIONS_ENVIRONMENT'))\n"
    )
    (app / "local.settings.json").write_text('{"Values": {"FIRST": "file", "SECOND": "file"}}')

    host = sandbox.start(app, FIRST="machine")

    assert httpx.get(f"{host.url}/api/a").text == "machine file Development"


def test_browsers_of_the_allowed_origins_may_call(sandbox: HostSandbox, make_app: MakeApp) -> None:
    app = make_app(
        "import azure.functions as func\napp = func.FunctionApp()\n"
        "@app.route('a')\ndef a(req: func.HttpRequest) -> str:\n    return 'a'\n"
    )
    (app / "local.settings.json").write_text('{"Host": {"CORS": "http://here, http://there"}}')
    url = f"{sandbox.start(app).url}/api/a"

    allowed = {"Origin": "http://there", "Access-Control-Request-Method": "PUT"}
    preflight = httpx.options(url, headers=allowed)
    assert preflight.headers["Access-Control-Allow-Methods"] == "PUT"
    response = httpx.get(url, headers={"Origin": "http://there"})
    assert response.headers["Access-Control-Allow-Origin"] == "http://there"
    assert "Access-Control-Allow-Origin" not in httpx.get(url, headers={"Origin": "http://else"}).headers


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_lets_running_functions_finish(sandbox: HostSandbox, number: int) -> None:
    queue = sandbox.queue("-work")
    host = sandbox.start()
    queue.send_message("wait 2")

    def under_way() -> None:
        assert len(host.events("message")) == 1
        assert len(host.events("slow began")) == 1

    with ThreadPoolExecutor(1) as threads:
        response = threads.submit(httpx.get, f"{host.url}/slow?seconds=2", timeout=60)
        eventually(under_way)
        assert host.stop(number) == 0
        assert response.result().text == "slow"

    assert len(host.events("waited")) == 1
    assert queue.get_queue_properties().approximate_message_count == 0


def test_after_the_grace_time_the_host_ends_and_the_next_one_repeats(sandbox: HostSandbox) -> None:
    sandbox.queue("-work").send_message("wait 60")
    host = sandbox.start("app", "--grace", "0.5")

    def under_way(times: int) -> None:
        assert [event["attempt"] for event in host.events("message")] == list(range(1, times + 1))

    eventually(lambda: under_way(1))
    assert host.stop() == 0

    sandbox.start()

    eventually(lambda: under_way(2))


def test_a_second_signal_ends_the_host_at_once(sandbox: HostSandbox) -> None:
    sandbox.queue("-work").send_message("wait 60")
    host = sandbox.start()

    def under_way() -> None:
        assert len(host.events("message")) == 1

    def stopping() -> None:
        assert "stopping: no new work is taken" in host.log

    eventually(under_way)
    host.process.send_signal(signal.SIGINT)
    eventually(stopping)

    assert host.stop(signal.SIGINT) == 130


def test_a_function_that_takes_too_long_fails(sandbox: HostSandbox) -> None:
    host = sandbox.start(AzureFunctionsJobHost__functionTimeout="00:00:01")

    response = httpx.get(f"{host.url}/slow?seconds=30", timeout=60)

    assert response.status_code == 500
    assert "Timeout value of 1 s exceeded" in host.log
    assert host.events("slow ended") == []


def test_a_worker_that_dies_ends_the_host_with_an_error(sandbox: HostSandbox) -> None:
    host = sandbox.start()

    assert httpx.post(f"{host.url}/dies").status_code in {500, 502}

    assert host.process.wait(timeout=60) == 1
    assert "the worker process ended by itself with code 42" in host.log


def test_storage_that_comes_late_or_goes_away_is_waited_for(tmp_path: Path) -> None:
    with running_azurite() as azurite, new_sandbox(azurite, tmp_path) as sandbox:
        sandbox.container()
        azurite.stop()

        host = sandbox.start()

        def waiting() -> None:
            assert "does not respond, waiting" in host.log

        def arrived(names: set[str]) -> None:
            assert {event["name"].partition("/")[2] for event in host.events("blob")} == names

        eventually(waiting)
        assert httpx.get(f"{host.url}/docs").text == "docs of the app"
        azurite.start()
        sandbox.container().upload_blob("first", b"1")
        eventually(lambda: arrived({"first"}), timeout=30)

        azurite.restart()
        sandbox.container().upload_blob("second", b"1")
        eventually(lambda: arrived({"first", "second"}), timeout=30)
        # Once per outage and service: two outages, two accounts, blobs and queues.
        assert host.log.count("does not respond, waiting") <= 8
        assert host.stop() == 0
