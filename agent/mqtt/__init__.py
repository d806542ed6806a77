"""The broker: our client, our topics, and the broker we start when there is none."""
