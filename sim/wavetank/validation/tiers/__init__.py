"""Predict first, measure afterwards: each tier holds one part of the model against the real server."""
