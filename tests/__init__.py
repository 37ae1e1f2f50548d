"""The suites; a package, so that nothing else that is called tests is taken for it."""
