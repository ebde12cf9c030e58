"""The page where somebody chooses who to be."""

from html import escape

from local.host.sign_in.people import Account, People

_HEAD = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sign in</title>
<style>
  :root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
  main { max-width: 26rem; margin: 10vh auto; padding: 0 1rem }
  button { display: block; width: 100%; margin: .5rem 0; padding: .6rem 1rem; font: inherit; text-align: start }
  small { display: block; opacity: .75 }
</style>
<main>
"""
_INTRODUCTION = """<h1>Sign in</h1>
<p>This machine plays App Service authentication. Nobody is asked for a password: choose who to be.</p>
"""


def sign_in_page(people: People, target: str) -> str:
    """One button for each person; the form goes to where the page is."""
    buttons = "\n".join(_button(each) for each in people.people)
    hidden = f'<input type="hidden" name="post_login_redirect_uri" value="{escape(target)}">'
    form = f'<form method="post" action="/.auth/login/local">\n{hidden}\n{buttons}\n</form>'
    return f"{_HEAD}{_INTRODUCTION}{form}\n</main>\n"


def signed_out_page() -> str:
    return f'{_HEAD}<h1>You have signed out</h1>\n<p><a href="/.auth/login/local">Sign in again</a></p>\n</main>\n'


def _button(person: Account) -> str:
    details = ", ".join([*(person.roles or ["no role"]), *(f"group {each}" for each in person.groups)])
    return (
        f'<button name="person" value="{escape(person.id)}">{escape(person.name)} '
        f"<small>{escape(person.email)}: {escape(details)}</small></button>"
    )
