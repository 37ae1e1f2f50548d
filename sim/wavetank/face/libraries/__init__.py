"""The page of the libraries: what each can do and costs, and which to take, in one HTML file."""

from wavetank.face.libraries.writing import FILE, write_libraries

__all__ = ["FILE", "write_libraries"]
