"""Pictures of every view and state of the page, to look at: `python -m tests.page.screenshots FOLDER`."""
