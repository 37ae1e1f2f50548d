"""Draw the diagrams of `uml/` anew: `make uml`. Tests fail when they have drifted."""

from pathlib import Path

from wavetank.face.uml.gallery import committed, contents, write

FOLDER = Path(__file__).parents[2] / "uml"


def main() -> None:
    """Draw all of them, and name those that changed."""
    files = contents(committed())
    before = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.*")}
    write(files, FOLDER)
    for name in sorted(set(files) | set(before)):
        if name not in files:
            print(f"removed uml/{name}")
        elif files[name] != before.get(name):
            print(f"wrote uml/{name}")


if __name__ == "__main__":
    main()
