"""The page where somebody chooses who to be."""

from collections.abc import Mapping
from html import escape

from local.host.sign_in.people import Account, People, RegisteredClient

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
_CONSENT = """<h1>Sign in</h1>
<p>This machine plays Entra ID. <strong>{name}</strong> wants to use the photos for you, and goes on to
<em>{address}</em>. Nobody is asked for a password: choose who to be.</p>
"""


def sign_in_page(people: People, target: str) -> str:
    """One button for each person; the form goes to where the page is."""
    form = _form(people, "/.auth/login/local", {"post_login_redirect_uri": target})
    return f"{_HEAD}{_INTRODUCTION}{form}\n</main>\n"


def consent_page(people: People, client: RegisteredClient, action: str, request: Mapping[str, str]) -> str:
    """One button for each person, who lets a client act for them by choosing it; what the client asked goes along."""
    told = _CONSENT.format(name=escape(client.name), address=escape(request["redirect_uri"]))
    return f"{_HEAD}{told}{_form(people, action, request)}\n</main>\n"


def refusal_page(reason: str) -> str:
    """What is said where there is no address to send somebody back to."""
    return f"{_HEAD}<h1>This cannot go on</h1>\n<p>{escape(reason)}</p>\n</main>\n"


def signed_out_page() -> str:
    return f'{_HEAD}<h1>You have signed out</h1>\n<p><a href="/.auth/login/local">Sign in again</a></p>\n</main>\n'


def _form(people: People, action: str, hidden: Mapping[str, str]) -> str:
    fields = "\n".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in hidden.items()
    )
    buttons = "\n".join(_button(each) for each in people.people)
    return f'<form method="post" action="{escape(action)}">\n{fields}\n{buttons}\n</form>'


def _button(person: Account) -> str:
    details = ", ".join([*(person.roles or ["no role"]), *(f"group {each}" for each in person.groups)])
    return (
        f'<button name="person" value="{escape(person.id)}">{escape(person.name)} '
        f"<small>{escape(person.email)}: {escape(details)}</small></button>"
    )
