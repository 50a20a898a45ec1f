"""Reusable elements of the screens, one each."""
