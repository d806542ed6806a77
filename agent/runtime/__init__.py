"""What everything runs on: time, the in-process bus, supervised services, storage, logs, metrics."""
