"""Pictures of every page, with a team at work in it. Run by scripts/screenshots."""
