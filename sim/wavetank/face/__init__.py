"""Reports, pictures and tables for people."""
