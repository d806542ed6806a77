"""From a request to an outcome: plan, decide, record, send, confirm."""
