"""The page of an import: data and model next to one another."""

from wavetank.face.fits.writing import FILE, write_fits

__all__ = ["FILE", "write_fits"]
