# Decides nothing: python -m deploy does.
python -m deploy postdeploy
exit $LASTEXITCODE
