"""What came out: histograms, series, accounting, verdict, statistics."""
