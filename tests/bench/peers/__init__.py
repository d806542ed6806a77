"""What stands beside hearthd in `tests/bench/test_rules_peers.py`: the load, and how each peer is set up."""
