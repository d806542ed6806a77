"""Text that wants more than it may, at the whole daemon on a real broker, and an oracle that judges.

`cases/` holds the texts by kind: said in English and in Chinese (`said.*`), what a message says of itself
(`fields`), names and announcements of strangers (`names`), states and payloads (`payloads`), texts that set
off rules (`rules`), parameters of tasks (`tasks`), answers to questions (`approvals`), our own topics
(`topics`), free words and a model that was turned (`free`), what is said for later (`later`).

`oracle.py` is written from the contract of the policy alone and knows none of our code: it reads the commands
that devices were sent, the outcomes on the bus and what the programs of tasks wrote down. `stage.py` is the
house. Beside every kind stands what is allowed on the same way in, and has to work. `pytest -s` prints a
table of the kinds, their cases, and what was done above what is allowed.
"""
