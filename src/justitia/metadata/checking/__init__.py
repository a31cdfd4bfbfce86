"""Checks of definitions across files: what a single file cannot know of itself."""
