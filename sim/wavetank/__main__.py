"""The `wavetank` command, also as `python -m wavetank`.

Little is imported here, so that Ctrl-C is heard from the beginning.
"""

import sys


def main() -> None:
    """Entry point: does what the arguments say and exits with a `Status`."""
    try:
        from wavetank.cli.main import answer

        sys.exit(answer(sys.argv[1:]))
    except KeyboardInterrupt:
        print("wavetank: interrupted", file=sys.stderr)
        sys.exit(130)


if __name__ == "__main__":
    main()
