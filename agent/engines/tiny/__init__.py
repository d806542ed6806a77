"""The shipped model: free phrasing to intents, in a few megabytes."""
