"""From data to the shipped model: corpus, tokenizer, training, export, evaluation, model card."""
