"""The outbox as a page for a person. Everything shown is escaped: a template's markup is shown as text."""

from collections.abc import Sequence
from html import escape
from typing import Final

from keydesk.messages.outbox import Sent

# The page loads nothing and runs nothing; whoever serves it sends this with it.
POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"

_STYLE: Final = """
body{font:16px/1.5 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff}
article{border:1px solid #ccc;border-radius:6px;padding:.75rem 1rem;margin:1rem 0}
pre{white-space:pre-wrap;overflow-wrap:anywhere;margin:.5rem 0 0;font:inherit}
b.code{font:700 1.25rem ui-monospace,monospace;user-select:all}small{color:#595959}
@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}article{border-color:#444}small{color:#b0b0b0}}
"""


def page(messages: Sequence[Sent]) -> str:
    """The page, newest message first."""
    shown = "\n".join(_article(sent) for sent in reversed(messages)) or "<p>Nothing was sent yet.</p>"
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Outbox - Keydesk</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><h1>Outbox</h1>\n"
        "<p>Messages that this development server would have sent. Reload to see new ones.</p>\n"
        f"{shown}\n</body></html>"
    )


def _article(sent: Sent) -> str:
    head = f"{escape(sent.medium)} to <strong>{escape(sent.to)}</strong> <small>{escape(sent.sent_at)}</small>"
    subject = f"<br>{escape(sent.subject)}" if sent.subject else ""
    return (
        f"<article><div>{head}{subject}</div>"
        f'<p><b class="code">{escape(sent.code)}</b></p><pre>{escape(sent.body)}</pre></article>'
    )
