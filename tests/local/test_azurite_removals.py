"""Azurite's database removes a few records at once without sorting, and its indexes stay what they would be."""

import json
import shutil
import subprocess
from random import Random

import pytest
from azure.storage.blob import BlobServiceClient

from local.plan import AZURITE
from tests.machine import ROOT, Azurite, missing

# Records are added and removed as told; what is left, how often an index was sorted, and whether all are in order.
SCRIPT = """
const { createRequire } = require("node:module");
const Loki = createRequire(require.resolve("azurite/package.json"))("lokijs");
const steps = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
let sorts = 0;
const { ensureIndex } = Loki.Collection.prototype;
Loki.Collection.prototype.ensureIndex = function (property, anew) {
  if (anew) sorts += 1;
  return ensureIndex.call(this, property, anew);
};
const records = new Loki("db").addCollection("records", { indices: ["account", "group", "name"] });
for (const name of steps.names) records.insert({ account: "one", group: name.length, name });
const outcomes = steps.removals.map((names) => {
  sorts = 0;
  records.findAndRemove({ name: { $in: names } });
  const left = records.chain().simplesort("name").data().map((each) => each.name);
  return { left, sorts, found: records.find({ name: { $in: names } }).length, wrong: records.checkAllIndexes() };
});
console.log(JSON.stringify(outcomes));
"""


def removed(names: list[str], removals: list[list[str]]) -> list[dict[str, object]]:
    if not AZURITE.exists() or shutil.which("node") is None:
        missing("Azurite (npm install in local/)")
    done = subprocess.run(
        ["node", "--require", ROOT / "local" / "azurite_removals.js", "-e", SCRIPT],
        check=False,
        cwd=ROOT / "local",
        input=json.dumps({"names": names, "removals": removals}),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    outcomes: list[dict[str, object]] = json.loads(done.stdout)
    return outcomes


@pytest.mark.parametrize("seed", range(5))
def test_what_is_left_is_in_order_whatever_is_removed(seed: int) -> None:
    chance = Random(seed)
    names = [f"{chance.randrange(10**6):0{chance.randrange(1, 9)}}-{number}" for number in range(400)]
    removals = [chance.sample(names, chance.choice([0, 1, 1, 2, 20, 150])) for _ in range(12)]

    outcomes = removed(names, removals)

    left = set(names)
    for each, outcome in zip(removals, outcomes, strict=True):
        gone = left & set(each)
        left -= gone
        assert outcome["left"] == sorted(left)
        assert (outcome["found"], outcome["wrong"]) == (0, [])
        assert (outcome["sorts"] == 0) is (len(gone) <= 100)


def test_blobs_are_listed_as_they_are_after_deletes_and_overwrites(azurite: Azurite) -> None:
    chance = Random(11)
    with BlobServiceClient.from_connection_string(azurite.connection_string) as blobs:
        container = blobs.create_container("removals")
        there: dict[str, bytes] = {}
        for number in range(300):
            name = f"{chance.randrange(9)}/{chance.randrange(60)}.jpg"
            if name in there and number % 2:
                container.delete_blob(name)
                del there[name]
            else:
                there[name] = str(number).encode()
                container.upload_blob(name, there[name], overwrite=True)

        assert [each.name for each in container.list_blobs()] == sorted(there)
        assert {name: container.download_blob(name).readall() for name in there} == there
        blobs.delete_container("removals")
