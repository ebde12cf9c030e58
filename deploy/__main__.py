"""`python -m deploy package | preprovision | postdeploy`: what azd's hooks run. It needs nothing but Python."""

import os
import sys

from deploy import package, venv

USAGE = "python -m deploy package [--build] | preprovision | postdeploy"


def main(arguments: list[str]) -> int:
    """Run one command; it ends with 0 if all went well."""
    if arguments[:1] == ["package"]:
        return package.main(arguments[1:])
    if arguments == ["preprovision"]:  # azd gives a hook its variables
        return venv.run_module("deploy.sign_in") if os.environ.get("HTTP_AUTH") == "platform" else 0
    if arguments == ["postdeploy"]:
        return venv.run_module("deploy.postdeploy")
    print(USAGE, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
