"""
Other people's vector stores, end to end against the stand-in, over https.

They need an environment of their own, some hundred megabytes; it is made on first use, where INTEROP=1 asks for it.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.certificate import certify
from tests.local.search.server import ADMIN_KEY
from tests.machine import ROOT, free_port, listening

HERE = Path(__file__).parent
ENVIRONMENT = ROOT / ".local" / "interop"
PYTHON = ENVIRONMENT / "bin" / "python"

pytestmark = pytest.mark.skipif(not os.environ.get("INTEROP"), reason="needs other people's packages: set INTEROP=1")


@pytest.fixture(scope="module")
def python() -> Path:
    """The interpreter of an environment that has the stores."""
    done = ENVIRONMENT / "installed.txt"
    wanted = (HERE / "requirements.txt").read_text(encoding="utf-8")
    if not done.exists() or done.read_text(encoding="utf-8") != wanted:
        subprocess.run([sys.executable, "-m", "venv", "--clear", ENVIRONMENT], check=True)
        subprocess.run([PYTHON, "-m", "pip", "install", "-q", "-r", HERE / "requirements.txt"], check=True)
        done.write_text(wanted, encoding="utf-8")
    return PYTHON


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A server over https, as the environment variables the stores read."""
    folder = tmp_path_factory.mktemp("https")
    certificate, key = certify(folder)
    port = free_port()
    command = [sys.executable, "-m", "local.search", "--port", str(port), "--data", str(folder / "data")]
    options = ["--certificate", str(certificate), "--certificate-key", str(key)]
    process = subprocess.Popen([*command, *options], cwd=ROOT, env={**os.environ, "SEARCH_KEY": ADMIN_KEY})
    deadline = time.monotonic() + 60
    while not listening(port):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)
    trusted = {"REQUESTS_CA_BUNDLE": str(certificate), "SSL_CERT_FILE": str(certificate)}
    address = {"AZURE_AI_SEARCH_ENDPOINT": f"https://localhost:{port}", "AZURE_AI_SEARCH_API_KEY": ADMIN_KEY}
    yield {**os.environ, **trusted, **address}
    process.terminate()
    process.wait(timeout=30)


@pytest.mark.parametrize("store", ["haystack", "langchain", "llamaindex"])
def test_the_store_works_end_to_end(python: Path, settings: dict[str, str], store: str) -> None:
    command = [str(python), "-W", "ignore", str(HERE / f"{store}_store.py")]

    done = subprocess.run(command, env=settings, capture_output=True, text=True, timeout=180, check=False)

    assert done.returncode == 0, done.stderr
