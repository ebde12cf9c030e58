#!/bin/sh
# Decides nothing: python -m deploy does.
exec "$(local/find-python 3.13 2>/dev/null || command -v python3)" -m deploy preprovision
