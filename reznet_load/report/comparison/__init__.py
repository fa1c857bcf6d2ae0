"""Two runs next to each other: requirements and rows, with the test that says which is better."""
