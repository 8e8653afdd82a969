"""Where `keydesk` begins. While the rest is loaded, Ctrl-C ends it without a word."""

import signal


def main() -> None:
    """Load the command and run it."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from keydesk.cli.main import main as run

    signal.signal(signal.SIGINT, signal.default_int_handler)
    run()


if __name__ == "__main__":
    main()
