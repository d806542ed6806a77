"""Every way in and out of hearthd, each in a folder of its own."""
