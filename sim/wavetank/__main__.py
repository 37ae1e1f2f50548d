"""`python -m wavetank` is the `wavetank` command."""

from wavetank.cli.main import main

if __name__ == "__main__":
    main()
