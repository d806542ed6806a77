"""Words to intents. Engines read an utterance against the names of the house; they never act."""
