"""The HTTP shape: routes, webhook, background loop."""
