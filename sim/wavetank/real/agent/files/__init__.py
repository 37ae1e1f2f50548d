"""Files that are followed: opened, read, and found again when they were rotated."""
