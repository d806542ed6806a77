"""The live home: what is there, what it last said, and how names find it."""
