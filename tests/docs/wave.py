"""Draw the picture on top of the README from the demo's storm: `make wave`, a minute."""

from pathlib import Path

import wavetank as wt
from wavetank.face import wave

PICTURE = Path(__file__).parents[2] / "docs" / "wave.png"


def main() -> None:
    """Run the storm and its remedy, and draw both."""
    storm = wt.load("restart-storm").but("duration=40min")
    cached = storm.but("auth.key=cached")
    remedies = wt.compare(storm, cached, titles=["as it is", "signing key kept in memory"])
    titles = [f"{letter}: {title}" for letter, title in zip(remedies.letters, remedies.titles, strict=True)]
    wave.draw(list(zip(titles, remedies.results, strict=True))).savefig(PICTURE)
    print(f"wrote docs/{PICTURE.name}")


if __name__ == "__main__":
    main()
