# Decides nothing: python -m deploy does.
python -m deploy preprovision
exit $LASTEXITCODE
