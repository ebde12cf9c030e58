# Decides nothing: python -m deploy does.
python -m deploy package
exit $LASTEXITCODE
